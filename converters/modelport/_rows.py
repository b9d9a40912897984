"""Files of rows: CSV, JSON lines, Parquet and Arrow IPC, read and written batch by batch in bounded memory.

CSV holds text only. With a model at hand its columns are read as the model's own input fields say; an empty cell is
missing, and so is any text given as a further mark of missing values, but never a word such as ``NA`` by itself. In a
file of one column an empty line is a row whose value is missing; in a wider file it is no row. A list, which CSV cannot
hold, is written as JSON.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from modelport._csv_text import OneColumnWriter, header_first, in_types
from modelport_runtime._atomic import replacing
from modelport_runtime.errors import ArtifactError, InputError
from modelport_runtime.frames import refuse_repeated_names
from modelport_runtime.hub import DataField, DataType

__all__ = ["FORMATS", "of_one_schema", "read_batches", "read_table", "row_count", "rows_format", "write_batches"]

FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""Format of a file of rows by its suffix."""

BATCH_ROWS = 65_536
_BLOCK_BYTES = 8 << 20
_ARROW_TYPES: dict[DataType, Any] = {
    DataType.INTEGER: pa.float64(),  # "3.0" is what pandas writes for 3 in a column with missing values
    DataType.FLOAT: pa.float64(),  # rounded to float32 by the model's own cast, once
    DataType.DOUBLE: pa.float64(),
    DataType.BOOLEAN: pa.bool_(),
}


def rows_format(path: str | os.PathLike[str]) -> str:
    """The format of a file of rows: ``csv``, ``parquet``, ``arrow`` or ``jsonl``; ``-`` and any device or pipe is CSV.

    Raises:
        InputError: The suffix is none of ``FORMATS``.
    """
    name = Path(path).name.lower()
    for suffix, kind in FORMATS.items():
        if name.endswith(suffix):
            return kind
    if name == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)):
        return "csv"
    raise InputError(f"{path}: the suffix does not say how rows are stored; known suffixes: {', '.join(FORMATS)}")


