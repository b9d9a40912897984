"""The worker process: hosts the JVM for one model, so that a crash of the JVM is not the end of the program.

Run as ``python -m modelport_runtime.executors.jvm._worker`` by the isolated executor, which speaks first: a message
with the engine and the wanted results, and the document; then tables. Ends when its input is closed.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import IO

from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._model import JvmModel
from modelport_runtime.executors.jvm._schema import WantedResults
from modelport_runtime.executors.jvm._wire import (
    Closed,
    read_bytes,
    read_message,
    read_table,
    write_message,
    write_table,
)

__all__: list[str] = []


def _main() -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = _take_pipes()
    try:
        model = _load(requests, replies)
        while model is not None:
            _score(model, requests, replies)
    except (Closed, BrokenPipeError):
        return


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep standard output for replies only: what Java code prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, replies


def _load(requests: IO[bytes], replies: IO[bytes]) -> JvmModel | None:
    request = read_message(requests)
    pmml = read_bytes(requests)
    wanted = request["wanted"]
    try:
        model = JvmModel(request["engine"], pmml, None if wanted is None else WantedResults.from_json(wanted))
    except EngineError as error:
        write_message(replies, {"error": str(error)})
        return None
    write_message(replies, {"results": model.results.to_json()})
    return model


def _score(model: JvmModel, requests: IO[bytes], replies: IO[bytes]) -> None:
    table = read_table(requests)
    try:
        result, failures = model.score(table)
    except EngineError as error:
        write_message(replies, {"error": str(error)})
        return
    write_message(replies, {"failures": [failures.count, failures.through_values, failures.first]})
    write_table(replies, result)


if __name__ == "__main__":
    _main()
