"""Predictions of several members become one (PMML 4.4, Multiple Models, multipleModelMethod)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, ResultColumn
from modelport_runtime.executors.reference._casts import cast
from modelport_runtime.executors.reference._lists import lists_of_columns, missing_lists, select_results
from modelport_runtime.executors.reference._prediction import Answer, Prediction, winners
from modelport_runtime.executors.reference._values import Mask, Numbers, missing_column, select
from modelport_runtime.hub import DataType, MissingPredictionTreatment, OutputField, ResultFeature, Scalar

__all__ = [
    "Members",
    "average_classes",
    "average_numbers",
    "choose_rows",
    "max_classes",
    "max_numbers",
    "median_classes",
    "median_numbers",
    "select_all",
    "sum_numbers",
    "vote_classes",
    "weighted_median_numbers",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """What is to be combined for one target, with M members.

    Attributes:
        predictions: One a member, in every row, missing where the member does not apply.
        active: bool, shape (M, n_rows): where a member applies.
        weights: float64, shape (M, n_rows): what the method weighs them by.
        shares: float64, shape (M, n_rows): the members' own weights, which the threshold counts whatever the method.
        treatment: What a missing prediction does.
        threshold: Under ``skipSegment``, the share of members, by weight, that may be missing.
    """

    predictions: tuple[Prediction, ...]
    active: NDArray[np.bool_]
    weights: Numbers
    shares: Numbers
    treatment: MissingPredictionTreatment
    threshold: float

    def counted(self, *, abstentions: bool = False) -> tuple[NDArray[np.bool_], Mask]:
        """Which members count in each row, shape (M, n_rows), and in which rows there is no result.

        Args:
            abstentions: Whether ``continue`` lets the others decide, as it does in a vote; a number or a probability
                that is missing makes the whole missing.
        """
        missing = np.stack([prediction.missing for prediction in self.predictions]) & self.active
        present = self.active & ~missing
        none = ~present.any(axis=0)
        if self.treatment is MissingPredictionTreatment.SKIP_SEGMENT:
            weights = np.where(self.active, self.shares, 0.0)
            with np.errstate(all="ignore"):
                share = np.where(missing, weights, 0.0).sum(axis=0) / weights.sum(axis=0)
            return present, np.asarray(none | (share > self.threshold))
        if abstentions and self.treatment is MissingPredictionTreatment.CONTINUE:
            return present, np.asarray(none)
        return present, np.asarray(none | missing.any(axis=0))


def _in_order(values: Numbers, weights: Numbers | None, counted: NDArray[np.bool_]) -> Numbers:
    """Weighted sum over members, one after another: the order of a sum is part of its meaning."""
    total = np.zeros(values.shape[1:])
    for index in range(len(values)):
        part = values[index] if weights is None else values[index] * _beside(weights[index], values[index])
        total = total + np.where(_beside(counted[index], part), part, 0.0)
    return total


def _beside(per_row: NDArray[np.generic], like: Numbers) -> NDArray[np.generic]:
    """One value a row, shaped to meet rows of classes."""
    return per_row[:, None] if like.ndim == 2 else per_row


def _numbers(members: Members, combine: Callable[[Numbers, NDArray[np.bool_]], Numbers]) -> Prediction:
    counted, without = members.counted()
    values = np.stack(
        [
            prediction.value if prediction.value is not None else np.full(len(without), np.nan)
            for prediction in members.predictions
        ]
    )
    with np.errstate(all="ignore"):
        return Prediction(value=np.where(without, np.nan, combine(values, counted)))


def average_numbers(members: Members) -> Prediction:
    """The weighted mean; without weights every member weighs 1."""

    def combine(values: Numbers, counted: NDArray[np.bool_]) -> Numbers:
        return _in_order(values, members.weights, counted) / _in_order(members.weights, None, counted)

    return _numbers(members, combine)


def sum_numbers(members: Members) -> Prediction:
    """The weighted sum; without weights every member weighs 1."""
    return _numbers(members, lambda values, counted: _in_order(values, members.weights, counted))


def max_numbers(members: Members) -> Prediction:
    """The highest number."""
    return _numbers(members, lambda values, counted: np.where(counted, values, -np.inf).max(axis=0))


def median_numbers(members: Members) -> Prediction:
    """The number in the middle; the mean of the two in the middle where they are an even number."""

    def combine(values: Numbers, counted: NDArray[np.bool_]) -> Numbers:
        low, high = _middle(values, np.ones(values.shape), counted)
        middle: Numbers = (low + high) / 2
        return middle

    return _numbers(members, combine)


def weighted_median_numbers(members: Members) -> Prediction:
    """The lowest number up to which members have half of the weight, as scikit-learn's AdaBoostRegressor has it."""
    return _numbers(members, lambda values, counted: _middle(values, members.weights, counted)[0])


