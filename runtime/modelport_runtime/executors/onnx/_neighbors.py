"""Votes and averages of the nearest training instances (PMML 4.4, Nearest Neighbors)."""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._entities import RankedEntities
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._measures import Entities, affinities_of, sort_keys
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, column_of
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.executors.reference._neighbors import instance_matrix, vote_order
from modelport_runtime.hub import (
    CategoricalScoringMethod,
    ContinuousScoringMethod,
    DataType,
    Model,
    NearestNeighborModel,
    NeighborTarget,
)

__all__ = ["lower_neighbors"]


def lower_neighbors(lowering: Lowering, model: Model, predictor: NearestNeighborModel, scope: Scope) -> ModelResult:
    """A prediction for each target; without targets the nearest instance's identifier.

    Raises:
        RefusedError: A record's value cannot be compared in a graph.
    """
    voting = _Voting(lowering, model, predictor, scope)
    answers = voting.entities.answers()
    if not predictor.targets:
        ids = gather_scalars(lowering, (*predictor.instance_ids, None), voting.entities.position_at(1), DataType.STRING)
        prediction = Prediction(target=model.target_name, label=ids, answers=answers)
        return ModelResult(predictions=(prediction,))
    return ModelResult(predictions=tuple(voting.predict(target) for target in predictor.targets))


