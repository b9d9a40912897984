"""Of more than four classes with equal probabilities PMML4S takes any; what we write says which, for any consumer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from modelport.readers import read_model
from modelport_runtime.pmml import read_pmml

from ._written import ENGINES, score, written

N_CLASSES, N_KINDS = 8, 4
PART = np.random.default_rng(0).normal(size=(40, 2)) + np.repeat(np.arange(N_KINDS), 10)[:, None]
X = pd.DataFrame(np.tile(PART, (2, 1)), columns=["a", "b"])
KIND = np.tile(np.repeat(np.arange(N_KINDS), 10), 2)
Y = KIND + N_KINDS * np.repeat([0, 1], 40)
"""Eight classes; the rows of classes 0 and 4 are the same, those of 1 and 5, of 2 and 6, and of 3 and 7."""
TEXTS = np.array(['h "9"', "g & <8>", "f", "e", "d", "c", "b ü", "a"])


def boosters(name, **options):
    module = pytest.importorskip({"X": "xgboost", "L": "lightgbm"}[name[0]])
    return getattr(module, name)(n_estimators=3, random_state=0, n_jobs=1, **options)


MODELS = {
    "forest": lambda: RandomForestClassifier(4, bootstrap=False, random_state=0),
    "forest of texts": lambda: RandomForestClassifier(4, max_depth=3, bootstrap=False, random_state=0),
    "forest of reals": lambda: RandomForestClassifier(4, max_depth=3, bootstrap=False, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(4, max_depth=3, random_state=0),
    "tree": lambda: DecisionTreeClassifier(max_depth=3, random_state=0),
    "gradient boosting": lambda: GradientBoostingClassifier(n_estimators=1, random_state=0),
    "histogram boosting": lambda: HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2),
    "logistic": lambda: LogisticRegression(max_iter=500),
    "logistic of texts": lambda: LogisticRegression(max_iter=500),
    "one versus rest": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "XGBoost": lambda: boosters("XGBClassifier", max_depth=3),
    "LightGBM": lambda: boosters("LGBMClassifier", min_child_samples=2, num_leaves=4, verbose=-1),
    "LightGBM, one versus all": lambda: boosters(
        "LGBMClassifier", objective="multiclassova", min_child_samples=2, num_leaves=4, verbose=-1
    ),
}


def labels(name):
    return TEXTS[Y] if "texts" in name else Y + 0.0 if "reals" in name else Y


def fitted(name):
    model = MODELS[name]().fit(X, labels(name))
    if hasattr(model, "coef_"):
        # Linear models do not come to equal numbers by themselves: a class takes those of the first of its kind.
        kinds = [int(KIND[np.flatnonzero(labels(name) == label)[0]]) for label in model.classes_]
        first = [kinds.index(kind) for kind in kinds]
        model.coef_, model.intercept_ = model.coef_[first], model.intercept_[first]
    return model


def assert_ties(model):
    """Nearly every row has several classes of the highest probability."""
    probabilities = model.predict_proba(X)
    assert np.mean((probabilities == probabilities.max(axis=1, keepdims=True)).sum(axis=1) > 1) > 0.5


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_a_tie_goes_to_the_class_that_the_framework_chooses(name, engine):
    model = fitted(name)
    assert_ties(model)
    document = read_model(model, data=X)
    results = score(written(document)[0], document, X, engine)
    assert results["y"].tolist() == model.predict(X).tolist()
    for label, expected in zip(model.classes_, model.predict_proba(X).T, strict=True):
        tolerance = 1e-6 if name == "XGBoost" else 1e-12  # XGBoost adds and normalises in float32
        np.testing.assert_allclose(results[f"probability({label})"], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tie_of_each_of_several_targets(engine):
    """scikit-learn's own labels; the second target has few classes, and the third other ties than the first."""
    both = np.stack([Y, KIND, (Y + 3) % N_CLASSES], axis=1)
    model = RandomForestClassifier(3, max_depth=4, bootstrap=False, random_state=0).fit(X, both)
    document = read_model(model, data=X)
    results = score(written(document)[0], document, X, engine)
    for name, expected in zip(("y1", "y2", "y3"), model.predict(X).T, strict=True):
        assert results[name].tolist() == expected.tolist(), name


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["gradient boosting", "logistic"])
def test_rows_that_the_framework_refuses_have_no_label(name, engine):
    """Neither takes a missing value."""
    model = fitted(name)
    document = read_model(model, data=X)
    rows = X.iloc[:3].copy()
    rows.loc[1, "a"] = np.nan
    results = score(written(document)[0], document, rows, engine)
    assert np.isnan(results["y"]).tolist() == [False, True, False]
    assert results["y"][[0, 2]].tolist() == model.predict(rows.iloc[[0, 2]]).tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_of_a_forest_that_an_encoder_refuses_have_no_label(engine):
    texts = pd.DataFrame({"text": np.array(["p", "q", "r", "s"])[KIND]})
    model = make_pipeline(OneHotEncoder(), RandomForestClassifier(4, bootstrap=False, random_state=0)).fit(texts, Y)
    document = read_model(model, data=texts)
    rows = pd.DataFrame({"text": ["p", "never seen", "s"]})
    results = score(written(document)[0], document, rows, engine)
    assert np.isnan(results["y"]).tolist() == [False, True, False]
    assert results["y"][[0, 2]].tolist() == model.predict(rows.iloc[[0, 2]]).tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["forest", "gradient boosting"])
def test_what_was_read_back_is_written_alike(name, engine):
    model = fitted(name)
    document = read_model(model, data=X)
    again = written(read_pmml(written(document)[0]))[0]
    assert again.count(b'<OutputField name="y"') == 1
    assert score(again, document, X, engine)["y"].tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("label", ["]]>", "a\rb"])
def test_labels_that_only_references_can_write(label):
    """PMML4S loses such text inside an element; in attributes, where its own labels are, it does not."""
    names = np.array([label, *"bcdefgh"])
    model = RandomForestClassifier(4, random_state=0).fit(X, names[Y])
    document = read_model(model, data=X)
    results = score(written(document)[0], document, X, "pmml4s")
    tied = (model.predict_proba(X) == model.predict_proba(X).max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert results["y"][~tied].tolist() == model.predict(X)[~tied].tolist()


def test_the_size_of_a_hundred_classes_stays_small():
    """K log K references: 100 classes take less than a hundredth of a megabyte a class."""
    X100 = pd.DataFrame({"a": np.arange(400.0)})
    model = RandomForestClassifier(2, random_state=0).fit(X100, np.arange(400) % 100)
    document = read_model(model, data=X100)
    pmml = written(document)[0]
    start = pmml.index(b'<OutputField name="y"')
    assert pmml.index(b"</Output>") - start < 100_000
    results = score(pmml, document, X100, "pmml4s")
    assert results["y"].tolist() == model.predict(X100).tolist()
