"""From bytes to elements, of bounded depth and size; nodes of trees go straight into arrays.

With handlers that do nothing, expat reads a forest of 199,324 nodes (42 MB) in 1.2 s of one core, where
``lxml.etree.iterparse`` takes 1.6 s to 2.0 s. Plainly written nodes cost less still: they are never given to it
(``_node_scanner``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._limits import MAXIMUM_ATTRIBUTES, MAXIMUM_DEPTH, MAXIMUM_ELEMENTS
from modelport_runtime.pmml._node_scanner import scan_nodes
from modelport_runtime.pmml._node_stream import NodeStream
from modelport_runtime.pmml._parser import feed, secure_parser
from modelport_runtime.pmml._source import declared_encoding

__all__ = ["parse_elements"]

_NAMESPACE = re.compile(r"https?://(www\.)?dmg\.org/PMML-?\d+[._]\d+.*", re.IGNORECASE)
_WITH_TEXT = frozenset({"Array", "Constant", "Timestamp", "Annotation", "INT-Entries", "REAL-Entries", "Indices"})
_WITH_EXTENSIONS = frozenset({"BayesInputs"})
"""Elements whose extensions hold what a model needs; all others are skipped."""
_NODE_START = re.compile(rb"<Node[ \t\r\n>]")
_ASCII_IN_BYTES = frozenset({None, "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
"""Encodings in which bytes below 128 are ASCII whatever stands around them, so that plain bytes need no decoding."""


class _ElementBuilder:
    """Makes elements of all but tree nodes, which go to a ``NodeStream``."""

    def __init__(self, name: str) -> None:
        self.root: Element | None = None
        self._name = name
        self._parser = secure_parser(name)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._parser.StartCdataSectionHandler = self._forbid_scan
        self._may_scan = True
        self._current: Element | None = None
        self._stream: NodeStream | None = None
        self._skipped = 0
        self._depth = 0
        self._elements = 0
        self._local_names: dict[str, str] = {}
        self._text: list[str] = []
        self._fed = 0
        self._skipped_lines = 0

    def parse(self, chunks: Iterator[bytes]) -> Element:
        feed(self._parser, self._name, self._without_plain_trees(chunks), lambda: self._skipped_lines)
        if self.root is None:
            raise ArtifactError(f"{self._name} holds no element; export the model again")
        return self.root

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber + self._skipped_lines

    def _without_plain_trees(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The document's bytes without the nodes of trees that can be scanned whole."""
        pending = b""
        for chunk in chunks:
            self._may_scan &= self._fed > 0 or declared_encoding(pending + chunk) in _ASCII_IN_BYTES
            pending += chunk
            while (start := _NODE_START.search(pending)) is not None:
                yield from self._given(pending[: start.start()])
                pending = pending[start.start() :]
                if not self._awaits_nodes():
                    yield from self._given(pending[:5])
                    pending = pending[5:]
                    continue
                while (end := pending.find(b"</TreeModel>")) < 0:
                    following = next(chunks, b"")
                    if not following:
                        break
                    pending += following
                nodes = pending[:end] if end >= 0 else pending
                yield from self._scanned(nodes)
                pending = pending[len(nodes) :]
            keep = len(pending) - 5
            yield from self._given(pending[: max(keep, 0)])
            pending = pending[max(keep, 0) :]
        yield from self._given(pending)

    def _given(self, data: bytes) -> Iterator[bytes]:
        self._fed += len(data)
        if data:
            yield data

    def _scanned(self, data: bytes) -> Iterator[bytes]:
        tree = self._current
        scanned = None if tree is None else scan_nodes(data, tree, self._line)
        if tree is None or scanned is None:
            yield from self._given(data)
            return
        tree.nodes, lines = scanned
        self._skipped_lines += lines

    def _awaits_nodes(self) -> bool:
        """Whether the next bytes are content of a tree that has no nodes yet, not a comment or an attribute."""
        tree = self._current
        consumed = self._parser.CurrentByteIndex == self._fed and not self._skipped
        is_tree = tree is not None and tree.tag == "TreeModel" and tree.nodes is None
        return self._may_scan and consumed and is_tree and self._stream is None

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if prefix is None and uri and not _NAMESPACE.fullmatch(uri):
            # An element without a prefix may then be none of PMML.
            self._forbid_scan()

    def _forbid_scan(self) -> None:
        """From here on expat reads all: the bytes alone do not say what is an element of PMML."""
        self._may_scan = False

    def _local(self, name: str) -> str:
        namespace, _, local = name.rpartition("}")
        if namespace and not _NAMESPACE.fullmatch(namespace):
            inside = self._current is not None and self._current.tag in ("row", "InlineTable")
            local = local if inside else f"{{{namespace}}}{local}"
        self._local_names[name] = local
        return local

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(attributes) > MAXIMUM_ATTRIBUTES:
            raise self._unsafe(f"an element has more than {MAXIMUM_ATTRIBUTES} attributes")
        if self._skipped:
            self._skipped += 1
            if self._skipped > MAXIMUM_DEPTH:
                raise self._unsafe(f"elements are nested deeper than {MAXIMUM_DEPTH}")
            return
        tag = self._local_names.get(name) or self._local(name)
        if self._stream is not None and self._current is self._stream.tree:
            if self._start_in_tree(self._stream, tag, attributes):
                return
        elif tag == "Node" and self._current is not None and self._current.tag == "TreeModel":
            self._stream = self._stream or NodeStream(self._current)
            self._stream.begin(attributes, self._line)
            return
        if tag == "Extension" and (self._current is None or self._current.tag not in _WITH_EXTENSIONS):
            self._skipped = 1
            return
        self._push(tag, attributes)

    def _start_in_tree(self, stream: NodeStream, tag: str, attributes: dict[str, str]) -> bool:
        """Take an element directly inside the nodes; false when it needs to be built first."""
        if tag == "Node":
            stream.begin(attributes, self._line)
        elif not stream.is_open:
            return False
        elif tag == "SimplePredicate":
            stream.simple(attributes, self._line)
        elif tag == "ScoreDistribution":
            stream.distribution(attributes, self._line)
        elif tag == "True":
            stream.always(self._line)
        else:
            return False
        return True

    def _push(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAXIMUM_DEPTH:
            raise self._unsafe(f"elements are nested deeper than {MAXIMUM_DEPTH}")
        if self._elements > MAXIMUM_ELEMENTS:
            raise self._unsafe(f"there are more than {MAXIMUM_ELEMENTS} elements")
        if any("}" in key for key in attributes):
            attributes = {key: value for key, value in attributes.items() if "}" not in key}
        parent = self._current
        element = Element(tag, attributes, self._line, parent)
        if parent is None:
            element.source = self._name
            self.root = element
            if tag != "PMML":
                raise element.error("not a PMML document (the root element must be PMML); give a PMML file")
        elif not (self._stream is not None and parent is self._stream.tree and self._stream.is_open):
            parent.children.append(element)
        self._current = element
        if tag in _WITH_TEXT or (parent is not None and parent.tag == "row"):
            self._text = []
            self._parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        stream, current = self._stream, self._current
        if stream is not None and current is stream.tree and stream.is_open:
            if self._local_names[name] == "Node":
                stream.end()
            return
        if current is None:
            return
        if self._parser.CharacterDataHandler is not None:
            current.text = "".join(self._text)
            self._parser.CharacterDataHandler = None
        self._depth -= 1
        self._current = current.parent
        if stream is not None:
            if current is stream.tree:
                current.nodes = stream.nodes
                self._stream = None
            elif current.parent is stream.tree and stream.is_open:
                stream.other(current)

    def _unsafe(self, what: str) -> UnsafeArtifactError:
        return UnsafeArtifactError(f"{self._name}:{self._line}: {what}; simplify the document")


def parse_elements(name: str, chunks: Iterator[bytes]) -> Element:
    """Read a document into elements, tree nodes into arrays.

    Args:
        name: Name of the document for messages.
        chunks: Its bytes.

    Returns:
        The root, an element named ``PMML``.

    Raises:
        UnsafeArtifactError: It has a DOCTYPE, or is nested too deeply or too large.
        ArtifactError: It is not well-formed XML, or not PMML.
    """
    return _ElementBuilder(name).parse(chunks)
