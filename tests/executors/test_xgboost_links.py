"""Float32 ensembles give XGBoost's own numbers: margins bit for bit, what is made of them to the last place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from modelport.readers import read_model
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.frames import to_table

xgboost = pytest.importorskip("xgboost")

TREES = {"n_estimators": 20, "max_depth": 4, "n_jobs": 1}
LAST_PLACES = 2
"""XGBoost calls the C library's expf, which rounds correctly but for one value in a thousand or so, and a softmax
divides two."""
SAME = 0.99
"""Share of values that are XGBoost's to the bit."""


def places_between(left, right):
    """Float32 numbers between two, both positive."""
    return np.abs(left.astype(np.float32).view(np.int32).astype(np.int64) - right.view(np.int32))


def trained(model, load):
    features, target = load(return_X_y=True)
    frame = pd.DataFrame(features, columns=[f"f{index}" for index in range(features.shape[1])])
    return model.fit(frame, target), frame.astype(np.float32).astype(np.float64)


def scores(executor, model, frame):
    document = read_model(model, frame)
    results = executor(document).score(to_table(frame, document.data_fields))
    probabilities = [column for name, column in results.items() if name.startswith("probability")]
    return np.stack([column.values for column in probabilities or [results["y"]]], axis=1)


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor, AutoExecutor])
@pytest.mark.parametrize(
    ("kind", "objective", "load"),
    [
        ("XGBClassifier", "binary:logistic", datasets.load_breast_cancer),
        ("XGBClassifier", "multi:softprob", datasets.load_digits),
        ("XGBRegressor", "count:poisson", datasets.load_diabetes),
    ],
)
def test_what_links_make_of_margins(executor, kind, objective, load):
    model, frame = trained(getattr(xgboost, kind)(objective=objective, **TREES), load)
    expected = model.predict_proba(frame) if kind == "XGBClassifier" else model.predict(frame)[:, None]
    places = places_between(scores(executor, model, frame), expected)
    assert places.max() <= LAST_PLACES
    assert np.mean(places == 0) >= SAME


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor, AutoExecutor])
def test_margins_are_the_same_to_the_bit(executor):
    model, frame = trained(xgboost.XGBRegressor(**TREES), datasets.load_diabetes)
    assert scores(executor, model, frame)[:, 0].tolist() == model.predict(frame).astype(np.float64).tolist()
