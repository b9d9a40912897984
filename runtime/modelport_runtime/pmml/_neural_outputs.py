"""What the outputs of a neural network mean (PMML 4.4, Neural Network, NeuralOutputs)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from modelport_runtime.hub import FieldRef, NeuralTarget, NormContinuous, NormDiscrete, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import read_expression
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_neural_outputs"]


@dataclass(frozen=True, slots=True)
class _Output:
    """One output: the node, and how its value came from the target's."""

    element: Element
    node_id: str
    expression: FieldRef | NormContinuous | NormDiscrete


def read_neural_outputs(
    reading: Reading, network: Element, context: ModelContext, nodes: dict[str, int], last_layer: tuple[str, ...]
) -> tuple[NeuralTarget, ...]:
    """Read what the outputs mean, one result a target.

    Args:
        reading: The document being read.
        network: The network's element.
        context: The model.
        nodes: Number of each node by its identifier.
        last_layer: Identifiers of the neurons of the last layer: the outputs of a network that does not name any.

    Raises:
        ArtifactError: An output names what is not there, or what it means cannot be found.
    """
    parent = network.child("NeuralOutputs")
    outputs = _undeclared(reading, network, context, last_layer)
    if parent is not None:
        reading.expect(parent, {"NeuralOutput"})
        found = [_read_output(reading, child, context, nodes) for child in parent.all("NeuralOutput")]
        if not found:
            raise parent.error("NeuralOutputs has no NeuralOutput; correct the document or export it again")
        outputs = [output for output in found if output is not None]
    by_field: dict[str, list[_Output]] = {}
    for output in outputs:
        by_field.setdefault(output.expression.field, []).append(output)
    names = [field.name for field in context.mining_fields if field.is_target]
    order = sorted(by_field, key=lambda name: names.index(name) if name in names else len(names))
    if parent is not None and not order:
        # Every output was refused; the document never leaves the reader then.
        return (NeuralTarget(nodes=np.array([0]), node_ids=(next(iter(nodes)),)),)
    return tuple(_target(reading, context, name, by_field[name], nodes) for name in order)


def _undeclared(
    reading: Reading, network: Element, context: ModelContext, last_layer: tuple[str, ...]
) -> list[_Output]:
    """The outputs of a network that does not name them: the neurons of its last layer, in the order of the classes."""
    if network.child("NeuralOutputs") is not None:
        return []
    values = context.target_type.values if context.target_type is not None and context.is_classification else ()
    field = context.target
    if field is None or len(last_layer) != max(len(values), 1) or (context.is_classification and not values):
        raise network.error("NeuralOutputs is missing, and what the last layer means is not clear; add NeuralOutputs")
    reading.notice(network, "outputs-inferred", f"NeuralOutputs is missing; the last layer is read as {field!r}")
    if not values:
        return [_Output(network, last_layer[0], FieldRef(field=field))]
    return [
        _Output(network, node_id, NormDiscrete(field=field, value=value))
        for node_id, value in zip(last_layer, values, strict=True)
    ]


def _read_output(reading: Reading, element: Element, context: ModelContext, nodes: dict[str, int]) -> _Output | None:
    reading.expect(element, {"DerivedField"})
    node_id = element.require("outputNeuron")
    if node_id not in nodes:
        raise element.error(f"outputNeuron {node_id!r} is not a node of the network; correct it")
    derived = element.require_child("DerivedField")
    expression = _meaning(reading, derived, context)
    if isinstance(expression, FieldRef | NormContinuous | NormDiscrete):
        return _Output(element, node_id, expression)
    remedy = "use FieldRef, NormContinuous or NormDiscrete of the target"
    reading.refuse(element, "an output is no field, nor a normalised one, of the target", remedy)
    return None


def _meaning(reading: Reading, derived: Element, context: ModelContext) -> object:
    """The expression of the target; one of a derived field is that field's own."""
    known = _derived_fields(derived)
    passed = {id(derived)}
    while True:
        inner = next((child for child in derived.children if child.tag not in ("Value", "Interval")), None)
        if inner is None:
            raise derived.error("DerivedField has no expression; correct the document or export it again")
        following = known.get(inner.get("field") or "") if inner.tag == "FieldRef" else None
        if following is None or id(following) in passed:
            return read_expression(reading, inner, context.scope)
        passed.add(id(following))
        derived = following


def _derived_fields(element: Element) -> dict[str, Element]:
    """Derived fields of the document and of the models around an element, by name; inner ones win."""
    found: dict[str, Element] = {}
    above: Element | None = element
    while above is not None:
        for parent in above.all("LocalTransformations", "TransformationDictionary"):
            for field in parent.all("DerivedField"):
                found.setdefault(field.get("name") or "", field)
        above = above.parent
    return found


def _target(
    reading: Reading, context: ModelContext, field: str, outputs: list[_Output], nodes: dict[str, int]
) -> NeuralTarget:
    common = NeuralTarget(field=field, nodes=np.array([nodes[outputs[0].node_id]]), node_ids=(outputs[0].node_id,))
    if not any(isinstance(output.expression, NormDiscrete) for output in outputs):
        if len(outputs) > 1:
            raise outputs[1].element.error(f"target {field!r} has two outputs that are no classes; remove one")
        if context.is_classification:
            reading.refuse(outputs[0].element, "a class is predicted by a number", "use NormDiscrete for each class")
        norm = outputs[0].expression
        return replace(common, norm=_checked(outputs[0], norm) if isinstance(norm, NormContinuous) else None)
    classes = tuple(_category(output) for output in outputs)
    if len(set(classes)) < len(classes):
        raise outputs[-1].element.error(f"target {field!r} has two outputs for one class; correct them")
    if len(outputs) == 1:
        return replace(common, classes=(classes[0], _other(context, outputs[0], field, classes[0])))
    return replace(
        common,
        classes=classes,
        nodes=np.array([nodes[output.node_id] for output in outputs]),
        node_ids=tuple(output.node_id for output in outputs),
    )


def _category(output: _Output) -> Scalar:
    if not isinstance(output.expression, NormDiscrete):
        raise output.element.error("outputs of one target must all be classes or none; use NormDiscrete for each")
    return output.expression.value


def _other(context: ModelContext, output: _Output, field: str, category: Scalar) -> Scalar:
    """The class of a target of two that has no output of its own."""
    kind = context.scope.find(field)
    others = [value for value in (() if kind is None else kind.values) if value != category]
    if len(others) != 1:
        raise output.element.error(f"only {category!r} of {field!r} has an output; add one for each of its values")
    return others[0]


def _checked(output: _Output, norm: NormContinuous) -> NormContinuous:
    """A normalisation that has a way back."""
    steps = np.diff(norm.norm)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        raise output.element.error("a normalised target must rise or fall throughout, else it has no way back")
    return norm
