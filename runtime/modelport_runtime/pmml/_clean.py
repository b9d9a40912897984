"""A document read safely and written again: the only bytes that another engine gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.pmml._limits import MAXIMUM_ATTRIBUTES, MAXIMUM_NODE_DEPTH
from modelport_runtime.pmml._models import MODEL_ELEMENTS
from modelport_runtime.pmml._parser import feed, secure_parser
from modelport_runtime.pmml._source import PmmlSource, open_source

__all__ = ["CleanBytes", "OnlyModel", "clean_bytes"]

_SPECIAL = re.compile('[&<>"\t\n\r]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)


def _character_data(text: str) -> str:
    """Text between tags, in one piece: of a text with references PMML4S keeps only what follows the last one."""
    if "\r" in text or "]]>" in text:
        return _escaped(text).replace("&#10;", "\n").replace("&#9;", "\t").replace("&quot;", '"')
    return f"<![CDATA[{text}]]>" if "&" in text or "<" in text else text


class CleanBytes(bytes):
    """A document that ``clean_bytes`` wrote, which it need not write again."""


@dataclass(frozen=True, slots=True)
class OnlyModel:
    """Which model of a document to keep: the one of a name, or the first that may be scored."""

    name: str | None = None

    def is_met(self, attributes: dict[str, str]) -> bool:
        """Whether a model with these attributes is the one."""
        if self.name is not None:
            return attributes.get("modelName") == self.name
        return attributes.get("isScorable", "true").strip().lower() not in ("false", "0")


class _Writer:
    """Writes UTF-8 from parser events.

    Comments, processing instructions, blanks between elements and the location of a schema are left out: none has a
    meaning in PMML, and an engine could follow the last one.
    """

    def __init__(self, source: PmmlSource, only_model: OnlyModel | None) -> None:
        self._only_model = only_model
        self._left_out = 0
        self._has_model = False
        self._name, self._chunks = open_source(source)
        self._parts: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self._out = bytearray()
        self._text: list[str] = []
        self._open = False
        self._depth = 0
        self._parser = secure_parser(self._name, namespaces=False)
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def write(self) -> bytes:
        feed(self._parser, self._name, self._drained())
        self._drain()
        return bytes(self._out)

    def _drained(self) -> Iterator[bytes]:
        """The chunks; what one of them gave is packed before the next is read."""
        for chunk in self._chunks:
            yield chunk
            self._drain()

    def _drain(self) -> None:
        self._out += "".join(self._parts).encode("utf-8")
        self._parts.clear()

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth == 1 and name.rpartition(":")[2] != "PMML":
            raise ArtifactError(f"{self._name}: not a PMML document (the root element is {name}); give a PMML file")
        if self._depth > MAXIMUM_NODE_DEPTH or len(attributes) > 2 * MAXIMUM_ATTRIBUTES:
            where = f"{self._name}:{self._parser.CurrentLineNumber}"
            raise UnsafeArtifactError(f"{where}: nested too deeply, or too many attributes; simplify the document")
        if self._left_out or self._is_other_model(name, attributes):
            self._left_out += 1
            return
        self._flush(keep_blank=False)
        parts = self._parts
        parts.append(f">\n<{name}" if self._open else f"<{name}")
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if not key.endswith(("schemaLocation", "noNamespaceSchemaLocation")):
                parts.append(f' {key}="{_escaped(value) if _SPECIAL.search(value) else value}"')
        self._open = True

    def _is_other_model(self, name: str, attributes: list[str]) -> bool:
        """Whether a model begins that is to be left out; the first that is wanted is the last."""
        if self._only_model is None or self._depth != 2 or name.rpartition(":")[2] not in MODEL_ELEMENTS:
            return False
        wanted = not self._has_model and self._only_model.is_met(
            dict(zip(attributes[::2], attributes[1::2], strict=True))
        )
        self._has_model |= wanted
        return not wanted

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._left_out:
            self._left_out -= 1
            self._text.clear()
            return
        self._flush(keep_blank=self._open)
        self._parts.append("/>\n" if self._open else f"</{name}>\n")
        self._open = False

    def _flush(self, *, keep_blank: bool) -> None:
        """Write the text seen since the last tag; blanks only where they are all that an element holds."""
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        if keep_blank or not text.isspace():
            if self._open:
                self._parts.append(">")
                self._open = False
            self._parts.append(_character_data(text))


def clean_bytes(source: PmmlSource, only_model: OnlyModel | None = None) -> CleanBytes:
    """Parse a document as ``read_pmml`` does and write it again as plain UTF-8.

    Args:
        source: As for ``read_pmml``.
        only_model: Leave out all models but one, for an engine that would choose among them by itself.

    Returns:
        The same elements, attributes and text, uncompressed.

    Raises:
        UnsafeArtifactError: It has a DOCTYPE, or is nested too deeply or too large.
        ArtifactError: It cannot be read, or is not well-formed XML.
    """
    if isinstance(source, CleanBytes) and only_model is None:
        return source
    return CleanBytes(_Writer(source, only_model).write())
