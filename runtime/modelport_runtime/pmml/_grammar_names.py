"""Names of elements from the table of the grammar, for the reader, which cannot wait until all of it is read.

Of the table, whose first lines say how it is written, only the lines asked for are looked at: those of one element's
content, and of the groups that it names.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["children_of", "model_elements"]

_TABLE = Path(__file__).parent / "grammar" / "grammar.txt"
_NAME = re.compile(r"(?<![#\w-])%?[A-Za-z][\w-]*")
_NO_ELEMENTS = ("nothing", "anything", "text ")


@cache
def children_of(element: str) -> frozenset[str]:
    """The elements that may stand in an element in some version, ``Extension`` left out.

    Raises:
        KeyError: There is no such element.
    """
    entry = re.search(rf"^element {re.escape(element)}(?![\w-]).*\n(?:  .*\n)*", _text(), re.MULTILINE)
    if entry is None:
        raise KeyError(element)
    contents = re.findall(r"^  content: (.*)$", entry[0], re.MULTILINE)
    found: set[str] = set()
    for content in contents:
        if not content.startswith(_NO_ELEMENTS):
            found |= _elements(content.removeprefix("mixed"))
    return frozenset(found) - {"Extension"}


@cache
def model_elements() -> frozenset[str]:
    """The elements that are models, in some version (PMML 4.4, General Structure, MODEL-ELEMENT)."""
    return _group("MODEL-ELEMENT")


@cache
def _group(name: str) -> frozenset[str]:
    found: set[str] = set()
    for part in re.findall(rf"^group {re.escape(name)}: (.*)$", _text(), re.MULTILINE):
        found |= _elements(part)
    return frozenset(found)


def _elements(part: str) -> set[str]:
    """The elements of a part of a content model, with those of its groups."""
    found: set[str] = set()
    for name in _NAME.findall(part.partition("  # ")[0]):
        found |= _group(name[1:]) if name[0] == "%" else {name}
    return found


@cache
def _text() -> str:
    return _TABLE.read_text("utf-8")
