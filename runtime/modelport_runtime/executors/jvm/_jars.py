"""The jars of the engines, found in the wheels that carry them, and the jar of our own bridge."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._shim import (
    compile_shim,
    find_javac,
    jar_digest,
    packaged_jar,
    source_digest,
    source_folder,
)

__all__ = ["engine_jars", "require_engine", "shim_jar"]

_WHEELS = {"pmml4s": ("pypmml", ("jars",), "jvm"), "jpmml": ("jpmml_evaluator", ("resources", "dependencies"), "jpmml")}
"""Engine: the module of the wheel, its folders of jars, and the extra that installs it."""


def engine_jars(engine: str) -> list[Path]:
    """The jars of an engine; empty when its wheel is not installed. The wheel's own code is not imported."""
    module, folders, _ = _WHEELS[engine]
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(spec.submodule_search_locations[0])
    return sorted(jar for folder in folders for jar in (root / folder).glob("*.jar"))


def require_engine(engine: str) -> None:
    """Check that an engine is known and installed.

    Raises:
        EngineError: It is not.
    """
    if engine not in _WHEELS:
        raise EngineError(f"unknown JVM engine {engine!r}: choose one of {', '.join(_WHEELS)}")
    module, _, extra = _WHEELS[engine]
    if importlib.util.find_spec("jpype") is None or not engine_jars(engine):
        raise EngineError(f"engine {engine!r} needs jpype1 and {module}; run: pip install 'modelport[{extra}]'")


def shim_jar(java_home: Path) -> Path:
    """The jar of our bridge, compiled now if need be.

    Raises:
        EngineError: There is no jar of these sources and no compiler to make one.
    """
    sources = source_folder()
    jar = packaged_jar()
    if sources is None:
        if jar.is_file():
            return jar
        raise EngineError(f"{jar} is missing and so are its sources; install modelport again")
    digest = source_digest(sources)
    if jar_digest(jar) == digest:
        return jar
    cached = _cache_folder() / f"shim-{digest[:16]}.jar"
    if jar_digest(cached) != digest:
        _compile(sources, cached, java_home)
    return cached


def _compile(sources: Path, jar: Path, java_home: Path) -> None:
    javac = find_javac(java_home)
    if javac is None:
        raise EngineError(
            "the Java half of modelport is not compiled and there is no javac to compile it: install a JDK 17 or newer "
            "and set JAVA_HOME, or install a wheel of modelport that was built on a machine with a JDK"
        )
    try:
        compile_shim(sources, jar, javac)
    except (RuntimeError, OSError) as error:
        raise EngineError(f"the Java half of modelport cannot be compiled: {error}") from error


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "modelport"
