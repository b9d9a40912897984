"""One batch of rows through a scorer."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelport._rows import of_one_schema
from modelport_runtime.errors import InputError

__all__ = ["check_columns", "record_batches", "scored"]


def check_columns(batch: pa.RecordBatch | pa.Table, inputs: Sequence[Any], keep: Sequence[str], data: Path) -> None:
    """Check that the rows have the model's inputs and the columns to keep.

    Raises:
        InputError: A column is lacking; names it, and a column of nearly that name.
    """
    names: list[str] = batch.schema.names
    lacking = [name for name in (*(field.name for field in inputs), *keep) if name not in names]
    if lacking:
        near = difflib.get_close_matches(lacking[0], names, n=1)
        hint = f" (there is {near[0]!r})" if near else ""
        raise InputError(f"{data} lacks the column {', '.join(map(repr, lacking))}{hint}; it has {', '.join(names)}")


def record_batches(
    scorer: Any, batches: Iterable[pa.RecordBatch], keep: Sequence[str]
) -> Iterator[pa.RecordBatch | pa.Table]:
    """The batches as they can be scored: all rows at once where a row's results depend on other rows.

    Raises:
        InputError: Columns are to be kept, though a result stands for several rows.
    """
    if scorer.group_field is None and not scorer.needs_all_rows:
        yield from batches
        return
    if keep and scorer.group_field is not None:
        raise InputError(
            f"column {keep[0]!r} cannot be kept: each result stands for all rows of one {scorer.group_field!r}, which "
            "is the first column of the results; leave out --keep"
        )
    together = list(batches)
    if together:
        yield pa.Table.from_batches(of_one_schema(together))


def scored(
    scorer: Any,
    batch: pa.RecordBatch | pa.Table,
    keep: Sequence[str],
    on_invalid: str = "missing",
    first_row: int = 0,
) -> pa.Table:
    """The results of a batch, with the columns to keep in front.

    Args:
        scorer: The model.
        batch: The rows.
        keep: Columns of them to keep.
        on_invalid: As for ``Scorer.score``.
        first_row: Position of the batch's first row in the file, for messages.
    """
    rows = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
    results = scorer.score(rows, on_invalid, first_row=first_row)
    kept: dict[str, Any] = {name: rows.column(name) for name in keep}
    clash = [name for name in kept if name in results.column_names]
    if clash:
        raise InputError(f"column {clash[0]!r} cannot be kept: a result of the model has the same name")
    return pa.table({**kept, **{name: results.column(name) for name in results.column_names}})
