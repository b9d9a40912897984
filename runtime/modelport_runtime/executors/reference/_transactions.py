"""Transactions of groups in time, and sequences of sets found in them (PMML 4.4, Sequence Rules)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._groups import Groups
from modelport_runtime.executors.reference._values import Numbers

__all__ = ["Step", "Transactions", "transactions_of"]

_NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Step:
    """How a set follows the one before it.

    Attributes:
        same_window: It is in the same transaction.
        adjacent: It is in the very next transaction.
        minimum: Time from the one before it, at least.
        maximum: At most; ``None``: no limit.
    """

    same_window: bool
    adjacent: bool
    minimum: float
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Transactions:
    """Transactions, group after group, in order of time within each.

    Attributes:
        of_rows: int64, shape (n_rows,): the transaction of each row; -1 for a row without a time.
        groups: int64, shape (n_transactions,): the group of each.
        times: float64, shape (n_transactions,).
    """

    of_rows: NDArray[np.int64]
    groups: NDArray[np.int64]
    times: Numbers

    def __len__(self) -> int:
        return len(self.groups)

    def part(self, first: int, last: int) -> Transactions:
        """Some of the transactions, all of whole groups."""
        return Transactions(self.of_rows, self.groups[first:last], self.times[first:last])

    def begin(self, holds: NDArray[np.bool_]) -> Numbers:
        """Where a sequence may begin: its start is the transaction's own time; ``-inf`` elsewhere."""
        return np.where(holds, self.times, _NEVER)

    def follow(self, starts: Numbers, holds: NDArray[np.bool_], step: Step) -> Numbers:
        """The latest start of a sequence that goes on to a transaction.

        Args:
            starts: float64, shape (n_transactions,): the latest start of what ends in each; ``-inf`` for none.
            holds: bool, of the same shape: where the next set is.
            step: How it follows.
        """
        if step.same_window:
            return np.where(holds, starts, _NEVER)
        position = np.arange(len(self))
        low = self._count_below(self.times - (np.inf if step.maximum is None else step.maximum), inclusive=False)
        high = np.minimum(self._count_below(self.times - step.minimum, inclusive=True), position)
        if step.adjacent:
            low = np.maximum(low, position - 1)
        return np.where(holds, _range_maximum(starts, low, high), _NEVER)

    def _count_below(self, limits: Numbers, *, inclusive: bool) -> NDArray[np.int64]:
        """int64, shape (n_transactions,): where in the own group a limit lies, after equal times or before them.

        Limits and times are sorted together, so that the answer is exact whatever the size of the numbers.
        """
        count = len(self)
        groups = np.concatenate([self.groups, self.groups])
        values = np.concatenate([self.times, limits])
        is_limit = np.repeat([False, True], count)
        order = np.lexsort((is_limit if inclusive else ~is_limit, values, groups))
        before = np.cumsum(~is_limit[order])
        result = np.empty(2 * count, dtype=np.int64)
        result[order] = before
        return result[count:]


def _range_maximum(values: Numbers, low: NDArray[np.int64], high: NDArray[np.int64]) -> Numbers:
    """The maximum of ``values[low:high]`` for each pair; ``-inf`` where it is empty. By a table of powers of two."""
    lengths = high - low
    result = np.full(len(values), _NEVER)
    level, table = 0, values
    while (1 << level) <= len(values):
        width = 1 << level
        rows = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
        result[rows] = np.maximum(table[low[rows]], table[high[rows] - width])
        table = np.maximum(table[: len(table) - width], table[width:]) if len(table) > width else table[:0]
        level += 1
    return result


def transactions_of(groups: Groups, order: Column | None) -> Transactions:
    """The transactions of groups of rows.

    Args:
        groups: The groups.
        order: What orders them; rows of equal values are one transaction. ``None``: every row is one, a unit of time
            after the one before it.
    """
    n_rows = len(groups.of_rows)
    if order is None:
        rows = np.argsort(groups.of_rows, kind="stable")
        ordered = groups.of_rows[rows]
        first = np.searchsorted(ordered, np.arange(len(groups)))
        of_rows = np.empty(n_rows, dtype=np.int64)
        of_rows[rows] = np.arange(n_rows)
        return Transactions(of_rows, ordered, (np.arange(n_rows) - first[ordered]).astype(np.float64))
    times = _times(order)
    known = np.flatnonzero(~np.isnan(times))
    pairs = np.lexsort((times[known], groups.of_rows[known]))
    ordered, ordered_times = groups.of_rows[known][pairs], times[known][pairs]
    is_new = np.ones(len(known), dtype=np.bool_)
    is_new[1:] = (np.diff(ordered) != 0) | (np.diff(ordered_times) != 0)
    of_rows = np.full(n_rows, -1, dtype=np.int64)
    of_rows[known[pairs]] = np.cumsum(is_new) - 1
    return Transactions(of_rows, ordered[is_new], ordered_times[is_new])


def _times(column: Column) -> Numbers:
    """float64, shape (n_rows,): numbers, days and seconds as they are; texts by their place in alphabetical order."""
    if not isinstance(column, TextColumn):
        return column.values
    place = np.full(len(column.categories) + 1, np.nan)
    place[np.array(sorted(range(len(column.categories)), key=column.categories.__getitem__), dtype=np.int64)] = (
        np.arange(len(column.categories))
    )
    times: Numbers = place[column.codes]
    return times
