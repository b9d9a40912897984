"""A second wall, should the allow-list have a hole: what no model needs while it is unpickled is forbidden."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from modelport_runtime.errors import UnsafeArtifactError

__all__ = ["guarded", "unguarded"]

_FORBIDDEN_EVENTS = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.dlopen", "webbrowser.", "pty.", "urllib.")
_HARMLESS_EVENTS = frozenset({"os.listdir", "os.scandir", "os.walk", "os.fwalk"})
_armed = [False]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook (PEP 578): raise when a forbidden event happens while the guard is up."""
    if not _armed[-1]:
        return
    writes = event == "open" and isinstance(arguments[1], str) and not set(arguments[1]).isdisjoint("wax+")
    if writes or (event.startswith(_FORBIDDEN_EVENTS) and event not in _HARMLESS_EVENTS):
        raise UnsafeArtifactError(f"the file attempts {event} with {arguments!r:.200}")


@cache
def _install() -> None:
    sys.addaudithook(_refuse)  # hooks cannot be removed, so it is added once and does nothing while unarmed


@contextmanager
def guarded() -> Iterator[None]:
    """Forbid to start processes, open sockets, load libraries and write files in this process, while inside."""
    _install()
    _armed.append(True)
    try:
        yield
    finally:
        _armed.pop()


@contextmanager
def unguarded() -> Iterator[None]:
    """Lift the guard, for the import of an installed module that the allow-list names."""
    _armed.append(False)
    try:
        yield
    finally:
        _armed.pop()
