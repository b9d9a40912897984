"""Association rules: sets of items that go with other sets of items (PMML 4.4, Association Rules)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._types import Scalar

__all__ = ["AssociationModel", "Items", "freeze_itemsets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What may be in a record, and how it is recognised there (PMML 4.4, Association Rules, Item).

    With I items:

    Attributes:
        values: Shape (I,): texts to show.
        fields: Shape (I,): the field that holds the item.
        categories: Shape (I,): the field's value that means the item, already of the field's type; ``None``: the field
            is a flag, and the item is there where it is set (true, T, yes or 1 in any case, or a number other than 0).
        mapped_values: Shape (I,) or empty: names of items, such as those of a product behind its code, for information.
    """

    values: tuple[str, ...]
    fields: tuple[str, ...]
    categories: tuple[Scalar | None, ...]
    mapped_values: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.fields) == len(self.categories):
            raise ValueError("every item needs a value, a field and a category")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationModel:
    """Rules over the items of a record: a row, or all rows of a group where the model names a group field.

    With S sets of items and R rules:

    Attributes:
        items: The items.
        itemset_offsets: int64, shape (S + 1,): the items of set s are
            ``itemset_items[itemset_offsets[s]:itemset_offsets[s + 1]]``.
        itemset_items: int32: positions in ``items``.
        antecedents: int32, shape (R,): the set that a record holds where a rule applies.
        consequents: int32, shape (R,): the set that goes with it.
        ids: Shape (R,): identifiers; numbered from 1 where the document gives none.
        supports: float64, shape (R,).
        confidences: float64, shape (R,).
        lifts: float64, shape (R,); NaN where it is not known.
        leverages: float64, shape (R,); NaN where it is not known.
        affinities: float64, shape (R,); NaN where it is not known.
    """

    items: Items
    itemset_offsets: NDArray[np.int64]
    itemset_items: NDArray[np.int32]
    antecedents: NDArray[np.int32]
    consequents: NDArray[np.int32]
    ids: tuple[str, ...]
    supports: NDArray[np.float64]
    confidences: NDArray[np.float64]
    lifts: NDArray[np.float64]
    leverages: NDArray[np.float64]
    affinities: NDArray[np.float64]

    def __post_init__(self) -> None:
        offsets, members = freeze_itemsets(self)
        sides = [freeze_field(self, name, np.int32, 1) for name in ("antecedents", "consequents")]
        measures = ("supports", "confidences", "lifts", "leverages", "affinities")
        numbers = [freeze_field(self, name, np.float64, 1) for name in measures]
        if {len(part) for part in (*sides, *numbers)} != {len(self.ids)}:
            raise ValueError("the parts of the rules have different lengths")
        _require_positions("an itemset names an item", members, len(self.items.values))
        for side in sides:
            _require_positions("a rule names an itemset", side, len(offsets) - 1)


def freeze_itemsets(owner: object) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Freeze the itemsets of a model of rules: the bounds of each among the items of all, and these items.

    Args:
        owner: The dataclass instance, with ``itemset_offsets`` and ``itemset_items``, inside its ``__post_init__``.

    Raises:
        ValueError: An array of another shape, or offsets that do not cover the items.
    """
    offsets = freeze_field(owner, "itemset_offsets", np.int64, 1)
    members = freeze_field(owner, "itemset_items", np.int32, 1)
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(members) or (np.diff(offsets) < 0).any():
        raise ValueError("the offsets of the itemsets do not cover their items")
    return offsets, members


def _require_positions(what: str, positions: NDArray[Any], count: int) -> None:
    if len(positions) and not 0 <= positions.min() <= positions.max() < count:
        raise ValueError(f"{what} that does not exist")
