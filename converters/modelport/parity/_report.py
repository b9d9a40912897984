"""The result of a parity check, as values for programs and as a table for people."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from modelport.parity._compare import ColumnComparison

__all__ = ["Comparison", "ParityReport", "Participant", "Skipped"]

_EQUAL = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Who scored: the source framework, or an engine on an artifact.

    Attributes:
        name: As reports show it, such as ``penguins.pmml on reference``.
        artifact: Path of the artifact, or of the source file; empty for a model in memory.
        engine: Name of the engine; for the source the framework's name.
        seconds: Time taken to score, loading left out.
    """

    name: str
    artifact: str
    engine: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A pair of artifact and engine that was not asked for by name and could not run, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two participants, column by column."""

    left: str
    right: str
    columns: tuple[ColumnComparison, ...]

    @property
    def is_equal(self) -> bool:
        """Whether no column differs."""
        return all(column.is_equal for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Every pair of participants compared on the same rows.

    Attributes:
        n_rows: Rows scored by each participant.
        tolerance: Name of the tolerance for real numbers.
        participants: The source first, then each artifact on each engine.
        comparisons: Every participant with the source, then the others pair by pair.
        skipped: What could not run.
    """

    n_rows: int
    tolerance: str
    participants: tuple[Participant, ...]
    comparisons: tuple[Comparison, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every comparison is equal."""
        return all(comparison.is_equal for comparison in self.comparisons)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values; infinities and NaN are ``None``."""
        document: dict[str, Any] = _plain(asdict(self))
        document["is_equal"] = self.is_equal
        for comparison, value in zip(document["comparisons"], self.comparisons, strict=True):
            comparison["is_equal"] = value.is_equal
        return document

    def to_table(self) -> Table:
        """The report as a table for a terminal: one line for each column of each comparison."""
        table = Table(title=self.summary(), title_justify="left", title_style="bold", show_edge=False)
        for heading in ("left", "right", "column", "tolerance"):
            table.add_column(heading, no_wrap=True)
        for heading in ("rows", "different", "largest difference", "worst row"):
            table.add_column(heading, justify="right")
        table.add_column("verdict")
        for comparison in self.comparisons:
            for index, cells in enumerate(self._lines(comparison)):
                sides = (comparison.left, comparison.right) if index == 0 else ("", "")
                table.add_row(*sides, *cells, style=None if cells[-1] == _EQUAL else "red")
        return table

    def to_differences(self) -> list[str]:
        """The first rows that differ, one line each: where, the row counted from 0, and both values."""
        return [
            f"{comparison.left} | {comparison.right} | {column.name} | row {difference.row}: "
            f"{difference.left!r} | {difference.right!r}"
            for comparison in self.comparisons
            for column in comparison.columns
            for difference in column.differences
        ]

    def _lines(self, comparison: Comparison) -> list[tuple[str, ...]]:
        """Every column, but one line for two artifacts that are equal: the source's comparisons show the columns."""
        if comparison.is_equal and comparison.left != self.participants[0].name:
            size = max((column.max_absolute for column in comparison.columns), default=0.0)
            return [(f"all {len(comparison.columns)}", "", str(self.n_rows), "0", f"{size:.2g}", "", _EQUAL)]
        return [_cells(column) for column in comparison.columns]

    def summary(self) -> str:
        """One line: equal or not, how many rows and comparisons."""
        verdict = "equal" if self.is_equal else "DIFFERENT"
        return f"{verdict}: {self.n_rows} rows, {len(self.participants)} engines, {len(self.comparisons)} comparisons"


def _cells(column: ColumnComparison) -> tuple[str, ...]:
    worst = "" if column.worst_row is None else str(column.worst_row)
    size = f"{column.max_absolute:.2g}" if column.tolerance != "exact" else ""
    verdict = _EQUAL if column.is_equal else column.problem or "DIFFERENT"
    return (column.name, column.tolerance, str(column.n_rows), str(column.n_different), size, worst, verdict)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
