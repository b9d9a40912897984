"""Hostile model files are refused, name what is wrong, and run nothing."""

from __future__ import annotations

import builtins
import functools
import os
import pickle
import subprocess
from pathlib import Path

import joblib
import numpy as np
import pytest

from modelport.readers._files import Limits, read_file
from modelport_runtime.errors import ArtifactError, ModelportError, UnsafeArtifactError

QUICK = Limits(seconds=3)


class Calls:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function, *arguments, state=None):
        self.call = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.call


@pytest.fixture
def canary(tmp_path):
    """A file that hostile code would make; nothing may make it."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists(), "hostile code was run"


def refused(path: Path, *names: str, limits: Limits = QUICK) -> None:
    with pytest.raises(UnsafeArtifactError) as caught:
        read_file(path, trust=True, limits=limits)
    for name in names:
        assert name in str(caught.value)


def touch(canary: Path) -> Calls:
    return Calls(os.system, f"touch {canary}")


PAYLOADS = {
    "os.system": lambda canary: Calls(os.system, f"touch {canary}"),
    "eval": lambda canary: Calls(eval, f"open({str(canary)!r}, 'w')"),
    "exec": lambda canary: Calls(exec, f"open({str(canary)!r}, 'w')"),
    "open": lambda canary: Calls(open, str(canary), "w"),
    "__import__": lambda canary: Calls(builtins.__import__, "antigravity"),
    "getattr": lambda canary: Calls(getattr, "text", "upper"),
    "Popen": lambda canary: Calls(subprocess.Popen, ["touch", str(canary)]),
    "partial": lambda canary: Calls(functools.partial, os.system, f"touch {canary}"),
    "nested in a list": lambda canary: [1, {"model": touch(canary)}],
    "state": lambda canary: Calls(dict, state={"a": touch(canary)}),
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("save", [pickle, joblib], ids=["pickle", "joblib"])
def test_calls_are_refused(tmp_path, canary, payload, save):
    path = tmp_path / "model.joblib"
    with path.open("wb") as file:
        save.dump(PAYLOADS[payload](canary), file)
    refused(path, "was refused: it names ")


def test_a_payload_nested_in_a_joblib_array_is_refused(tmp_path, canary):
    array = np.array([touch(canary), "b"], dtype=object)
    path = tmp_path / "model.joblib"
    joblib.dump({"weights": array}, path)
    refused(path, "posix.system")


@pytest.mark.parametrize("compress", ["zlib", "gzip", "bz2", "lzma", "xz"])
def test_a_payload_in_a_compressed_joblib_file_is_refused(tmp_path, canary, compress):
    path = tmp_path / "model.joblib"
    joblib.dump([np.array([touch(canary)], dtype=object)], path, compress=(compress, 3))
    refused(path, "posix.system")


def test_every_refused_name_is_listed(tmp_path, canary):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps([touch(canary), Calls(eval, "1"), Calls(subprocess.getoutput, "id")]))
    refused(path, "posix.system", "builtins.eval", "subprocess.getoutput", "Nothing of it was run")


def test_a_dotted_name_does_not_reach_through_an_allowed_module(tmp_path, canary):
    path = tmp_path / "model.pkl"
    stream = b"\x80\x04\x8c\x05numpy\x8c\x13random.mtrand.dtype\x93."
    path.write_bytes(stream)
    refused(path, "numpy.random.mtrand.dtype")


def test_a_namesake_of_an_allowed_class_is_refused(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02csklearn.model_selection._search\nPipeline\n.")
    with pytest.raises(ModelportError, match=r"sklearn.model_selection._search.Pipeline is not"):
        read_file(path, trust=True, limits=Limits(seconds=20))


def test_numpy_import_by_name_is_refused(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02cnumpy.core\n_ufunc_reconstruct\nX\x02\x00\x00\x00osX\x06\x00\x00\x00system\x86R.")
    refused(path, "numpy.core._ufunc_reconstruct")


def test_extension_registry_and_persistent_ids_are_errors(tmp_path):
    for name, stream in (("ext", b"\x80\x02\x82\x01."), ("persistent", b"\x80\x02X\x01\x00\x00\x00aQ.")):
        path = tmp_path / f"{name}.pkl"
        path.write_bytes(stream)
        with pytest.raises(ArtifactError, match="cannot be unpickled"):
            read_file(path, trust=True, limits=QUICK)


def test_a_memory_bomb_is_refused(tmp_path):
    path = tmp_path / "model.joblib"
    path.write_bytes(pickle.dumps(Calls(bytearray, 1 << 40)))
    refused(path, "needs more memory", limits=Limits(seconds=20, memory=4 * 1024**3))


def test_a_compressed_memory_bomb_is_refused(tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(np.zeros(300_000_000, dtype=np.uint8), path, compress=("zlib", 1))
    assert path.stat().st_size < 10_000_000
    refused(path, "needs more memory", limits=Limits(seconds=20, memory=400 * 1024**2))


def test_an_endless_loop_is_refused(tmp_path):
    nested: tuple = ()
    for _ in range(60):  # a tuple's hash is not kept: the hash of this one takes 2 ** 60 steps
        nested = (nested, nested)
    path = tmp_path / "model.pkl"
    content = pickle.dumps(nested)
    path.write_bytes(b"\x80\x04\x8f(" + content[2:-1] + b"\x90.")  # EMPTY_SET MARK nested ADDITEMS STOP
    refused(path, "was refused")


def test_pickles_need_trust(tmp_path, canary):
    path = tmp_path / "model.joblib"
    joblib.dump(touch(canary), path)
    with pytest.raises(UnsafeArtifactError, match="--trust"):
        read_file(path)


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x80\x04", b"\x80\x04\x95\xff\xff", b"no model at all"])
def test_broken_files_are_errors(tmp_path, content):
    path = tmp_path / "model.joblib"
    path.write_bytes(content)
    with pytest.raises(ArtifactError):
        read_file(path, trust=True, limits=QUICK)
