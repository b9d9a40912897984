"""Members and how their results become one (PMML 4.4, Multiple Models, Segmentation)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from modelport_runtime.columns import ListColumn, ResultColumn, TextColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._combine import (
    Members,
    average_classes,
    average_numbers,
    choose_rows,
    max_classes,
    max_numbers,
    median_classes,
    median_numbers,
    select_all,
    sum_numbers,
    vote_classes,
    weighted_median_numbers,
)
from modelport_runtime.executors.reference._expressions import holds
from modelport_runtime.executors.reference._lists import select_results
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Mask, Numbers, select
from modelport_runtime.hub import (
    DataField,
    Ensemble,
    MiningFunction,
    MissingPredictionTreatment,
    Model,
    MultipleModelMethod,
    Segment,
)

__all__ = ["NOT_COMBINED", "EnsembleEvaluator", "causes_of_ensemble", "make_ensemble"]

_Method = MultipleModelMethod
_CHAINS = (_Method.MODEL_CHAIN, _Method.MULTI_MODEL_CHAIN)
NOT_COMBINED = (*_CHAINS, _Method.SELECT_FIRST, _Method.SELECT_ALL)
"""Methods by which no two members' predictions become one."""
_WEIGHTED = (
    _Method.WEIGHTED_AVERAGE,
    _Method.WEIGHTED_MAJORITY_VOTE,
    _Method.WEIGHTED_MEDIAN,
    _Method.WEIGHTED_SUM,
)

_NUMBERS: dict[MultipleModelMethod, Callable[[Members], Prediction]] = {
    _Method.AVERAGE: average_numbers,
    _Method.WEIGHTED_AVERAGE: average_numbers,
    _Method.MEDIAN: median_numbers,
    _Method.WEIGHTED_MEDIAN: weighted_median_numbers,
    _Method.MAX: max_numbers,
    _Method.SUM: sum_numbers,
    _Method.WEIGHTED_SUM: sum_numbers,
}
_CLASSES: dict[MultipleModelMethod, Callable[[Members], Prediction]] = {
    _Method.MAJORITY_VOTE: vote_classes,
    _Method.WEIGHTED_MAJORITY_VOTE: vote_classes,
    _Method.AVERAGE: average_classes,
    _Method.WEIGHTED_AVERAGE: average_classes,
    _Method.MEDIAN: median_classes,
    _Method.WEIGHTED_MEDIAN: median_classes,
    _Method.MAX: max_classes,
    _Method.SUM: average_classes,
    _Method.WEIGHTED_SUM: average_classes,
}


class _ModelEvaluator(Protocol):
    model: Model

    def evaluate(self, outer: Scope) -> ModelResult: ...


