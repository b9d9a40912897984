"""A small XML emitter: elements go straight to a binary file, indented, one element a line.

Trees write whole blocks of text that they made themselves from escaped pieces; nothing else bypasses the escaping here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

__all__ = ["INDENT", "ForbiddenCharacterError", "XmlStream", "escape_attribute", "escape_text", "needs_references"]

INDENT = "\t"

# XML 1.0, section 2.2: Char. Nothing can write the others, not even a character reference.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
# White space in attributes is normalised to blanks unless written as references (XML 1.0, section 3.3.3).
_ATTRIBUTE = _TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


class ForbiddenCharacterError(ValueError):
    """A text holds a character that XML 1.0 cannot hold."""


def escape_text(text: str) -> str:
    """Text as element content.

    A character reference splits the content for a streaming parser, and PMML4S keeps the last piece only; so such text
    is one CDATA section.
    """
    _refuse_forbidden(text)
    escaped = text.translate(_TEXT)
    return escaped if escaped == text or needs_references(text) else f"<![CDATA[{text}]]>"


def needs_references(text: str) -> bool:
    """Whether element content cannot be one piece: CDATA cannot hold its own end, and a carriage return is lost."""
    return "]]>" in text or "\r" in text


def escape_attribute(text: str) -> str:
    """Text as the value of a double-quoted attribute."""
    _refuse_forbidden(text)
    return text.translate(_ATTRIBUTE)


def _refuse_forbidden(text: str) -> None:
    found = _FORBIDDEN.search(text)
    if found:
        raise ForbiddenCharacterError(f"character U+{ord(found.group()):04X} in {text!r} cannot be written in XML")


Attributes = Mapping[str, str | None]


class XmlStream:
    """Writes elements to a binary file as they come.

    Attributes:
        depth: Number of elements that are open.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.depth = 0
        self.block('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')

    def block(self, text: str) -> None:
        """Write ready-made lines."""
        self._file.write(text.encode("utf-8"))

    def line(self, text: str) -> None:
        """Write ready-made elements on one line."""
        self.block(f"{INDENT * self.depth}{text}\n")

    @contextmanager
    def element(self, tag: str, attributes: Attributes | None = None) -> Iterator[None]:
        """Open an element, and close it when the block ends. An attribute of ``None`` is left out."""
        self.block(f"{INDENT * self.depth}<{tag}{_attributes_text(attributes)}>\n")
        self.depth += 1
        yield
        self.depth -= 1
        self.block(f"{INDENT * self.depth}</{tag}>\n")

    def empty(self, tag: str, attributes: Attributes | None = None) -> None:
        """Write an element without content."""
        self.block(f"{INDENT * self.depth}<{tag}{_attributes_text(attributes)}/>\n")

    def text(self, tag: str, content: str, attributes: Attributes | None = None) -> None:
        """Write an element that holds text only."""
        head = f"{INDENT * self.depth}<{tag}{_attributes_text(attributes)}>"
        self.block(f"{head}{escape_text(content)}</{tag}>\n")

    def row(self, tag: str, cells: Attributes) -> None:
        """Write an element of cells, each an element that holds text, on one line. A cell of ``None`` is left out."""
        given = ((name, value) for name, value in cells.items() if value is not None)
        text = "".join(f"<{name}>{escape_text(value)}</{name}>" for name, value in given)
        self.block(f"{INDENT * self.depth}<{tag}>{text}</{tag}>\n")


def _attributes_text(attributes: Attributes | None) -> str:
    if not attributes:
        return ""
    given = ((name, value) for name, value in attributes.items() if value is not None)
    return "".join(f' {name}="{escape_attribute(value)}"' for name, value in given)
