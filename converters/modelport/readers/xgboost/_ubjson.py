"""Universal Binary JSON (https://ubjson.org/, draft 12), as XGBoost writes it.

Numbers are big-endian. A container may be *optimised*: ``$`` gives the type of all its values, ``#`` their count; an
array of numbers is then one block of bytes and becomes a numpy array.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from modelport_runtime.errors import ArtifactError

__all__ = ["parse_ubjson"]

_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_CONSTANTS = {"Z": None, "T": True, "F": False}
_MAXIMUM_DEPTH = 64


def parse_ubjson(data: bytes) -> Any:
    """Parse one value.

    Args:
        data: The whole document.

    Returns:
        Dictionaries, lists, strings, numbers and numpy arrays.

    Raises:
        ArtifactError: The bytes are not UBJSON, are cut off, or nest too deep.
    """
    parser = _Parser(data)
    try:
        value = parser.value(parser.character(), 0)
    except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ArtifactError(f"no valid UBJSON at byte {parser.position}: {error}") from error
    return value


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if count < 0 or end > len(self.data):
            raise ValueError(f"{count} more bytes expected, {len(self.data) - self.position} left")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def character(self) -> str:
        found = "N"
        while found == "N":  # no operation
            found = self.take(1).decode("ascii")
        return found

    def peek(self) -> str:
        while self.data[self.position : self.position + 1] == b"N":
            self.position += 1
        return self.data[self.position : self.position + 1].decode("ascii")

    def value(self, marker: str, depth: int) -> Any:
        if depth > _MAXIMUM_DEPTH:
            raise ValueError(f"nested deeper than {_MAXIMUM_DEPTH}")
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker in _NUMBERS:
            return self.numbers(marker, 1)[0].item()
        if marker in ("S", "H"):
            return self.text()
        if marker == "C":
            return self.take(1).decode("ascii")
        if marker == "[":
            return self.array(depth)
        if marker == "{":
            return self.object(depth)
        raise ValueError(f"unknown type {marker!r}")

    def numbers(self, marker: str, count: int) -> Any:
        dtype = np.dtype(_NUMBERS[marker])
        return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype)

    def length(self) -> int:
        marker = self.character()
        if marker not in "iUIlL":
            raise ValueError(f"a length of type {marker!r}")
        return int(self.numbers(marker, 1)[0])

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8")

    def container_head(self) -> tuple[str | None, int | None]:
        """Type of all values and their count, where the container gives them."""
        kind = None
        if self.peek() == "$":
            self.character()
            kind = self.character()
        if self.peek() == "#":
            self.character()
            count = self.length()
            if kind in _CONSTANTS or not 0 <= count <= len(self.data):
                raise ValueError(f"a container of {count} values of type {kind!r}")
            return kind, count
        if kind is not None:
            raise ValueError("a container of one type without a count")
        return None, None

    def array(self, depth: int) -> Any:
        kind, count = self.container_head()
        if kind in _NUMBERS and count is not None:
            return self.numbers(kind, count)
        values: list[Any] = []
        while (len(values) < count) if count is not None else (self.peek() != "]"):
            values.append(self.value(kind or self.character(), depth + 1))
        if count is None:
            self.character()
        return values

    def object(self, depth: int) -> dict[str, Any]:
        kind, count = self.container_head()
        values: dict[str, Any] = {}
        read = 0
        while (read < count) if count is not None else (self.peek() != "}"):
            name = self.text()
            values[name] = self.value(kind or self.character(), depth + 1)
            read += 1
        if count is None:
            self.character()
        return values
