"""What a predictor gives inside the graph: one prediction a target, and what its output fields may ask for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.hub import DataType, OutputField, ResultFeature, Scalar

__all__ = ["Answer", "ModelResult", "Prediction", "choose", "column_of", "label_type", "with_winner"]


Answer = Callable[[OutputField], Value]
"""What a predictor shows in an output field that asks for one of its own features.

Raises:
    RefusedError: A graph cannot say it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The prediction of one target.

    Attributes:
        target: Name of the target field, if it has one.
        classes: Class labels; empty for regression.
        value: The number predicted, for regression.
        winner: int64 [N, 1]: position of the predicted class; ``len(classes)`` is missing.
        probabilities: [N, number of classes].
        confidences: [N, number of classes].
        rank_scores: [N, number of classes]: what classes are ranked by, where it is not the numbers shown; a class with
            NaN has no rank.
        entity_ids: Identifier of the winning entity, such as the leaf of a tree.
        label: A label given as a column, instead of ``winner``: a chain's, or the identifier of a cluster.
        answers: How the features that only this kind of predictor has are shown; they win over what all models show.
    """

    target: str | None = None
    classes: tuple[Scalar, ...] = ()
    value: Number | None = None
    winner: str | None = None
    probabilities: str | None = None
    confidences: str | None = None
    rank_scores: str | None = None
    entity_ids: Value | None = None
    label: Value | None = None
    answers: Mapping[ResultFeature, Answer] = field(default_factory=dict)

    def column(self, lowering: Lowering) -> Value:
        """The predicted value as a column of its own type."""
        if self.label is not None:
            return self.label
        if self.winner is not None:
            return gather_scalars(lowering, (*self.classes, None), self.winner, label_type(self.classes))
        return self.value if self.value is not None else lowering.missing_number()

    def missing(self, lowering: Lowering) -> str | None:
        """Condition under which there is no prediction."""
        if self.winner is not None and self.label is None:
            return lowering.graph.op("Equal", self.winner, lowering.graph.integers([[len(self.classes)]]))
        return lowering.is_missing(self.column(lowering))

    def without(self, lowering: Lowering, rows: str | None) -> Prediction:
        """The same prediction, missing where the condition holds."""
        if rows is None:
            return self
        return choose(lowering, rows, Prediction(), self)


def choose(lowering: Lowering, condition: str, chosen: Prediction, otherwise: Prediction) -> Prediction:
    """One prediction where the condition holds, else another; a part that one of them lacks is missing there."""
    graph = lowering.graph

    def numbers(left: str | None, right: str | None) -> str | None:
        if left is None and right is None:
            return None
        missing = graph.number(math.nan)
        return graph.op("Where", condition, left or missing, right or missing)

    def column(left: Value | None, right: Value | None) -> Value | None:
        known = right if right is not None else left
        if known is None:
            return None
        missing = lowering.scalar(None, known.data_type)
        return lowering.choose(condition, left or missing, right or missing)

    none = graph.integers([[len(otherwise.classes or chosen.classes)]])
    winner = None
    if chosen.winner is not None or otherwise.winner is not None:
        winner = graph.op("Where", condition, chosen.winner or none, otherwise.winner or none)
    value = column(chosen.value, otherwise.value)
    return replace(
        otherwise if otherwise.classes or not chosen.classes else chosen,
        value=value if isinstance(value, Number) else None,
        winner=winner,
        probabilities=numbers(chosen.probabilities, otherwise.probabilities),
        confidences=numbers(chosen.confidences, otherwise.confidences),
        rank_scores=numbers(chosen.rank_scores, otherwise.rank_scores),
        entity_ids=column(chosen.entity_ids, otherwise.entity_ids),
        label=column(chosen.label, otherwise.label),
        answers={
            feature: _chosen_answer(column, chosen.answers.get(feature), otherwise.answers.get(feature))
            for feature in {**otherwise.answers, **chosen.answers}
        },
    )


def _chosen_answer(
    choose_column: Callable[[Value | None, Value | None], Value | None], left: Answer | None, right: Answer | None
) -> Answer:
    def answer(output: OutputField) -> Value:
        column = choose_column(None if left is None else left(output), None if right is None else right(output))
        if column is None:
            raise TypeError("an answer comes from one side at least")
        return column

    return answer


@dataclass(slots=True, kw_only=True)
class ModelResult:
    """What a model gives.

    Attributes:
        predictions: One a target, in order.
        outputs: Columns of its output fields, in order, hidden ones included.
        members: Results of an ensemble's members by segment id.
        invalid: Condition under which a row has no valid result.
    """

    predictions: tuple[Prediction, ...]
    outputs: dict[str, Value] = field(default_factory=dict)
    members: Mapping[str, ModelResult] = field(default_factory=dict)
    invalid: str | None = None


def label_type(classes: Sequence[Scalar]) -> DataType:
    """The data type of class labels."""
    if all(isinstance(label, bool) for label in classes):
        return DataType.BOOLEAN
    if all(isinstance(label, int) for label in classes):
        return DataType.INTEGER
    if all(isinstance(label, int | float) for label in classes):
        return DataType.DOUBLE
    return DataType.STRING


def column_of(lowering: Lowering, matrix: str, position: int) -> str:
    """One column [N, 1] of a matrix [N, K]."""
    return lowering.graph.op("Gather", matrix, lowering.graph.integers([position]), axis=1)


def with_winner(lowering: Lowering, prediction: Prediction, scores: str, tie_goes_to_last: bool = False) -> Prediction:
    """The prediction with the class of each row's highest score [N, K]; missing where any score is."""
    graph = lowering.graph
    best = graph.op("ArgMax", scores, axis=1, keepdims=1, select_last_index=int(tie_goes_to_last))
    absent = graph.op("Cast", graph.op("IsNaN", scores), to=TensorProto.FLOAT)
    some_absent = graph.op("Cast", graph.op("ReduceMax", absent, graph.integers([1]), keepdims=1), to=TensorProto.BOOL)
    none = graph.integers([[len(prediction.classes)]])
    return replace(prediction, winner=graph.op("Where", some_absent, none, best))
