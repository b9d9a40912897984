import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from modelport.readers import read_model
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.scorer import load
from tests.readers.sklearn._same_scores import assert_same_columns, assert_same_predictions, score

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")

NUMBERS, TEXT = ["age", "income", "children"], ["city", "job"]


def prepared(numbers, text, **options):
    return ColumnTransformer([("num", numbers, NUMBERS), ("cat", text, TEXT)], **options)


def unseen(people):
    rows = people.copy()
    rows.loc[rows.index[:5], "city"] = "Nowhere"
    rows.loc[rows.index[5:8], "job"] = None
    return rows


PREPROCESSORS = {
    "constant": prepared(
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
        make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")),
    ),
    "frequent": prepared(
        make_pipeline(SimpleImputer(add_indicator=True), MinMaxScaler()),
        make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", drop="first")),
    ),
    "nan-category": prepared(SimpleImputer(), OneHotEncoder(handle_unknown="ignore")),
    "ordinal": prepared(
        make_pipeline(SimpleImputer(), PolynomialFeatures(2, include_bias=True), StandardScaler()),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    ),
    "bins": prepared(
        make_pipeline(SimpleImputer(), KBinsDiscretizer(3, strategy="uniform")),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.2),
    ),
    "log": prepared(
        make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), StandardScaler()),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    ),
}


@pytest.mark.filterwarnings(
    "ignore:Found unknown categories:UserWarning", "ignore:In version 1.5 onwards:FutureWarning"
)
@pytest.mark.parametrize("name", PREPROCESSORS)
def test_mixed_frames(name, people):
    X, label, number = people
    classifier = make_pipeline(sklearn.clone(PREPROCESSORS[name]), LogisticRegression(max_iter=2000)).fit(X, label)
    assert_same_predictions(classifier, unseen(X), sample=X)
    regressor = make_pipeline(sklearn.clone(PREPROCESSORS[name]), Ridge()).fit(X, number)
    assert_same_predictions(regressor, unseen(X), sample=X, tolerance=1e-11 if name == "ordinal" else 1e-12)


@pytest.mark.parametrize(
    "columns",
    [
        ["f1", "f3"], [1, 3], [-1, 0], slice(1, 3), slice("f0", "f2"), [True, False, True, True, False],
        np.array([False, True, False, True, True]), make_column_selector(pattern="f[13]"),
        make_column_selector(dtype_include=np.floating), lambda frame: [c for c in frame.columns if c != "f2"],
    ],
    ids=["names", "positions", "from end", "slice", "name slice", "mask", "array", "pattern", "type", "function"],
)  # fmt: skip
@pytest.mark.parametrize("remainder", ["drop", "passthrough", MinMaxScaler()], ids=str)
def test_selectors(columns, remainder):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(20, 5)), columns=[f"f{i}" for i in range(5)]).astype({"f4": np.float32})
    transformer = ColumnTransformer([("a", StandardScaler(), columns)], remainder=remainder).fit(frame)
    assert_same_columns(transformer, frame)


@pytest.mark.parametrize("columns", [[1, 3], slice(0, 2), [-1], [True, False, False, True]], ids=str)
def test_selectors_of_arrays(columns):
    array = np.random.default_rng(0).normal(size=(20, 4))
    transformer = ColumnTransformer([("a", StandardScaler(), columns)], remainder="passthrough").fit(array)
    model = make_pipeline(transformer, LinearRegression()).fit(array, array.sum(axis=1))
    assert_same_predictions(model, array)


def test_dropped_passed_on_and_empty_parts():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), columns=list("abcd"))
    parts = [
        ("drop", "drop", ["a"]),
        ("pass", "passthrough", ["b", "c"]),
        ("none", StandardScaler(), []),
        ("again", StandardScaler(), ["b", "a"]),
    ]
    for verbose in (True, False):
        transformer = ColumnTransformer(parts[:3], verbose_feature_names_out=verbose).fit(frame)
        assert_same_columns(transformer, frame)
    weights = {"pass": 0.1, "again": 3}
    assert_same_columns(ColumnTransformer(parts, transformer_weights=weights).fit(frame), frame)
    single = frame.astype(np.float32)
    assert_same_columns(ColumnTransformer(parts, transformer_weights=weights).fit(single), single)


