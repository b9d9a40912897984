"""ModelVerification: golden rows that a consumer can check itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._expressions import write_inline_table
from modelport.writers.pmml._scalars import number_text, optional_text
from modelport_runtime.hub import DataType, Document, GoldenColumn

__all__ = ["write_verification"]

_CELL_NAME_LENGTH = 100
"""Characters kept of a column's name: Java's parsers refuse elements with names of more than 1,000."""
_FEWEST_CELLS = 2


def write_verification(context: Context, document: Document) -> None:
    """Write the card's golden rows (PMML 4.4, ModelVerification)."""
    golden = document.card.golden_rows
    if golden is None or not golden.outputs:
        return
    columns = (*golden.inputs, *golden.outputs)
    cells = _cell_names(columns)
    rows = _rows(columns, cells)
    if not rows:
        return
    size = {"recordCount": str(len(rows)), "fieldCount": str(len(columns))}
    with context.xml.element("ModelVerification", size):
        with context.xml.element("VerificationFields"):
            for column, cell in zip(columns, cells, strict=True):
                is_number = column.data_type in (DataType.DOUBLE, DataType.FLOAT) and column in golden.outputs
                attributes = {
                    "field": column.name,
                    "column": cell,
                    "precision": number_text(_own(column.precision, golden.precision)) if is_number else None,
                    "zeroThreshold": (
                        number_text(_own(column.zero_threshold, golden.zero_threshold)) if is_number else None
                    ),
                }
                context.xml.empty("VerificationField", attributes)
        write_inline_table(context, rows)


def _rows(columns: Sequence[GoldenColumn], cells: Sequence[str]) -> list[dict[str, str | None]]:
    """Rows by the names of their cells; a missing value has none, and a row needs two (PMML 4.4, Taxonomy, row)."""
    texts = [[optional_text(value, column.data_type) for value in column.values] for column in columns]
    filled = [row for row in zip(*texts, strict=True) if sum(text is not None for text in row) >= _FEWEST_CELLS]
    return [dict(zip(cells, row, strict=True)) for row in filled]


def _own(value: float | None, of_all: float) -> float:
    return of_all if value is None else value


def _cell_names(columns: tuple[GoldenColumn, ...]) -> list[str]:
    """Names of the columns as XML names, each once."""
    names: list[str] = []
    for column in columns:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", column.name)[:_CELL_NAME_LENGTH].strip("_")
        name = plain if plain[:1].isalpha() else f"column_{plain}".rstrip("_")
        unique, number = name, 2
        while unique.lower() in {other.lower() for other in names}:
            unique, number = f"{name}_{number}", number + 1
        names.append(unique)
    return names
