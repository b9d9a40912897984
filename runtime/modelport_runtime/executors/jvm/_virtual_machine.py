"""One JVM in this process, started once, with the class path of every engine that is installed.

A process can start only one JVM, ever. If another library has started it (``pypmml``, ``jpmml_evaluator``), it is used
as it is: our classes and the engines' are then loaded by a class loader of their own.
"""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._jars import engine_jars, shim_jar
from modelport_runtime.executors.jvm._java import Java, find_java

__all__ = ["bridge_class", "java_options", "java_thread"]

_BRIDGE = "io.modelport.bridge.ColumnScorer"
_lock = threading.Lock()

_OPTIONS = (
    "-Xmx2g",
    "-Djava.awt.headless=true",
    # The JVM leaves the signals to Python, so that Ctrl-C raises KeyboardInterrupt.
    "-Xrs",
    # Engines get documents that we wrote ourselves, without a DOCTYPE; these are the second lock on that door.
    "-Djavax.xml.accessExternalDTD=",
    "-Djavax.xml.accessExternalSchema=",
    "-Djavax.xml.accessExternalStylesheet=",
)


def java_options() -> list[str]:
    """Options of the JVM: ours, then those of ``MODELPORT_JVM_OPTIONS``, which win."""
    return [*_OPTIONS, *shlex.split(os.environ.get("MODELPORT_JVM_OPTIONS", ""))]


def bridge_class() -> Any:
    """The bridge's Java class; starts the JVM when none runs.

    Raises:
        EngineError: No Java, it does not start, or it is too old.
    """
    with _lock:
        bridge = _bridge_class()
        _thread_class()
        return bridge


@cache
def _bridge_class() -> Any:
    import jpype

    if jpype.isJVMStarted():
        return _load_beside()
    java = find_java()
    _start(java)
    return jpype.JClass(_BRIDGE)


def _class_path(java_home: Path) -> list[str]:
    return [str(jar) for jar in (shim_jar(java_home), *engine_jars("pmml4s"), *engine_jars("jpmml"))]


def _start(java: Java) -> None:
    import jpype
    import jpype.config

    # At exit the JVM is ended and nothing of it freed before: the process goes anyway. To leave the JVM running
    # (``destroy_jvm = False``) aborts the process now and then: its threads call into an interpreter that is gone.
    jpype.config.free_resources = False
    try:
        jpype.startJVM(
            *java_options(),
            jvmpath=str(java.library),
            classpath=_class_path(java.home),
            convertStrings=False,
            interrupt=False,
        )
    except (OSError, RuntimeError, ValueError, jpype.JException) as error:
        raise EngineError(
            f"the JVM of {java.home} (from {java.source}) does not start: {error}; options: {' '.join(java_options())}"
        ) from error


def _load_beside() -> Any:
    """Load the bridge into a JVM that someone else has started."""
    import jpype

    system = jpype.JClass("java.lang.System")
    home = str(system.getProperty("java.home"))
    try:
        java_file = jpype.JClass("java.io.File")
        urls = [java_file(path).toURI().toURL() for path in _class_path(Path(home))]
        parent = jpype.JClass("java.lang.ClassLoader").getSystemClassLoader()
        loader = jpype.JClass("java.net.URLClassLoader")(urls, parent)
        return jpype.JClass(_BRIDGE, loader=loader)
    except (TypeError, jpype.JException) as error:
        raise EngineError(
            f"the JVM that already runs in this process (Java {system.getProperty('java.version')}, {home}) cannot "
            f"load modelport's classes: {error}; load a model with modelport before other users of the JVM"
        ) from error


@cache
def _thread_class() -> Any:
    """Looked up once: to look a class up attaches the thread."""
    import jpype

    return jpype.JClass("java.lang.Thread")


@contextmanager
def java_thread() -> Iterator[None]:
    """Attach this thread to the JVM for a while.

    A thread that was not attached before is detached again: the JVM would otherwise keep a Thread object for each of
    the threads that a server starts and ends.
    """
    thread = _thread_class()
    attached = thread.isAttached()
    if not attached:
        thread.attachAsDaemon()
    try:
        yield
    finally:
        if not attached:
            thread.detach()