def test_columns_in_another_order_and_columns_too_many(people):
    X, label, _ = people
    model = make_pipeline(sklearn.clone(PREPROCESSORS["constant"]), LogisticRegression(max_iter=2000)).fit(X, label)
    rows = X[X.columns[::-1]].assign(more=1)
    assert_same_predictions(model, rows)


def test_unused_columns_are_no_inputs():
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "when": pd.date_range("2020-01-01", periods=3), "b": [3.0, 1.0, 2.0]})
    model = make_pipeline(ColumnTransformer([("a", StandardScaler(), ["a", "b"])]), LinearRegression())
    document = read_model(model.fit(frame, [1, 2, 3]), frame)
    assert [field.name for field in document.data_fields] == ["a", "b", "y"]


def test_unions():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), columns=list("abcd"))
    union = FeatureUnion(
        [("s", StandardScaler()), ("d", "drop"), ("p", "passthrough"), ("k", SelectKBest(k=2))],
        transformer_weights={"s": 0.3},
    ).fit(frame, frame["a"] > 0)
    assert_same_columns(union, frame)


def test_nested_pipelines_and_empty_steps(cancer):
    X, y = cancer
    inner = Pipeline([("nothing", None), ("scale", StandardScaler()), ("pass", "passthrough")])
    model = Pipeline([("a", inner), ("b", Pipeline([("c", MinMaxScaler())])), ("d", LogisticRegression())]).fit(X, y)
    assert_same_predictions(model, X)
    steps = {field.step for field in read_model(model, X).derived_fields}
    assert steps == {"a/scale", "b/c"}


def test_prediction_by_a_selector(cancer):
    X, y = cancer
    assert_same_predictions(RFE(LogisticRegression(max_iter=3000), n_features_to_select=3).fit(X, y), X)


def test_pandas_output(people):
    X, label, _ = people
    inner = sklearn.clone(PREPROCESSORS["log"]).set_output(transform="pandas")
    model = make_pipeline(inner, LogisticRegression(max_iter=2000)).fit(X, label)
    assert_same_predictions(model, X)


def twice(x):
    return x * 2


def test_every_cause_is_named(people):
    from sklearn.decomposition import FastICA
    from sklearn.preprocessing import QuantileTransformer

    X, label, _ = people
    text = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    numbers = make_pipeline(
        SimpleImputer(), QuantileTransformer(n_quantiles=20), FunctionTransformer(twice), FastICA(2)
    )
    model = make_pipeline(prepared(numbers, text), LogisticRegression(max_iter=2000)).fit(X, label)
    with pytest.raises(UnsupportedModelError) as raised:
        read_model(model, X)
    where = [cause.where for cause in raised.value.causes]
    assert where == [
        f"columntransformer/num/{step}" for step in ("quantiletransformer", "functiontransformer", "fastica")
    ]
    assert all(cause.remedy for cause in raised.value.causes)


def test_text_that_reaches_arithmetic_is_refused():
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]})
    scaler = StandardScaler().fit([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(UnsupportedModelError, match="'a' is text"):
        read_model(scaler, frame)


def test_unseen_labels_of_imputed_text_are_refused(people):
    X, label, _ = people
    text = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    model = make_pipeline(ColumnTransformer([("cat", text, TEXT)]), LogisticRegression()).fit(X, label)
    rows = unseen(X).iloc[:10]
    result = score(model, rows, sample=X)
    assert result["y"].isna().tolist() == (rows["city"] == "Nowhere").tolist()


@pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")
@pytest.mark.filterwarnings("ignore:In version 1.5 onwards:FutureWarning")
@pytest.mark.parametrize("name", PREPROCESSORS)
def test_without_a_sample_the_encoders_say_what_is_text(name, people):
    X, label, _ = people
    model = make_pipeline(sklearn.clone(PREPROCESSORS[name]), LogisticRegression(max_iter=2000)).fit(X, label)
    rows = unseen(X)
    result = load(read_model(model), engine="reference").score(rows)
    assert result["y"].tolist() == model.predict(rows).tolist()
    np.testing.assert_allclose(result["probability(1)"], model.predict_proba(rows)[:, 1], rtol=1e-12)
