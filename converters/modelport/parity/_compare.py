"""Compares two result tables column by column, whole columns at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from modelport.parity._tolerances import Tolerance

__all__ = ["ColumnComparison", "Difference", "compare"]

SHOWN_DIFFERENCES = 5
Cell = str | float | int | bool | list[str | float | int | bool | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell that differs: the row, counted from 0, and both values (``None`` is missing)."""

    row: int
    left: Cell
    right: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnComparison:
    """One column of two engines.

    Attributes:
        name: Name of the column.
        tolerance: Name of the tolerance that was applied.
        n_rows: Rows compared.
        n_different: Rows that differ beyond the tolerance, one-sided missing values among them.
        worst_row: The row with the largest difference, counted from 0; ``None`` when no value differs at all.
        max_absolute: Largest absolute difference, also below the tolerance; 0.0 for columns compared exactly.
        max_relative: Largest relative difference, likewise.
        problem: Why the columns could not be compared: missing on one side, or of two types; empty otherwise.
        differences: The first rows that differ.
    """

    name: str
    tolerance: str
    n_rows: int
    n_different: int = 0
    worst_row: int | None = None
    max_absolute: float = 0.0
    max_relative: float = 0.0
    problem: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether the column is there on both sides and no row differs."""
        return not self.problem and self.n_different == 0


def compare(left: pa.Table, right: pa.Table, tolerance: Tolerance) -> tuple[ColumnComparison, ...]:
    """Compare two result tables.

    Args:
        left: Results of one engine.
        right: Results of another, row for row the same inputs.
        tolerance: For columns of real numbers and of lists of them; all others are compared exactly.

    Returns:
        One comparison for each column of either table, in the left's order. Missing equals missing.

    Raises:
        ValueError: The tables have different numbers of rows.
    """
    if left.num_rows != right.num_rows:
        raise ValueError(f"cannot compare {left.num_rows} rows with {right.num_rows} rows")
    names = list(dict.fromkeys((*left.column_names, *right.column_names)))
    return tuple(_compare_column(name, left, right, tolerance) for name in names)


def _compare_column(name: str, left: pa.Table, right: pa.Table, tolerance: Tolerance) -> ColumnComparison:
    for side, table in (("left", left), ("right", right)):
        if name not in table.column_names:
            return ColumnComparison(
                name=name, tolerance="exact", n_rows=left.num_rows, problem=f"missing on the {side} side"
            )
    one, other = _plain(left.column(name)), _plain(right.column(name))
    kinds = _kind(one.type), _kind(other.type)
    if kinds[0] != kinds[1]:
        problem = f"{kinds[0]} on the left side, {kinds[1]} on the right side"
        return ColumnComparison(name=name, tolerance="exact", n_rows=left.num_rows, problem=problem)
    distances = _distances(one, other, tolerance)
    rows = np.flatnonzero(distances.different)
    size = np.where(np.isnan(distances.absolute), np.inf, distances.absolute)
    worst = int(np.argmax(size)) if len(size) and size.max() > 0 else int(rows[0]) if len(rows) else None
    is_real = kinds[0].removeprefix("list of ") == "real"
    return ColumnComparison(
        name=name,
        tolerance=tolerance.name if is_real else "exact",
        n_rows=left.num_rows,
        n_different=len(rows),
        worst_row=worst,
        max_absolute=float(np.nanmax(distances.absolute, initial=0.0)),
        max_relative=float(np.nanmax(distances.relative, initial=0.0)),
        differences=_first_differences(rows, one, other),
    )


@dataclass(frozen=True, slots=True)
class _Distances:
    """How far two columns are apart.

    Attributes:
        different: bool, shape (n_rows,): beyond the tolerance, one-sided missing values among them.
        absolute: float64, shape (n_rows,): absolute differences of numbers; NaN where one side is missing; 0 for what
            is compared exactly.
        relative: float64, shape (n_rows,): relative differences, likewise.
    """

    different: NDArray[np.bool_]
    absolute: NDArray[np.float64]
    relative: NDArray[np.float64]


def _plain(column: Any) -> Any:
    """One array without dictionary coding; an all-missing column of no type counts as real numbers."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.float64()) if pa.types.is_null(array.type) else array


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_floating(kind):
        return "real"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list of {_kind(kind.value_type)}"
    return str(kind)


def _numbers(array: Any) -> NDArray[np.float64]:
    values = array.cast(pa.float64()).fill_null(float("nan"))
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _distances(left: Any, right: Any, tolerance: Tolerance) -> _Distances:
    """Of two arrays of one kind."""
    kind = _kind(left.type)
    if kind.startswith("list of "):
        return _between_lists(left, right, tolerance)
    if kind == "real":
        return _between_numbers(_numbers(left), _numbers(right), tolerance)
    right = right.cast(left.type)
    same = pc.if_else(
        pc.or_(pc.is_null(left), pc.is_null(right)),
        pc.and_(pc.is_null(left), pc.is_null(right)),
        pc.equal(left, right),
    )
    nothing = np.zeros(len(left))
    return _Distances(~np.asarray(same.to_numpy(zero_copy_only=False), dtype=bool), nothing, nothing)


def _between_lists(left: Any, right: Any, tolerance: Tolerance) -> _Distances:
    """Element by element; lists of different lengths differ, and so does a list from a missing one."""
    lengths = _lengths(left)
    different = lengths != _lengths(right)
    kept = pa.array(~different)
    items, others = (pc.list_flatten(side.filter(kept)) for side in (left, right))
    of_items = _distances(items, others, tolerance)
    rows = np.repeat(np.flatnonzero(~different), np.maximum(lengths[~different], 0))
    different[rows[of_items.different]] = True
    absolute, relative = np.zeros(len(left)), np.zeros(len(left))
    np.fmax.at(absolute, rows, of_items.absolute)
    np.fmax.at(relative, rows, of_items.relative)
    return _Distances(different, absolute, relative)


def _lengths(lists: Any) -> NDArray[np.int64]:
    """int64, shape (n_rows,): number of items; -1 where there is no list."""
    lengths = pc.fill_null(pc.list_value_length(lists), -1)
    return np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)


def _between_numbers(left: NDArray[np.float64], right: NDArray[np.float64], tolerance: Tolerance) -> _Distances:
    both_missing = np.isnan(left) & np.isnan(right)
    with np.errstate(invalid="ignore", over="ignore"):
        absolute = np.where((left == right) | both_missing, 0.0, np.abs(left - right))
        scale = np.maximum(np.abs(left), np.abs(right))
        relative = np.divide(absolute, scale, out=np.zeros_like(absolute), where=(scale > 0) & (absolute > 0))
        allowed = np.maximum(tolerance.absolute, tolerance.relative * np.where(np.isfinite(scale), scale, 0.0))
    # One-sided missing values and infinities have no finite difference: they compare false here, so they are different.
    return _Distances(~(absolute <= allowed), absolute, relative)


def _first_differences(rows: NDArray[np.intp], left: Any, right: Any) -> tuple[Difference, ...]:
    return tuple(
        Difference(row=int(row), left=_cell(left[int(row)]), right=_cell(right[int(row)]))
        for row in rows[:SHOWN_DIFFERENCES]
    )


def _cell(value: Any) -> Cell:
    plain = value.as_py() if isinstance(value, pa.Scalar) else float(value)
    return None if plain is None or plain != plain else plain