def make_ensemble(
    predictor: Ensemble, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """An ensemble with its members prepared."""
    # A member is a whole model again: the import cannot stand at the top.
    from modelport_runtime.executors.reference._model import ModelEvaluator

    members = [ModelEvaluator(segment.model, data_fields, tree_scorers=tree_scorers) for segment in predictor.segments]
    return EnsembleEvaluator(predictor, members).evaluate


def causes_of_ensemble(predictor: Ensemble, where: str) -> Iterator[UnsupportedCause]:
    """Why an ensemble cannot be scored, whatever its members are."""
    votes = predictor.method in (_Method.MAJORITY_VOTE, _Method.WEIGHTED_MAJORITY_VOTE)
    for segment in predictor.segments:
        if isinstance(segment.model.predictor, Ensemble) and segment.model.predictor.method is _Method.SELECT_ALL:
            yield UnsupportedCause(
                where=f"{where}/segment {segment.id}",
                what="multipleModelMethod selectAll, whose result is a list, inside another ensemble",
                remedy="let the outermost model select all, with the inner segments as its own",
            )
        if votes and segment.model.function is MiningFunction.REGRESSION:
            yield UnsupportedCause(
                where=f"{where}/segment {segment.id}",
                what=f"multipleModelMethod {predictor.method!s} of a member that predicts a number",
                remedy="use average, or make the member a classification",
            )
    combines = predictor.method not in NOT_COMBINED
    functions = {segment.model.function for segment in predictor.segments}
    if combines and MiningFunction.CLASSIFICATION in functions and len(functions) > 1:
        others = ", ".join(sorted(functions - {MiningFunction.CLASSIFICATION}))
        yield UnsupportedCause(
            where=where,
            what=f"multipleModelMethod {predictor.method!s} of members for classification and for {others}",
            remedy="combine members of one kind, or chain them",
        )
    if not predictor.segments:
        yield UnsupportedCause(where=where, what="an ensemble without segments")


class EnsembleEvaluator:
    """An ensemble whose members are ready to run."""

    def __init__(self, ensemble: Ensemble, members: Sequence[_ModelEvaluator]) -> None:
        self._ensemble = ensemble
        self._members = tuple(members)

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """The combined prediction and the members' own results."""
        method = self._ensemble.method
        results: list[ModelResult] = []
        active: list[Mask] = []
        decided = np.zeros(scope.n_rows, dtype=np.bool_)
        for segment, member in zip(self._ensemble.segments, self._members, strict=True):
            applies = holds(segment.predicate, scope)
            mask = np.ones(scope.n_rows, dtype=np.bool_) if applies is None else applies
            if method is _Method.SELECT_FIRST:
                mask = mask & ~decided
            result = _evaluate_member(member, scope, mask)
            if method is _Method.SELECT_FIRST:
                decided |= mask & ~self._passed_over(result, scope.n_rows)
            if method in _CHAINS:
                _publish(member, result, mask, scope)
            results.append(result)
            active.append(mask)
        if method in _CHAINS:
            predictions = self._chain(model, results, active)
        elif method is _Method.SELECT_FIRST:
            predictions = _last_active(results, active, skip_missing=self._skips)
        else:
            predictions = self._combined(model, results, active, scope)
        outputs = _member_outputs(results, active) if method in (*_CHAINS, _Method.SELECT_FIRST) else {}
        ids = [segment.id for segment in self._ensemble.segments]
        return ModelResult(predictions=predictions, outputs=outputs, members=dict(zip(ids, results, strict=True)))

    @property
    def _skips(self) -> bool:
        return self._ensemble.missing_prediction_treatment is MissingPredictionTreatment.SKIP_SEGMENT

    def _passed_over(self, result: ModelResult, n_rows: int) -> Mask:
        """Rows in which ``skipSegment`` makes the next segment the first one."""
        if self._skips and result.predictions:
            return result.predictions[0].missing
        return np.zeros(n_rows, dtype=np.bool_)

    def _chain(self, model: Model, results: list[ModelResult], active: list[Mask]) -> tuple[Prediction, ...]:
        """Of each target the last member that gives it; a chain of one target gives its last member's."""
        names = model.target_names
        if self._ensemble.method is _Method.MODEL_CHAIN and len(names) < 2:
            with_prediction = [index for index, result in enumerate(results) if result.predictions]
            last = _last_result(results, with_prediction, names[0] if names else None)
            return _last_active([results[index] for index in last], [active[index] for index in last])
        by_target: dict[str | None, tuple[list[ModelResult], list[Mask]]] = {}
        for result, mask in zip(results, active, strict=True):
            for prediction in result.predictions:
                if not names or prediction.target in names:
                    kept = by_target.setdefault(prediction.target, ([], []))
                    kept[0].append(ModelResult(predictions=(prediction,)))
                    kept[1].append(mask)
        order = [name for name in names if name in by_target] if names else list(by_target)
        return tuple(_last_active(*by_target[name])[0] for name in order)

    def _combined(
        self, model: Model, results: list[ModelResult], active: list[Mask], scope: Scope
    ) -> tuple[Prediction, ...]:
        is_weighted = self._ensemble.method in _WEIGHTED
        skips = self._ensemble.missing_prediction_treatment is MissingPredictionTreatment.SKIP_SEGMENT
        ones = np.ones((len(results), scope.n_rows))
        own = ones
        if is_weighted or skips:
            pairs = zip(self._ensemble.segments, results, strict=True)
            own = np.stack([_weights(segment, result, scope) for segment, result in pairs])
        predictions = []
        for index, name in enumerate(model.target_names or (None,)):
            members = Members(
                predictions=tuple(_with_classes(result.predictions[index]) for result in results),
                active=np.stack(active),
                weights=own if is_weighted else ones,
                shares=own,
                treatment=self._ensemble.missing_prediction_treatment,
                threshold=self._ensemble.missing_threshold,
            )
            has_classes = any(prediction.classes for prediction in members.predictions)
            is_list = self._ensemble.method is _Method.SELECT_ALL
            combine = select_all if is_list else (_CLASSES if has_classes else _NUMBERS)[self._ensemble.method]
            prediction = combine(members)
            prediction.target = name if name is not None else members.predictions[0].target
            predictions.append(prediction)
        return tuple(predictions)


def _with_classes(prediction: Prediction) -> Prediction:
    """A prediction for combining: one that is the identifier of a cluster is one of as many classes."""
    if not isinstance(prediction.text, TextColumn) or prediction.winner is not None:
        return prediction
    return replace(prediction, text=None, classes=prediction.text.categories, winner=prediction.text.codes)


def _last_result(results: list[ModelResult], candidates: list[int], target: str | None) -> list[int]:
    """Members whose prediction may be the chain's: those of its target, else the last one alone.

    A member without a target serves the members after it; where the last member does not apply, what such a member
    predicts (an anomaly score, a class) is no prediction of the chain.
    """
    named = [index for index in candidates if results[index].predictions[0].target == target]
    return named if named and target is not None else candidates[-1:]


def _evaluate_member(member: _ModelEvaluator, scope: Scope, active: Mask) -> ModelResult:
    """The member's result in every row, missing where it does not apply; it sees only rows to which it applies."""
    if active.all():
        inner = scope.on_all_rows()
        result = member.evaluate(inner)
        scope.mark(inner.invalid)
        return result
    rows = np.flatnonzero(active)
    inner = scope.on_rows(rows)
    result = member.evaluate(inner)
    if inner.invalid is not None:
        invalid = np.zeros(scope.n_rows, dtype=np.bool_)
        invalid[rows] = inner.invalid
        scope.mark(invalid)
    return result.expanded(rows, scope.n_rows)


def _publish(member: _ModelEvaluator, result: ModelResult, active: Mask, scope: Scope) -> None:
    """Let later members see a member's output fields and predicted values (PMML 4.4, Field scope)."""
    columns = {
        prediction.target: prediction.column() for prediction in result.predictions if prediction.target is not None
    }
    for name, column in {**columns, **result.outputs}.items():
        if isinstance(column, ListColumn):
            continue  # no expression names a list: such documents are refused
        if scope.is_local(name) and not active.all():
            before = scope.value(name).column
            if before.data_type is column.data_type:
                column = select(active, column, before)
        scope.define(name, column)


def _last_active(
    results: list[ModelResult], active: list[Mask], *, skip_missing: bool = False
) -> tuple[Prediction, ...]:
    """In each row the predictions of the last member that applies."""
    if not results:
        return ()
    choice = np.full(len(active[0]), -1, dtype=np.int64)
    for index, (result, mask) in enumerate(zip(results, active, strict=True)):
        choice[mask & ~result.predictions[0].missing if skip_missing else mask] = index
    return tuple(
        choose_rows([result.predictions[position] for result in results], choice)
        for position in range(min(len(result.predictions) for result in results))
    )


def _member_outputs(results: list[ModelResult], active: list[Mask]) -> dict[str, ResultColumn]:
    """Output fields of the members that apply, by name; the last one wins in each row."""
    outputs: dict[str, ResultColumn] = {}
    for result, mask in zip(results, active, strict=True):
        for name, column in result.outputs.items():
            before = outputs.get(name)
            if before is not None and before.data_type is column.data_type:
                column = select_results(mask, column, before)
            outputs[name] = column
    return outputs


def _weights(segment: Segment, result: ModelResult, scope: Scope) -> Numbers:
    """A member's weight; a field that holds it may be one of the member's own output fields."""
    if isinstance(segment.weight, str):
        own = result.outputs.get(segment.weight)
        return numbers(scope.column(segment.weight) if own is None or isinstance(own, ListColumn) else own)
    return np.full(scope.n_rows, float(segment.weight))
