"""A block of memory that this process shares with the JVM, through which a table passes column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn

__all__ = ["BLOCK_ROWS", "RowFailures", "Session"]

BLOCK_ROWS = 2048
"""Most rows of a block. Python looks at signals between blocks: few enough for Ctrl-C, many enough to cost nothing."""

_BLOCK_VALUES = 1 << 18
"""Most inputs of a block, so that the sessions of a model with thousands of fields stay small."""


@dataclass(frozen=True, slots=True)
class RowFailures:
    """Rows for which the engine threw an exception, and which are therefore missing in every result.

    Attributes:
        count: How many rows.
        through_values: How many of them because the engine refused their values.
        first: What the engine said of the first one.
    """

    count: int = 0
    through_values: int = 0
    first: str | None = None

    def __add__(self, later: RowFailures) -> RowFailures:
        return RowFailures(
            self.count + later.count, self.through_values + later.through_values, self.first or later.first
        )


class Session:
    """Scores tables, one at a time. Kept and used again: the JVM frees shared memory only when it collects garbage."""

    def __init__(self, scorer: Any, input_names: Sequence[str], text_results: Sequence[bool | None]) -> None:
        """Share memory with a loaded model.

        Args:
            scorer: The Java ``ColumnScorer``.
            input_names: Names of the engine's inputs, in its order.
            text_results: For each of the engine's results: text, numbers, or (``None``) not wanted.
        """
        import jpype

        self._input_positions = {name: position for position, name in enumerate(input_names)}
        self._text_results = text_results
        inputs, results = max(len(input_names), 1), max(len(text_results), 1)
        self._block_rows = min(BLOCK_ROWS, max(1, _BLOCK_VALUES // inputs))
        self._input_numbers = np.empty((inputs, self._block_rows), dtype=np.float64)
        self._input_codes = np.empty((inputs, self._block_rows), dtype=np.int32)
        self._result_numbers = np.empty((results, self._block_rows), dtype=np.float64)
        self._result_codes = np.empty((results, self._block_rows), dtype=np.int32)
        memory = (self._input_numbers, self._input_codes, self._result_numbers, self._result_codes)
        buffers = [jpype.nio.convertToDirectBuffer(array) for array in memory]
        kinds = ["" if text is None else "text" if text else "numbers" for text in text_results]
        self._batch = scorer.batch(buffers, kinds, self._block_rows)

    def score(self, table: Table) -> tuple[dict[int, Column], RowFailures]:
        """Score a table.

        Returns:
            By position the wanted results of the engine (numbers under ``double``), and the rows that failed.
        """
        self._batch.begin()
        inputs = [(position, table[name]) for name, position in self._input_positions.items() if name in table]
        for position, column in inputs:
            self._declare(position, column)
        columns = {
            position: np.empty(table.n_rows, dtype=np.int32 if text else np.float64)
            for position, text in enumerate(self._text_results)
            if text is not None
        }
        for start in range(0, table.n_rows, self._block_rows):
            stop = min(start + self._block_rows, table.n_rows)
            self._copy_in(inputs, start, stop)
            self._batch.score(stop - start)
            self._copy_out(columns, start, stop)
        return {position: self._column(position, values) for position, values in columns.items()}, self._failures()

    def _declare(self, position: int, column: Column) -> None:
        if isinstance(column, TextColumn):
            self._batch.text(position, list(column.categories))
        else:
            self._batch.numbers(position, column.data_type.value)

    def _copy_in(self, inputs: Sequence[tuple[int, Column]], start: int, stop: int) -> None:
        for position, column in inputs:
            if isinstance(column, TextColumn):
                self._input_codes[position, : stop - start] = column.codes[start:stop]
            else:
                self._input_numbers[position, : stop - start] = column.values[start:stop]

    def _copy_out(self, columns: Mapping[int, NDArray[Any]], start: int, stop: int) -> None:
        for position, column in columns.items():
            shared = self._result_codes if self._text_results[position] else self._result_numbers
            column[start:stop] = shared[position, : stop - start]

    def _column(self, position: int, values: NDArray[Any]) -> Column:
        if self._text_results[position]:
            return TextColumn(values, tuple(str(text) for text in self._batch.categories(position)))
        return NumberColumn(values)

    def _failures(self) -> RowFailures:
        first = self._batch.firstFailure()
        return RowFailures(
            int(self._batch.failures()), int(self._batch.failuresOfValues()), None if first is None else str(first)
        )
