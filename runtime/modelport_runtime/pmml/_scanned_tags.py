"""The tags of a scanned tree: what each of them is, and its attributes, all tags of one kind at once."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._scanned_text import NotPlainError, Positions, ScannedText, ScannedValues, begins_with

__all__ = [
    "ARRAY",
    "ARRAY_END",
    "END",
    "NODE",
    "SET",
    "SET_END",
    "SHARE",
    "TEST",
    "TRUE",
    "Attributes",
    "attributes_of",
    "tag_kinds",
]

NODE, TEST, TRUE, SHARE, END, SET, ARRAY, ARRAY_END, SET_END = range(9)
"""What a tag is: ``Node``, ``SimplePredicate``, ``True``, ``ScoreDistribution``, the end of a node, the start of a
``SimpleSetPredicate`` and of its ``Array``, and the ends of these."""

Attributes = dict[str, ScannedValues]
"""Attributes of all elements of one kind, by name."""

_PREFIXES = {
    NODE: b"<Node",
    TEST: b"<SimplePredicate",
    TRUE: b"<True",
    SHARE: b"<ScoreDistribution",
    END: b"</Node>",
    SET: b"<SimpleSetPredicate",
    ARRAY: b"<Array",
    ARRAY_END: b"</Array>",
    SET_END: b"</SimpleSetPredicate>",
}
_WITH_CONTENT = (NODE, SET)
_OF_SETS = (SET, ARRAY, ARRAY_END, SET_END)
_NAMES = {
    NODE: {"id", "score", "recordCount", "defaultChild"},
    TEST: {"field", "operator", "value"},
    TRUE: set(),
    SHARE: {"value", "recordCount", "confidence", "probability"},
    SET: {"field", "booleanOperator"},
}
_ATTRIBUTE = re.compile(rb"[ \t\r\n]+([A-Za-z]+)[ \t\r\n]*=[ \t\r\n]*")
_MAXIMUM_LAYOUTS = 64
"""Layouts of one kind of tag; a document of more is not written by a program that repeats itself."""


def tag_kinds(text: ScannedText) -> NDArray[np.int8]:
    """What each tag is.

    Raises:
        NotPlainError: One is something else.
    """
    begins = text.word(text.tags, 0)
    kinds = np.full(len(text.tags), -1, dtype=np.int8)
    has_sets = _PREFIXES[SET] in text.data
    for kind, prefix in _PREFIXES.items():
        if kind in _OF_SETS and not has_sets:
            continue
        chosen = begins_with(begins, prefix)
        kinds[chosen] = kind
        if len(prefix) > 8:
            text.require(text.tags[chosen] + 8, prefix[8:])
    if (kinds < 0).any() or np.diff(text.first_quote)[(kinds == END) | (kinds >= ARRAY_END)].any():
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
        quotes = [text.quotes[first[chosen] + place] for place in range(count)]
        ends = [starts[chosen], *(quote + 1 for quote in quotes[1::2])]
        for alike in _alike([quote - end for quote, end in zip(quotes[0::2], ends[:-1], strict=True)]):
            n_layouts += 1
            if n_layouts > _MAXIMUM_LAYOUTS:
                raise NotPlainError
            own_quotes = [quote[alike] for quote in quotes]
            for name, index in _layout(text, kind, [end[alike] for end in ends], own_quotes).items():
                _put(values, name, text, len(elements), chosen[alike], own_quotes[2 * index : 2 * index + 2])
    return values


def _put(
    values: Attributes, name: str, text: ScannedText, n_elements: int, chosen: Positions, quotes: list[Positions]
) -> None:
    """Note where the values of one attribute of some elements stand between their quotes."""
    if name not in values:
        if len(chosen) == n_elements:
            values[name] = ScannedValues(text, quotes[0] + 1, quotes[1])
            return
        values[name] = ScannedValues(text, np.full(n_elements, -1), np.full(n_elements, -1))
    values[name].starts[chosen] = quotes[0] + 1
    values[name].ends[chosen] = quotes[1]


def _alike(lengths: list[Positions]) -> list[Positions] | list[slice]:
    """Elements grouped by the lengths between their values: those with the same ones are probably laid out alike."""
    if all((length == length[0]).all() for length in lengths):
        return [slice(None)]
    distinct, group = np.unique(np.stack(lengths, axis=1), axis=0, return_inverse=True)
    if len(distinct) > _MAXIMUM_LAYOUTS:
        raise NotPlainError
    return [np.flatnonzero(group.reshape(-1) == number) for number in range(len(distinct))]


def _layout(text: ScannedText, kind: int, ends: list[Positions], quotes: list[Positions]) -> dict[str, int]:
    """Names of the attributes of elements that are laid out alike, and their order."""
    names: dict[str, int] = {}
    for index, (end, quote) in enumerate(zip(ends[:-1], quotes[0::2], strict=True)):
        between = text.text[end[0] : quote[0]].encode("ascii")
        match = _ATTRIBUTE.fullmatch(between)
        if match is None:
            raise NotPlainError
        text.require(end, between + b'"')
        names[match[1].decode("ascii")] = index
    if 2 * len(names) != len(quotes) or not set(names) <= _NAMES[kind]:
        raise NotPlainError
    text.require(ends[-1], b">" if kind in _WITH_CONTENT else b"/>")
    return names
