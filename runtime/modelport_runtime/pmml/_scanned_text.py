"""The bytes of a tree seen as places: where tags and quotes are, and what texts stand between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._element import parse_number

__all__ = ["Column", "NotPlainError", "Positions", "ScannedText", "scanned_text"]

Positions = NDArray[np.int64]
"""Places in the bytes, or numbers of elements."""


class NotPlainError(Exception):
    """The text is not laid out as the scanner knows it; no fault of the document."""


_PADDING = 64
"""Longest value that is read whole; the text is padded so that reading past its end is harmless."""

_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class ScannedText:
    """The bytes of a tree and where its tags and quotes are.

    ``words`` holds at each place the eight bytes that begin there.
    """

    data: bytes
    codes: NDArray[np.uint8]
    words: NDArray[np.uint64]
    tags: Positions
    quotes: Positions
    first_quote: Positions
    line: int

    def require(self, at: Positions, expected: bytes) -> None:
        """All places hold these bytes."""
        for first in range(0, len(expected), 8):
            part = expected[first : first + 8]
            word = np.uint64(int.from_bytes(part, "little"))
            if ((self.words[at + first] & _MASKS[len(part)]) != word).any():
                raise NotPlainError

    def lines_of(self, at: Positions) -> Positions:
        """The lines of places."""
        newlines = np.flatnonzero(self.codes == ord("\n"))
        lines: Positions = self.line + np.searchsorted(newlines, at)
        return lines

    def column(self, starts: Positions, ends: Positions) -> Column:
        """The distinct texts between places, and which of them stands where; a start of -1 is no text."""
        present = starts >= 0
        lengths = np.where(present, ends - starts, 0)
        longest = int(lengths.max(initial=0))
        if longest > _PADDING:
            raise NotPlainError
        places = np.maximum(starts, 0)
        parts = []
        key = lengths.astype(np.uint64)
        for first in range(0, longest, 8):
            part = self.words[places + first] & _MASKS[np.clip(lengths - first, 0, 8)]
            key = (key ^ part) * _MULTIPLIER
            key ^= key >> np.uint64(29)
            parts.append(part)
        _, index, codes = np.unique(key, return_index=True, return_inverse=True)
        if any((part != part[index][codes]).any() for part in (*parts, lengths)):
            raise NotPlainError
        texts = [
            self.data[a:b].decode("ascii") for a, b in zip(starts[index].tolist(), ends[index].tolist(), strict=True)
        ]
        return Column(texts, np.where(present, codes, -1))


@dataclass(slots=True)
class Column:
    """One attribute of all elements of a kind: distinct texts, and the position of each element's; -1 for none."""

    distinct: list[str]
    codes: Positions

    @property
    def is_complete(self) -> bool:
        """Whether every element has the attribute."""
        return not (self.codes < 0).any()

    def texts(self) -> list[str | None]:
        """The text of each element."""
        table: list[str | None] = [*self.distinct, None]
        return [table[code] for code in self.codes.tolist()]

    def numbers(self) -> NDArray[np.float64]:
        """The number of each element, NaN where it has none.

        Raises:
            ValueError: One is no number.
        """
        used = np.unique(self.codes[self.codes >= 0])
        table = np.full(len(self.distinct) + 1, np.nan)
        table[used] = [parse_number(self.distinct[code]) for code in used.tolist()]
        numbers: NDArray[np.float64] = table[self.codes]
        return numbers


def scanned_text(data: bytes, line: int) -> ScannedText:
    """Find tags and quotes.

    Args:
        data: ASCII text in which a quote only ever bounds an attribute's value.
        line: Line on which it begins.
    """
    padded = data + bytes(_PADDING + 8)
    codes = np.frombuffer(data, dtype=np.uint8)
    words: NDArray[np.uint64] = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    tags = np.flatnonzero(codes == ord("<"))
    quotes = np.flatnonzero(codes == ord('"'))
    first_quote = np.append(np.searchsorted(quotes, tags), len(quotes))
    return ScannedText(data, codes, words, tags, quotes, first_quote, line)