class _Voting:
    """The neighbours of each record in the graph."""

    def __init__(self, lowering: Lowering, model: Model, predictor: NearestNeighborModel, scope: Scope) -> None:
        graph = lowering.graph
        values, categories = instance_matrix(predictor, lowering.functions, model.math_type)
        compared = Entities(
            measure=predictor.measure,
            fields=predictor.fields,
            categories=categories,
            values=values,
            weights=np.ones(len(predictor.fields)),
        )
        affinities = affinities_of(lowering, compared, scope, model.math_type)
        keys = sort_keys(lowering, compared, affinities)
        n_instances = len(predictor.instance_ids)
        n_neighbors = min(predictor.n_neighbors, n_instances)
        # TopK puts the lower index first among equals (ONNX, TopK).
        order = graph.ops("TopK", keys, graph.integers([n_neighbors]), outputs=2, axis=1, largest=0)[1]
        distances = graph.op("GatherElements", affinities, order, axis=1)
        none = graph.op("IsNaN", distances)
        self._lowering, self._graph, self._predictor = lowering, graph, predictor
        self._n_neighbors, self._distances = n_neighbors, distances
        self._positions = graph.op("Where", none, graph.integers([[n_instances]]), order)
        self.entities = RankedEntities(
            lowering,
            predictor.instance_ids,
            predictor.instance_ids,
            n_neighbors,
            lambda rank: column_of(lowering, self._positions, rank - 1),
            lambda rank: column_of(lowering, distances, rank - 1),
            affinities,
        )

    def predict(self, target: NeighborTarget) -> Prediction:
        """The vote or the average on one target."""
        graph, predictor = self._graph, self._predictor
        values = graph.op("Gather", graph.reals(np.append(target.values, np.nan)), self._positions)
        counted = graph.op("Not", graph.op("IsNaN", values))
        answers = self.entities.answers()
        if not target.classes:
            number = Number(self._average(predictor.continuous_scoring_method, values, counted))
            return Prediction(target=target.field, value=number, answers=answers)
        weighted = predictor.categorical_scoring_method is CategoricalScoringMethod.WEIGHTED_MAJORITY_VOTE
        weights = self._weights() if weighted else None
        votes = self._votes(values, counted, weights, len(target.classes))
        order = vote_order(target)
        best = graph.op("ArgMax", graph.op("Gather", votes, graph.integers(order), axis=1), axis=1, keepdims=1)
        winner = graph.op("Gather", graph.integers(order), best)
        some = graph.op("ReduceMax", self._as_number(counted), graph.integers([1]), keepdims=1)
        none = graph.op("Equal", some, graph.number(0.0))
        winner = graph.op("Where", none, graph.integers([[len(target.classes)]]), winner)
        shares = graph.op("Div", votes, graph.op("ReduceSum", votes, graph.integers([1]), keepdims=1))
        return Prediction(
            target=target.field, classes=target.classes, winner=winner, probabilities=shares, answers=answers
        )

    def _as_number(self, condition: str) -> str:
        return self._graph.op("Cast", condition, to=self._graph.real_type)

    def _weights(self) -> str:
        """What each neighbour weighs [N, number of neighbours]; see the reference executor."""
        graph, predictor = self._graph, self._predictor
        if predictor.measure.is_similarity:
            return self._distances
        weights = graph.op(
            "Div", graph.number(1.0), graph.op("Add", self._distances, graph.number(predictor.threshold))
        )
        at_once = graph.op("IsInf", weights)
        some = graph.op("ReduceMax", self._as_number(at_once), graph.integers([1]), keepdims=1)
        alone = graph.op("And", graph.op("Equal", some, graph.number(1.0)), graph.op("Not", graph.op("IsNaN", weights)))
        return graph.op("Where", alone, self._as_number(at_once), weights)

    def _votes(self, values: str, counted: str, weights: str | None, n_classes: int) -> str:
        """[N, number of classes]: the weights of the neighbours of each class, added from the nearest on."""
        graph, lowering = self._graph, self._lowering
        labels = graph.reals([list(range(n_classes))])
        total: str | None = None
        for rank in range(self._n_neighbors):
            same = graph.op("Equal", column_of(lowering, values, rank), labels)
            weight = graph.number(1.0) if weights is None else column_of(lowering, weights, rank)
            part = graph.op("Where", same, weight, graph.number(0.0))
            total = part if total is None else graph.op("Add", total, part)
        if total is None:
            raise TypeError("one neighbour at least votes")
        return total

    def _average(self, method: ContinuousScoringMethod, values: str, counted: str) -> str:
        if method is ContinuousScoringMethod.MEDIAN:
            return self._median(values, counted)
        graph, lowering, zero = self._graph, self._lowering, self._graph.number(0.0)
        weights = self._weights() if method is ContinuousScoringMethod.WEIGHTED_AVERAGE else None
        total, weight = zero, zero
        for rank in range(self._n_neighbors):
            here = column_of(lowering, counted, rank)
            value = column_of(lowering, values, rank)
            own = graph.number(1.0) if weights is None else column_of(lowering, weights, rank)
            product = value if weights is None else graph.op("Mul", value, own)
            total = graph.op("Add", total, graph.op("Where", here, product, zero))
            weight = graph.op("Add", weight, graph.op("Where", here, own, zero))
        return graph.op("Div", total, weight)

    def _median(self, values: str, counted: str) -> str:
        """The mean of the two in the middle of the numbers that are there."""
        graph = self._graph
        keys = graph.op("Where", counted, values, graph.number(math.inf))
        ordered = graph.ops("TopK", keys, graph.integers([self._n_neighbors]), outputs=2, axis=1, largest=0)[0]
        number = graph.op("ReduceSum", self._as_number(counted), graph.integers([1]), keepdims=1)
        halves = (graph.op("Sub", number, graph.number(1.0)), number)
        places = [
            graph.op("Max", graph.op("Floor", graph.op("Div", half, graph.number(2.0))), graph.number(0.0))
            for half in halves
        ]
        places[1] = graph.op("Max", graph.op("Min", places[1], halves[0]), graph.number(0.0))
        low, high = (
            graph.op("GatherElements", ordered, graph.op("Cast", place, to=TensorProto.INT64), axis=1)
            for place in places
        )
        middle = graph.op("Div", graph.op("Add", low, high), graph.number(2.0))
        none = graph.op("Equal", number, graph.number(0.0))
        return graph.op("Where", none, graph.number(math.nan), middle)
