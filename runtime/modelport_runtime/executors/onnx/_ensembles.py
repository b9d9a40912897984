"""Members and how their results become one (PMML 4.4, Multiple Models, Segmentation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from modelport_runtime.executors.onnx._combine import COMBINERS, Member, choose_last
from modelport_runtime.executors.onnx._expressions import lower_condition
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope, ScopedValue
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._ensembles import causes_of_ensemble
from modelport_runtime.hub import (
    Ensemble,
    MissingPredictionTreatment,
    Model,
    MultipleModelMethod,
    Segment,
)

__all__ = ["lower_ensemble"]

_Method = MultipleModelMethod
_CHAINS = (_Method.MODEL_CHAIN, _Method.MULTI_MODEL_CHAIN)
_WEIGHTED = (
    _Method.WEIGHTED_AVERAGE,
    _Method.WEIGHTED_MAJORITY_VOTE,
    _Method.WEIGHTED_MEDIAN,
    _Method.WEIGHTED_SUM,
)


@dataclass(frozen=True, slots=True)
class _Result:
    """A member's result, missing where the member does not apply, and where it applies (``None``: everywhere)."""

    result: ModelResult
    active: str | None


def lower_ensemble(
    lowering: Lowering,
    model: Model,
    ensemble: Ensemble,
    scope: Scope,
    lower_member: Callable[[Model, Scope], ModelResult],
) -> ModelResult:
    """The combined prediction and the members' own results.

    Raises:
        RefusedError: A member or the way of combining them cannot be said by a graph; all causes are noted.
    """
    for cause in causes_of_ensemble(ensemble, ""):
        raise lowering.refuse(cause.what, cause.remedy)
    method = ensemble.method
    skips = ensemble.missing_prediction_treatment is MissingPredictionTreatment.SKIP_SEGMENT
    results: list[_Result] = []
    decided: str | None = None
    for segment in ensemble.segments:
        with lowering.at(f"Segment[{segment.id}]"), lowering.collecting():
            active = _applies(lowering, segment, scope)
            if method is _Method.SELECT_FIRST and decided is not None:
                active = _and(lowering, active, lowering.negate(decided))
            member = _Result(_lower_member(lowering, segment.model, scope, active, lower_member), active)
            if method is _Method.SELECT_FIRST:
                decided = lowering.any_of(decided, _deciding(lowering, member, skips))
            if method in _CHAINS:
                _publish(lowering, member, scope)
            results.append(member)
    if len(results) < len(ensemble.segments):
        raise RefusedError("a member")
    if method in _CHAINS:
        predictions = _chain(lowering, model, ensemble, results)
    elif method is _Method.SELECT_FIRST:
        predictions = _last_active(lowering, results, skip_missing=skips)
    else:
        predictions = _combined(lowering, model, ensemble, results, scope)
    outputs = _member_outputs(lowering, results) if method in (*_CHAINS, _Method.SELECT_FIRST) else {}
    members = {segment.id: member.result for segment, member in zip(ensemble.segments, results, strict=True)}
    return ModelResult(predictions=predictions, outputs=outputs, members=members)


def _applies(lowering: Lowering, segment: Segment, scope: Scope) -> str | None:
    """Condition under which a member applies; ``None`` is everywhere."""
    if segment.predicate is None:
        return None
    truth = lower_condition(lowering, scope, segment.predicate)
    if truth.constant == 1.0:
        return None
    return lowering.graph.op("Expand", lowering.is_true(truth), lowering.n_rows)


def _and(lowering: Lowering, left: str | None, right: str) -> str:
    return right if left is None else lowering.all_of(left, right)


def _deciding(lowering: Lowering, member: _Result, skips: bool) -> str:
    """Rows for which ``selectFirst`` need not look further."""
    active = member.active or lowering.graph.op("Expand", lowering.always(), lowering.n_rows)
    if not skips or not member.result.predictions:
        return active
    missing = member.result.predictions[0].missing(lowering)
    return active if missing is None else lowering.all_of(active, lowering.negate(missing))


def _lower_member(
    lowering: Lowering,
    model: Model,
    scope: Scope,
    active: str | None,
    lower_member: Callable[[Model, Scope], ModelResult],
) -> ModelResult:
    """The member's result in every row, missing where it does not apply; there it makes no row invalid either."""
    with lowering.recording_invalid() as invalid:
        result = lower_member(model, Scope(scope, scope.math_type))
    rows = lowering.any_of(*invalid)
    if active is None:
        lowering.mark_invalid(rows)
        return result
    lowering.mark_invalid(None if rows is None else lowering.all_of(active, rows))
    elsewhere = lowering.negate(active)
    return _without(lowering, result, elsewhere)


