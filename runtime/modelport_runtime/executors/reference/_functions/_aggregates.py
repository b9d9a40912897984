"""Functions of many arguments that pass over missing ones (PMML 4.4, Built-in functions, min to product)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._functions._arithmetic import in_type, promoted
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType

__all__ = ["AGGREGATES"]


def _sum(rows: Numbers) -> Numbers:
    total = np.zeros(rows.shape[1])
    for row in rows:  # one after another: the order of a sum is part of its meaning
        total = total + np.where(np.isnan(row), 0.0, row)
    return total


def _product(rows: Numbers) -> Numbers:
    product = np.ones(rows.shape[1])
    for row in rows:
        product = product * np.where(np.isnan(row), 1.0, row)
    return product


def _average(rows: Numbers) -> Numbers:
    return np.asarray(_sum(rows) / np.maximum((~np.isnan(rows)).sum(axis=0), 1))


def _minimum(rows: Numbers) -> Numbers:
    result: Numbers = np.fmin.reduce(rows, axis=0)
    return result


def _maximum(rows: Numbers) -> Numbers:
    result: Numbers = np.fmax.reduce(rows, axis=0)
    return result


def _median(rows: Numbers) -> Numbers:
    count = (~np.isnan(rows)).sum(axis=0)
    ordered = np.sort(rows, axis=0)  # NaN last
    column = np.arange(rows.shape[1])
    low = ordered[np.maximum(count - 1, 0) // 2, column]
    high = ordered[np.minimum(count // 2, len(rows) - 1), column]
    result: Numbers = np.where(count % 2 == 1, low, (low + high) / 2)
    return result


def _aggregate(operation: Callable[[Numbers], Numbers], *, whole: bool) -> BuiltIn:
    def evaluate(arguments: Sequence[Column]) -> Column:
        rows = np.stack([numbers(argument) for argument in arguments])
        values = np.where(np.isnan(rows).all(axis=0), np.nan, operation(rows))
        data_type = promoted(arguments)
        if data_type is DataType.INTEGER and not whole:
            data_type = DataType.DOUBLE
        if not data_type.is_number:
            return NumberColumn(values, DataType.DOUBLE)
        return in_type(values, data_type)

    return BuiltIn(evaluate, 1, None, sees_missing=True)


AGGREGATES: dict[str, BuiltIn] = {
    "min": _aggregate(_minimum, whole=True),
    "max": _aggregate(_maximum, whole=True),
    "sum": _aggregate(_sum, whole=True),
    "avg": _aggregate(_average, whole=False),
    "median": _aggregate(_median, whole=False),
    "product": _aggregate(_product, whole=True),
}
