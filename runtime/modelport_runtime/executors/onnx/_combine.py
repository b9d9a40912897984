"""Predictions of several members become one (PMML 4.4, Multiple Models, multipleModelMethod)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from onnx import TensorProto

from modelport_runtime.executors.onnx._aggregates import median_of, middle_of
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._normalization import renormalized
from modelport_runtime.executors.onnx._prediction import Prediction, choose, column_of, with_winner
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import Ensemble, MissingPredictionTreatment, MultipleModelMethod, Scalar

__all__ = ["COMBINERS", "Member", "choose_last"]

_Method = MultipleModelMethod


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its prediction, where it applies (``None``: everywhere), its weight in the method and its own."""

    prediction: Prediction
    active: str | None
    weight: Number
    share: Number


@dataclass(frozen=True, slots=True)
class _Counted:
    """A member that counts where ``present`` holds (``None``: in every row)."""

    prediction: Prediction
    present: str | None
    weight: Number


Combiner = Callable[[Lowering, Sequence[Member], Ensemble], Prediction]


def _count(
    lowering: Lowering, members: Sequence[Member], ensemble: Ensemble, abstentions: bool = False
) -> tuple[list[_Counted], str | None]:
    """Where each member counts, and the condition under which there is no result.

    Args:
        lowering: State of the lowering.
        members: The members.
        ensemble: The ensemble.
        abstentions: Whether ``continue`` lets the others decide, as it does in a vote; a number or a probability that
            is missing makes the whole missing.
    """
    counted, missing_where = [], []
    for member in members:
        missing = member.prediction.missing(lowering)
        if missing is not None and member.active is not None:
            missing = lowering.all_of(missing, member.active)
        present = member.active
        if missing is not None:
            there = lowering.negate(missing)
            present = there if present is None else lowering.all_of(present, there)
        counted.append(_Counted(member.prediction, present, member.weight))
        missing_where.append(missing)
    conditions = [member.present for member in counted]
    none = None
    if all(condition is not None for condition in conditions):
        none = lowering.negate(str(lowering.any_of(*conditions)))
    if ensemble.missing_prediction_treatment is MissingPredictionTreatment.SKIP_SEGMENT:
        return counted, lowering.any_of(none, _too_many(lowering, members, missing_where, ensemble))
    if abstentions and ensemble.missing_prediction_treatment is MissingPredictionTreatment.CONTINUE:
        return counted, none
    return counted, lowering.any_of(none, *missing_where)


def _too_many(
    lowering: Lowering, members: Sequence[Member], missing: Sequence[str | None], ensemble: Ensemble
) -> str | None:
    """Rows in which the share of weights of missing members is above the threshold."""
    if ensemble.missing_threshold >= 1.0 or not any(missing):
        return None
    graph = lowering.graph
    zero = graph.number(0.0)
    absent = whole = zero
    for member, condition in zip(members, missing, strict=True):
        weight = member.share.name
        weight = weight if member.active is None else graph.op("Where", member.active, weight, zero)
        whole = graph.op("Add", whole, weight)
        if condition is not None:
            absent = graph.op("Add", absent, graph.op("Where", condition, weight, zero))
    return graph.op("Greater", graph.op("Div", absent, whole), graph.number(ensemble.missing_threshold))


def _in_order(lowering: Lowering, members: Sequence[_Counted], parts: Sequence[str]) -> str:
    """Sum of parts over the members that count, one after another: the order of a sum is part of its meaning."""
    graph = lowering.graph
    zero = graph.number(0.0)
    total = zero
    for member, part in zip(members, parts, strict=True):
        counted = part if member.present is None else graph.op("Where", member.present, part, zero)
        total = graph.op("Add", total, counted)
    return total


def _weighted(lowering: Lowering, members: Sequence[_Counted], parts: Sequence[str]) -> list[str]:
    return [
        part if member.weight.constant == 1.0 else lowering.graph.op("Mul", part, member.weight.name)
        for member, part in zip(members, parts, strict=True)
    ]


