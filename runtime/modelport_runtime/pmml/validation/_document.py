"""A document in memory for the validator: elements with their lines, columns and paths."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from lxml import etree

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.pmml._limits import MAXIMUM_ATTRIBUTES, MAXIMUM_TAGS
from modelport_runtime.pmml._parser import feed, refused_doctype, secure_parser
from modelport_runtime.pmml._source import PmmlSource, open_source
from modelport_runtime.pmml.grammar import VERSIONS
from modelport_runtime.pmml.validation._few import MASSES, Index, few_elements, in_order

__all__ = ["ValidatedDocument", "parse_document"]

Element = Any
"""An lxml element; lxml has no types of its own."""

_LONGEST = 64
"""Bytes of the texts that a document is asked for."""

_DEEPEST = 2048
"""What libxml2 allows; deeper trees are real, but rare."""

_PMML_NAMESPACE = re.compile(r"https?://www\.dmg\.org/PMML-\d+_\d+")


class _SeenEnough(Exception):  # noqa: N818  # no error
    """Leaves a parse that is not needed to its end."""


class ValidatedDocument:
    """A document and what every check asks of it.

    Attributes:
        name: Name of the file.
        root: Its root element.
        namespace: Namespace of the root; empty for none.
    """

    def __init__(self, name: str, chunks: Sequence[bytes], root: Element) -> None:
        self.name = name
        self._chunks = chunks
        self.root = root
        self.namespace = etree.QName(root).namespace or ""
        self._positions: dict[Element, tuple[int, int]] = {}
        self._siblings: dict[tuple[Element, str], dict[Element, int]] = {}

    @cached_property
    def content(self) -> bytes:
        """Its bytes, decompressed."""
        return b"".join(self._chunks)

    @property
    def declared_version(self) -> str:
        """The version that the root names, as it stands there."""
        return str(self.root.get("version", ""))

    @cached_property
    def version(self) -> str | None:
        """The known version that the document is to be held to; ``None`` when there is none.

        The fourth digit of 4.2.1 and 4.4.1 may be left out, as it is in the namespace.
        """
        declared = self.declared_version
        if declared in VERSIONS:
            return declared
        short = ".".join(declared.split(".")[:2])
        return short if short in VERSIONS else None

    @property
    def is_pmml(self) -> bool:
        """Whether the root is that of a PMML document."""
        return etree.QName(self.root).localname == "PMML" and (
            not self.namespace or _PMML_NAMESPACE.fullmatch(self.namespace) is not None
        )

    def tag(self, name: str) -> str:
        """A name as lxml spells it in this document."""
        return f"{{{self.namespace}}}{name}" if self.namespace else name

    def all(self, *names: str) -> Iterator[Element]:
        """Every element of the names, in document order."""
        tags = tuple(map(self.tag, names))
        return iter(self.root.iter(*tags)) if not MASSES.isdisjoint(names) else in_order(self.few, tags)

    @cached_property
    def few(self) -> Index:
        """The elements that the document has few of."""
        return few_elements(self.root, self.tag)

    def may_mention(self, *texts: str) -> bool:
        """Whether one of some texts may stand in the document; if not, it stands there in no way of writing."""
        beginning = self._chunks[0].lstrip(b"\xef\xbb\xbf \t\r\n")[:4]
        if not beginning.startswith(b"<") or b"\0" in beginning:
            return True  # an encoding may have other bytes for these letters
        sought = (b"&#", *(text.encode() for text in texts))  # a character reference may hide any of them
        between = (before[-_LONGEST:] + after[:_LONGEST] for before, after in itertools.pairwise(self._chunks))
        return any(_is_in(text, chunk) for chunk in (*between, *self._chunks) for text in sought)

    def path(self, element: Element) -> str:
        """Path of an element: names from the root, numbered where a parent has several of one name."""
        steps = []
        step: Element | None = element
        while step is not None:
            number = self._number(step)
            steps.append(f"{local_name(step)}[{number}]" if number else local_name(step))
            step = step.getparent()
        return "/".join(reversed(steps))

    def _number(self, element: Element) -> int:
        """Which of its parent's children of its name an element is, from 1; 0 where it is the only one."""
        parent = element.getparent()
        if parent is None:
            return 0
        key = parent, element.tag
        if key not in self._siblings:
            self._siblings[key] = {child: i for i, child in enumerate(parent.iterchildren(element.tag), 1)}
        same = self._siblings[key]
        return same[element] if len(same) > 1 else 0

    def position(self, element: Element) -> tuple[int, int]:
        """Line and column of an element's start tag, from 1; columns count characters."""
        if element not in self._positions:
            self.locate([element])
        return self._positions[element]

    def locate(self, elements: Iterable[Element]) -> None:
        """Look up many elements' positions at once, which takes one more pass over the document for all of them.

        lxml gives the line on which a start tag ends, up to line 65,535, and no column; expat knows where it begins.
        """
        wanted = {element for element in elements if element not in self._positions}
        if not wanted:
            return
        order: list[tuple[int, Element]] = []
        for i, element in enumerate(self.root.iter("*")):
            if element in wanted:
                order.append((i, element))
                if len(order) == len(wanted):
                    break
        places = _places(self.name, self._chunks, [i for i, _ in order])
        self._positions.update(zip((element for _, element in order), places, strict=True))


