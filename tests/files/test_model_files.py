"""Model files that are what they should be are read, whatever saved them."""

from __future__ import annotations

import pickle
import subprocess

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, RidgeClassifier, SGDClassifier, TweedieRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, StandardScaler

from modelport.readers._files import file_format, read_file
from modelport.readers._files._unpickle import load_joblib, load_pickle
from modelport_runtime.errors import ArtifactError, UnsafeArtifactError, UnsupportedModelError

VALUES, CLASSES = make_classification(80, 6, n_informative=4, random_state=0)
FRAME = pd.DataFrame(VALUES, columns=list("abcdef")).assign(text=["x", "y", None, "z"] * 20)
NUMBERS = FRAME[list("abcdef")]

MIXED = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), list("abcdef")),
        ("one_hot", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3), ["text"]),
        (
            "ordinal",
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
            ["text"],
        ),
    ],
    remainder="passthrough",
)
STEPS = FeatureUnion(
    [("arc", FunctionTransformer(np.arctan)), ("bins", KBinsDiscretizer(4)), ("few", SelectKBest(k=2))]
)
MODELS = [
    (make_pipeline(MIXED, LogisticRegression()), FRAME, CLASSES),
    (make_pipeline(STEPS, RidgeClassifier()), NUMBERS, CLASSES),
    (RFE(LogisticRegression(), n_features_to_select=2), NUMBERS, CLASSES),
    (RandomForestClassifier(5, random_state=np.random.RandomState(0)), NUMBERS, CLASSES > 0),
    (GradientBoostingClassifier(n_estimators=3), NUMBERS, CLASSES),
    (GradientBoostingClassifier(n_estimators=3, loss="exponential"), NUMBERS, CLASSES),
    (GradientBoostingRegressor(n_estimators=3, loss="huber"), NUMBERS, CLASSES),
    (HistGradientBoostingClassifier(max_iter=3, categorical_features=["text"]), FRAME, np.arange(80) % 3),
    (HistGradientBoostingRegressor(max_iter=3, loss="poisson"), NUMBERS, CLASSES),
    (PoissonRegressor(), NUMBERS, CLASSES),
    (TweedieRegressor(power=1.5), NUMBERS, CLASSES + 1.0),
    (SGDClassifier(loss="modified_huber", random_state=0), NUMBERS, CLASSES),
]


@pytest.mark.parametrize("index", range(len(MODELS)))
def test_models_of_the_table_pass_the_allow_list(tmp_path, index):
    model, inputs, target = MODELS[index]
    model.fit(inputs, target)
    for protocol in (2, 5):
        path = tmp_path / f"model{protocol}.pkl"
        path.write_bytes(pickle.dumps(model, protocol=protocol))
        assert load_pickle(path).predict(inputs).tolist() == model.predict(inputs).tolist()
        joblib.dump(model, path, compress=3, protocol=protocol)
        assert load_joblib(path).predict(inputs).tolist() == model.predict(inputs).tolist()


def test_an_unsupported_class_is_refused_by_name(tmp_path):
    from sklearn.svm import SVC

    path = tmp_path / "model.joblib"
    joblib.dump(make_pipeline(StandardScaler(), SVC()).fit(NUMBERS, CLASSES), path)
    with pytest.raises((UnsafeArtifactError, UnsupportedModelError), match="SVC"):
        read_file(path, trust=True)


def test_skops_refuses_what_no_reader_needs(tmp_path):
    path = tmp_path / "model.skops"
    skops.io.dump(make_pipeline(FunctionTransformer(subprocess.getoutput), StandardScaler()), path)
    with pytest.raises(UnsafeArtifactError, match=r"subprocess\.getoutput"):
        read_file(path)


def test_the_format_is_told_by_content(tmp_path, fixtures):
    for suffix, expected in (("joblib", "joblib"), ("skops", "skops")):
        copy = tmp_path / f"copy-{suffix}.xml"
        copy.write_bytes((fixtures / f"penguins.{suffix}").read_bytes())
        assert file_format(fixtures / f"penguins.{suffix}") == expected
        if suffix == "skops":
            assert file_format(copy) == expected
    plain = tmp_path / "model.txt"
    plain.write_bytes(pickle.dumps({"a": 1}))
    assert file_format(plain) == "joblib"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ArtifactError, match="No such file"):
        read_file(tmp_path / "absent.joblib", trust=True)
