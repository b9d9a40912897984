"""One batch of rows through a scorer."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelport_runtime.errors import InputError

__all__ = ["check_columns", "scored"]


def check_columns(batch: pa.RecordBatch, inputs: Sequence[Any], keep: Sequence[str], data: Path) -> None:
    """Check that the rows have the model's inputs and the columns to keep.

    Raises:
        InputError: A column is lacking; names it, and a column of nearly that name.
    """
    names = batch.schema.names
    lacking = [name for name in (*(field.name for field in inputs), *keep) if name not in names]
    if lacking:
        near = difflib.get_close_matches(lacking[0], names, n=1)
        hint = f" (there is {near[0]!r})" if near else ""
        raise InputError(f"{data} lacks the column {', '.join(map(repr, lacking))}{hint}; it has {', '.join(names)}")


def scored(
    scorer: Any, batch: pa.RecordBatch, keep: Sequence[str], on_invalid: str = "missing", first_row: int = 0
) -> pa.Table:
    """The results of a batch, with the columns to keep in front.

    Args:
        scorer: The model.
        batch: The rows.
        keep: Columns of them to keep.
        on_invalid: As for ``Scorer.score``.
        first_row: Position of the batch's first row in the file, for messages.
    """
    rows = pa.Table.from_batches([batch])
    results = scorer.score(rows, on_invalid, first_row=first_row)
    kept: dict[str, Any] = {name: rows.column(name) for name in keep}
    clash = [name for name in kept if name in results.column_names]
    if clash:
        raise InputError(f"column {clash[0]!r} cannot be kept: a result of the model has the same name")
    return pa.table({**kept, **{name: results.column(name) for name in results.column_names}})
