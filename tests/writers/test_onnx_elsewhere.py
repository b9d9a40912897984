"""Written graphs in plain ONNX Runtime, without our executor, against the frameworks' own predictions."""

from __future__ import annotations

import io
import json
from pathlib import Path

import joblib
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import modelport_runtime
from modelport.readers import read_model
from modelport.writers.native import write_native
from modelport.writers.onnx import write_onnx
from modelport.writers.pmml import write_pmml
from modelport_runtime.hub import DataType
from modelport_runtime.hub._native import load_document
from modelport_runtime.pmml import read_pmml
from modelport_runtime.results import result_fields

FLOAT64 = {"rtol": 1e-12, "atol": 1e-14}
"""Sums in another order."""
FLOAT32 = {"rtol": 2e-5, "atol": 2e-6}
"""A graph in single precision: seven digits, less what sums of a hundred terms lose."""
XGBOOST = {"rtol": 1e-6, "atol": 1e-7}
"""XGBoost computes in float32 itself: a few of its last places, as its exponentials and ONNX Runtime's differ."""


def xgboost_classifier():
    return pytest.importorskip("xgboost").XGBClassifier(n_estimators=20, max_depth=4, n_jobs=1)


def xgboost_regressor():
    return pytest.importorskip("xgboost").XGBRegressor(n_estimators=20, max_depth=4, n_jobs=1)


MODELS = {
    "logistic": (lambda: make_pipeline(StandardScaler(), LogisticRegression()), load_iris, FLOAT32),
    "logistic of two": (lambda: make_pipeline(StandardScaler(), LogisticRegression()), load_breast_cancer, FLOAT32),
    "forest": (lambda: RandomForestClassifier(20, random_state=0), load_breast_cancer, FLOAT32),
    "forest of numbers": (lambda: RandomForestRegressor(20, random_state=0), load_diabetes, FLOAT32),
    "boosting": (lambda: GradientBoostingClassifier(n_estimators=20, random_state=0), load_iris, FLOAT32),
    "boosting of numbers": (lambda: GradientBoostingRegressor(n_estimators=20, random_state=0), load_diabetes, FLOAT32),
    "xgboost": (xgboost_classifier, load_iris, XGBOOST),
    "xgboost of two": (xgboost_classifier, load_breast_cancer, XGBOOST),
    "xgboost of numbers": (xgboost_regressor, load_diabetes, XGBOOST),
}


def checked(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    return content


def metadata(session, key):
    return json.loads(session.get_modelmeta().custom_metadata_map[f"modelport.{key}"])


def written(document, **options):
    """The graph in ONNX Runtime on its default options."""
    buffer = io.BytesIO()
    write_onnx(document, buffer, **options)
    return onnxruntime.InferenceSession(checked(buffer.getvalue()))


@pytest.mark.parametrize("float32", [False, True], ids=["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_a_graph_of_one_matrix(name, float32):
    make, load, tolerance = MODELS[name]
    if not float32 and tolerance is FLOAT32:
        tolerance = FLOAT64
    features, target = load(return_X_y=True)
    # Rows that float32 holds: what the graph then computes is the only difference.
    features = features.astype(np.float32).astype(np.float64)
    frame = pd.DataFrame(features, columns=[f"f{index}" for index in range(features.shape[1])])
    model = make().fit(frame, target)
    session = written(read_model(model, frame), float32=float32, matrix_input=True)
    dtype = np.float32 if float32 else np.float64
    (tensor,) = metadata(session, "inputs")
    assert [field["name"] for field in tensor["fields"]] == list(frame.columns)
    (only,) = session.get_inputs()
    assert (only.name, only.shape) == ("X", ["N", frame.shape[1]])

    label, *probabilities = session.run(None, {"X": frame.to_numpy(dtype)})

    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(label[:, 0], model.predict(frame))
        assert all(column.dtype == dtype for column in probabilities)
        np.testing.assert_allclose(np.hstack(probabilities), model.predict_proba(frame), **tolerance)
    else:
        assert (label.dtype, probabilities) == (dtype, [])
        np.testing.assert_allclose(label[:, 0], model.predict(frame), **tolerance)


def test_a_matrix_keeps_the_columns_that_nothing_reads(tmp_path):
    """As skl2onnx does: whoever has the rows that a model was trained on has the matrix."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.normal(size=60) for name in ("a", "unread", "b")})
    frame.insert(1, "text", "nothing reads this")
    frame["flag"] = frame["a"] > 0
    chosen = make_column_transformer((StandardScaler(), ["b", "a"]), remainder="drop")
    model = make_pipeline(chosen, LogisticRegression()).fit(frame, frame["a"] + frame["b"] > 0)
    document = read_model(model, frame)
    numbers = frame[["a", "unread", "b", "flag"]]

    session = written(document, matrix_input=True)
    assert session.get_inputs()[0].shape == ["N", 4]
    assert metadata(session, "unread") == ["unread", "flag"]
    label, *probabilities = session.run(None, {"X": numbers.to_numpy(np.float64)})
    assert label[:, 0].tolist() == model.predict(frame).tolist()
    np.testing.assert_allclose(np.hstack(probabilities), model.predict_proba(frame), **FLOAT64)

    write_pmml(document, tmp_path / "model.pmml")  # which does not say what the model was trained on
    session = written(read_pmml(tmp_path / "model.pmml"), matrix_input=True)
    assert session.get_inputs()[0].shape == ["N", 2]

    write_native(document, tmp_path / "model.modelport")
    write_onnx(load_document(tmp_path / "model.modelport"), tmp_path / "model.onnx", matrix_input=True)
    scorer = modelport_runtime.load(tmp_path / "model.onnx")
    assert [field.name for field in scorer.inputs] == ["a", "b"]
    for rows in (frame, frame[["b", "a"]], frame.assign(unread="text")):
        np.testing.assert_array_equal(scorer.score(rows)["probability(true)"], probabilities[1][:, 0])


ELEMENT_TYPES = {
    DataType.STRING: "tensor(string)",
    DataType.INTEGER: "tensor(int64)",
    DataType.DOUBLE: "tensor(double)",
}


def feeds_of(session, frame: pd.DataFrame):
    """A tensor [N, 1] a column; what stands for missing text the file's own metadata say."""
    missing = metadata(session, "missing")["string"]
    feeds = {}
    for info in session.get_inputs():
        column = frame[info.name]
        if info.type == "tensor(string)":
            feeds[info.name] = column.astype(object).where(column.notna(), missing).to_numpy(dtype=object)[:, None]
        else:
            feeds[info.name] = column.to_numpy(np.int64 if info.type == "tensor(int64)" else np.float64)[:, None]
    return feeds


@pytest.mark.parametrize(("name", "target"), [("penguins", "species"), ("credit", "creditability")])
def test_real_pipelines_of_texts_and_numbers(fixtures: Path, name: str, target: str):
    model = joblib.load(fixtures / f"{name}.joblib")
    frame = pd.read_csv(fixtures / f"{name}.csv").drop(columns=target)
    assert frame.isna().any(axis=None)
    document = read_model(model, frame)
    session = written(document)
    results = result_fields(document)
    assert [(info.name, info.type, info.shape) for info in session.get_outputs()] == [
        (field.name, ELEMENT_TYPES[field.data_type], ["N", 1]) for field in results
    ]

    label, *probabilities = session.run(None, feeds_of(session, frame))

    assert label[:, 0].tolist() == model.predict(frame).tolist()
    np.testing.assert_allclose(np.hstack(probabilities), model.predict_proba(frame), **FLOAT64)