def read_batches(
    path: str | os.PathLike[str], fields: Sequence[DataField] = (), missing: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Read rows in batches of bounded size.

    Args:
        path: A file of one of ``FORMATS``.
        fields: The model's input fields, which give the types of CSV columns; the types of columns without a field are
            found from the first megabytes of the file.
        missing: Texts that mean missing in a CSV file, besides the empty cell.

    Yields:
        Batches of at most some 65,536 rows; one of no rows when the file has none. A number column of a CSV file stays
        text in a batch where some cell is no number, so that the model's treatment of invalid values decides.

    Raises:
        ArtifactError: The file is not there.
        InputError: The file is not what its suffix says, or has two columns of one name.
    """
    kind = rows_format(path)
    try:
        for batch in _READERS[kind](Path(path), fields, missing):
            refuse_repeated_names(batch.schema.names, str(path))
            yield batch
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: there is no such file") from error
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, pa.ArrowKeyError) as error:
        raise InputError(f"{path} cannot be read as {kind}: {error}") from error


def read_table(path: str | os.PathLike[str], fields: Sequence[DataField] = (), missing: Sequence[str] = ()) -> pa.Table:
    """All rows of a file at once; arguments and errors as for :func:`read_batches`."""
    batches = list(read_batches(path, fields, missing))
    if not sum(batch.num_rows for batch in batches):
        raise InputError(f"{path} holds no rows")
    return _with_whole_numbers(pa.Table.from_batches(of_one_schema(batches)), fields)


def of_one_schema(batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Batches of one file with every column that is text in one of them as text in all."""
    schema = batches[0].schema
    for index, field in enumerate(schema):
        if any(pa.types.is_string(batch.schema.field(index).type) for batch in batches):
            schema = schema.set(index, field.with_type(pa.string()))
    return [batch if batch.schema.equals(schema) else batch.cast(schema) for batch in batches]


def _with_whole_numbers(table: pa.Table, fields: Sequence[DataField]) -> pa.Table:
    """Columns of integer fields as int64 where every value is whole."""
    for field in fields:
        if field.data_type is DataType.INTEGER and field.name in table.column_names:
            index, column = table.column_names.index(field.name), table.column(field.name)
            values = column.drop_null().to_numpy()
            if values.dtype.kind == "f" and (values == np.floor(values)).all():
                table = table.set_column(index, field.name, column.cast(pa.int64()))
    return table


def row_count(path: str | os.PathLike[str]) -> int | None:
    """Number of rows where the format tells it without reading them (Parquet, Arrow), else ``None``."""
    kind = rows_format(path)
    if kind == "parquet":
        return int(pyarrow.parquet.read_metadata(str(path)).num_rows)
    if kind == "arrow":
        with pa.OSFile(str(path), "rb") as source:
            file: Any = pa.ipc.open_file(source)
            return int(file.count_rows())
    return None


@contextmanager
def write_batches(path: str | os.PathLike[str]) -> Iterator[Callable[[pa.RecordBatch | pa.Table], None]]:
    """Write rows batch by batch; the file appears whole when the block ends without an error, or not at all.

    Args:
        path: A file of one of ``FORMATS``, or ``-`` for CSV on standard output.

    Yields:
        A function that takes the next batch.

    Raises:
        InputError: The suffix is none of ``FORMATS``.
    """
    kind = rows_format(path)
    if str(path) == "-":
        writer = _BatchWriter(kind, sys.stdout.buffer)
        yield writer.write
        writer.close()
        return
    target = Path(path)
    with replacing(target) as file:
        writer = _BatchWriter(kind, file, compressed=target.name.endswith(".gz"))
        try:
            yield writer.write
        finally:  # after an error too: Arrow's writers otherwise end their file when it is closed already
            writer.close()


class _BatchWriter:
    """Opens the format's writer when the first batch shows the columns."""

    def __init__(self, kind: str, sink: IO[bytes], *, compressed: bool = False) -> None:
        raw: Any = sink
        self._kind, self._compressed = kind, compressed
        self._sink = pa.CompressedOutputStream(raw, "gzip") if compressed else raw
        self._writer: Any = None
        self._schema: Any = None

    def write(self, rows: Any) -> None:
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
        if self._kind == "jsonl":
            _write_json_lines(table, self._sink)
            return
        table = _undecorated(table) if self._kind == "csv" else table
        if self._writer is None:
            self._schema = table.schema
            one_column = self._kind == "csv" and table.num_columns == 1
            self._writer = (OneColumnWriter if one_column else _WRITERS[self._kind])(self._sink, table.schema)
        self._writer.write_table(_as_before(table, self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._compressed:
            self._sink.close()


def _as_before(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in the types of the first one: a kept CSV column is text where some cell of its batch is no number."""
    try:
        return table if table.schema.equals(schema) else table.cast(schema)
    except pa.ArrowInvalid as error:
        raise InputError(f"a column changes its type between rows, which the output cannot hold: {error}") from error


def _undecorated(table: pa.Table) -> pa.Table:
    """The table without what CSV cannot hold: dictionary-coded columns decoded, and lists as JSON."""
    for index, field in enumerate(table.schema):
        if pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
            texts = [None if items is None else _json(items) for items in table.column(index).to_pylist()]
            table = table.set_column(index, field.name, pa.array(texts, type=pa.string()))
    schema = pa.schema(
        pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema
    )
    return table.cast(schema)


def _write_json_lines(table: pa.Table, sink: Any) -> None:
    for row in table.to_pylist():
        sink.write(_json(row).encode() + b"\n")


def _json(value: Any) -> str:
    """A row or a list as JSON, which has no NaN and no infinity: they are null."""
    return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return {key: _finite(item) for key, item in value.items()} if isinstance(value, dict) else value


def _read_csv(path: Path, fields: Sequence[DataField], missing: Sequence[str]) -> Iterator[pa.RecordBatch]:
    types: dict[str, Any] = {field.name: _ARROW_TYPES.get(field.data_type, pa.string()) for field in fields}
    texts: dict[str, Any] = dict.fromkeys(types, pa.string())
    if not fields:
        with _opened(path) as stream, _csv_reader(stream, {}, missing) as reader:
            texts = {field.name: pa.string() for field in reader.schema if pa.types.is_temporal(field.type)}
    with _opened(path) as stream, _csv_reader(stream, texts, missing) as reader:
        batches = (in_types(batch, types) for batch in reader)
        yield from _sliced(batches, in_types(_no_rows(reader.schema), types))


def _csv_reader(stream: Any, types: dict[str, pa.DataType], missing: Sequence[str]) -> Any:
    n_columns, rows = header_first(stream)
    return pyarrow.csv.open_csv(
        rows,
        read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=n_columns != 1),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types,
            null_values=["", *missing],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            true_values=["true", "True", "TRUE", "1"],
            false_values=["false", "False", "FALSE", "0"],
        ),
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if path.name == "-":
        yield sys.stdin.buffer
        return
    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
        yield file


def _read_parquet(path: Path, fields: Sequence[DataField], missing: Sequence[str]) -> Iterator[pa.RecordBatch]:
    # Reading ahead (the default) keeps every column chunk of the file in memory until the file is closed.
    with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file:
        yield from _sliced(file.iter_batches(batch_size=BATCH_ROWS), _no_rows(file.schema_arrow))


def _read_arrow(path: Path, fields: Sequence[DataField], missing: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        batches = (file.get_batch(index) for index in range(file.num_record_batches))
        yield from _sliced(batches, _no_rows(file.schema))


def _read_json_lines(path: Path, fields: Sequence[DataField], missing: Sequence[str]) -> Iterator[pa.RecordBatch]:
    types: list[tuple[str, Any]] = [(field.name, _ARROW_TYPES.get(field.data_type, pa.string())) for field in fields]
    if fields and not path.stat().st_size:
        yield _no_rows(pa.schema(types))
        return
    if not fields:
        with path.open("rb") as stream:
            # JSON has no dates: what looks like one is text.
            types = [(f.name, pa.string()) for f in _json_reader(stream, []).schema if pa.types.is_temporal(f.type)]
    with path.open("rb") as stream:
        reader = _json_reader(stream, types)
        yield from _sliced(reader, _no_rows(reader.schema))


def _json_reader(stream: Any, types: Sequence[tuple[str, Any]]) -> Any:
    return pyarrow.json.open_json(
        stream,
        read_options=pyarrow.json.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=pa.schema(types) if types else None),
    )


def _sliced(batches: Iterable[pa.RecordBatch], no_rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Batches of bounded size; the one of no rows, which shows the columns, when there is no other."""
    any_rows = False
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH_ROWS):
            any_rows = True
            yield batch.slice(start, BATCH_ROWS)
    if not any_rows:
        yield no_rows


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], type=field.type) for field in schema], schema=schema)


_READERS: dict[str, Callable[[Path, Sequence[DataField], Sequence[str]], Iterator[pa.RecordBatch]]] = {
    "csv": _read_csv,
    "parquet": _read_parquet,
    "arrow": _read_arrow,
    "jsonl": _read_json_lines,
}
_WRITERS: dict[str, Callable[..., Any]] = {
    "csv": pyarrow.csv.CSVWriter,
    "parquet": pyarrow.parquet.ParquetWriter,
    "arrow": lambda sink, schema: pa.ipc.new_file(sink, schema),
}
