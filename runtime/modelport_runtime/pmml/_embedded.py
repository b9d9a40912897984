"""Models inside models: ``Regression`` and ``DecisionTree`` (PMML 4.4, Multiple Models, Model Composition).

They are models without a mining schema: they read the fields of the model around them. In a ``MiningModel`` they stand
in a sequence, in which each names its results (``ResultField``) for those after it; in a ``Node`` one of them gives the
result of the rows that end there. Both are what segments can say too, and become segments here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelport_runtime.hub import (
    Apply,
    Constant,
    DataType,
    Ensemble,
    Expression,
    FieldRef,
    MiningFunction,
    MissingPredictionTreatment,
    Model,
    MultipleModelMethod,
    OutputField,
    Predictor,
    ResultFeature,
    Segment,
    TreeEnsemble,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._fields import read_targets
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._outputs import read_outputs, read_result_fields
from modelport_runtime.pmml._reading import Reading, Scope
from modelport_runtime.pmml._regression import read_regression
from modelport_runtime.pmml._transformations import read_derived_fields
from modelport_runtime.pmml._tree_nodes import TreeNodes

__all__ = ["EMBEDDED", "entities_of_tree", "read_sequence", "select_models"]

EMBEDDED = ("Regression", "DecisionTree")
"""Elements of embedded models."""

_TREE = "tree"
"""Segment of the tree whose leaves choose among models."""

_MAXIMUM_DEPTH = 16

_COMMON = {"Output", "ModelStats", "Targets", "LocalTransformations", "ResultField"}
_OWN = {"Regression": {"RegressionTable"}, "DecisionTree": {"Node"}}


def read_sequence(reading: Reading, elements: list[Element], context: ModelContext) -> Ensemble:
    """Embedded models one after another: the last one gives the result (PMML 4.4, Model sequencing)."""
    scope = Scope(context.scope)
    segments = []
    for number, element in enumerate(elements, 1):
        model = _read_embedded(reading, element, replace(context, scope=scope), is_last=number == len(elements))
        segments.append(Segment(id=str(number), model=model))
    scope.export(context.scope, scope.names)
    return Ensemble(method=MultipleModelMethod.MODEL_CHAIN, segments=tuple(segments))


def _read_embedded(reading: Reading, element: Element, context: ModelContext, *, is_last: bool) -> Model:
    """Read a model that is embedded in another.

    Args:
        reading: The document being read.
        element: A ``Regression`` or ``DecisionTree``.
        context: The model around it, with the scope that the embedded one reads and adds its results to.
        is_last: Whether its results are results of the model around it, not only fields for the models after it.
    """
    if _depth(element) > _MAXIMUM_DEPTH:
        raise element.error(f"models are embedded deeper than {_MAXIMUM_DEPTH}; write them as segments")
    reading.expect(element, _COMMON | _OWN[element.tag])
    function = element.choice("functionName", MiningFunction, context.function)
    scope = Scope(context.scope)
    derived_fields = read_derived_fields(reading, element.child("LocalTransformations"), scope)
    predicts_same = function is context.function
    inner = replace(
        context,
        function=function,
        scope=scope,
        target=context.target if predicts_same else None,
        target_type=context.target_type if predicts_same else None,
    )
    if element.tag == "Regression":
        predictor: Predictor = read_regression(reading, element, inner)
    else:
        # A tree may hold models again: the import cannot stand at the top.
        from modelport_runtime.pmml._trees import read_tree

        predictor = read_tree(reading, element, inner)
    outputs = read_result_fields(reading, element, scope, inner) + read_outputs(reading, element, scope, inner)
    if element.tag == "DecisionTree" and isinstance(predictor, Ensemble):
        outputs = entities_of_tree(outputs)
    scope.export(context.scope, (field.name for field in outputs))
    return Model(
        function=function,
        predictor=predictor,
        mining_fields=(),
        derived_fields=derived_fields,
        targets=read_targets(reading, element, scope),
        outputs=outputs if is_last else tuple(replace(field, is_final=False) for field in outputs),
        name=element.get("modelName"),
        math_type=context.math_type,
    )


def entities_of_tree(outputs: tuple[OutputField, ...]) -> tuple[OutputField, ...]:
    """Output fields of a tree whose nodes hold models: the node reached is still the tree's."""
    return tuple(
        replace(field, segment_id=_TREE)
        if field.feature is ResultFeature.ENTITY_ID and field.segment_id is None
        else field
        for field in outputs
    )


def _depth(element: Element) -> int:
    depth, around = 0, element.parent
    while around is not None:
        depth += around.tag in EMBEDDED
        around = around.parent
    return depth


def select_models(
    reading: Reading, element: Element, nodes: TreeNodes, tree: TreeEnsemble, context: ModelContext
) -> Ensemble:
    """A tree in which some nodes hold models: the tree finds the node, and its model the result.

    Rows that end in a node without a model, or whose model gives nothing, have the node's own score.

    Args:
        reading: The document being read.
        element: The element of the tree.
        nodes: Its nodes.
        tree: The tree, with an identifier for each leaf that is that of its node.
        context: The model.

    Raises:
        ArtifactError: Nodes with models have no identifiers of their own.
    """
    scope = Scope(context.scope)
    members = [
        Segment(
            id=identifier,
            predicate=_is_node(_leaf_field(context.scope), identifier),
            model=_read_embedded(reading, nodes.embedded[node], replace(context, scope=scope), is_last=True),
        )
        for node, identifier in _identified(element, nodes).items()
    ]
    scope.export(context.scope, scope.names)
    own = Model(function=context.function, predictor=tree, mining_fields=(), math_type=context.math_type)
    shown = OutputField(
        name=_leaf_field(context.scope),
        feature=ResultFeature.ENTITY_ID,
        data_type=DataType.STRING,
        is_final=False,
    )
    has_scores = not np.isnan(tree.leaf_values).all()
    selection = Ensemble(
        method=MultipleModelMethod.SELECT_FIRST,
        segments=(*members, Segment(id=_TREE, model=own)) if has_scores else tuple(members),
        missing_prediction_treatment=MissingPredictionTreatment.SKIP_SEGMENT,
    )
    chosen = Model(function=context.function, predictor=selection, mining_fields=(), math_type=context.math_type)
    return Ensemble(
        method=MultipleModelMethod.MODEL_CHAIN,
        segments=(
            Segment(id=_TREE, model=replace(own, outputs=(shown,))),
            Segment(id="selection", model=chosen),
        ),
    )


def _identified(element: Element, nodes: TreeNodes) -> dict[int, str]:
    """Nodes with models, and their identifiers."""
    found = {node: nodes.ids[node] or str(node + 1) for node in nodes.embedded}
    names = [identifier or str(node + 1) for node, identifier in enumerate(nodes.ids)]
    for node, identifier in found.items():
        if names.count(identifier) > 1:
            fault = Element("Node", {}, nodes.node_line[node], element)
            raise fault.error(f"id={identifier!r} of a Node with a model is that of another Node too; make it unique")
    return found


def _leaf_field(scope: Scope) -> str:
    name = "(node)"
    while scope.find(name) is not None:
        name += "'"
    return name


def _is_node(name: str, identifier: str) -> Expression:
    constant = Constant(value=identifier, data_type=DataType.STRING)
    return Apply(function="equal", arguments=(FieldRef(field=name), constant))
