"""How tables and messages pass to the worker process and back: framed JSON and Arrow streams, no pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import pyarrow as pa

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.hub import DataType

__all__ = ["Closed", "read_bytes", "read_message", "read_table", "write_bytes", "write_message", "write_table"]

_LENGTH = struct.Struct("<Q")
_TYPE = b"modelport.type"
_ROWS = b"modelport.rows"


class Closed(Exception):  # noqa: N818 - becomes an EngineError where it is known who closed
    """The other side has closed the pipe, in the middle of a frame or between two."""


def write_bytes(pipe: IO[bytes], content: bytes | memoryview | pa.Buffer) -> None:
    """Write one frame."""
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def read_bytes(pipe: IO[bytes]) -> bytes:
    """Read one frame.

    Raises:
        Closed: The pipe ends before the frame does.
    """
    (length,) = _LENGTH.unpack(_read_exactly(pipe, _LENGTH.size))
    return _read_exactly(pipe, length)


def _read_exactly(pipe: IO[bytes], length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise Closed
    return content


def write_message(pipe: IO[bytes], message: Mapping[str, Any]) -> None:
    """Write a JSON object."""
    write_bytes(pipe, json.dumps(message).encode())


def read_message(pipe: IO[bytes]) -> dict[str, Any]:
    """Read a JSON object."""
    message: dict[str, Any] = json.loads(read_bytes(pipe))
    return message


def write_table(pipe: IO[bytes], table: Table) -> None:
    """Write a table as an Arrow stream of one record batch."""
    fields, arrays = [], []
    for name, column in table.items():
        array = _to_arrow(column)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata={_TYPE: column.data_type.value}))
    schema = pa.schema(fields, metadata={_ROWS: str(table.n_rows)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    write_bytes(pipe, sink.getvalue())


def read_table(pipe: IO[bytes]) -> Table:
    """Read a table."""
    with pa.ipc.open_stream(read_bytes(pipe)) as stream:
        schema = stream.schema
        batch = stream.read_next_batch()
    columns = {
        field.name: _from_arrow(batch.column(position), DataType(_tag(field, _TYPE)))
        for position, field in enumerate(schema)
    }
    return Table(columns, int(_tag(schema, _ROWS)))


def _tag(described: Any, key: bytes) -> str:
    value: bytes = described.metadata[key]
    return value.decode()


def _to_arrow(column: Column) -> Any:
    if isinstance(column, NumberColumn):
        return pa.array(column.values, from_pandas=False)
    codes: Any = pa.array(column.codes, mask=column.missing)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.categories, pa.string()))


def _from_arrow(array: Any, data_type: DataType) -> Column:
    if pa.types.is_dictionary(array.type):
        codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return TextColumn(codes.astype(np.int32, copy=False), tuple(array.dictionary.to_pylist()))
    return NumberColumn(array.to_numpy(), data_type)
