"""scikit-learn's models written as PMML score in PMML4S and JPMML-Evaluator as scikit-learn scores them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import modelport_runtime
from modelport.readers import read_model

from ._written import ENGINES, score, written

CLOSE = 1e-12
"""Relative: the engines add and exponentiate in another order."""
LABELS = np.array(['no "x"', "ja & <b>", "ü \n"])


def iris(missing=0.0):
    frame, target = datasets.load_iris(return_X_y=True, as_frame=True)
    frame.columns = ["a", 'b <&">', "ç", "d"]
    if missing:
        frame = frame.mask(np.random.default_rng(0).random(frame.shape) < missing)
    return frame, target.to_numpy()


def typed():
    """Whole numbers, truth values, float32, text."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "whole": random.integers(0, 9, 200),
            "truth": random.random(200) > 0.5,
            "single": random.standard_normal(200).astype(np.float32),
            "text": pd.Series(np.array(["r", "g b", 'q"\\', "x<&>"])[random.integers(0, 4, 200)], dtype="str"),
        }
    )
    return frame, ((frame.whole > 4) ^ frame.truth).astype(int).to_numpy() + (frame.single > 0).to_numpy()


def boundary_rows(frame, model):
    """Rows on thresholds of the model's trees and one ulp beside, and thresholds rounded to float32."""
    trees = [tree.tree_ for tree in np.ravel(getattr(model, "estimators_", [model]))]
    tests = [(tree.feature[i], tree.threshold[i]) for tree in trees for i in np.flatnonzero(tree.feature >= 0)]
    rows = frame.iloc[np.arange(6 * len(tests)) % len(frame)].reset_index(drop=True)
    for position, (feature, threshold) in enumerate(tests):
        single = np.float32(threshold)
        following = np.nextafter(single, np.float32(np.inf))
        values = [threshold, np.nextafter(threshold, np.inf), np.nextafter(threshold, -np.inf), float(single)]
        values += [float(following), (float(single) + float(following)) / 2]
        rows.iloc[6 * position : 6 * position + 6, feature] = values
    return pd.concat([frame, rows[:1500]], ignore_index=True)


def assert_same(model, frame, engine, boundary=False, sample=None):
    document = read_model(model, data=frame if sample is None else sample)
    if boundary:
        frame = boundary_rows(frame, model)
    pmml, _ = written(document)
    results = score(pmml, document, frame, engine)
    predicted = np.asarray(model.predict(frame)).reshape(len(frame), -1)
    for name, expected in zip(document.model.target_names, predicted.T, strict=True):
        assert_equal(results[name], expected, name)
    if hasattr(model, "predict_proba") and len(document.model.target_names) == 1:
        for label, expected in zip(model.classes_.tolist(), model.predict_proba(frame).T, strict=True):
            name = f"probability({str(label).lower() if isinstance(label, bool) else label})"
            assert_equal(results[name], expected, name)


def assert_equal(actual, expected, name):
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(actual, expected, rtol=CLOSE, atol=CLOSE, err_msg=name)
    else:
        wanted = expected.astype(float) if expected.dtype.kind in "bi" else expected
        assert [a for a, b in zip(actual, wanted, strict=True) if a != b] == [], name


X, Y = iris()
XM, _ = iris(missing=0.2)
TREES = {
    "tree": DecisionTreeClassifier(random_state=0).fit(X, Y),
    "regression tree": DecisionTreeRegressor(random_state=0).fit(X, X["a"] * Y),
    "forest, text labels": RandomForestClassifier(9, random_state=0).fit(X, LABELS[Y]),
    "forest with ties": RandomForestClassifier(2, max_depth=2, random_state=0).fit(X, Y > 0),
    "regression forest": RandomForestRegressor(9, random_state=0).fit(X, X["a"] * Y),
    "boosting of two": GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, Y > 1),
    "boosting of three": GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, Y),
    "boosted regression": GradientBoostingRegressor(n_estimators=4, random_state=0).fit(X, X["a"] * Y),
}
MODELS = {
    "missing": (DecisionTreeClassifier(random_state=0).fit(XM, Y), XM),
    "forest with missing": (RandomForestRegressor(4, random_state=0).fit(XM, Y), XM),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=4).fit(XM, LABELS[Y]), XM),
    "poisson boosting": (HistGradientBoostingRegressor(max_iter=4, loss="poisson").fit(XM, Y), XM),
    "huge margins": (GradientBoostingClassifier(n_estimators=2, learning_rate=1e4).fit(X, Y), X),
    "two outputs": (DecisionTreeRegressor(random_state=0).fit(X, X[["a", "d"]]), X),
    "two classes each": (DecisionTreeClassifier(max_depth=3).fit(X, np.stack([Y, Y > 1], axis=1).astype(int)), X),
    "linear": (LinearRegression().fit(X, Y), X),
    "linear with two outputs": (LinearRegression().fit(X[["a"]], X[["d", "ç"]].set_axis(["p", "q"], axis=1)), X[["a"]]),
    "poisson": (PoissonRegressor().fit(X, Y), X),
    "logistic of two": (make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y > 1), X),
    "logistic of three": (LogisticRegression(max_iter=500).fit(X, LABELS[Y]), X),
    "one versus rest": (SGDClassifier(loss="log_loss", random_state=0).fit(X, Y), X),
    "support vectors": (make_pipeline(StandardScaler(), LinearSVC()).fit(X, Y), X),
    "logarithms": (make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit(X, Y), X),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", TREES)
