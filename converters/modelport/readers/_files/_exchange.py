"""Rows and results on their way between this process and the child: Arrow IPC files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from modelport_runtime.errors import InputError

__all__ = ["read_arrow", "read_rows", "write_arrow", "write_rows"]

_ARRAY_MARK = b"modelport.array"


def write_rows(data: Any, path: Path) -> None:
    """Write rows (pandas, polars, Arrow or an array) so that :func:`read_rows` gives the same rows back.

    Raises:
        InputError: A column mixes types that Arrow cannot hold together.
    """
    try:
        if isinstance(data, np.ndarray | list | tuple):
            array = np.asarray(data)
            columns = {f"{i}": pa.array(array[:, i], from_pandas=True) for i in range(array.shape[1])}
            table = pa.table(columns).replace_schema_metadata({_ARRAY_MARK: array.dtype.str.encode()})
        elif isinstance(data, pa.Table):
            table = data
        elif hasattr(data, "to_arrow"):
            table = data.to_arrow()
        else:
            table = pa.Table.from_pandas(data, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(f"the rows cannot be handed over: {error}") from error
    write_arrow(table, path)


def read_rows(path: Path) -> Any:
    """The rows as frameworks take them: a pandas frame, its missing texts NaN, or an array where one was given."""
    table = read_arrow(path)
    mark = (table.schema.metadata or {}).get(_ARRAY_MARK)
    if mark is not None:
        dtype = np.dtype(mark.decode())
        return np.column_stack([column.to_numpy() for column in table.columns]).astype(dtype)
    frame = table.to_pandas()
    for name in frame.columns:
        if frame[name].dtype.kind == "O" or str(frame[name].dtype) in ("str", "string"):
            values = frame[name].to_numpy(dtype=object, copy=True)
            values[frame[name].isna().to_numpy()] = np.nan
            frame[name] = values.astype(object)
            frame[name] = frame[name].astype(object)
    return frame


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table as an Arrow IPC file."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_arrow(path: Path) -> pa.Table:
    """Read an Arrow IPC file."""
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()
