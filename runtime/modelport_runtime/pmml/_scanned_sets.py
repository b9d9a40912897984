"""The set predicates of a scanned tree: their members, and the tags of a tree without what lies inside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._arrays import items_of
from modelport_runtime.pmml._scanned_tags import ARRAY, ARRAY_END, SET, SET_END
from modelport_runtime.pmml._scanned_text import NotPlainError, Positions, ScannedText

__all__ = ["PlainTags", "plain_tags"]

_N, _TYPE = (rf'[ \t\r\n]+{name}[ \t\r\n]*=[ \t\r\n]*"[^"]*"' for name in ("n", "type"))
_ARRAY = re.compile(rf"<Array(?:{_N})?(?:{_TYPE})?(?:{_N})?[ \t\r\n]*>([^>]*)")
_TWICE = re.compile(rf"<Array{_N}(?:{_TYPE})?{_N}")
_LINE_ENDS = re.compile(r"[\t\r\n]")


@dataclass(frozen=True, slots=True)
class PlainTags:
    """Tags of which each is a node, its end, or something directly inside a node.

    Attributes:
        tags: Their places.
        kinds: What each of them is.
        members: For each set predicate the members of its set.
    """

    tags: Positions
    kinds: NDArray[np.int8]
    members: list[tuple[str, ...]]


def plain_tags(text: ScannedText, kinds: NDArray[np.int8]) -> PlainTags:
    """Leave out what lies inside set predicates.

    Raises:
        NotPlainError: A set predicate is not just one array.
    """
    if kinds.max(initial=0) < SET:
        return PlainTags(text.tags, kinds, [])
    inside = kinds >= ARRAY
    sets = np.flatnonzero(kinds == SET)
    if len(sets) * 3 != np.count_nonzero(inside) or (sets + 3 >= len(kinds)).any():
        raise NotPlainError
    for offset, kind in enumerate((ARRAY, ARRAY_END, SET_END), start=1):
        if (kinds[sets + offset] != kind).any():
            raise NotPlainError
    bounds = zip(text.tags[sets + 1].tolist(), text.tags[sets + 2].tolist(), strict=True)
    read: dict[str, tuple[str, ...]] = {}
    members = []
    for start, end in bounds:
        array = text.text[start:end]
        found = read.get(array)
        if found is None:
            found = read[array] = _members(array)
        members.append(found)
    return PlainTags(text.tags[~inside], kinds[~inside], members)


def _members(array: str) -> tuple[str, ...]:
    match = _ARRAY.fullmatch(array)
    if match is None or _TWICE.match(array) or ('"' in match[1] and _LINE_ENDS.search(match[1])):
        raise NotPlainError
    return items_of(match[1])
