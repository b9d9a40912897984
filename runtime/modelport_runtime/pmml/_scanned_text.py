"""The bytes of a tree seen as places: where tags and quotes are, and what texts stand between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._element import parse_number

__all__ = ["NotPlainError", "Positions", "ScannedText", "ScannedValues", "begins_with", "scanned_text"]

Positions = NDArray[np.int64]
"""Places in the bytes, or numbers of elements."""


class NotPlainError(Exception):
    """The text is not laid out as the scanner knows it; no fault of the document."""


_PADDING = 64
"""Longest value that is looked at by words of eight bytes; the text is padded so that reading past its end is
harmless."""

_FEWEST_NUMBERS = 200
"""Numbers below which Python reads them sooner than Arrow."""

_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def begins_with(words: NDArray[np.uint64], expected: bytes) -> NDArray[np.bool_]:
    """Whether words of eight bytes begin with up to eight bytes; of more, the first eight count."""
    part = expected[:8]
    result: NDArray[np.bool_] = (words & _MASKS[len(part)]) == np.uint64(int.from_bytes(part, "little"))
    return result


@dataclass(slots=True)
class ScannedText:
    """The text of a tree and where its tags and quotes are.

    Attributes:
        text: The whole text; ASCII, so that a place in it is a place in the bytes.
        data: Its bytes, and padding.
        words: uint64: at each place the eight bytes that begin there.
        tags: Places of ``<``, in order.
        quotes: Places of ``"``, in order.
        first_quote: For each tag the number of the first quote after it; one more entry ends the last.
        newlines: Places of line feeds.
        line: Line on which the text begins.
        has_underscore: Whether there is an underscore anywhere, which Python reads in numbers and XML does not.
    """

    text: str
    data: bytes
    words: NDArray[np.uint64]
    tags: Positions
    quotes: Positions
    first_quote: Positions
    newlines: Positions
    line: int
    has_underscore: bool

    def word(self, at: Positions, offset: int) -> NDArray[np.uint64]:
        """The eight bytes that begin a little after each place."""
        return self.words[at + offset]

    def require(self, at: Positions, expected: bytes) -> None:
        """All places hold these bytes."""
        for first in range(0, len(expected), 8):
            if not begins_with(self.word(at, first), expected[first : first + 8]).all():
                raise NotPlainError

    def numbers(self, starts: Positions, ends: Positions) -> NDArray[np.float64]:
        """The numbers that stand between places, which are in order.

        Raises:
            ValueError: One is no number.
        """
        numbers = None if len(starts) < _FEWEST_NUMBERS else _numbers_by_arrow(self.data, starts, ends)
        if numbers is not None:
            return numbers
        read = parse_number if self.has_underscore else float
        bounds = zip(starts.tolist(), ends.tolist(), strict=True)
        return np.array([read(self.text[start:end]) for start, end in bounds], dtype=np.float64)

    def lines_of(self, at: Positions) -> Positions:
        """The lines of places."""
        lines: Positions = self.line + np.searchsorted(self.newlines, at)
        return lines


@dataclass(slots=True)
class ScannedValues:
    """The values of one attribute: where each element's begins and ends; -1 where it has none."""

    scanned: ScannedText
    starts: Positions
    ends: Positions

    @property
    def is_complete(self) -> bool:
        """Whether every element has the attribute."""
        return not (self.starts < 0).any()

    def texts(self, elements: Positions | None = None) -> list[str | None]:
        """The text of each element, or of some.

        Raises:
            NotPlainError: One holds white space other than blanks, which XML reads as blanks (XML 1.0, 3.3.3).
        """
        starts = self.starts if elements is None else self.starts[elements]
        ends = self.ends if elements is None else self.ends[elements]
        text = self.scanned.text
        # Of an element without the attribute both places are -1, which gives an empty text.
        found = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        if not "".join(found).isprintable():
            raise NotPlainError
        if (starts >= 0).all():
            return list(found)
        return [value if start >= 0 else None for value, start in zip(found, starts.tolist(), strict=True)]

    def coded(self) -> tuple[dict[str, int], Positions]:
        """The distinct texts, numbered in order of first use, and which of them each element has; -1 for none.

        Raises:
            NotPlainError: A text holds white space other than blanks.
        """
        present = np.flatnonzero(self.starts >= 0)
        starts = self.starts[present]
        lengths = self.ends[present] - starts
        codes = np.full(len(self.starts), -1)
        if not len(present) or int(lengths.max()) > _PADDING:
            return self._coded_by_text(present, codes)
        parts = [lengths.astype(np.uint64)]
        key = parts[0]
        for first in range(0, int(lengths.max()), 8):
            size = np.minimum(np.maximum(lengths - first, 0), 8)
            parts.append(self.scanned.word(starts, first) & _MASKS[size])
            key = (key ^ parts[-1]) * _MULTIPLIER
            key ^= key >> np.uint64(29)
        _, index, number = np.unique(key, return_index=True, return_inverse=True)
        if any((part != part[index][number]).any() for part in parts):
            return self._coded_by_text(present, codes)
        order = np.argsort(index)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        codes[present] = rank[number]
        texts = self.texts(present[index[order]])
        return {text or "": code for code, text in enumerate(texts)}, codes

    def _coded_by_text(self, present: Positions, codes: Positions) -> tuple[dict[str, int], Positions]:
        known: dict[str, int] = {}
        codes[present] = [known.setdefault(text or "", len(known)) for text in self.texts(present)]
        return known, codes

    def numbers(self, wanted: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """The number of each element, NaN where it has none, or is not wanted.

        Raises:
            ValueError: One is no number.
        """
        present = self.starts >= 0
        if wanted is not None:
            present &= wanted
        numbers = np.full(len(present), np.nan)
        # A single digit is its own number: most counts of records are 0 or 1.
        digits = (self.scanned.word(np.maximum(self.starts, 0), 0) & _MASKS[1]).astype(np.int64) - ord("0")
        single = present & (self.ends - self.starts == 1) & (digits >= 0) & (digits <= 9)
        numbers[single] = digits[single]
        others = present & ~single
        numbers[others] = self.scanned.numbers(self.starts[others], self.ends[others])
        return numbers


def _numbers_by_arrow(data: bytes, starts: Positions, ends: Positions) -> NDArray[np.float64] | None:
    """Numbers that Arrow reads, a third of Python's time for each, to the same bits.

    Returns:
        The numbers; ``None`` where Arrow does not read one, so that Python is to be asked, or where the two could
        differ: C libraries write ``nan(...)``, which is no number here.
    """
    import pyarrow as pa  # not needed for documents without large trees

    if len(data) >= 1 << 31:
        return None
    # Texts and what stands between them are the elements in turn; those between are null, and are not looked at.
    bounds = np.append(np.stack((starts, ends), axis=1).astype(np.int32).reshape(-1), np.int32(ends[-1]))
    is_text = np.packbits(np.tile([True, False], len(starts)), bitorder="little")
    buffers = [pa.py_buffer(is_text), pa.py_buffer(bounds), pa.py_buffer(data)]
    try:
        numbers = pa.Array.from_buffers(pa.string(), 2 * len(starts), buffers).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    values: NDArray[np.float64] = np.frombuffer(numbers.buffers()[1], np.float64, 2 * len(starts))[::2]
    return None if np.isnan(values).any() else values


def scanned_text(data: bytes, line: int) -> ScannedText:
    """Find tags and quotes.

    Args:
        data: The bytes.
        line: Line on which they begin.

    Raises:
        NotPlainError: Some bytes need an XML parser to understand, or to refuse.
    """
    codes = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(codes == ord("\n"))
    _require_plain(data, codes, len(newlines))
    marks = np.flatnonzero((codes == ord("<")) | (codes == ord('"')))
    is_tag = codes[marks] == ord("<")
    n_quotes_before = np.cumsum(~is_tag)
    padded = data + bytes(_PADDING + 8)
    return ScannedText(
        text=data.decode("ascii"),
        data=padded,
        words=np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,)),
        tags=marks[is_tag],
        quotes=marks[~is_tag],
        first_quote=np.append(n_quotes_before[is_tag], n_quotes_before[-1:]),
        newlines=newlines,
        line=line,
        has_underscore=b"_" in data,
    )


def _require_plain(data: bytes, codes: NDArray[np.uint8], n_newlines: int) -> None:
    """Only printing ASCII, tabs and line ends, without references, apostrophes and the end of a CDATA section."""
    if codes.max(initial=0) > 126 or b"&" in data or b"'" in data or (b"]" in data and b"]]>" in data):
        raise NotPlainError
    n_returns = 0
    if b"\r" in data:
        returns = codes == ord("\r")
        n_returns = int(np.count_nonzero(returns))
        # A carriage return alone ends a line too (XML 1.0, 2.11), but is not counted as one here.
        if returns[-1] or np.count_nonzero(returns[:-1] & (codes[1:] == ord("\n"))) != n_returns:
            raise NotPlainError
    n_tabs = int(np.count_nonzero(codes == ord("\t")))
    if np.count_nonzero(codes < ord(" ")) != n_newlines + n_returns + n_tabs:
        raise NotPlainError
