"""ModelVerification: golden rows that a consumer can check itself."""

from __future__ import annotations

import re

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._expressions import write_inline_table
from modelport.writers.pmml._scalars import number_text, optional_text
from modelport_runtime.hub import DataType, Document, GoldenColumn

__all__ = ["write_verification"]

_CELL_NAME_LENGTH = 100
"""Characters kept of a column's name: Java's parsers refuse elements with names of more than 1,000."""


def write_verification(context: Context, document: Document) -> None:
    """Write the card's golden rows (PMML 4.4, ModelVerification)."""
    golden = document.card.golden_rows
    if golden is None or not golden.outputs:
        return
    columns = (*golden.inputs, *golden.outputs)
    cells = _cell_names(columns)
    count = len(columns[0].values)
    size = {"recordCount": str(count), "fieldCount": str(len(columns))}
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
        rows: list[dict[str, str | None]] = []
        for row in range(count):
            texts = [optional_text(column.values[row], column.data_type) for column in columns]
            rows.append(dict(zip(cells, texts, strict=True)))
        write_inline_table(context, rows)


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
