from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._jars import engine_jars, shim_jar
from modelport_runtime.executors.jvm._java import find_java


@pytest.fixture(scope="session")
def java_home() -> Path:
    """A Java that can run the engines, with our bridge compiled."""
    if importlib.util.find_spec("jpype") is None:
        pytest.skip("jpype1 is not installed")
    try:
        home = find_java().home
        shim_jar(home)
    except EngineError as error:
        pytest.skip(str(error))
    return home


def _installed(engine: str) -> str:
    if not engine_jars(engine):
        pytest.skip(f"no jars of {engine}")
    return engine


@pytest.fixture
def pmml4s(java_home: Path) -> str:
    return _installed("pmml4s")


@pytest.fixture
def jpmml(java_home: Path) -> str:
    return _installed("jpmml")


@pytest.fixture(params=["pmml4s", "jpmml"])
def engine(request: pytest.FixtureRequest, java_home: Path) -> str:
    return _installed(request.param)


RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_python() -> RunPython:
    """Runs a script in a process of its own, where a JVM of its own can be started."""

    def run(script: str, *, without: tuple[str, ...] = (), **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key not in without} | changes
        return subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run
