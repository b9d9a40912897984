"""Input values that a model declares invalid: which rows they are in, and what a caller is told of them.

A value is invalid when its field says so (PMML 4.4, MiningSchema, ``invalidValueTreatment="returnInvalid"``), or when
it is missing and its field asks for that (``missingValueTreatment="returnInvalid"``). Such a row has no results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, ResultColumn, ResultTable, Table, TextColumn, without_rows
from modelport_runtime.errors import InputError
from modelport_runtime.executors.reference._lists import without_rows as without_lists
from modelport_runtime.hub import DataField, DataType, MiningField, UsageType

__all__ = ["REPORT_COLUMN", "InvalidInputs", "OnInvalid", "find_invalid_inputs"]

REPORT_COLUMN = "invalid"
"""The result column of ``on_invalid="report"``: text that names each invalid field and its value, or missing."""

_SHOWN = 5
_UNREAD = (UsageType.SUPPLEMENTARY, UsageType.FREQUENCY_WEIGHT, UsageType.ANALYSIS_WEIGHT)


class OnInvalid(StrEnum):
    """What becomes of a row with an input value that the model declares invalid."""

    MISSING = "missing"
    """Its results are missing."""
    RAISE = "raise"
    """An error names the field, the value and the row; nothing is scored."""
    REPORT = "report"
    """Its results are missing, and a column says which field has which value."""


@dataclass(frozen=True, slots=True)
class InvalidInputs:
    """Invalid input values of a table.

    Attributes:
        table: The raw input columns.
        masks: For each field that has any the rows in which it is invalid, bool, shape (n_rows,).
        types: Type of each field.
    """

    table: Table
    masks: dict[str, NDArray[np.bool_]]
    types: dict[str, DataType]

    def require_none(self, first_row: int = 0) -> None:
        """Refuse a table with an invalid value.

        Args:
            first_row: Position of the table's first row in the caller's data.

        Raises:
            InputError: There is one; the message names the first ones by field, value and row.
        """
        if not self.masks:
            return
        at = np.flatnonzero(self.rows)
        shown = [f"row {first_row + row} (counted from 0): {self.texts[row]}" for row in at[:_SHOWN].tolist()]
        more = f"; and {len(at) - len(shown)} rows more" if len(at) > len(shown) else ""
        raise InputError(
            f"{len(at)} of {self.table.n_rows} rows have a value that the model declares invalid: "
            f"{'; '.join(shown)}{more}. Correct the data, or score it with on_invalid='missing' or 'report'"
        )

    @property
    def rows(self) -> NDArray[np.bool_]:
        """bool, shape (n_rows,): rows with an invalid value."""
        rows = np.zeros(self.table.n_rows, dtype=np.bool_)
        for mask in self.masks.values():
            rows |= mask
        return rows

    def reported(self, score: Callable[[Table], ResultTable]) -> ResultTable:
        """Results, missing in rows with an invalid value, and the column that says what is invalid.

        Args:
            score: Gives the results of a table.

        Raises:
            InputError: A result has the name of that column.
        """
        results = self._scored(score)
        if REPORT_COLUMN in results:
            raise InputError(
                f"a result of the model is named {REPORT_COLUMN!r}, as the report of invalid values would be"
            )
        rows = self.rows
        columns: dict[str, ResultColumn] = {
            name: _without(column, rows) if self.masks else column for name, column in results.items()
        }
        return ResultTable({**columns, REPORT_COLUMN: self.report()}, self.table.n_rows)

    def _scored(self, score: Callable[[Table], ResultTable]) -> ResultTable:
        try:
            return score(self.table)
        except InputError:
            if not self.masks:
                raise
        # An engine of typed inputs cannot take a value of another type; its row has no results anyhow.
        columns = {
            name: without_rows(column, self.masks[name]) if name in self.masks else column
            for name, column in self.table.items()
        }
        return score(Table(columns, self.table.n_rows))

    @property
    def texts(self) -> list[str]:
        """What is invalid in each row, empty where nothing is."""
        column = self.report()
        named = (*column.categories, "")
        return [named[code] for code in column.codes.tolist()]

    def report(self) -> TextColumn:
        """What is invalid in each row, such as ``age = -5; colour is missing``; missing where nothing is."""
        codes = np.full(self.table.n_rows, -1, dtype=np.int64)
        categories: list[str] = []
        for name, mask in self.masks.items():
            rows = np.flatnonzero(mask)
            own, texts = _described(name, self.table.get(name), rows, self.types[name])
            # Texts are joined once a pair of what was said before and what is said now.
            pairs, place = np.unique(codes[rows] * len(texts) + own, return_inverse=True)
            before, now = np.divmod(pairs, len(texts))
            first = len(categories)
            joined = zip(before.tolist(), now.tolist(), strict=True)
            categories += [f"{categories[b]}; {texts[n]}" if b >= 0 else texts[n] for b, n in joined]
            codes[rows] = first + place.reshape(-1)
        return TextColumn(codes.astype(np.int32), tuple(categories))


def _described(
    name: str, column: Column | None, rows: NDArray[np.intp], data_type: DataType
) -> tuple[NDArray[np.int64], list[str]]:
    """For each of the rows a code, and a text a code."""
    if column is None:
        return np.zeros(len(rows), dtype=np.int64), [f"{name} is missing"]
    if isinstance(column, TextColumn):
        distinct, codes = np.unique(column.codes[rows], return_inverse=True)
        given = [None if code < 0 else column.categories[code] for code in distinct.tolist()]
        values: list[Any] = [_typed(text, data_type) for text in given]
    else:
        distinct, codes = np.unique(column.values[rows], return_inverse=True)
        values = [None if value != value else _number(value) for value in distinct.tolist()]
    texts = [f"{name} is missing" if value is None else f"{name} = {value!r}" for value in values]
    return codes.reshape(-1).astype(np.int64), texts


def _typed(text: str | None, data_type: DataType) -> str | float | None:
    """A text as the number that its field reads in it."""
    if text is None or not data_type.is_number:
        return text
    try:
        return _number(float(text))
    except ValueError:
        return text if text.strip() else None


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def find_invalid_inputs(
    table: Table, data_fields: Sequence[DataField], mining_fields: Sequence[MiningField]
) -> InvalidInputs:
    """Find the invalid values among the raw input columns of a model.

    Args:
        table: Raw values; fields that are absent are missing in every row.
        data_fields: The data dictionary.
        mining_fields: The model's mining schema.
    """
    from modelport_runtime.executors.reference import invalid_rows

    known = {field.name: field for field in data_fields}
    masks: dict[str, NDArray[np.bool_]] = {}
    for field in mining_fields:
        if field.is_target or field.usage_type in _UNREAD or field.name not in known:
            continue
        mask = invalid_rows(table.get(field.name), table.n_rows, known[field.name], field)
        if mask is not None and mask.any():
            masks[field.name] = mask
    return InvalidInputs(table, masks, {name: known[name].data_type for name in masks})


def _without(column: ResultColumn, rows: NDArray[np.bool_]) -> ResultColumn:
    return without_lists(column, rows) if isinstance(column, ListColumn) else without_rows(column, rows)