def test_trees_reach_the_same_leaves(name, engine):
    assert_same(TREES[name], X, engine, boundary=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_models_score_the_same(name, engine):
    assert_same(*MODELS[name], engine)


def single_column():
    values = np.random.default_rng(1).normal(size=200).astype(np.float32)
    return pd.DataFrame({"single": values}), np.where(values > 0.2, 3.0, 0.0) + np.linspace(0, 1, 200)


def thresholds_of(model):
    if isinstance(model, HistGradientBoostingRegressor):
        nodes = [tree.nodes for trees in model._predictors for tree in trees]
        return np.concatenate([node["num_threshold"][node["is_leaf"] == 0] for node in nodes])
    return np.concatenate(
        [tree.tree_.threshold[tree.tree_.feature >= 0] for tree in getattr(model, "estimators_", [model])]
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(random_state=0),
        RandomForestRegressor(5, random_state=0),
        HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_float32_columns_on_and_beside_every_threshold(model, engine):
    """JPMML-Evaluator reads the constant as a float: half of the ends of intervals would round to the next one."""
    model.fit(*single_column())
    single = thresholds_of(model).astype(np.float32)
    values = [single, *(np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf))]
    assert_same(model, pd.DataFrame({"single": np.unique(np.concatenate(values))}), engine, sample=single_column()[0])


@pytest.mark.parametrize("engine", ENGINES)
def test_fields_are_compared_by_their_types(engine):
    frame, target = typed()
    numbers = frame[["whole", "truth", "single"]]
    assert_same(DecisionTreeClassifier(random_state=0).fit(numbers, target), numbers, engine)
    assert_same(HistGradientBoostingClassifier(max_iter=3).fit(numbers, target), numbers, engine)


@pytest.mark.parametrize("engine", ["pmml4s", "jpmml", "read back"])
def test_ties_among_many_classes(engine):
    frame, target = datasets.load_digits(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(4, random_state=0).fit(frame[::3], target[::3])
    assert_same(model, frame, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_categories_of_any_text(engine):
    frame, target = typed()
    encode = ColumnTransformer([("text", OneHotEncoder(handle_unknown="ignore"), ["text"])], remainder="passthrough")
    columns = frame[["text", "whole"]]
    model = make_pipeline(encode, LogisticRegression(max_iter=500)).fit(columns, target)
    unseen = columns.assign(text=columns["text"].where(np.arange(200) % 5 > 0, "never seen"))
    assert_same(model, unseen, engine, sample=columns)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("labels", [np.array([False, True]), np.array([0, 1]), np.array(["a", "b"])])
def test_a_tie_goes_to_the_class_that_the_framework_chooses(engine, labels):
    model = LogisticRegression().fit(X, labels[(Y > 0).astype(int)])
    model.coef_, model.intercept_ = np.zeros((1, 4)), np.zeros(1)
    assert_same(model, X, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_transformer_alone(engine):
    scaler = StandardScaler().fit(X)
    document = read_model(scaler, data=X)
    results = score(written(document)[0], document, X, engine)
    for output, expected in zip(document.model.outputs, scaler.transform(X).T, strict=True):
        assert_equal(results[output.name], expected, output.name)


@pytest.mark.parametrize("engine", ["reference", "auto", "pmml4s", "jpmml"])
def test_a_transformer_alone_has_the_columns_of_scikit_learn(engine):
    """PMML has no model without a predictor: it is written as a regression of nothing, which is no result."""
    scaler = StandardScaler().fit(X)
    pmml, _ = written(read_model(scaler, data=X))
    if engine in ("pmml4s", "jpmml"):
        pytest.importorskip({"pmml4s": "pypmml", "jpmml": "jpmml_evaluator"}[engine])
    results = modelport_runtime.load(pmml, engine=engine).score(X)
    assert list(results.columns) == [f"transform({name})" for name in scaler.get_feature_names_out()]
    np.testing.assert_allclose(results.to_numpy(), scaler.transform(X), rtol=CLOSE, atol=CLOSE)
