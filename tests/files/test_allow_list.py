"""What the allow-list holds is what fitted models of the readers' table need, and the audit hook stands behind it."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, ShuffleSplit, StratifiedKFold
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from modelport.readers._files._allowed import INTERNALS
from modelport.readers._files._guard import guarded, unguarded
from modelport.readers._files._unpickle import load_joblib, load_pickle
from modelport.readers.sklearn.functions import FUNCTIONS
from modelport_runtime.errors import UnsafeArtifactError

NUMBERS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "b": [1.0, 0.0, 1.0, 0.5, 0.0, 1.0]})
CODES = pd.DataFrame({"c": [1, 2, 3, 1, 2, 3]})
CLASSES = [0, 0, 0, 1, 1, 1]

NUMBER_TYPES = (
    *(float, int, bool, np.bool_, np.float32, np.float64),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
)


def assert_passes(model, tmp_path, rows, method="transform"):
    expected = getattr(model, method)(rows)
    path = tmp_path / "model.pkl"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(model, protocol=protocol))
        np.testing.assert_array_equal(getattr(load_pickle(path), method)(rows), expected)
    joblib.dump(model, path)
    np.testing.assert_array_equal(getattr(load_joblib(path), method)(rows), expected)


@pytest.mark.parametrize("dtype", NUMBER_TYPES)
@pytest.mark.parametrize("encoder", [OneHotEncoder, OrdinalEncoder])
def test_types_of_encoders(tmp_path, encoder, dtype):
    options = {"sparse_output": False} if encoder is OneHotEncoder else {}
    assert_passes(encoder(dtype=dtype, **options).fit(CODES), tmp_path, CODES)


@pytest.mark.parametrize("kind", [np.number, np.integer, np.floating, np.object_, object, float, int, bool, str])
def test_types_of_column_selectors(tmp_path, kind):
    rows = pd.concat([NUMBERS, CODES], axis=1)
    left_out = make_column_selector(dtype_exclude=kind)
    model = make_column_transformer((StandardScaler(), make_column_selector(dtype_include=kind)), ("drop", left_out))
    assert_passes(model.fit(rows), tmp_path, rows)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_numpy(tmp_path, name):
    rows = NUMBERS / 10 + 0.1
    assert_passes(FunctionTransformer(getattr(np, name)).fit(rows), tmp_path, rows)


@pytest.mark.parametrize("splits", [KFold(2), StratifiedKFold(2), ShuffleSplit(2, random_state=0)], ids=str)
def test_searches_for_parameters(tmp_path, splits):
    options = {"cv": splits}
    rows = pd.concat([NUMBERS] * 3, ignore_index=True)
    for search in (
        GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]}, **options),
        RandomizedSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, n_iter=2, **options),
    ):
        assert_passes(search.fit(rows, [0, 1, 0, 1, 0, 1] * 3), tmp_path, rows, "predict")


def test_nothing_on_the_list_reaches_the_system():
    modules = {module.split(".")[0] for module, _ in INTERNALS}
    assert modules.isdisjoint({"os", "posix", "nt", "sys", "subprocess", "importlib", "ctypes", "socket", "io"})
    dangerous = {"eval", "exec", "compile", "open", "__import__", "getattr", "setattr", "type", "globals", "vars"}
    assert dangerous.isdisjoint(name for module, name in INTERNALS if module == "builtins")


ATTEMPTS = {
    "system": lambda folder: os.system("true"),
    "process": lambda folder: subprocess.run([sys.executable, "-c", ""], check=True),
    "socket": lambda folder: socket.create_connection(("127.0.0.1", 9), timeout=0.1),
    "write": lambda folder: (folder / "new").write_text("x", encoding="utf-8"),
    "remove": lambda folder: (folder / "kept").unlink(),
    "rename": lambda folder: (folder / "kept").rename(folder / "moved"),
    "library": lambda folder: __import__("ctypes").CDLL("libc.so.6"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_audit_hook_forbids(tmp_path, attempt):
    (tmp_path / "kept").write_text("x", encoding="utf-8")
    with pytest.raises(UnsafeArtifactError, match="the file attempts"), guarded():
        ATTEMPTS[attempt](tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_the_audit_hook_lets_reading_pass_and_can_be_lifted(tmp_path):
    path = tmp_path / "kept"
    with guarded():
        with unguarded():
            path.write_text("x", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "x"
        with pytest.raises(UnsafeArtifactError, match="attempts open"):
            path.write_text("y", encoding="utf-8")
    path.write_text("z", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "z"