def _weights(lowering: Lowering, members: Sequence[_Counted]) -> str:
    return _in_order(lowering, members, [member.weight.name for member in members])


# -- numbers ---------------------------------------------------------------------------------------------------------


def _of_numbers(combine: Callable[[Lowering, Sequence[_Counted], Sequence[str]], str]) -> Combiner:
    def combiner(lowering: Lowering, members: Sequence[Member], ensemble: Ensemble) -> Prediction:
        counted, without = _count(lowering, members, ensemble)
        missing = lowering.missing_number()
        values = [(member.prediction.value or missing).name for member in members]
        name = combine(lowering, counted, values)
        if without is not None:
            name = lowering.graph.op("Where", without, lowering.graph.number(math.nan), name)
        return Prediction(value=Number(name))

    return combiner


def _sum(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> str:
    return _in_order(lowering, members, _weighted(lowering, members, values))


def _average(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> str:
    return lowering.graph.op("Div", _sum(lowering, members, values), _weights(lowering, members))


def _maximum(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> str:
    graph = lowering.graph
    result = graph.number(-math.inf)
    for member, value in zip(members, values, strict=True):
        larger = graph.op("Greater", value, result)
        if member.present is not None:
            larger = lowering.all_of(larger, member.present)
        result = graph.op("Where", larger, value, result)
    return result


def _median(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> str:
    return median_of(lowering, *_present(lowering, members, values))


def _weighted_median(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> str:
    """The lowest number up to which members have half of the weight, added from the lowest number on."""
    graph, zero = lowering.graph, lowering.graph.number(0.0)
    matrix, _, width = _present(lowering, members, values)
    rows = [
        lowering.rows_like(
            member.weight.name
            if member.present is None
            else graph.op("Where", member.present, member.weight.name, zero)
        )
        for member in members
    ]
    weights = rows[0] if width == 1 else graph.op("Concat", *rows, axis=1)
    # TopK puts the lower index first among equals (ONNX, TopK), which is a stable order.
    ordered, order = graph.ops("TopK", matrix, graph.integers([width]), outputs=2, axis=1, largest=0)
    cumulative = graph.op("CumSum", graph.op("GatherElements", weights, order, axis=1), graph.integers(1))
    half = graph.op("Div", column_of(lowering, cumulative, width - 1), graph.number(2.0))
    reached = graph.op("Cast", graph.op("GreaterOrEqual", cumulative, half), to=TensorProto.FLOAT)
    return graph.op("GatherElements", ordered, graph.op("ArgMax", reached, axis=1, keepdims=1), axis=1)


def _present(lowering: Lowering, members: Sequence[_Counted], values: Sequence[str]) -> tuple[str, str, int]:
    """Matrix of the members' numbers, infinite where they do not count, how many count in each row, and its width."""
    graph = lowering.graph
    beyond, zero, one = graph.number(math.inf), graph.number(0.0), graph.number(1.0)
    rows, count = [], zero
    for member, value in zip(members, values, strict=True):
        present = member.present
        rows.append(lowering.rows_like(value if present is None else graph.op("Where", present, value, beyond)))
        count = graph.op("Add", count, one if present is None else graph.op("Where", present, one, zero))
    return graph.op("Concat", *rows, axis=1), count, len(rows)


# -- classes ---------------------------------------------------------------------------------------------------------


def common_classes(predictions: Sequence[Prediction]) -> tuple[Scalar, ...]:
    """Classes of all predictions, each once, in order."""
    classes: dict[Scalar, None] = {}
    for prediction in predictions:
        classes.update(dict.fromkeys(prediction.classes))
    return tuple(classes)


def in_classes(lowering: Lowering, prediction: Prediction, classes: tuple[Scalar, ...]) -> Prediction:
    """The prediction with its classes among more classes."""
    if prediction.classes == classes:
        return prediction
    graph = lowering.graph
    own = list(prediction.classes)
    places = [own.index(label) if label in own else len(own) for label in classes]
    positions = [classes.index(label) for label in own]

    def widened(matrix: str | None) -> str | None:
        if matrix is None:
            return None
        # The last column, which the others fill, is 0 in a row that has numbers and NaN in one that has none.
        total = graph.op("ReduceSum", matrix, graph.integers([1]), keepdims=1)
        none = graph.op("Where", graph.op("IsNaN", total), graph.number(math.nan), graph.number(0.0))
        return graph.op("Gather", graph.op("Concat", matrix, none, axis=1), graph.integers(places), axis=1)

    winner = prediction.winner
    if winner is not None:
        winner = graph.op("Gather", graph.integers([*positions, len(classes)]), winner)
    return replace(
        prediction,
        classes=classes,
        winner=winner,
        probabilities=widened(prediction.probabilities),
        confidences=widened(prediction.confidences),
        rank_scores=None,  # nobody asks for ranks of members
    )


def _of_classes(combine: Callable[[Lowering, Sequence[_Counted], Sequence[str]], str]) -> Combiner:
    def combiner(lowering: Lowering, members: Sequence[Member], ensemble: Ensemble) -> Prediction:
        classes = common_classes([member.prediction for member in members])
        alike = [replace(member, prediction=in_classes(lowering, member.prediction, classes)) for member in members]
        counted, without = _count(lowering, alike, ensemble, abstentions=combine is _votes)
        matrix = combine(lowering, counted, [_matrix(lowering, member.prediction) for member in alike])
        if combine is _votes and ensemble.missing_prediction_treatment is MissingPredictionTreatment.CONTINUE:
            without = lowering.any_of(without, _outvoted(lowering, alike, counted, matrix))
        if without is not None:
            matrix = lowering.graph.op("Where", without, lowering.graph.number(math.nan), matrix)
        prediction = Prediction(classes=classes, probabilities=matrix)
        return with_winner(lowering, prediction, matrix)

    return combiner


def _outvoted(lowering: Lowering, members: Sequence[Member], counted: Sequence[_Counted], shares: str) -> str | None:
    """Rows in which members without a prediction have more weight than those of any one class."""
    graph, zero = lowering.graph, lowering.graph.number(0.0)
    missing = [member.prediction.missing(lowering) for member in members]
    if not any(missing):
        return None
    against, votes = zero, zero
    for member, condition, counts in zip(members, missing, counted, strict=True):
        weight = member.weight.name
        votes = graph.op(
            "Add", votes, weight if counts.present is None else graph.op("Where", counts.present, weight, zero)
        )
        if condition is not None:
            absent = condition if member.active is None else lowering.all_of(condition, member.active)
            against = graph.op("Add", against, graph.op("Where", absent, weight, zero))
    most = graph.op("Mul", graph.op("ReduceMax", shares, graph.integers([1]), keepdims=1), votes)
    return graph.op("Greater", against, most)


def _matrix(lowering: Lowering, prediction: Prediction) -> str:
    """Probabilities [N, K]; a member without them is sure of its class."""
    if prediction.probabilities is not None:
        return prediction.probabilities
    return _ballot(lowering, prediction)


def _ballot(lowering: Lowering, prediction: Prediction) -> str:
    """1 for the predicted class, else 0: [N, K]."""
    graph = lowering.graph
    labels = graph.integers([list(range(len(prediction.classes)))])
    winner = prediction.winner or graph.integers([[len(prediction.classes)]])
    return graph.op("Cast", graph.op("Equal", winner, labels), to=graph.real_type)


def _votes(lowering: Lowering, members: Sequence[_Counted], matrices: Sequence[str]) -> str:
    ballots = [_ballot(lowering, member.prediction) for member in members]
    return renormalized(lowering, _in_order(lowering, members, _weighted(lowering, members, ballots)))


def _highest(lowering: Lowering, members: Sequence[_Counted], matrices: Sequence[str]) -> str:
    """The mean of the members that give the highest probability of any class."""
    highest = [_maximum(lowering, members, columns) for columns in _by_class(lowering, members, matrices)]
    of_class = _of_winner(lowering, highest, matrices)
    peak = highest[0]
    for other in highest[1:]:
        peak = lowering.graph.op("Max", peak, other)
    return _mean(lowering, members, matrices, [lowering.graph.op("Equal", each, peak) for each in of_class])


def _median_classes(lowering: Lowering, members: Sequence[_Counted], matrices: Sequence[str]) -> str:
    """The mean of the members in the middle for the class of the highest median."""
    graph = lowering.graph
    medians = [_median(lowering, members, columns) for columns in _by_class(lowering, members, matrices)]
    of_class = _of_winner(lowering, medians, matrices)
    low, high = middle_of(lowering, *_present(lowering, members, of_class))
    in_middle = [lowering.any_of(graph.op("Equal", each, low), graph.op("Equal", each, high)) for each in of_class]
    return _mean(lowering, members, matrices, [str(condition) for condition in in_middle])


def _by_class(lowering: Lowering, members: Sequence[_Counted], matrices: Sequence[str]) -> list[list[str]]:
    """For each class the members' probabilities of it."""
    n_classes = len(members[0].prediction.classes)
    return [[column_of(lowering, matrix, index) for matrix in matrices] for index in range(n_classes)]


def _of_winner(lowering: Lowering, per_class: Sequence[str], matrices: Sequence[str]) -> list[str]:
    """Members' probabilities of the class that is highest in a row."""
    graph = lowering.graph
    rows = [lowering.rows_like(column) for column in per_class]
    winner = graph.op("ArgMax", graph.op("Concat", *rows, axis=1), axis=1, keepdims=1)
    return [graph.op("GatherElements", lowering.rows_like(matrix), winner, axis=1) for matrix in matrices]


def _mean(lowering: Lowering, members: Sequence[_Counted], matrices: Sequence[str], conditions: Sequence[str]) -> str:
    """The mean of the members that count and meet their condition."""
    contributing = []
    for member, condition in zip(members, conditions, strict=True):
        present = condition if member.present is None else lowering.all_of(condition, member.present)
        contributing.append(replace(member, present=present, weight=lowering.number(1.0)))
    total = _in_order(lowering, contributing, matrices)
    return lowering.graph.op("Div", total, _weights(lowering, contributing))


# -- one member's ----------------------------------------------------------------------------------------------------


def choose_last(lowering: Lowering, predictions: Sequence[Prediction], conditions: Sequence[str | None]) -> Prediction:
    """In each row the last prediction whose condition holds (``None``: always); missing where none does."""
    classes = common_classes(predictions)
    each = [in_classes(lowering, prediction, classes) if classes else prediction for prediction in predictions]
    first = conditions[0]
    result = each[0] if first is None else each[0].without(lowering, lowering.negate(first))
    for prediction, condition in zip(each[1:], conditions[1:], strict=True):
        result = prediction if condition is None else choose(lowering, condition, prediction, result)
    return replace(result, target=predictions[-1].target)


COMBINERS: dict[tuple[MultipleModelMethod, bool], Combiner] = {
    (_Method.AVERAGE, False): _of_numbers(_average),
    (_Method.WEIGHTED_AVERAGE, False): _of_numbers(_average),
    (_Method.SUM, False): _of_numbers(_sum),
    (_Method.WEIGHTED_SUM, False): _of_numbers(_sum),
    (_Method.MAX, False): _of_numbers(_maximum),
    (_Method.MEDIAN, False): _of_numbers(_median),
    (_Method.WEIGHTED_MEDIAN, False): _of_numbers(_weighted_median),
    (_Method.MAJORITY_VOTE, True): _of_classes(_votes),
    (_Method.WEIGHTED_MAJORITY_VOTE, True): _of_classes(_votes),
    (_Method.AVERAGE, True): _of_classes(_average),
    (_Method.WEIGHTED_AVERAGE, True): _of_classes(_average),
    (_Method.SUM, True): _of_classes(_average),
    (_Method.WEIGHTED_SUM, True): _of_classes(_average),
    (_Method.MAX, True): _of_classes(_highest),
    (_Method.MEDIAN, True): _of_classes(_median_classes),
}
"""By method and whether members predict classes."""
