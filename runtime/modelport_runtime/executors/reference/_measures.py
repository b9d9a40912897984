"""Distances and similarities of records to clusters and training instances (PMML 4.4, ClusteringModel)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._casts import cast, numbers
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import ComparedField, CompareFunction, ComparisonMeasure, DataType, Measure

__all__ = ["BLOCK_CELLS", "Comparison", "binary_weights", "blocks", "categories_of", "encode"]

BLOCK_CELLS = 1 << 18
"""Cells of rows x entities compared at once: two megabytes, which stay in the processor's cache."""

_Reals = NDArray[np.float64] | NDArray[np.float32]
_Function = CompareFunction
_BINARY = {
    Measure.SIMPLE_MATCHING: ((1.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)),
    Measure.JACCARD: ((1.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 0.0)),
    Measure.TANIMOTO: ((1.0, 0.0, 0.0, 1.0), (1.0, 2.0, 2.0, 1.0)),
}


def binary_weights(measure: ComparisonMeasure) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights of a11, a10, a01 and a00 in the numerator and the denominator of a binary measure."""
    return _BINARY.get(measure.measure, (measure.numerator, measure.denominator))


def blocks(n_rows: int, n_entities: int) -> Iterator[slice]:
    """Rows in blocks, so that memory does not grow with rows x entities."""
    step = max(1, BLOCK_CELLS // max(n_entities, 1))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


def encode(column: Column, categories: Sequence[str]) -> Numbers:
    """A column as numbers: itself, or of text its positions among categories, ``len(categories)`` for any other."""
    if not isinstance(column, TextColumn) and not categories:
        return numbers(column)
    text = cast(column, DataType.STRING)
    if not isinstance(text, TextColumn):
        raise TypeError("a column of text is needed")
    position = {category: float(index) for index, category in enumerate(categories)}
    other = float(len(categories))
    table = np.array([*(position.get(category, other) for category in text.categories), np.nan])
    return np.asarray(table[text.codes])


class Comparison:
    """A measure ready to compare records with entities.

    Args:
        measure: The measure.
        fields: The fields compared.
        entities: float64, shape (n_entities, n_fields): what records are compared with; NaN is missing.
        missing_value_weights: float64, shape (n_fields,); ones by default.
        math_type: ``float`` where arithmetic is in float32.

    Attributes:
        measure: The measure.
        fields: The fields compared.
        entities: What records are compared with, in the type of the arithmetic, column after column.
    """

    def __init__(
        self,
        measure: ComparisonMeasure,
        fields: Sequence[ComparedField],
        entities: Numbers,
        missing_value_weights: Numbers | None = None,
        math_type: DataType = DataType.DOUBLE,
    ) -> None:
        self.measure = measure
        self.fields = tuple(fields)
        self._dtype = np.dtype(np.float32 if math_type is DataType.FLOAT else np.float64)
        self.entities = np.asfortranarray(entities, dtype=self._dtype)
        self._entity_missing = np.isnan(self.entities)
        self._weights = np.ones(len(self.fields)) if missing_value_weights is None else missing_value_weights
        if measure.measure.is_binary:
            # What is neither 0 nor 1 cannot be counted.
            neither = (self.entities != 0) & (self.entities != 1)
            self.entities = np.where(neither, np.nan, self.entities)

    @property
    def is_double(self) -> bool:
        """Whether arithmetic is in double precision."""
        return self._dtype == np.dtype(np.float64)

    @property
    def n_entities(self) -> int:
        """Number of entities."""
        return len(self.entities)

    def only(self, position: int) -> Comparison:
        """A comparison with one of the entities."""
        math_type = DataType.DOUBLE if self.is_double else DataType.FLOAT
        entity = self.entities[[position]].astype(np.float64)
        return Comparison(self.measure, self.fields, entity, self._weights, math_type)

    def affinities(self, records: Numbers) -> Numbers:
        """float64, shape (n_records, n_entities): distances or similarities; NaN where there is none.

        Args:
            records: float64, shape (n_records, n_fields), as the entities are.
        """
        records = records.astype(self._dtype, copy=False)
        with np.errstate(all="ignore"):
            found = self._similarities(records) if self.measure.measure.is_binary else self._distances(records)
        return found.astype(np.float64, copy=False)

    def _distances(self, records: _Reals) -> _Reals:
        shape = (len(records), self.n_entities)
        total = np.zeros(shape, dtype=self._dtype)
        buffer = np.empty(shape, dtype=self._dtype)
        record_missing = np.isnan(records)
        # A table may not have a value; what it does not know counts as missing.
        has_tables = any(field.compare_function is _Function.TABLE for field in self.fields)
        adjusts = has_tables or bool(record_missing.any() or self._entity_missing.any())
        present = np.zeros(shape) if adjusts else None
        complete = np.ones(shape, dtype=np.bool_) if adjusts else None
        for index, field in enumerate(self.fields):
            self._compare(field, records[:, index], self.entities[:, index], buffer)
            self._weigh(field, buffer)
            if present is not None and complete is not None:
                here = ~(record_missing[:, index, None] | self._entity_missing[None, :, index])
                if field.compare_function is _Function.TABLE:
                    here &= ~np.isnan(buffer)
                present += here * self._weights[index]
                complete &= here
                buffer[~here] = 0.0
            if self.measure.measure is Measure.CHEBYCHEV:
                np.maximum(total, buffer, out=total)
            else:
                total += buffer
        if present is not None and complete is not None:
            # Nothing missing needs no adjustment, even where all weights are 0.
            factor = np.where(complete, 1.0, self._weights.sum() / present)
            # Nothing present, or nothing that counts, gives no finite factor and no distance.
            total *= np.where(np.isfinite(factor), factor, np.nan).astype(self._dtype)
        return self._finish(total)

    def _compare(self, field: ComparedField, record: _Reals, entity: _Reals, out: _Reals) -> None:
        """The comparisons of one field of all records with all entities."""
        match field.compare_function:
            case _Function.ABS_DIFF:
                np.subtract(record[:, None], entity[None, :], out=out)
                if self.measure.measure not in (Measure.EUCLIDEAN, Measure.SQUARED_EUCLIDEAN):
                    np.abs(out, out=out)
            case _Function.GAUSS_SIM:
                np.subtract(record[:, None], entity[None, :], out=out)
                np.multiply(out, out, out=out)
                out *= self._dtype.type(-np.log(2.0))
                out /= self._dtype.type(field.similarity_scale**2)
                np.exp(out, out=out)
            case _Function.DELTA:
                out[...] = record[:, None] != entity[None, :]
            case _Function.EQUAL:
                out[...] = record[:, None] == entity[None, :]
            case _Function.TABLE:
                out[...] = _looked_up(field, record, entity)

    def _weigh(self, field: ComparedField, values: _Reals) -> None:
        """A field's part in the sum or the maximum."""
        if self.measure.measure in (Measure.EUCLIDEAN, Measure.SQUARED_EUCLIDEAN):
            np.multiply(values, values, out=values)
        elif self.measure.measure is Measure.MINKOWSKI:
            np.power(values, self._dtype.type(self.measure.p), out=values)
        if field.weight != 1.0:
            values *= self._dtype.type(field.weight)

    def _finish(self, total: _Reals) -> _Reals:
        if self.measure.measure is Measure.EUCLIDEAN:
            return np.sqrt(total, out=total)
        if self.measure.measure is Measure.MINKOWSKI:
            return np.power(total, self._dtype.type(1.0 / self.measure.p), out=total)
        return total

    def _similarities(self, records: _Reals) -> _Reals:
        """Quotients of counts, by four products of matrices of 0 and 1; counts are exact."""
        ones, zeros = (records == 1).astype(self._dtype), (records == 0).astype(self._dtype)
        entity_ones = (self.entities == 1).astype(self._dtype).T
        entity_zeros = (self.entities == 0).astype(self._dtype).T
        counts = (ones @ entity_ones, ones @ entity_zeros, zeros @ entity_ones, zeros @ entity_zeros)
        above, below = (_weighted_sum(weights, counts, self._dtype) for weights in binary_weights(self.measure))
        quotient: _Reals = above / below
        undefined = ~np.isnan(records) & (ones == 0) & (zeros == 0)
        quotient[undefined.any(axis=1)] = np.nan
        return np.where(np.isfinite(quotient), quotient, np.nan)


def _weighted_sum(weights: Sequence[float], counts: Sequence[_Reals], dtype: np.dtype[Any]) -> _Reals:
    total = np.zeros_like(counts[0])
    for weight, count in zip(weights, counts, strict=True):
        total += dtype.type(weight) * count
    return total


def _looked_up(field: ComparedField, record: _Reals, entity: _Reals) -> Numbers:
    """Numbers of the table; NaN for values that it does not have."""
    if field.comparisons is None:
        raise TypeError(f"field {field.field!r} has no table of comparisons")
    n = len(field.categories)
    table = np.full((n + 1, n + 1), np.nan)
    table[:n, :n] = field.comparisons
    rows, columns = (np.where(np.isnan(side), n, side).astype(np.intp) for side in (record, entity))
    found: Numbers = table[rows[:, None], columns[None, :]]
    return found


def categories_of(field: ComparedField) -> tuple[str, ...]:
    """The categories of a compared field as texts."""
    return tuple(text_of(category) for category in field.categories)
