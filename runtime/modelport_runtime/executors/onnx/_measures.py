"""Distances and similarities of records to clusters and training instances (PMML 4.4, ClusteringModel)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.executors.reference._measures import binary_weights
from modelport_runtime.hub import ComparedField, CompareFunction, ComparisonMeasure, DataType, Measure

__all__ = ["Entities", "affinities_of", "sort_keys"]

_Function = CompareFunction
_SQUARES = (Measure.EUCLIDEAN, Measure.SQUARED_EUCLIDEAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What records are compared with, and how.

    Attributes:
        measure: The measure.
        fields: The fields compared.
        categories: Of each field, the texts whose positions stand for them; empty for numbers.
        values: float64, shape (n_entities, n_fields); NaN is missing.
        weights: float64, shape (n_fields,): missing value weights.
    """

    measure: ComparisonMeasure
    fields: Sequence[ComparedField]
    categories: Sequence[tuple[str, ...]]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]


def affinities_of(lowering: Lowering, entities: Entities, scope: Scope, math_type: DataType) -> str:
    """Distances or similarities, a tensor [N, n_entities]; NaN where there is none.

    Raises:
        RefusedError: A record's field is text where numbers are compared, or arithmetic in float32 has powers in it.
    """
    is_float = math_type is DataType.FLOAT or lowering.graph.real is np.float32
    powers = entities.measure.measure is Measure.MINKOWSKI or any(
        field.compare_function is _Function.GAUSS_SIM for field in entities.fields
    )
    if is_float and powers and not entities.measure.measure.is_binary:
        raise lowering.refuse("powers in float32, which no two libraries round alike")
    comparing = _Comparing(lowering, entities, np.float32 if is_float else np.float64)
    columns = [comparing.read(scope, index) for index in range(len(entities.fields))]
    of_columns = comparing.similarities if entities.measure.measure.is_binary else comparing.distances
    result = lowering.graph.op("Expand", of_columns(columns), lowering.n_rows)
    return lowering.graph.op("Cast", result, to=lowering.graph.real_type) if is_float else result


def sort_keys(lowering: Lowering, entities: Entities, affinities: str) -> str:
    """Numbers [N, n_entities] that are smaller for nearer entities, infinite for those that cannot be compared."""
    graph = lowering.graph
    keys = graph.op("Neg", affinities) if entities.measure.is_similarity else affinities
    return graph.op("Where", graph.op("IsNaN", affinities), graph.number(math.inf), keys)


