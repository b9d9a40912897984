"""What Arrow's CSV reader and writer leave open: one column, cells of the wrong type."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelport_runtime.errors import InputError

__all__ = ["OneColumnWriter", "header_first", "in_types"]

_LONGEST_LINE = 8 << 20
_TRUE, _FALSE = pa.array(["true", "True", "TRUE", "1"]), pa.array(["false", "False", "FALSE", "0"])


def header_first(stream: Any) -> tuple[int, io.BufferedReader]:
    """Count the columns of a CSV file by its header, before the rest is read.

    Args:
        stream: A binary file at its beginning; need not be seekable.

    Returns:
        The number of columns, 0 for an empty file, and the same file from its first line that is not empty.

    Raises:
        InputError: The file does not begin with a header.
    """
    read: list[bytes] = []

    def lines() -> Iterator[str]:
        while line := stream.readline(_LONGEST_LINE):
            read.append(line)
            yield from io.StringIO(line.decode("utf-8-sig", errors="replace"), newline=None)

    try:
        header: list[str] = next((row for row in csv.reader(lines()) if row), [])
    except csv.Error as error:
        raise InputError(f"the data cannot be read as csv: its first line is no header of columns: {error}") from error
    head = b"".join(read).lstrip(b"\r\n")
    if head and not head.endswith((b"\r", b"\n")):
        head += stream.readline(1) or b"\n"  # Arrow takes a last line without its end for no header
    return len(header), io.BufferedReader(_Rejoined(head, stream))


class _Rejoined(io.RawIOBase):
    """Bytes that were read already, then the rest of the file."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def in_types(batch: pa.RecordBatch, types: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """Columns of text as numbers and booleans, each where all of its cells can be read so, else left as text."""
    columns = [
        _in_type(column, types.get(name)) for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _in_type(column: Any, data_type: Any) -> Any:
    if data_type is None or column.type == data_type or not pa.types.is_string(column.type):
        return column
    words = pc.utf8_trim_whitespace(column)
    if pa.types.is_boolean(data_type):
        truth: Any = pc.is_in(words, value_set=_TRUE)
        known = pc.or_(truth, pc.is_in(words, value_set=_FALSE))
        is_read = pc.all(pc.or_(known, pc.is_null(words)), min_count=0).as_py()
        return pc.if_else(pc.is_valid(words), truth, None) if is_read else column
    try:
        return words.cast(data_type)
    except pa.ArrowInvalid:
        return column


class OneColumnWriter:
    """CSV of one column, in which a missing value is ``""``: an empty line is no row for most readers."""

    def __init__(self, sink: Any, schema: pa.Schema) -> None:
        """Write the header.

        Args:
            sink: A binary file.
            schema: One field.
        """
        self._sink = sink
        self._write(pa.array(schema.names), is_text=True)

    def write_table(self, table: pa.Table) -> None:
        """Write the rows of a table, one a line."""
        column = table.column(0).combine_chunks()
        self._write(column, is_text=pa.types.is_string(column.type) or pa.types.is_large_string(column.type))

    def _write(self, values: Any, *, is_text: bool) -> None:
        cells = values.cast(pa.string())
        if is_text:
            quoted = pc.replace_substring(cells, pattern='"', replacement='""')
            cells = pc.binary_join_element_wise('"', quoted, '"', "")
        lines = pc.binary_join_element_wise(pc.fill_null(cells, '""'), "\n", "")
        self._sink.write(b"".join(lines.cast(pa.binary()).to_pylist()))

    def close(self) -> None:
        """Nothing is left to write."""
