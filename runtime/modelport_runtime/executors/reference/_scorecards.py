"""Scorecards: points, their sum, and the reasons for it (PMML 4.4, Scorecard)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._expressions import evaluate
from modelport_runtime.executors.reference._predicate_sets import PredicateSet
from modelport_runtime.executors.reference._prediction import Answer, ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    Characteristic,
    DataField,
    DataType,
    Model,
    OutputField,
    ReasonCodeAlgorithm,
    ResultFeature,
    Scorecard,
)

__all__ = ["ScorecardEvaluator", "make_scorecard"]


def make_scorecard(
    predictor: Scorecard, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A scorecard ready to run."""
    return ScorecardEvaluator(predictor).evaluate


class ScorecardEvaluator:
    """A scorecard with the common parts of its predicates found once. Safe to use from many threads."""

    def __init__(self, scorecard: Scorecard) -> None:
        self._scorecard = scorecard
        characteristics = scorecard.characteristics
        self._predicates = PredicateSet([item.predicate for part in characteristics for item in part.attributes])
        self._codes = scorecard.reason_codes
        positions = {code: index for index, code in enumerate(self._codes)}
        self._code_tables = [_code_table(part, positions) for part in characteristics]

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """The score; missing where a characteristic has no points."""
        chosen = self._choose(scope)
        score = np.full(scope.n_rows, self._scorecard.initial_score)
        distances = np.zeros((scope.n_rows, len(self._codes)))
        first = np.full((scope.n_rows, len(self._codes)), len(chosen), dtype=np.int32)
        sign = 1.0 if self._scorecard.reason_code_algorithm is ReasonCodeAlgorithm.POINTS_ABOVE else -1.0
        parts = zip(self._scorecard.characteristics, chosen, self._code_tables, strict=True)
        for number, (part, attribute, table) in enumerate(parts):
            points = _points(part, attribute, scope)
            score = _add(score, points, model.math_type)
            if self._scorecard.use_reason_codes:
                codes = table[attribute]
                rows = np.flatnonzero(codes >= 0)
                distances[rows, codes[rows]] += sign * (points[rows] - part.baseline_score)
                first[rows, codes[rows]] = np.minimum(first[rows, codes[rows]], number)
        target = model.target_name
        reasons = np.where((distances > 0) & ~np.isnan(score)[:, None], distances, np.nan)
        return ModelResult(
            predictions=(
                Prediction(
                    target=target,
                    value=score,
                    answers={ResultFeature.REASON_CODE: _reasons(reasons, first, self._codes)},
                ),
            )
        )

    def _choose(self, scope: Scope) -> list[NDArray[np.int32]]:
        """Of each characteristic the first attribute that holds in each row, shape (n_rows,); -1 where none does."""
        characteristics = self._scorecard.characteristics
        chosen = [np.full(scope.n_rows, -1, dtype=np.int32) for _ in characteristics]
        truths = self._predicates.on(scope)
        for start in range(0, scope.n_rows, self._predicates.block_rows):
            rows = slice(start, min(start + self._predicates.block_rows, scope.n_rows))
            truths.block(rows.start, rows.stop)
            last = 0
            for part, positions in zip(characteristics, chosen, strict=True):
                first, last = last, last + len(part.attributes)
                # From the last one to the first: the first one that holds overwrites the others.
                for index in range(len(part.attributes) - 1, -1, -1):
                    np.copyto(positions[rows], np.int32(index), where=truths.holds(first + index))
        return chosen


def _add(score: Numbers, points: Numbers, math_type: DataType) -> Numbers:
    if math_type is DataType.FLOAT:
        return np.asarray(score.astype(np.float32) + points.astype(np.float32), dtype=np.float64)
    return score + points


def _code_table(part: Characteristic, positions: Mapping[str, int]) -> NDArray[np.int32]:
    """int32, shape (attributes + 1,): the reason code of each attribute, and -1 for none of them."""
    codes = [part.reason_code if item.reason_code is None else item.reason_code for item in part.attributes]
    return np.array([*(-1 if code is None else positions[code] for code in codes), -1], dtype=np.int32)


def _points(part: Characteristic, chosen: NDArray[np.int32], scope: Scope) -> Numbers:
    """float64, shape (n_rows,): NaN where no attribute holds."""
    table = [np.nan if item.partial_score is None else item.partial_score for item in part.attributes]
    points: Numbers = np.array([*table, np.nan])[chosen]
    for index, item in enumerate(part.attributes):
        if item.complex_partial_score is None:
            continue
        rows = np.flatnonzero(chosen == index)
        if len(rows):
            within = scope.on_rows(rows)
            value = evaluate(item.complex_partial_score, within)
            points[rows] = numbers(value.column)
            scope.mark(_on_all(value.invalid, rows, scope.n_rows))
    return points


def _on_all(invalid: NDArray[np.bool_] | None, rows: NDArray[np.intp], n_rows: int) -> NDArray[np.bool_] | None:
    if invalid is None:
        return None
    marked = np.zeros(n_rows, dtype=np.bool_)
    marked[rows] = invalid
    return marked


def _reasons(reasons: Numbers, first: NDArray[np.int32], codes: tuple[str, ...]) -> Answer:
    """The code at a rank; where there are fewer reasons than asked for, the last of them is repeated.

    Args:
        reasons: float64, shape (n_rows, n_codes): how far each is off its baseline; NaN for one that is no reason.
        first: int32, of the same shape: the first characteristic that gave the code; it decides between equals.
        codes: The codes.
    """
    counts = (~np.isnan(reasons)).sum(axis=1)

    def answer(field: OutputField) -> Column:
        if not codes or field.rank < 1:
            return TextColumn(np.full(len(reasons), -1, dtype=np.int32), ())
        order = np.lexsort((first, reasons if field.rank_order == "ascending" else -reasons), axis=1)
        position = np.minimum(field.rank, np.maximum(counts, 1)) - 1
        chosen = np.take_along_axis(order, position[:, None], axis=1)[:, 0]
        return TextColumn(np.where(counts > 0, chosen, -1).astype(np.int32), codes)

    return answer
