"""MapValues (PMML 4.4, Transformations): the first row of a table whose keys match, found by codes, not row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._scalars import held, physical
from modelport_runtime.executors.reference._values import union
from modelport_runtime.hub import DataType, MapValues, Scalar

__all__ = ["evaluate_map_values"]

_NO_KEY = -1


def evaluate_map_values(expression: MapValues, columns: Sequence[Column]) -> Column:
    """The result of the first matching row of the table for each row of the columns."""
    n_keys = len(expression.keys)
    codes, key_codes = _encoded(expression, columns)
    row_of = np.full(len(columns[0]), n_keys, dtype=np.int64)
    has_blank = np.array([None in key for key in expression.keys], dtype=np.bool_)
    exact = np.flatnonzero(~has_blank)
    if len(exact):
        row_of = _exact_matches(codes, key_codes[:, exact], exact, row_of)
    for row in np.flatnonzero(has_blank).tolist():
        matches = np.ones(len(row_of), dtype=np.bool_)
        for code, key_code, key in zip(codes, key_codes[:, row].tolist(), expression.keys[row], strict=True):
            if key is not None:
                matches &= (code == key_code) & (key_code != _NO_KEY)
        row_of = np.where(matches, np.minimum(row_of, row), row_of)
    missing = union(column.missing for column in columns)
    if missing is not None:
        row_of = np.where(missing, n_keys + 1, row_of)
    return _look_up((*expression.results, expression.default_value, expression.map_missing_to), row_of, expression)


def _encoded(expression: MapValues, columns: Sequence[Column]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Each column's values as positions among its distinct keys (-1: none of them), and the keys likewise.

    Returns:
        One int64 array of shape (n_rows,) a column, and int64, shape (n_columns, n_keys).
    """
    codes, key_codes = [], np.full((len(columns), len(expression.keys)), _NO_KEY, dtype=np.int64)
    for index, column in enumerate(columns):
        position: dict[float | str, int] = {}
        for row, key in enumerate(expression.keys):
            known = held(key[index], column.data_type)
            if known is not None:
                key_codes[index, row] = position.setdefault(known, len(position))
        codes.append(_positions(column, position))
    return codes, key_codes


def _positions(column: Column, position: dict[float | str, int]) -> NDArray[np.int64]:
    if isinstance(column, TextColumn):
        table = np.array([*(position.get(category, _NO_KEY) for category in column.categories), _NO_KEY], np.int64)
        return table[column.codes]
    if not position:
        return np.full(len(column), _NO_KEY, dtype=np.int64)
    keys = np.array(list(position), dtype=np.float64)
    order = np.argsort(keys)
    found = np.minimum(np.searchsorted(keys[order], column.values), len(keys) - 1)
    return np.where(keys[order][found] == column.values, order[found], _NO_KEY)


def _exact_matches(
    codes: list[NDArray[np.int64]], key_codes: NDArray[np.int64], rows: NDArray[np.intp], row_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each row the first key equal in every column, else what is there already."""
    usable = (key_codes != _NO_KEY).all(axis=0)
    key_codes, rows = key_codes[:, usable], rows[usable]
    if not len(rows):
        return row_of
    combined, keys = codes[0], key_codes[0]
    for code, key_code in zip(codes[1:], key_codes[1:], strict=True):
        # Renumbered at every column, so that the combined number never overflows.
        known, keys = np.unique(keys, return_inverse=True)
        found = np.minimum(np.searchsorted(known, combined), len(known) - 1)
        width = int(key_code.max()) + 1
        matched = (known[found] == combined) & (combined != _NO_KEY) & (code != _NO_KEY)
        combined = np.where(matched, found * width + code, _NO_KEY)
        keys = keys * width + key_code
    known, first = np.unique(keys, return_index=True)
    found = np.minimum(np.searchsorted(known, combined), len(known) - 1)
    return np.where((known[found] == combined) & (combined != _NO_KEY), rows[first[found]], row_of)


def _look_up(results: Sequence[Scalar | None], positions: NDArray[np.int64], expression: MapValues) -> Column:
    cells = [physical(result, expression.data_type) for result in results]
    if expression.data_type is not DataType.STRING:
        numbers = np.array([np.nan if value is None else float(value) for value in cells])
        return NumberColumn(numbers[positions], expression.data_type)
    codes: dict[str, int] = {}
    table = np.array([-1 if value is None else codes.setdefault(str(value), len(codes)) for value in cells], np.int32)
    return TextColumn(table[positions], tuple(codes))
