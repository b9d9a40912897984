"""Columns and tables: the shape in which rows travel between frames and executors.

Two physical kinds serve every PMML type. Numbers, booleans (0 and 1), dates and times (days or seconds since the type's
epoch) are float64 with NaN for missing; text is dictionary-coded. So an executor never loops over rows. A result may
also be a list in each row: the items of all rows in one column, and where each row's own begin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import DataType

__all__ = [
    "Column",
    "ColumnTable",
    "ListColumn",
    "NumberColumn",
    "ResultColumn",
    "ResultTable",
    "Table",
    "TextColumn",
    "without_rows",
]


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers.

    Attributes:
        values: float64, shape (n_rows,); NaN is missing. Under ``float`` every value is exactly a float32, under
            ``boolean`` 0 or 1, under ``integer`` a whole number.
        data_type: What the numbers mean.
    """

    values: NDArray[np.float64]
    data_type: DataType = DataType.DOUBLE

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """bool, shape (n_rows,): where the value is missing."""
        return np.isnan(self.values)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A dictionary-coded column of text.

    Attributes:
        codes: int32, shape (n_rows,): position in ``categories``; -1 is missing.
        categories: The distinct texts, in any order; some may not occur.
    """

    codes: NDArray[np.int32]
    categories: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def data_type(self) -> DataType:
        """Always text."""
        return DataType.STRING

    @property
    def missing(self) -> NDArray[np.bool_]:
        """bool, shape (n_rows,): where the text is missing."""
        return self.codes < 0


Column = NumberColumn | TextColumn


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of lists, for results that have several values in a row.

    Attributes:
        items: The items of all rows, one row's after another's; an item may be missing itself.
        offsets: int64, shape (n_rows + 1,): the items of row i are those from ``offsets[i]`` up to ``offsets[i + 1]``.
        missing: bool, shape (n_rows,): rows without a list, which have no items; an empty list is not missing.
    """

    items: Column
    offsets: NDArray[np.int64]
    missing: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.missing)

    @property
    def data_type(self) -> DataType:
        """What the items mean."""
        return self.items.data_type


ResultColumn = Column | ListColumn
"""A column of results."""


def without_rows(column: Column, rows: NDArray[np.bool_]) -> Column:
    """The column with some rows missing."""
    if isinstance(column, TextColumn):
        return TextColumn(np.where(rows, np.int32(-1), column.codes), column.categories)
    return NumberColumn(np.where(rows, np.nan, column.values), column.data_type)


_Kind = TypeVar("_Kind", bound=ResultColumn, covariant=True)


class ColumnTable(Mapping[str, _Kind], Generic[_Kind]):
    """Columns of one length by name, in order.

    Attributes:
        n_rows: Number of rows.
        is_grouped: Whether a row stands for a group of the rows that were scored, rather than for one of them.
    """

    __slots__ = ("_columns", "is_grouped", "n_rows")

    def __init__(self, columns: Mapping[str, _Kind], n_rows: int, *, is_grouped: bool = False) -> None:
        for name, column in columns.items():
            if len(column) != n_rows:
                raise ValueError(f"column {name!r} has {len(column)} rows, expected {n_rows}")
        self._columns = dict(columns)
        self.n_rows = n_rows
        self.is_grouped = is_grouped

    def __getitem__(self, name: str) -> _Kind:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class Table(ColumnTable[Column]):
    """Columns of one length by name, in order, none of them of lists."""

    __slots__ = ()


ResultTable = ColumnTable[ResultColumn]
"""Results: as a ``Table``, but columns may hold lists, and rows may stand for groups."""
