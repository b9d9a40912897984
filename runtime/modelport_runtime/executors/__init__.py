"""Executors run a hub document, or an artifact, on tables."""

from __future__ import annotations

from typing import Protocol

from modelport_runtime.columns import ResultTable, Table

__all__ = ["Executor"]


class Executor(Protocol):
    """Scores tables. Safe to call from many threads at once."""

    @property
    def name(self) -> str:
        """Name of the engine: ``reference``, ``onnx``, ``pmml4s``, ``jpmml``."""
        ...

    def score(self, table: Table) -> ResultTable:
        """Score rows.

        Args:
            table: Raw values of the input fields; fields that are absent are missing in every row.

        Returns:
            As many rows: every target by its name, then every final output field, in order. Of a model of groups one
            row a group, in order of first appearance, after the group itself.

        Raises:
            InputError: A value cannot be read as its field's type.
            EngineError: The engine failed.
        """
        ...
