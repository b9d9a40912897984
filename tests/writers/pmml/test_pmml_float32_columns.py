"""float32 columns beside float64 ones, and constants that are no float32: every engine decides as scikit-learn."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, KBinsDiscretizer
from sklearn.tree import DecisionTreeRegressor

from modelport.readers import read_model
from modelport.writers.onnx import write_onnx
from modelport_runtime import load

from ._written import ENGINES, score, written

ALL_ENGINES = (*ENGINES, "onnx", "auto")
PREDICTORS = [LinearRegression(), DecisionTreeRegressor(random_state=0)]
"""PMML4S is given a float as it prints where a document has predicates, else its value."""


def training(single):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"d": random.normal(size=200), "f": random.normal(size=200).astype(np.float32)})
    return frame.astype(np.float32) if single else frame


def beside(frame, values):
    """Rows with the float32 next to each value, and those next to that."""
    nearest = np.asarray(values, dtype=np.float32)
    points = np.concatenate([nearest, *(np.nextafter(nearest, np.float32(end)) for end in (-np.inf, np.inf))])
    rows = frame.iloc[np.arange(len(points)) % len(frame)].reset_index(drop=True)
    rows["f"] = points
    return rows


def assert_same(transformer, predictor, frame, rows, engine):
    model = make_pipeline(transformer, predictor).fit(frame, frame["d"] + 3 * (frame["f"] > 0.2))
    document = read_model(model, data=frame)
    if engine in ENGINES:
        results = score(written(document)[0], document, rows, engine)["y"]
    elif engine == "onnx":
        buffer = io.BytesIO()
        write_onnx(document, buffer)
        results = load(buffer.getvalue(), engine="onnx").score(rows)["y"]
    else:
        results = load(document, engine=engine).score(rows)["y"]
    np.testing.assert_allclose(results, model.predict(rows), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("engine", ALL_ENGINES)
@pytest.mark.parametrize("predictor", PREDICTORS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("single", [False, True], ids=["mixed", "all float32"])
def test_edges_of_bins(single, predictor, engine):
    frame = training(single)
    bins = KBinsDiscretizer(9, encode="ordinal", strategy="uniform").fit(frame)
    assert_same(bins, predictor, frame, beside(frame, bins.bin_edges_[1][1:-1]), engine)


@pytest.mark.parametrize("engine", ALL_ENGINES)
@pytest.mark.parametrize("predictor", PREDICTORS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("single", [False, True], ids=["mixed", "all float32"])
@pytest.mark.parametrize("threshold", [0.1, 0.7])
def test_threshold_of_a_binarizer(threshold, single, predictor, engine):
    """float32(0.1) lies above 0.1, float32(0.7) below 0.7; numpy rounds the threshold where all columns are float32."""
    frame = training(single)
    assert_same(Binarizer(threshold=threshold), predictor, frame, beside(frame, [threshold]), engine)


@pytest.mark.parametrize("engine", ALL_ENGINES)
@pytest.mark.parametrize("single", [False, True], ids=["mixed", "all float32"])
@pytest.mark.parametrize("mark", [0.1, np.float64(0.1), -999, 2**24 + 1], ids=repr)
def test_marks_of_missing_values(mark, single, engine):
    """numpy rounds Python's 0.1 to the type of the array, its own float64 it does not."""
    frame = training(single)
    frame.loc[::7, "f"] = np.float32(mark)
    imputer = SimpleImputer(missing_values=mark, strategy="constant", fill_value=7.5, add_indicator=True)
    assert_same(imputer, LinearRegression(), frame, frame, engine)
