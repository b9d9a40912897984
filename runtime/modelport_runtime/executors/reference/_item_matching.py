"""Which items records hold: a record is a row, or all rows of a group (PMML 4.4, Association Rules, Item)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.hub import DataType, Items

__all__ = ["ItemMatcher", "Membership", "hold_sets"]

_SET_FLAGS = frozenset({"true", "t", "yes", "y", "1", "1.0"})


@dataclass(frozen=True, slots=True)
class Membership:
    """The items of records, as pairs in order of the records.

    Attributes:
        records: int64: a record.
        items: int32: an item that it holds.
        n_items: Number of items that there are.
    """

    records: NDArray[np.int64]
    items: NDArray[np.int32]
    n_items: int

    def block(self, start: int, stop: int) -> NDArray[np.bool_]:
        """bool, shape (n_items, stop - start): which items the records from ``start`` up to ``stop`` hold."""
        first, last = np.searchsorted(self.records, [start, stop])
        held = np.zeros((self.n_items, stop - start), dtype=np.bool_)
        held[self.items[first:last], self.records[first:last] - start] = True
        return held


def hold_sets(offsets: NDArray[np.int64], items: NDArray[np.int32], held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool, shape (n_sets, n_records): which records hold all items of a set; an empty set is held by all.

    Args:
        offsets: int64, shape (n_sets + 1,): where the items of each set begin.
        items: int32: the items of the sets.
        held: bool, shape (n_items, n_records): which items records hold.
    """
    lengths = np.diff(offsets)
    holds = np.ones((len(lengths), held.shape[1]), dtype=np.bool_)
    for place in range(int(lengths.max(initial=0))):
        sets = np.flatnonzero(lengths > place)
        holds[sets] &= held[items[offsets[sets] + place]]
    return holds


class ItemMatcher:
    """Finds items in the fields of a scope. Safe to use from many threads."""

    def __init__(self, items: Items) -> None:
        self._items = items
        by_field: dict[str, list[int]] = {}
        for item, name in enumerate(items.fields):
            by_field.setdefault(name, []).append(item)
        self._by_field = by_field

    @property
    def n_items(self) -> int:
        """Number of items that there are."""
        return len(self._items.values)

    def match(self, scope: Scope, records: NDArray[np.int64]) -> Membership:
        """The items of every record.

        Args:
            scope: The fields.
            records: int64, shape (n_rows,): the record that each row belongs to; -1 for none.
        """
        found = list(self.rows_with_items(scope))
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in found)])
        items = np.concatenate([np.zeros(0, dtype=np.int32), *(items for _, items in found)])
        counted = records[rows] >= 0
        rows, items = rows[counted], items[counted]
        order = np.argsort(records[rows], kind="stable")
        return Membership(records[rows][order], items[order], self.n_items)

    def rows_with_items(self, scope: Scope) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
        """Rows and the item that each of them holds; a row may occur repeatedly."""
        for name, items in self._by_field.items():
            column = scope.column(name)
            for chosen in _distinct([(self._items.categories[item], item) for item in items]):
                of_rows = _items_of_rows(column, chosen)
                rows = np.flatnonzero(of_rows >= 0)
                yield rows, of_rows[rows]


def _distinct(pairs: list[tuple[object, int]]) -> Iterator[dict[object, int]]:
    """Categories with their items; an item whose category is another's too comes in a later turn."""
    while pairs:
        turn: dict[object, int] = {}
        later = []
        for category, item in pairs:
            if turn.setdefault(category, item) != item:
                later.append((category, item))
        yield turn
        pairs = later


def _items_of_rows(column: Column, items: dict[object, int]) -> NDArray[np.int32]:
    """int32, shape (n_rows,): the item whose category the row holds; -1 for none."""
    flag = items.get(None)
    if isinstance(column, TextColumn):
        table = np.array([*(items.get(category, -1) for category in column.categories), -1], dtype=np.int32)
        found = table[column.codes]
        if flag is not None:
            is_set = np.array([*(category.strip().lower() in _SET_FLAGS for category in column.categories), False])
            found = np.where(is_set[column.codes], np.int32(flag), found)
        return found
    known = sorted(_known_numbers(items, column.data_type))
    found = np.full(len(column), -1, dtype=np.int32)
    if known:
        numbers, positions = np.array([number for number, _ in known]), np.array([item for _, item in known])
        place = np.minimum(np.searchsorted(numbers, column.values), len(numbers) - 1)
        found = np.where(numbers[place] == column.values, positions[place], -1).astype(np.int32)
    if flag is not None:
        is_set = (column.values != 0) & ~np.isnan(column.values)
        found = np.where(is_set, np.int32(flag), found)
    return found


def _known_numbers(items: dict[object, int], data_type: DataType) -> Iterator[tuple[float, int]]:
    """Categories as a column of numbers, booleans or dates holds them, with their items."""
    for category, item in items.items():
        number = physical(category, data_type) if isinstance(category, str | int | float) else None
        if isinstance(number, float):
            yield number, item
