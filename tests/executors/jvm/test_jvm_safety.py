"""No document makes a JVM fetch anything."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import pytest

from modelport_runtime.errors import EngineError, UnsafeArtifactError
from modelport_runtime.executors.jvm import JvmExecutor
from modelport_runtime.executors.jvm._model import JvmModel

from .documents import logistic


class Listener:
    """Counts who connects, and answers nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


DOCTYPES = {
    "subset": '<!DOCTYPE PMML SYSTEM "URL/pmml.dtd">',
    "parameter entity": '<!DOCTYPE PMML [<!ENTITY % outer SYSTEM "URL/outer.dtd"> %outer;]>',
    "entity": '<!DOCTYPE PMML [<!ENTITY inner SYSTEM "URL/inner.txt">]>',
}


def hostile(kind: str, port: int) -> bytes:
    header = "<Header>&inner;</Header>" if kind == "entity" else "<Header/>"
    document = DOCTYPES[kind].replace("URL", f"http://127.0.0.1:{port}")
    return (document + logistic().replace("<Header/>", header)).encode()


def test_the_listener_notices_a_visit(listener: Listener) -> None:
    with pytest.raises(OSError, match=r"."):
        urllib.request.urlopen(f"http://127.0.0.1:{listener.port}/", timeout=5)

    assert listener.visits == 1


@pytest.mark.parametrize("kind", DOCTYPES)
def test_a_doctype_is_refused_and_nothing_fetched(engine: str, listener: Listener, kind: str) -> None:
    with pytest.raises(UnsafeArtifactError):
        JvmExecutor(engine=engine, pmml=hostile(kind, listener.port))

    assert listener.visits == 0


@pytest.mark.parametrize("kind", DOCTYPES)
def test_behind_the_parser_the_jvm_itself_may_not_fetch(engine: str, listener: Listener, kind: str) -> None:
    """The second lock: were such a document ever to reach the engine, the JVM's XML parsers would not fetch."""
    with suppress(EngineError):
        JvmModel(engine, hostile(kind, listener.port), None)

    assert listener.visits == 0