def _middle(values: Numbers, weights: Numbers, counted: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Over the first axis, the lowest value up to which half of the weight lies, and that up to which more lies."""
    ordered_values = np.where(counted, values, np.inf)
    order = np.argsort(ordered_values, axis=0, kind="stable")
    ordered = np.take_along_axis(ordered_values, order, axis=0)
    cumulative = np.cumsum(np.take_along_axis(np.where(counted, weights, 0.0), order, axis=0), axis=0)
    half = cumulative[-1] / 2
    row = np.arange(values.shape[1])
    return ordered[np.argmax(cumulative >= half, axis=0), row], ordered[np.argmax(cumulative > half, axis=0), row]


def _common_classes(predictions: Sequence[Prediction]) -> tuple[Scalar, ...]:
    classes: dict[Scalar, None] = {}
    for prediction in predictions:
        classes.update(dict.fromkeys(prediction.classes))
    return tuple(classes)


def _in_classes(prediction: Prediction, classes: tuple[Scalar, ...]) -> Prediction:
    """The prediction with its classes among more classes."""
    if prediction.classes == classes:
        return prediction
    position = {label: index for index, label in enumerate(classes)}
    columns = np.array([position[label] for label in prediction.classes], dtype=np.int32)

    def widened(values: Numbers | None) -> Numbers | None:
        if values is None:
            return None
        result = np.zeros((len(values), len(classes)))
        result[:, columns] = values
        result[np.isnan(values).any(axis=1)] = np.nan
        return result

    rank_scores = None
    if prediction.rank_scores is not None:
        rank_scores = np.full((len(prediction.rank_scores), len(classes)), np.nan)
        rank_scores[:, columns] = prediction.rank_scores

    winner = prediction.winner
    if winner is not None:
        winner = np.append(columns, np.int32(-1))[winner]
    return replace(
        prediction,
        classes=classes,
        winner=winner,
        probabilities=widened(prediction.probabilities),
        confidences=widened(prediction.confidences),
        rank_scores=rank_scores,
    )


def _classes(
    members: Members,
    combine: Callable[[list[Prediction], NDArray[np.bool_], int], Numbers],
    *,
    abstentions: bool = False,
) -> Prediction:
    classes = _common_classes(members.predictions)
    counted, without = members.counted(abstentions=abstentions)
    with np.errstate(all="ignore"):
        each = [_in_classes(prediction, classes) for prediction in members.predictions]
        probabilities = np.where(without[:, None], np.nan, combine(each, counted, len(classes)))
    return Prediction(classes=classes, winner=winners(probabilities), probabilities=probabilities)


def _stacked(predictions: list[Prediction], n_classes: int) -> Numbers:
    """float64, shape (M, n_rows, n_classes): probabilities; a member without them is sure of its class."""
    stack = []
    for prediction in predictions:
        if prediction.probabilities is not None:
            stack.append(prediction.probabilities)
        else:
            winner = prediction.winner if prediction.winner is not None else np.zeros(0, dtype=np.int32)
            stack.append((winner[:, None] == np.arange(n_classes)).astype(np.float64))
    return np.stack(stack)


def vote_classes(members: Members) -> Prediction:
    """The class with most votes; a class's probability is its share of the (weighted) votes.

    Under ``continue`` a member without a prediction votes for none: there is none where that has most votes.
    """

    def combine(predictions: list[Prediction], counted: NDArray[np.bool_], n_classes: int) -> Numbers:
        votes = np.zeros((counted.shape[1], n_classes))
        for prediction, counts, weight in zip(predictions, counted, members.weights, strict=True):
            if prediction.winner is not None:
                rows = np.flatnonzero(counts)
                votes[rows, prediction.winner[rows]] += weight[rows]
        shares: Numbers = votes / votes.sum(axis=1, keepdims=True)
        if members.treatment is MissingPredictionTreatment.CONTINUE:
            against = _in_order(members.weights, None, members.active & ~counted)
            shares[against > votes.max(axis=1)] = np.nan
        return shares

    return _classes(members, combine, abstentions=True)


def average_classes(members: Members) -> Prediction:
    """The class of the highest mean probability, weighted where members have weights."""

    def combine(predictions: list[Prediction], counted: NDArray[np.bool_], n_classes: int) -> Numbers:
        total = _in_order(_stacked(predictions, n_classes), members.weights, counted)
        return total / _in_order(members.weights, None, counted)[:, None]

    return _classes(members, combine)


def max_classes(members: Members) -> Prediction:
    """The highest probability of any class decides: the probabilities are the mean of the members that give it."""

    def combine(predictions: list[Prediction], counted: NDArray[np.bool_], n_classes: int) -> Numbers:
        stack = _stacked(predictions, n_classes)
        highest = np.where(counted[:, :, None], stack, -np.inf).max(axis=0)
        of_class = _of_winner(stack, highest)
        return _mean(stack, counted & (of_class == highest.max(axis=1)))

    return _classes(members, combine)


def median_classes(members: Members) -> Prediction:
    """The highest median of any class decides: the probabilities are the mean of the members in the middle for it."""

    def combine(predictions: list[Prediction], counted: NDArray[np.bool_], n_classes: int) -> Numbers:
        stack = _stacked(predictions, n_classes)
        ones = np.ones(counted.shape)
        middles = [_middle(stack[:, :, index], ones, counted) for index in range(n_classes)]
        medians = np.stack([(low + high) / 2 for low, high in middles], axis=1)
        of_class = _of_winner(stack, medians)
        low, high = _middle(of_class, ones, counted)
        return _mean(stack, counted & ((of_class == low) | (of_class == high)))

    return _classes(members, combine)


def select_all(members: Members) -> Prediction:
    """The list of what the members predict that apply, in their order (PMML 4.4, Multiple Models, selectAll).

    A missing prediction is an item that is missing, or under ``skipSegment`` none; under ``returnMissing``, and where
    no member applies, there is no list.
    """
    missing = np.stack([prediction.missing for prediction in members.predictions]) & members.active
    included = members.active
    without = np.asarray(~included.any(axis=0))
    if members.treatment is MissingPredictionTreatment.SKIP_SEGMENT:
        included, without = members.counted()
    elif members.treatment is MissingPredictionTreatment.RETURN_MISSING:
        without = np.asarray(without | missing.any(axis=0))
    columns = _of_one_type([prediction.column() for prediction in members.predictions])
    return Prediction(lists=lists_of_columns(columns, included, without))


def _of_one_type(columns: Sequence[ResultColumn]) -> list[Column]:
    """Columns in one type: text where any is text, else numbers of the first one's type, or double."""
    plain = [column for column in columns if not isinstance(column, ListColumn)]
    types = dict.fromkeys(column.data_type for column in plain)
    common = DataType.STRING if DataType.STRING in types else next(iter(types)) if len(types) == 1 else DataType.DOUBLE
    return [cast(column, common) for column in plain]


def _of_winner(stack: Numbers, per_class: Numbers) -> Numbers:
    """Members' probabilities of the class that is highest in a row, shape (M, n_rows)."""
    winner = np.argmax(per_class, axis=1)
    chosen: Numbers = np.take_along_axis(stack, winner[None, :, None], axis=2)[:, :, 0]
    return chosen


def _mean(stack: Numbers, contributes: NDArray[np.bool_]) -> Numbers:
    ones = np.ones(contributes.shape)
    return _in_order(stack, None, contributes) / _in_order(ones, None, contributes)[:, None]


def choose_rows(predictions: Sequence[Prediction], choice: NDArray[np.int64]) -> Prediction:
    """In each row the prediction of one member.

    Args:
        predictions: One a member.
        choice: int64, shape (n_rows,): the member of each row; -1 where there is none.
    """
    if len(predictions) == 1 and (choice == 0).all():
        return predictions[0]
    classes = _common_classes(predictions)
    each = [_in_classes(prediction, classes) if classes else prediction for prediction in predictions]
    n_rows = len(choice)
    result = Prediction(target=predictions[-1].target, classes=classes)
    if classes:
        result.winner = np.full(n_rows, -1, dtype=np.int32)
    else:
        result.value = np.full(n_rows, np.nan)
    for index, prediction in enumerate(each):
        rows = choice == index
        if result.winner is not None and prediction.winner is not None:
            result.winner[rows] = prediction.winner[rows]
        if result.value is not None and prediction.value is not None:
            result.value[rows] = prediction.value[rows]
        result.probabilities = _chosen(result.probabilities, prediction.probabilities, rows)
        result.confidences = _chosen(result.confidences, prediction.confidences, rows)
        if any(other.rank_scores is not None for other in each):
            ranked = prediction.probabilities if prediction.rank_scores is None else prediction.rank_scores
            result.rank_scores = _chosen(result.rank_scores, ranked, rows)
        result.entity_ids = _chosen_column(result.entity_ids, prediction.entity_ids, rows)
        result.text = _chosen_column(result.text, prediction.text, rows)
        result.lists = _chosen_lists(result.lists, prediction.lists, rows)
    result.answers = _chosen_answers(each, choice)
    return result


def _chosen_answers(predictions: Sequence[Prediction], choice: NDArray[np.int64]) -> dict[ResultFeature, Answer]:
    """Features that members answer themselves, each row answered by the member that it was given to."""
    features = dict.fromkeys(feature for prediction in predictions for feature in prediction.answers)

    def answer(feature: ResultFeature, field: OutputField) -> ResultColumn:
        column: ResultColumn | None = None
        for index, prediction in enumerate(predictions):
            if feature in prediction.answers:
                column = _chosen_result(column, prediction.answers[feature](field), choice == index)
        return missing_column(DataType.DOUBLE, len(choice)) if column is None else column

    return {feature: partial(answer, feature) for feature in features}


def _chosen(so_far: Numbers | None, more: Numbers | None, rows: Mask) -> Numbers | None:
    if more is None:
        return so_far
    result = np.full(more.shape, np.nan) if so_far is None else so_far
    result[rows] = more[rows]
    return result


def _chosen_column(so_far: Column | None, more: Column | None, rows: Mask) -> Column | None:
    if more is None:
        return so_far
    return select(rows, more, missing_column(more.data_type, len(rows)) if so_far is None else so_far)


def _chosen_result(so_far: ResultColumn | None, more: ResultColumn, rows: Mask) -> ResultColumn:
    if isinstance(more, ListColumn):
        return select_results(rows, more, missing_lists(more.data_type, len(rows)) if so_far is None else so_far)
    return select_results(rows, more, missing_column(more.data_type, len(rows)) if so_far is None else so_far)


def _chosen_lists(so_far: ListColumn | None, more: ListColumn | None, rows: Mask) -> ListColumn | None:
    if more is None:
        return so_far
    chosen = _chosen_result(so_far, more, rows)
    return chosen if isinstance(chosen, ListColumn) else so_far