def _without(lowering: Lowering, result: ModelResult, rows: str) -> ModelResult:
    return ModelResult(
        predictions=tuple(prediction.without(lowering, rows) for prediction in result.predictions),
        outputs={name: lowering.make_missing(column, rows) for name, column in result.outputs.items()},
        members={key: _without(lowering, member, rows) for key, member in result.members.items()},
    )


def _publish(lowering: Lowering, member: _Result, scope: Scope) -> None:
    """Let later members see a member's output fields and predicted values (PMML 4.4, Field scope)."""
    columns = {
        prediction.target: prediction.column(lowering)
        for prediction in member.result.predictions
        if prediction.target is not None
    }
    for name, column in {**columns, **member.result.outputs}.items():
        before = scope.values.get(name)
        kept: Value = column
        if before is not None and member.active is not None and before.value.data_type is column.data_type:
            kept = lowering.choose(member.active, column, before.value)
        scope.pending.pop(name, None)
        scope.values[name] = ScopedValue(kept)


def _chain(lowering: Lowering, model: Model, ensemble: Ensemble, results: list[_Result]) -> tuple[Prediction, ...]:
    """Of each target the last member that gives it; a chain of one target gives its last member's."""
    names = model.target_names
    if ensemble.method is _Method.MODEL_CHAIN and len(names) < 2:
        predicting = [member for member in results if member.result.predictions]
        if not predicting:
            return ()
        target = predicting[-1].result.predictions[0].target
        return _last_active(lowering, [m for m in predicting if m.result.predictions[0].target == target])
    by_target: dict[str | None, list[_Result]] = {}
    for member in results:
        for prediction in member.result.predictions:
            if not names or prediction.target in names:
                only = replace(member, result=ModelResult(predictions=(prediction,)))
                by_target.setdefault(prediction.target, []).append(only)
    order = [name for name in names if name in by_target] if names else list(by_target)
    return tuple(_last_active(lowering, by_target[name])[0] for name in order)


def _last_active(lowering: Lowering, results: list[_Result], *, skip_missing: bool = False) -> tuple[Prediction, ...]:
    """In each row the predictions of the last member that applies."""
    if not results:
        return ()
    conditions = []
    for member in results:
        condition = member.active
        if skip_missing:
            missing = member.result.predictions[0].missing(lowering)
            condition = condition if missing is None else _and(lowering, condition, lowering.negate(missing))
        conditions.append(condition)
    return tuple(
        choose_last(lowering, [member.result.predictions[position] for member in results], conditions)
        for position in range(min(len(member.result.predictions) for member in results))
    )


def _member_outputs(lowering: Lowering, results: list[_Result]) -> dict[str, Value]:
    """Output fields of the members that apply, by name; the last one wins in each row."""
    outputs: dict[str, Value] = {}
    for member in results:
        for name, column in member.result.outputs.items():
            before = outputs.get(name)
            kept: Value = column
            if before is not None and member.active is not None and before.data_type is column.data_type:
                kept = lowering.choose(member.active, column, before)
            outputs[name] = kept
    return outputs


def _combined(
    lowering: Lowering, model: Model, ensemble: Ensemble, results: list[_Result], scope: Scope
) -> tuple[Prediction, ...]:
    method = ensemble.method
    skips = ensemble.missing_prediction_treatment is MissingPredictionTreatment.SKIP_SEGMENT
    counts = method in _WEIGHTED
    pairs = list(zip(ensemble.segments, results, strict=True))
    weights = [_weight(lowering, segment, result, scope, counts) for segment, result in pairs]
    shares = [_weight(lowering, segment, result, scope, counts or skips) for segment, result in pairs]
    predictions = []
    for index, name in enumerate(model.target_names or (None,)):
        if any(index >= len(member.result.predictions) for member in results):
            raise lowering.refuse(f"a member that does not predict {name!r}")
        members = [
            Member(member.result.predictions[index], member.active, weight, share)
            for member, weight, share in zip(results, weights, shares, strict=True)
        ]
        has_classes = any(member.prediction.classes for member in members)
        if (method, has_classes) not in COMBINERS:
            kind = "classes" if has_classes else "numbers"
            raise lowering.refuse(f"multipleModelMethod {method!s} of {kind}")
        prediction = COMBINERS[method, has_classes](lowering, members, ensemble)
        target = name if name is not None else members[0].prediction.target
        predictions.append(replace(prediction, target=target))
    return tuple(predictions)


def _weight(lowering: Lowering, segment: Segment, member: _Result, scope: Scope, counts: bool) -> Number:
    """A member's weight; a field that holds it may be one of the member's own output fields."""
    if not counts:
        return lowering.number(1.0)
    if isinstance(segment.weight, str):
        own = member.result.outputs.get(segment.weight)
        if isinstance(own, Number):
            return own
        if own is not None:
            raise lowering.refuse(f"a weight that is text, {segment.weight!r}")
        return lowering.read_number(scope, segment.weight)
    return lowering.number(segment.weight)
