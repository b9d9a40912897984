"""The executor of the engines that live in a JVM."""

from __future__ import annotations

import threading

from modelport_runtime.columns import Table
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._isolated import IsolatedModel
from modelport_runtime.executors.jvm._jars import require_engine
from modelport_runtime.executors.jvm._model import JvmModel
from modelport_runtime.executors.jvm._schema import wanted_results
from modelport_runtime.executors.jvm._session import RowFailures
from modelport_runtime.hub import Document
from modelport_runtime.pmml import clean_bytes
from modelport_runtime.results import ResultField

__all__ = ["JvmExecutor"]


class JvmExecutor:
    """Scores a PMML document in PMML4S or JPMML-Evaluator. Safe to call from many threads at once."""

    def __init__(self, *, engine: str, pmml: bytes, document: Document | None = None, isolated: bool = False) -> None:
        """Load a model into the JVM, which is started by the first one.

        Args:
            engine: ``pmml4s`` or ``jpmml``.
            pmml: The document. It is parsed safely and written anew before a JVM sees it.
            document: The same document in the hub, for the result schema that all engines share; ``None`` for a model
                that the hub cannot hold: the columns are then what the engine says.
            isolated: Run the JVM in a worker process of this model's own. A JVM in this process takes the program with
                it if it crashes; a worker that dies is an ``EngineError``, and the next call starts another.

        Raises:
            EngineError: The engine or Java is not installed or does not start, or it cannot load the model.
            ArtifactError: The bytes are not PMML, or are refused as unsafe.
        """
        require_engine(engine)
        wanted = None if document is None else wanted_results(document)
        self._engine = engine
        self._lock = threading.Lock()
        self._failures = RowFailures()
        model_type = IsolatedModel if isolated else JvmModel
        self._model: JvmModel | IsolatedModel = model_type(engine, clean_bytes(pmml), wanted)

    @property
    def name(self) -> str:
        """The engine."""
        return self._engine

    @property
    def results(self) -> tuple[ResultField, ...]:
        """The result columns."""
        return self._model.results.fields

    @property
    def failures(self) -> RowFailures:
        """Rows of all calls so far on which the engine threw an exception; they are missing in the results."""
        return self._failures

    def close(self) -> None:
        """End the worker process, if there is one."""
        self._model.close()

    def score(self, table: Table) -> Table:
        """Score rows.

        A row on which the engine throws is missing in every result and counted in ``failures``. A table of which every
        row fails raises, unless the engine said each time that it was the row's values that it refused.

        Raises:
            EngineError: The engine cannot score the model, or the JVM failed.
        """
        result, failures = self._model.score(table)
        if failures.count:
            with self._lock:
                self._failures = self._failures + failures
            if failures.count == table.n_rows > failures.through_values:
                raise EngineError(f"engine {self._engine!r} failed on every row, on the first with: {failures.first}")
        return result
