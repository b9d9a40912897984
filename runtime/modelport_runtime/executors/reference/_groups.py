"""Groups of rows that are one record together (PMML 4.4, MiningSchema, usageType group)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._values import Mask

__all__ = ["Groups", "group_rows"]


@dataclass(frozen=True, slots=True)
class Groups:
    """Which rows belong together.

    Attributes:
        of_rows: int64, shape (n_rows,): each row's group; groups are numbered in order of their first rows.
        first_rows: int64, shape (n_groups,): the first row of each group.
    """

    of_rows: NDArray[np.int64]
    first_rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first_rows)

    def any(self, rows: Mask | None) -> Mask | None:
        """bool, shape (n_groups,): groups with a row among the given ones; ``None`` for ``None``."""
        if rows is None:
            return None
        found = np.zeros(len(self), dtype=np.bool_)
        found[self.of_rows[rows]] = True
        return found


def group_rows(column: Column) -> Groups:
    """Rows by equal values of a column; those without a value are one group."""
    values = column.codes if isinstance(column, TextColumn) else column.values
    _, first, of_rows = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return Groups(number[of_rows.reshape(-1)], first[order].astype(np.int64))
