"""How the command line ends: signals, internal errors, disks that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from modelport.cli import main

MODEL = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
<MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
</RegressionModel></PMML>"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.pmml"
    path.write_text(MODEL)
    return path


@pytest.fixture
def run(capfd):
    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        return left.value.code, *capfd.readouterr()

    return call


@pytest.mark.parametrize(
    ("number", "status", "said"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_while_writing_leaves_no_file(tmp_path, model, number, status, said):
    rows = tmp_path / "rows"
    os.mkfifo(rows)
    command = [sys.executable, "-c", "from modelport.cli import main; main()", "score", model, rows]
    process = subprocess.Popen(
        [*command, "-o", tmp_path / "scores.csv"],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with open(rows, "wb") as feed:
        feed.write(b"x\n1\n")
        feed.flush()
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".scores.csv.*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert list(tmp_path.glob(".scores.csv.*"))
        process.send_signal(number)
        time.sleep(0.2)
    assert process.communicate(timeout=60)[1].decode().strip() == f"modelport: error: {said}"
    assert process.returncode == status
    assert sorted(os.listdir(tmp_path)) == ["model.pmml", "rows"]


def test_the_library_leaves_signals_alone():
    code = "import signal, modelport, modelport.cli; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "True\n"


def test_the_handler_goes_with_the_command(run):
    before = signal.getsignal(signal.SIGTERM)
    assert run("--help")[0] == 0
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.fixture
def broken(monkeypatch):
    def fail(*arguments, **options):
        raise ZeroDivisionError("all is\nlost")

    monkeypatch.setattr("modelport.parity.check_parity", fail)


def test_an_internal_error_is_no_difference(run, tmp_path, model, broken, monkeypatch):
    monkeypatch.delenv("MODELPORT_DEBUG", raising=False)
    (tmp_path / "rows.csv").write_text("x\n1\n")
    arguments = ["parity", model, model, "--data", tmp_path / "rows.csv"]
    status, _, err = run(*arguments)
    assert status == 2
    assert err.startswith(
        "modelport: error: internal error, a defect of modelport: ZeroDivisionError: all is lost; for"
    )
    assert err.count("\n") == 1
    status, _, err = run("--debug", *arguments)
    assert status == 2
    assert err.startswith("Traceback")
    monkeypatch.setenv("MODELPORT_DEBUG", "1")
    assert run(*arguments)[2].startswith("Traceback")


@pytest.mark.parametrize("target", ["absent/scores.csv", "absent/scores.parquet"])
def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(run, tmp_path, model, target):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    status, _, err = run("score", model, tmp_path / "rows.csv", "-o", tmp_path / target)
    assert (status, err) == (2, f"modelport: error: {tmp_path / target}: No such file or directory\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_is_told_by_the_name_that_was_given(run, tmp_path, model):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    status, _, err = run("score", model, tmp_path / "rows.csv", "-o", "/dev/full")
    assert (status, err) == (2, "modelport: error: /dev/full: No space left on device\n")
