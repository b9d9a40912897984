"""Every file that we write appears whole or not at all, with the mode of any new file."""

from __future__ import annotations

import os
import resource
import signal
import stat

import pyarrow as pa
import pytest

from modelport._rows import write_batches
from modelport.writers import native, onnx, pmml
from modelport_runtime._atomic import replacing
from modelport_runtime.pmml import read_pmml

PMML = b"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
<MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
</RegressionModel></PMML>"""


def write_scores(document, path):
    with write_batches(path) as write:
        write(pa.table({"y": [1.0]}))


WRITERS = {
    "m.modelport": native.write_native,
    "m.onnx": onnx.write_onnx,
    "m.pmml": pmml.write_pmml,
    "m.pmml.gz": pmml.write_pmml,
    "scores.csv": write_scores,
    "scores.parquet": write_scores,
}


@pytest.fixture(params=[0o022, 0o027], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("name", WRITERS)
def test_the_mode_of_any_new_file(tmp_path, umask, name):
    WRITERS[name](read_pmml(PMML), tmp_path / name)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o666 & ~umask
    assert os.listdir(tmp_path) == [name]


def write_half(path):
    with replacing(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


def test_a_pipe_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with replacing(path) as file:
        file.write(b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(tmp_path):
    path = tmp_path / "absent" / "model"
    with pytest.raises(OSError, match="No such file") as caught, replacing(path):
        pass
    assert caught.value.filename == str(path)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_is_told_by_the_name_that_was_given():
    with pytest.raises(OSError, match="No space left") as caught, replacing("/dev/full") as file:
        file.write(b"content")
    assert caught.value.filename == "/dev/full"


def write_much(path):
    with replacing(path) as file:
        for _ in range(100):
            file.write(bytes(1000))


def test_a_write_that_fails_leaves_nothing_and_names_the_path(tmp_path):
    """A limit on the size of files stands for the full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_much(tmp_path / "model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.filename == str(tmp_path / "model")
    assert os.listdir(tmp_path) == []
