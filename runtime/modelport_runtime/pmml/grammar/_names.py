"""Names of elements for the reader and the writer, from the table without reading all of it.

The whole table takes some 20 ms to read, which is as long as reading a small document; one entry takes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from modelport_runtime.pmml.grammar._rules import Grammar, Particle, ParticleKind
from modelport_runtime.pmml.grammar._table import read_grammar, table_text

__all__ = ["children_of", "model_elements"]


@cache
def children_of(element: str) -> frozenset[str]:
    """The elements that may stand in an element in some version, ``Extension`` left out.

    Raises:
        KeyError: There is no such element.
    """
    contents = _entries(f"element {element}").elements[element].contents
    particles = (content.particle for content in contents if content.particle is not None)
    return frozenset(name for particle in particles for name in _elements(particle)) - {"Extension"}


@cache
def model_elements() -> frozenset[str]:
    """The elements that are models, in some version (PMML 4.4, General Structure, MODEL-ELEMENT)."""
    return _group("MODEL-ELEMENT")


@cache
def _group(name: str) -> frozenset[str]:
    parts = _entries(f"group {name}").groups[name]
    return frozenset(element for part in parts for element in _elements(part))


def _entries(head: str) -> Grammar:
    """The entries of the table that begin so."""
    found = re.findall(rf"^{re.escape(head)}(?![\w-]).*\n(?:  .*\n)*", table_text(), re.MULTILINE)
    return read_grammar("".join(found))


def _elements(part: Particle) -> Iterator[str]:
    if part.kind is ParticleKind.ELEMENT:
        yield part.name
    elif part.kind is ParticleKind.GROUP:
        yield from _group(part.name)
    for inner in part.parts:
        yield from _elements(inner)