def _is_in(text: bytes, chunk: bytes) -> bool:
    """Whether a text is in a long one; that one of its letters is missing is found ten times as fast."""
    return all(text[i : i + 1] in chunk for i in range(len(text))) and text in chunk


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def parse_document(source: PmmlSource) -> ValidatedDocument:
    """Read a document for validation: no DOCTYPE, no entities, no network, bounded in size and depth.

    It is parsed while it is read, so that what is refused is not read to its end.

    Raises:
        ArtifactError: It cannot be read or is not well-formed.
        UnsafeArtifactError: It has a DOCTYPE, or is nested too deeply, too large, or crowded with attributes.
    """
    name, chunks = open_source(source)
    held: list[bytes] = []
    _look_at_beginning(name, _kept(name, chunks, held))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )
    try:
        for chunk in itertools.chain(tuple(held), _kept(name, chunks, held)):
            parser.feed(chunk)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        if "Excessive depth" in str(error.msg):
            raise UnsafeArtifactError(
                f"{name}:{line}:{column}: elements are nested more than {_DEEPEST:,} deep; split the model"
            ) from error
        raise ArtifactError(
            f"{name}:{line}:{column}: not well-formed XML ({_reason(error)}); the file is cut short or is not PMML; "
            "export or copy it again"
        ) from error
    if any(map(_may_be_crowded, held)):
        _refuse_crowded(name, root)
    return ValidatedDocument(name, held, root)


def _kept(name: str, chunks: Iterator[bytes], held: list[bytes]) -> Iterator[bytes]:
    """The chunks of a document, which are kept, as long as they do not hold too much."""
    n_tags = sum(chunk.count(b"<") for chunk in held)
    for chunk in chunks:
        n_tags += chunk.count(b"<")
        if n_tags > MAXIMUM_TAGS:
            raise UnsafeArtifactError(f"{name} has more than {MAXIMUM_TAGS:,} tags; split the model")
        held.append(chunk)
        yield chunk


def _may_be_crowded(chunk: bytes) -> bool:
    """Whether most of a chunk is attributes of a few elements; text may look so too."""
    return chunk.count(b"=") > 64 * chunk.count(b"<") + MAXIMUM_ATTRIBUTES


def _refuse_crowded(name: str, root: Element) -> None:
    """Refuse an element with so many attributes that each of them would be a finding."""
    found = root.xpath("(//*[count(@*) > $most])[1]", most=MAXIMUM_ATTRIBUTES, smart_strings=False)
    if found:
        raise UnsafeArtifactError(
            f"{name}:{found[0].sourceline}: {local_name(found[0])} has more than {MAXIMUM_ATTRIBUTES} attributes; "
            "no element of PMML has so many: export the model again"
        )


def _reason(error: Any) -> str:
    return str(error.msg).split(", line ")[0].strip()


def _places(name: str, chunks: Iterable[bytes], wanted: Sequence[int]) -> list[tuple[int, int]]:
    """Line and column of the start tags of some elements, given by their ascending positions in document order."""
    parser = secure_parser(name)
    places: list[tuple[int, int]] = []
    count, following = 0, 0

    def started(*_: object) -> None:
        nonlocal count, following
        if count == wanted[following]:
            places.append((parser.CurrentLineNumber, parser.CurrentColumnNumber + 1))
            following += 1
            if following == len(wanted):
                raise _SeenEnough
        count += 1

    parser.StartElementHandler = started
    with contextlib.suppress(_SeenEnough):
        feed(parser, name, iter(chunks))
    return places


def _look_at_beginning(name: str, chunks: Iterator[bytes]) -> None:
    """Refuse a DOCTYPE, which stands before the root element, before lxml sees the document.

    No more is read than up to the root element: a declaration of entities can stand nowhere else.
    """
    parser = secure_parser(name)

    def found(*_: object) -> None:
        raise _SeenEnough

    def passed(token: str) -> None:
        if token == "<!DOCTYPE":
            raise refused_doctype(f"{name}:{parser.CurrentLineNumber}:{parser.CurrentColumnNumber + 1}")

    parser.StartElementHandler = found
    parser.StartDoctypeDeclHandler = None  # it is called where the declaration ends, and keeps its tokens for itself
    parser.DefaultHandler = passed
    try:
        feed(parser, name, chunks)
    except _SeenEnough:
        return
