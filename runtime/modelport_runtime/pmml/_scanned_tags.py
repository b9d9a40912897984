"""The tags of a scanned tree: what each of them is, and its attributes, all tags of one kind at once."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._scanned_text import NotPlainError, Positions, ScannedText, ScannedValues

__all__ = ["END", "NODE", "SHARE", "TEST", "TRUE", "Attributes", "attributes_of", "tag_kinds"]

NODE, TEST, TRUE, SHARE, END = range(5)
"""What a tag is: ``Node``, ``SimplePredicate``, ``True``, ``ScoreDistribution``, or the end of a node."""

Attributes = dict[str, ScannedValues]
"""Attributes of all elements of one kind, by name."""

_PREFIXES = {NODE: b"<Node", TEST: b"<SimplePredicate", TRUE: b"<True", SHARE: b"<ScoreDistribution"}
_NAMES = {
    NODE: {"id", "score", "recordCount", "defaultChild"},
    TEST: {"field", "operator", "value"},
    TRUE: set(),
    SHARE: {"value", "recordCount", "confidence", "probability"},
}
_ATTRIBUTE = re.compile(rb"[ \t\r\n]+([A-Za-z]+)[ \t\r\n]*=[ \t\r\n]*")
_MAXIMUM_LAYOUTS = 64
"""Layouts of one kind of tag; a document of more is not written by a program that repeats itself."""


def tag_kinds(text: ScannedText) -> NDArray[np.int8]:
    """What each tag is.

    Raises:
        NotPlainError: One is something else.
    """
    first = text.word(text.tags, 0)
    second, third = (first >> np.uint64(8)) & np.uint64(255), (first >> np.uint64(16)) & np.uint64(255)
    kinds = np.full(len(text.tags), -1, dtype=np.int8)
    kinds[second == ord("N")] = NODE
    kinds[(second == ord("S")) & (third == ord("i"))] = TEST
    kinds[(second == ord("S")) & (third == ord("c"))] = SHARE
    kinds[second == ord("T")] = TRUE
    kinds[second == ord("/")] = END
    if (kinds < 0).any():
        raise NotPlainError
    for kind, prefix in _PREFIXES.items():
        text.require(text.tags[kinds == kind], prefix)
    ends = kinds == END
    text.require(text.tags[ends], b"</Node>")
    if np.diff(text.first_quote)[ends].any():
        raise NotPlainError
    return kinds


def attributes_of(text: ScannedText, kind: int, kinds: NDArray[np.int8]) -> Attributes:
    """Cut the start tags of one kind into attributes, at their quotes.

    Raises:
        NotPlainError: A tag has unknown attributes or is laid out otherwise.
    """
    elements = np.flatnonzero(kinds == kind)
    starts, first = text.tags[elements] + len(_PREFIXES[kind]), text.first_quote[elements]
    counts = text.first_quote[elements + 1] - first
    if (counts % 2).any() or counts.max(initial=0) > 2 * len(_NAMES[kind]):
        raise NotPlainError
    values: Attributes = {}
    n_layouts = 0
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        chosen = np.flatnonzero(counts == count)
        quotes = text.quotes[first[chosen][:, None] + np.arange(count)]
        ends = np.concatenate([starts[chosen][:, None], quotes[:, 1::2] + 1], axis=1)
        for alike in _alike(quotes[:, 0::2] - ends[:, :-1]):
            n_layouts += 1
            if n_layouts > _MAXIMUM_LAYOUTS:
                raise NotPlainError
            for name, index in _layout(text, kind, ends[alike], quotes[alike]).items():
                if name not in values:
                    values[name] = ScannedValues(text, np.full(len(elements), -1), np.full(len(elements), -1))
                values[name].starts[chosen[alike]] = quotes[alike, 2 * index] + 1
                values[name].ends[chosen[alike]] = quotes[alike, 2 * index + 1]
    return values


def _alike(lengths: Positions) -> list[Positions]:
    """Elements grouped by the lengths between their values: those with the same ones are probably laid out alike."""
    if (lengths == lengths[0]).all():
        return [np.arange(len(lengths))]
    distinct, group = np.unique(lengths, axis=0, return_inverse=True)
    if len(distinct) > _MAXIMUM_LAYOUTS:
        raise NotPlainError
    return [np.flatnonzero(group.reshape(-1) == number) for number in range(len(distinct))]


def _layout(text: ScannedText, kind: int, ends: Positions, quotes: Positions) -> dict[str, int]:
    """Names of the attributes of elements that are laid out alike, and their order."""
    names: dict[str, int] = {}
    for index in range(quotes.shape[1] // 2):
        between = text.text[ends[0, index] : quotes[0, 2 * index]].encode("ascii")
        match = _ATTRIBUTE.fullmatch(between)
        if match is None:
            raise NotPlainError
        text.require(ends[:, index], between + b'"')
        names[match[1].decode("ascii")] = index
    if len(names) != quotes.shape[1] // 2 or not set(names) <= _NAMES[kind]:
        raise NotPlainError
    text.require(ends[:, -1], b">" if kind == NODE else b"/>")
    return names