class _Comparing:
    """The arithmetic of one comparison in the graph."""

    def __init__(self, lowering: Lowering, entities: Entities, dtype: type[np.float64] | type[np.float32]) -> None:
        self._lowering = lowering
        self._graph = lowering.graph
        self._entities = entities
        self._dtype = dtype
        self._values = entities.values.astype(dtype)

    def read(self, scope: Scope, index: int) -> Value:
        """The records' column of a field, text as position among its categories."""
        field, categories = self._entities.fields[index], self._entities.categories[index]
        value = self._lowering.read(scope, field.field)
        if not categories:
            if isinstance(value, Text):
                raise self._lowering.refuse(f"text field {field.field!r} is compared as a number")
            return value
        if not isinstance(value, Text):
            raise self._lowering.refuse(f"field {field.field!r} is compared as text but holds numbers")
        position = self._graph.op("Cast", position_of(self._lowering, value, categories), to=self._graph.real_type)
        return self._lowering.make_missing(Number(position, can_miss=False), self._lowering.is_missing(value))

    def distances(self, columns: Sequence[Value]) -> str:
        """The sum or maximum over fields, without the missing ones, and adjusted for them."""
        graph, entities = self._graph, self._entities
        chebychev = entities.measure.measure is Measure.CHEBYCHEV
        total: str | None = None
        present: list[str | None] = []
        for index, (field, column) in enumerate(zip(entities.fields, columns, strict=True)):
            compared = self._compare(field, column, index)
            here = self._present(field, column, index, compared)
            part = self._weigh(field, compared)
            if here is not None:
                part = graph.op("Where", here, part, self._constant([[0.0]]))
            present.append(here)
            total = part if total is None else graph.op("Max" if chebychev else "Add", total, part)
        if total is None:
            raise TypeError("a measure compares one field at least")
        factor = self._adjustment(present)
        if factor is not None:
            total = graph.op("Mul", total, factor)
        return self._finish(total)

    def _constant(self, values: object) -> str:
        return self._graph.constant(np.asarray(values, dtype=self._dtype))

    def _real(self, name: str) -> str:
        return self._graph.op("Cast", name, to=TensorProto.FLOAT) if self._dtype is np.float32 else name

    def _truth(self, condition: str) -> str:
        kind = TensorProto.FLOAT if self._dtype is np.float32 else TensorProto.DOUBLE
        return self._graph.op("Cast", condition, to=kind)

    def _compare(self, field: ComparedField, column: Value, index: int) -> str:
        """The comparisons of one field of all records with all entities."""
        graph = self._graph
        record, entity = self._real(column.name), self._constant(self._values[None, :, index])
        match field.compare_function:
            case _Function.ABS_DIFF:
                difference = graph.op("Sub", record, entity)
                return difference if self._entities.measure.measure in _SQUARES else graph.op("Abs", difference)
            case _Function.GAUSS_SIM:
                difference = graph.op("Sub", record, entity)
                exponent = graph.op("Mul", graph.op("Mul", difference, difference), self._constant([[-math.log(2.0)]]))
                return graph.op("Exp", graph.op("Div", exponent, self._constant([[field.similarity_scale**2]])))
            case _Function.EQUAL:
                return self._truth(graph.op("Equal", record, entity))
            case _Function.DELTA:
                return self._truth(graph.op("Not", graph.op("Equal", record, entity)))
            case _Function.TABLE:
                return self._looked_up(field, column, index)

    def _looked_up(self, field: ComparedField, column: Value, index: int) -> str:
        """A row of the table for each record, NaN for values that it does not have."""
        graph, n = self._graph, len(field.categories)
        if field.comparisons is None:
            raise TypeError(f"field {field.field!r} has no table of comparisons")
        table = np.full((n + 1, n + 1), np.nan)
        table[:n, :n] = field.comparisons
        entity = np.where(np.isnan(self._entities.values[:, index]), n, self._entities.values[:, index]).astype(np.intp)
        known = self._lowering.replace_missing(column, self._lowering.number(n))
        position = graph.op("Cast", known.name, to=TensorProto.INT64)
        taken = graph.op("Gather", self._constant(table[:, entity]), position)  # [N, 1, n_entities]
        return graph.op("Squeeze", taken, graph.integers([1]))

    def _present(self, field: ComparedField, column: Value, index: int, compared: str) -> str | None:
        """Where a field is present on both sides; ``None`` is everywhere."""
        graph = self._graph
        if field.compare_function is _Function.TABLE:
            return graph.op("Not", graph.op("IsNaN", compared))
        missing = self._lowering.is_missing(column)
        here = None if missing is None else graph.op("Not", missing)
        gone = np.isnan(self._entities.values[None, :, index])
        if not gone.any():
            return here
        known = graph.constant(~gone)
        return known if here is None else graph.op("And", here, known)

    def _adjustment(self, present: Sequence[str | None]) -> str | None:
        """What a sum is multiplied by: all weights over those of the fields present; 1 where none is missing."""
        if all(here is None for here in present):
            return None
        graph, weights = self._graph, self._entities.weights
        total: str | None = None
        for here, weight in zip(present, weights.tolist(), strict=True):
            part = graph.constant(np.array([[weight]]))
            if here is not None:
                part = graph.op("Where", here, part, graph.constant(np.array([[0.0]])))
            total = part if total is None else graph.op("Add", total, part)
        if total is None:
            raise TypeError("a measure compares one field at least")
        factor = graph.op("Div", graph.constant(np.array([[float(weights.sum())]])), total)
        nowhere = graph.op("Or", graph.op("IsInf", factor), graph.op("IsNaN", factor))
        factor = graph.op("Where", nowhere, graph.constant(np.array([[math.nan]])), factor)
        complete = self._lowering.all_of(*(here for here in present if here is not None))
        factor = graph.op("Where", complete, graph.constant(np.array([[1.0]])), factor)
        return self._real(factor)

    def _weigh(self, field: ComparedField, compared: str) -> str:
        measure = self._entities.measure
        if measure.measure in _SQUARES:
            compared = self._graph.op("Mul", compared, compared)
        elif measure.measure is Measure.MINKOWSKI:
            compared = self._graph.op("Pow", compared, self._constant([[measure.p]]))
        if field.weight == 1.0:
            return compared
        return self._graph.op("Mul", compared, self._constant([[field.weight]]))

    def _finish(self, total: str) -> str:
        measure = self._entities.measure
        if measure.measure is Measure.EUCLIDEAN:
            return self._graph.op("Sqrt", total)
        if measure.measure is Measure.MINKOWSKI:
            return self._graph.op("Pow", total, self._constant([[1.0 / measure.p]]))
        return total

    def similarities(self, columns: Sequence[Value]) -> str:
        """Quotients of counts of fields of 0 and 1."""
        graph, lowering = self._graph, self._lowering
        names = [lowering.rows_like(self._real(column.name)) for column in columns]
        matrix = names[0] if len(names) == 1 else graph.op("Concat", *names, axis=1)
        is_one, is_zero = (graph.op("Equal", matrix, self._constant([[bit]])) for bit in (1.0, 0.0))
        ones, zeros = self._truth(is_one), self._truth(is_zero)
        entity_ones, entity_zeros = (self._constant((self._entities.values == bit).T) for bit in (1.0, 0.0))
        counts = [graph.op("MatMul", left, right) for left in (ones, zeros) for right in (entity_ones, entity_zeros)]
        above, below = (self._weighted_sum(weights, counts) for weights in binary_weights(self._entities.measure))
        quotient = graph.op("Div", above, below)
        neither = graph.op("Not", graph.op("Or", graph.op("Or", is_one, is_zero), graph.op("IsNaN", matrix)))
        some = graph.op("ReduceMax", self._truth(neither), graph.integers([1]), keepdims=1)
        undefined = graph.op("Or", graph.op("IsInf", quotient), graph.op("Equal", some, self._constant([[1.0]])))
        return graph.op("Where", undefined, self._constant([[math.nan]]), quotient)

    def _weighted_sum(self, weights: Sequence[float], counts: Sequence[str]) -> str:
        total: str | None = None
        for weight, count in zip(weights, counts, strict=True):
            part = self._graph.op("Mul", count, self._constant([[weight]]))
            total = part if total is None else self._graph.op("Add", total, part)
        if total is None:
            raise TypeError("four counts are weighed")
        return total
