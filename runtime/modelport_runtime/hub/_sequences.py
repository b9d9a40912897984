"""Sequence rules: sets of items that follow other sets of items in time (PMML 4.4, Sequence Rules)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._association import Items, freeze_itemsets

__all__ = ["Sequence", "SequenceModel", "TimeConstraints"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeConstraints:
    """How far apart in time the sets of a sequence may be (PMML 4.4, Sequence Rules, Constraints).

    Attributes:
        minimum_separation: Between one set and the next.
        maximum_separation: ``None``: no limit.
        minimum_rule_separation: Between the last set of an antecedent and the first one of its consequent.
        maximum_rule_separation: ``None``: no limit.
        maximum_total: From the first set to the last one; ``None``: no limit.
    """

    minimum_separation: float = 0.0
    maximum_separation: float | None = None
    minimum_rule_separation: float = 0.0
    maximum_rule_separation: float | None = None
    maximum_total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Sets of items in order (PMML 4.4, Sequence Rules, Sequence).

    Attributes:
        sets: Shape (n,): positions of the itemsets.
        same_window: Shape (n - 1,): whether a set is found in the same transaction as the one before it.
        adjacent: Shape (n - 1,): whether a set is found in the transaction right after that (``gap`` is false).
    """

    sets: tuple[int, ...]
    same_window: tuple[bool, ...] = ()
    adjacent: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if not self.sets or not len(self.sets) - 1 == len(self.same_window) == len(self.adjacent):
            raise ValueError("a sequence needs a set, and a delimiter between every two of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceModel:
    """Rules over the transactions of a group: all rows of one group and one time are a transaction.

    With S sets of items and R rules:

    Attributes:
        items: The items; those of set predicates included.
        itemset_offsets: int64, shape (S + 1,): the items of set s are
            ``itemset_items[itemset_offsets[s]:itemset_offsets[s + 1]]``.
        itemset_items: int32: positions in ``items``.
        order_field: The field that transactions are ordered by, and that their times are read from; ``None``: every row
            is a transaction, one unit of time after the one before it.
        sequences: The sequences.
        antecedents: int32, shape (R,): position of the sequence that a group holds where a rule applies.
        consequents: int32, shape (R,): position of the sequence that follows it.
        same_window: uint8, shape (R,): 1 where the consequent begins in the antecedent's last transaction.
        adjacent: uint8, shape (R,): 1 where it begins in the transaction right after that.
        ids: Shape (R,): identifiers.
        supports: float64, shape (R,).
        confidences: float64, shape (R,).
        lifts: float64, shape (R,); NaN where it is not known.
        constraints: How far apart in time sets may be.
    """

    items: Items
    itemset_offsets: NDArray[np.int64]
    itemset_items: NDArray[np.int32]
    order_field: str | None
    sequences: tuple[Sequence, ...]
    antecedents: NDArray[np.int32]
    consequents: NDArray[np.int32]
    same_window: NDArray[np.uint8]
    adjacent: NDArray[np.uint8]
    ids: tuple[str, ...]
    supports: NDArray[np.float64]
    confidences: NDArray[np.float64]
    lifts: NDArray[np.float64]
    constraints: TimeConstraints = TimeConstraints()

    def __post_init__(self) -> None:
        offsets, members = freeze_itemsets(self)
        parts = [freeze_field(self, name, np.int32, 1) for name in ("antecedents", "consequents")]
        parts += [freeze_field(self, name, np.uint8, 1) for name in ("same_window", "adjacent")]
        parts += [freeze_field(self, name, np.float64, 1) for name in ("supports", "confidences", "lifts")]
        if {len(part) for part in parts} != {len(self.ids)}:
            raise ValueError("the parts of the rules have different lengths")
        known = (
            (members.tolist(), len(self.items.values)),
            ([position for sequence in self.sequences for position in sequence.sets], len(offsets) - 1),
            ([*self.antecedents.tolist(), *self.consequents.tolist()], len(self.sequences)),
        )
        if any(not 0 <= position < count for positions, count in known for position in positions):
            raise ValueError("an item, an itemset or a sequence is named that does not exist")
