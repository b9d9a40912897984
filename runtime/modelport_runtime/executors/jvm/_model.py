"""A model loaded into the JVM of this process."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modelport_runtime.columns import Column, NumberColumn, Table
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._schema import EngineField, ResultPlan, WantedResults, engine_results
from modelport_runtime.executors.jvm._session import RowFailures, Session
from modelport_runtime.executors.jvm._target_outputs import add_target_outputs
from modelport_runtime.executors.jvm._temporal import TEMPORAL_TYPES, is_temporal, write_temporal
from modelport_runtime.executors.jvm._virtual_machine import bridge_class, java_thread

__all__ = ["JvmModel"]


class JvmModel:
    """A model in PMML4S or JPMML-Evaluator. Threads may score at once; each borrows a session."""

    def __init__(self, engine: str, pmml: bytes, wanted: WantedResults | None) -> None:
        """Load a model.

        Args:
            engine: ``pmml4s`` or ``jpmml``.
            pmml: A document from ``clean_bytes``: a JVM engine never gets other bytes.
            wanted: The result columns; ``None`` to take those of the engine.

        Raises:
            EngineError: No JVM, or the engine cannot load the model or would misread its inputs.
        """
        if engine == "pmml4s" and wanted is not None:
            # Of several targets PMML4S would give every one the last member's value.
            has_more = wanted.names_outputs or len(wanted.targets) > 1
            pmml = add_target_outputs(pmml, wanted.target_types(), only_beside_others=has_more)
        self._engine = engine
        self._process = os.getpid()
        self._idle: deque[Session] = deque()
        bridge = bridge_class()
        with self._calling("loading"):
            self._scorer = self._load(bridge, pmml)
            self.inputs = _fields(self._scorer.inputs())
            results = _fields(self._scorer.results())
        if engine == "pmml4s":
            _refuse_dates(self.inputs)
        self.plan = ResultPlan.of(wanted or engine_results(results), engine, results)

    def _load(self, bridge: Any, pmml: bytes) -> Any:
        import jpype

        return bridge.load(self._engine, jpype.nio.convertToDirectBuffer(pmml))

    @property
    def results(self) -> WantedResults:
        """The result columns."""
        return self.plan.wanted

    def close(self) -> None:
        """Nothing to do: the model is freed with this object, and a JVM cannot be ended and started again."""

    def score(self, table: Table) -> tuple[Table, RowFailures]:
        """Score a table; the rows on which the engine threw are missing and reported.

        Raises:
            EngineError: The engine cannot score the model, or the JVM failed.
        """
        if os.getpid() != self._process:
            raise EngineError(
                f"engine {self._engine!r} was loaded in another process: a JVM does not survive a fork; "
                "load the model after the fork"
            )
        columns = {name: _as_sent(column) for name, column in table.items()}
        with self._calling("scoring"):
            session = self._borrow()
            results, failures = session.score(Table(columns, table.n_rows))
            # A session that was interrupted is left to the garbage collectors: its JVM half may still hold a table.
            self._idle.append(session)
        return self.plan.table(results, table.n_rows), failures

    def _borrow(self) -> Session:
        try:
            return self._idle.pop()
        except IndexError:
            names = [field.name or "" for field in self.inputs]
            return Session(self._scorer, names, self.plan.text_results)

    @contextmanager
    def _calling(self, doing: str) -> Iterator[None]:
        import jpype

        with java_thread():
            try:
                yield
            except jpype.JException as error:
                raise EngineError(f"engine {self._engine!r} failed in {doing} the model: {error}") from error


def _refuse_dates(inputs: list[EngineField]) -> None:
    """PMML4S 1.5.8 takes every date and time for a missing value, and says nothing."""
    fields = [f"{field.name!r} ({field.data_type})" for field in inputs if field.data_type in TEMPORAL_TYPES]
    if fields:
        raise EngineError(
            f"engine 'pmml4s' reads dates and times as missing, so it cannot score a model with {', '.join(fields)}: "
            "use engine='auto', 'reference' or 'jpmml'"
        )


def _as_sent(column: Column) -> Column:
    if isinstance(column, NumberColumn) and is_temporal(column.data_type):
        return write_temporal(column)
    return column


def _fields(fields: Any) -> list[EngineField]:
    return [
        EngineField(None if field.name() is None else str(field.name()), str(field.dataType()), bool(field.target()))
        for field in fields
    ]
