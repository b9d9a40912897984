"""What predictors give: one prediction a target, and what its output fields may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._groups import Groups
from modelport_runtime.executors.reference._lists import take_lists
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.executors.reference._values import Mask, Numbers, take
from modelport_runtime.hub import DataType, OutputField, ResultFeature, Scalar

__all__ = ["Answer", "ModelResult", "Prediction", "label_column", "winners"]

Answer = Callable[[OutputField], ResultColumn]
"""What a predictor shows in an output field that asks for one of its own features."""


@dataclass(slots=True, kw_only=True)
class Prediction:
    """The prediction of one target.

    Attributes:
        target: Name of the target field, if it has one.
        classes: Class labels; empty for regression.
        value: float64, shape (n_rows,): the number predicted, for regression; NaN is missing.
        winner: int32, shape (n_rows,): position in ``classes`` of the predicted class; -1 is missing.
        probabilities: float64, shape (n_rows, n_classes).
        confidences: float64, shape (n_rows, n_classes).
        rank_scores: float64, shape (n_rows, n_classes): what classes are ranked by, where it is not the numbers shown;
            a class with NaN has no rank.
        entity_ids: Identifier of the winning entity, such as the leaf of a tree.
        text: The predicted value of a model whose result is neither a number nor one of its classes, such as the
            identifier of a cluster.
        lists: The predicted values of a model that predicts several in a row.
        answers: How the features that only this kind of predictor has are shown; they win over what all models show.
    """

    target: str | None = None
    classes: tuple[Scalar, ...] = ()
    value: Numbers | None = None
    winner: NDArray[np.int32] | None = None
    probabilities: Numbers | None = None
    confidences: Numbers | None = None
    rank_scores: Numbers | None = None
    entity_ids: Column | None = None
    text: Column | None = None
    lists: ListColumn | None = None
    answers: Mapping[ResultFeature, Answer] = field(default_factory=dict)

    @property
    def missing(self) -> Mask:
        """bool, shape (n_rows,): where there is no prediction."""
        if self.winner is not None:
            return self.winner < 0
        if self.text is not None:
            return self.text.missing
        if self.lists is not None:
            return self.lists.missing
        return np.isnan(self.value) if self.value is not None else np.zeros(0, dtype=np.bool_)

    def column(self) -> ResultColumn:
        """The predicted value as a column of its own type."""
        if self.lists is not None:
            return self.lists
        if self.winner is not None:
            return label_column(self.winner, self.classes)
        if self.text is not None:
            return self.text
        return NumberColumn(self.value if self.value is not None else np.zeros(0))

    def without(self, rows: Mask) -> Prediction:
        """The same prediction, missing in some rows."""
        keep = ~rows
        return self.expanded(np.flatnonzero(keep), len(rows), taken=True)

    def expanded(self, rows: NDArray[np.intp], n_rows: int, *, taken: bool = False) -> Prediction:
        """The prediction of some rows as one of all rows, missing in the others.

        Args:
            rows: Positions of the rows among all.
            n_rows: Number of all rows.
            taken: Whether this prediction already has all rows.
        """

        def numbers(values: Numbers | None) -> Numbers | None:
            if values is None:
                return None
            result = np.full((n_rows, *values.shape[1:]), np.nan)
            result[rows] = values[rows] if taken else values
            return result

        winner = None
        if self.winner is not None:
            winner = np.full(n_rows, -1, dtype=np.int32)
            winner[rows] = self.winner[rows] if taken else self.winner
        return replace(
            self,
            value=numbers(self.value),
            winner=winner,
            probabilities=numbers(self.probabilities),
            confidences=numbers(self.confidences),
            rank_scores=numbers(self.rank_scores),
            entity_ids=_expand_column(self.entity_ids, rows, n_rows, taken),
            text=_expand_column(self.text, rows, n_rows, taken),
            lists=None if self.lists is None else _expand_lists(self.lists, rows, n_rows, taken),
            answers={key: _expand_answer(answer, rows, n_rows, taken) for key, answer in self.answers.items()},
        )


def _expand_answer(answer: Answer, rows: NDArray[np.intp], n_rows: int, taken: bool) -> Answer:
    return lambda field: _expand_result(answer(field), rows, n_rows, taken)


def _expand_result(column: ResultColumn, rows: NDArray[np.intp], n_rows: int, taken: bool) -> ResultColumn:
    if isinstance(column, ListColumn):
        return _expand_lists(column, rows, n_rows, taken)
    return _expand(column, rows, n_rows, taken)


def _expand_lists(column: ListColumn, rows: NDArray[np.intp], n_rows: int, taken: bool) -> ListColumn:
    places = np.full(n_rows, -1, dtype=np.int64)
    places[rows] = rows if taken else np.arange(len(rows))
    return take_lists(column, places)


def _expand_column(column: Column | None, rows: NDArray[np.intp], n_rows: int, taken: bool) -> Column | None:
    return None if column is None else _expand(column, rows, n_rows, taken)


def _expand(column: Column, rows: NDArray[np.intp], n_rows: int, taken: bool) -> Column:
    part = take(column, rows) if taken else column
    if isinstance(part, TextColumn):
        codes = np.full(n_rows, -1, dtype=np.int32)
        codes[rows] = part.codes
        return TextColumn(codes, part.categories)
    values = np.full(n_rows, np.nan)
    values[rows] = part.values
    return NumberColumn(values, part.data_type)


@dataclass(slots=True, kw_only=True)
class ModelResult:
    """What a model gives.

    Attributes:
        predictions: One a target, in order.
        outputs: Columns of its output fields, in order, hidden ones included.
        members: Results of an ensemble's members by segment id.
        invalid: Rows without a valid result.
        groups: Of a model whose records are groups of rows: which; everything else is then by group.
    """

    predictions: tuple[Prediction, ...]
    outputs: dict[str, ResultColumn] = field(default_factory=dict)
    members: dict[str, ModelResult] = field(default_factory=dict)
    invalid: Mask | None = None
    groups: Groups | None = None

    def expanded(self, rows: NDArray[np.intp], n_rows: int) -> ModelResult:
        """The result of some rows as one of all rows, missing in the others."""
        outputs = {name: _expand_result(column, rows, n_rows, False) for name, column in self.outputs.items()}
        return ModelResult(
            predictions=tuple(prediction.expanded(rows, n_rows) for prediction in self.predictions),
            outputs=outputs,
            members={key: member.expanded(rows, n_rows) for key, member in self.members.items()},
        )


def label_column(winner: NDArray[np.int32], classes: Sequence[Scalar]) -> Column:
    """Class labels as a column of their own type."""
    if all(isinstance(label, bool) for label in classes):
        data_type = DataType.BOOLEAN
    elif all(isinstance(label, int) for label in classes):
        data_type = DataType.INTEGER
    elif all(isinstance(label, int | float) for label in classes):
        data_type = DataType.DOUBLE
    else:
        return TextColumn(winner, tuple(text_of(label) for label in classes))
    table = np.array([*(float(label) for label in classes), np.nan])
    return NumberColumn(table[winner], data_type)


def winners(scores: Numbers, *, tie_goes_to_last: bool = False) -> NDArray[np.int32]:
    """Position of each row's highest score; -1 where any score is missing."""
    best = np.argmax(scores[:, ::-1] if tie_goes_to_last else scores, axis=1)
    if tie_goes_to_last:
        best = scores.shape[1] - 1 - best
    return np.where(np.isnan(scores).any(axis=1), -1, best).astype(np.int32)
