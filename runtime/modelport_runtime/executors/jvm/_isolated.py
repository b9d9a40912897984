"""A model in a JVM of its own, inside a worker process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from modelport_runtime.columns import Table
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._schema import WantedResults
from modelport_runtime.executors.jvm._session import RowFailures
from modelport_runtime.executors.jvm._wire import (
    Closed,
    read_message,
    read_table,
    write_bytes,
    write_message,
    write_table,
)

__all__ = ["IsolatedModel"]

_WORKER = "modelport_runtime.executors.jvm._worker"
_SECONDS_TO_END = 5.0


class IsolatedModel:
    """The same as ``JvmModel``, in a worker process. Threads take turns.

    When the worker dies, by a crash of the JVM, by lack of memory or by a signal, the call in flight raises at once,
    and the next call starts a new worker.
    """

    def __init__(self, engine: str, pmml: bytes, wanted: WantedResults | None) -> None:
        """Start the worker and load the model there.

        Raises:
            EngineError: As ``JvmModel``; or the worker died.
        """
        self._engine = engine
        self._pmml = pmml
        self._lock = threading.Lock()
        self._wanted = wanted
        self._worker: _Worker | None = None
        with self._lock:
            self._start()

    @property
    def results(self) -> WantedResults:
        """The result columns."""
        return self._results

    def score(self, table: Table) -> tuple[Table, RowFailures]:
        """Score a table.

        Raises:
            EngineError: The engine cannot score the model, or the worker died.
        """
        with self._lock:
            if self._worker is None or self._worker.process_of_parent != os.getpid():
                self._start()
            with self._talking() as worker:
                write_table(worker.requests, table)
                reply = read_message(worker.replies)
                if "error" not in reply:
                    return read_table(worker.replies), RowFailures(*reply["failures"])
        raise EngineError(reply["error"])

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def _start(self) -> None:
        self._worker = _Worker()
        wanted = self._wanted
        with self._talking() as worker:
            write_message(
                worker.requests, {"engine": self._engine, "wanted": None if wanted is None else wanted.to_json()}
            )
            write_bytes(worker.requests, self._pmml)
            reply = read_message(worker.replies)
        if "error" in reply:
            worker.end()
            self._worker = None
            raise EngineError(reply["error"])
        self._results = WantedResults.from_json(reply["results"])

    @contextmanager
    def _talking(self) -> Iterator[_Worker]:
        """Talk to the worker; a conversation that breaks off, by Ctrl-C too, ends the worker."""
        worker = self._worker
        if worker is None:
            raise EngineError(f"the worker process of engine {self._engine!r} is closed")
        try:
            yield worker
        except (Closed, BrokenPipeError, ConnectionResetError) as error:
            self._worker = None
            raise EngineError(
                f"the JVM of engine {self._engine!r} died in its worker process ({worker.death()}); the next call "
                "starts a new one; options such as -Xmx4g are set by MODELPORT_JVM_OPTIONS"
            ) from error
        except BaseException:
            self._worker = None
            worker.kill()
            raise


class _Worker:
    """The child process and its pipes."""

    def __init__(self) -> None:
        self.process_of_parent = os.getpid()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the finalizer
        self._child = subprocess.Popen(
            # -P: whatever lies in the current folder is not imported.
            [sys.executable, "-P", "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
        )
        self.requests = _opened(self._child.stdin)
        self.replies = _opened(self._child.stdout)
        self._finalizer = weakref.finalize(self, _end, self._child, self._errors, os.getpid())

    @property
    def process_id(self) -> int:
        """Identifier of the child process."""
        return self._child.pid

    def end(self) -> None:
        """Let the child end, and reap it."""
        self._finalizer()

    def kill(self) -> None:
        """End the child at once."""
        self._child.kill()
        self._finalizer()

    def death(self) -> str:
        """Say how the child ended, with the last line that it wrote."""
        try:
            status = self._child.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._child.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self._finalizer()
        ended = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return f"{ended}: {lines[-1]}" if lines else ended


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EngineError("the worker process has no pipe")
    return pipe


def _environment() -> dict[str, str]:
    options = "-XX:+ExitOnOutOfMemoryError " + os.environ.get("MODELPORT_JVM_OPTIONS", "")
    return {**os.environ, "MODELPORT_JVM_OPTIONS": options}


def _end(child: subprocess.Popen[bytes], errors: IO[bytes], parent: int) -> None:
    errors.close()
    if os.getpid() != parent:
        # A fork of the parent: the worker is not its child.
        return
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            _close(pipe)
    try:
        child.wait(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        # The child died before it read what was buffered; the descriptor is closed all the same.
        return
