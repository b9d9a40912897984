"""Results of chains, where both JVM engines find them.

In a chain's own ``Output``, PMML4S takes everything from the last member, also what ``segmentId`` or an expression
asks of another, and JPMML-Evaluator gives probability 0 to labels that are no text. Output fields of the last member
see everything that the members before it gave, in both engines; so that is where a chain's results are written.

An output field of a member hides a data field of its name from all members in PMML4S, and with it the labels of a
target. A member that needs them (one that combines models, or normalizes other than by softmax or simplemax) then gives
nothing. Where there is one, the results stand one level deeper: in the only member of a chain that is the last member.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._labels import SELF_CONTAINED, computed_label, hashed_classes, predicted_target
from modelport.writers.pmml._scopes import expression_fields
from modelport.writers.pmml._trees import is_plain_forest
from modelport_runtime.hub import (
    DataType,
    Ensemble,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    MultipleModelMethod,
    OutputField,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    Segment,
    TreeEnsemble,
)

__all__ = ["results_in_last_member"]

_SINGLE = (
    MultipleModelMethod.MODEL_CHAIN,
    MultipleModelMethod.MULTI_MODEL_CHAIN,
    MultipleModelMethod.SELECT_FIRST,
    MultipleModelMethod.SELECT_ALL,
)
"""Methods that pass on what one member says."""


def results_in_last_member(context: Context, model: Model) -> Model:
    """The chain with its outputs in its last member; any other model as it is.

    A chain with a result for each member becomes a plain chain: every target is an output field of the last member by
    the target's name.
    """
    chain = model.predictor
    if not isinstance(chain, Ensemble) or not chain.segments:
        return model
    several = chain.method is MultipleModelMethod.MULTI_MODEL_CHAIN
    if several and context.extensions:
        return model
    if not several and not (chain.method is MultipleModelMethod.MODEL_CHAIN and model.outputs):
        return model
    members = [segment.model for segment in chain.segments]
    # PMML4S returns output fields only, once there are any, so the targets are among them.
    outputs = _with_target_outputs(context, members if several else members[-1:], model.outputs)
    positions = [_owner(output, members, chain) for output in outputs]
    deeper = any(_looks_up_labels(member) for member in members)
    if deeper:
        members.append(_shows_results())
    moved = [_moved(context, output, members, position) for output, position in zip(outputs, positions, strict=True)]
    members[-1] = _with_outputs(members, moved)
    segments = [replace(segment, model=member) for segment, member in zip(chain.segments, members, strict=False)]
    if deeper:
        segments.append(_last_segment(members[-1], segments))
    return replace(
        model,
        predictor=replace(chain, segments=tuple(segments), method=MultipleModelMethod.MODEL_CHAIN),
        outputs=(),
    )


def _with_outputs(members: list[Model], moved: list[OutputField]) -> Model:
    """The last member with these outputs, and what they read of the members before it in its mining schema."""
    last = members[-1]
    seen = {name for member in members[:-1] for name in (output.name for output in member.outputs)}
    read = [name for output in moved if output.expression for name in expression_fields(output.expression)]
    listed = {field.name for field in last.mining_fields}
    fields = tuple(MiningField(name=name) for name in dict.fromkeys(read) if name in seen - listed)
    return replace(last, outputs=(*last.outputs, *moved), mining_fields=(*last.mining_fields, *fields))


def _looks_up_labels(member: Model) -> bool:
    """Whether PMML4S asks the target's data field for the labels when it scores this member."""
    predictor = member.predictor
    if member.function is not MiningFunction.CLASSIFICATION:
        return False
    if isinstance(predictor, TreeEnsemble):
        return is_plain_forest(predictor)
    if isinstance(predictor, RegressionModel):
        return predictor.normalization_method not in SELF_CONTAINED
    return isinstance(predictor, Ensemble) and predictor.method not in _SINGLE


def _shows_results() -> Model:
    """A member for outputs alone: JPMML-Evaluator wants a classification of two categories, which nothing reads."""
    tables = tuple(
        RegressionTable(intercept=0.0, terms=(), coefficients=np.zeros(0), target_category=label) for label in (0, 1)
    )
    return Model(function=MiningFunction.CLASSIFICATION, predictor=RegressionModel(tables=tables), mining_fields=())


def _last_segment(member: Model, before: list[Segment]) -> Segment:
    """A segment whose model is a chain of one member."""
    taken = {segment.id for segment in before}
    free = next(str(number) for number in range(len(before) + 1, 2 * len(before) + 2) if str(number) not in taken)
    inner = Ensemble(method=MultipleModelMethod.MODEL_CHAIN, segments=(Segment(id="1", model=member),))
    return Segment(id=free, model=Model(function=member.function, predictor=inner, mining_fields=()))


def _with_target_outputs(
    context: Context, members: list[Model], outputs: tuple[OutputField, ...]
) -> tuple[OutputField, ...]:
    """The outputs with one for each target: what its member predicts, or a label computed of its probabilities."""
    own = {output.name for output in outputs}
    owners = {name: member for member in members for name in member.target_names if name not in own}
    predicted: list[OutputField] = []
    computed: list[OutputField] = []
    for name, member in owners.items():
        classes = hashed_classes(member)
        if classes:
            asked = (name,) if len(owners) > 1 else (name, None)
            computed.extend(computed_label(context, outputs, asked, classes))
        else:
            predicted.append(predicted_target(context, member, name))
    return (*predicted, *outputs, *computed)


def _moved(context: Context, output: OutputField, members: list[Model], position: int) -> OutputField:
    """The output as the last member gives it; another member's result becomes a hidden output of that member."""
    if output.expression is not None:
        return output
    plain = replace(output, segment_id=None, target_field=None)
    if position == len(members) - 1:
        return plain
    source = _hidden_output(context, plain, members, position)
    return replace(
        plain, feature=ResultFeature.TRANSFORMED_VALUE, value=None, rank=1, expression=FieldRef(field=source)
    )


def _owner(output: OutputField, members: list[Model], chain: Ensemble) -> int:
    if output.segment_id is not None:
        ids = [segment.id for segment in chain.segments]
        return ids.index(output.segment_id) if output.segment_id in ids else len(members) - 1
    named = [i for i, member in enumerate(members) if output.target_field in member.target_names]
    return named[-1] if named else len(members) - 1


def _hidden_output(context: Context, output: OutputField, members: list[Model], position: int) -> str:
    """Name of an output of a member that shows what is asked for; one is added if there is none."""
    owner = members[position]
    for given in owner.outputs:
        if replace(given, name="", is_final=True, data_type=None, op_type=None) == replace(
            output, name="", is_final=True, data_type=None, op_type=None
        ):
            return given.name
    name = context.unique_name(f"member {position + 1}: {output.name}")
    hidden = replace(output, name=name, is_final=False)
    context.data_types[name] = output.data_type or DataType.DOUBLE
    members[position] = replace(owner, outputs=(*owner.outputs, hidden))
    return name
