import numpy as np
import pandas as pd
import pytest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from modelport.readers import read_model
from modelport_runtime.errors import UnsupportedModelError
from tests.readers.sklearn._same_scores import assert_same_columns, score

NUMBERS = pd.DataFrame({"a": [1.0, np.nan, 3.5, 7.25], "b": [np.nan, 0.1, 0.2, 0.3], "c": [1.0, 2.0, 3.0, 4.0]})
NEW = pd.DataFrame({"a": [np.nan, 2.0], "b": [np.nan, np.nan], "c": [np.nan, 9.0]})
TEXT = pd.DataFrame({"city": ["Oslo", "Rome", np.nan, "Oslo"], "job": [np.nan, "x", "y", "y"]}, dtype=object)


@pytest.mark.parametrize("indicator", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
def test_numbers(strategy, dtype, indicator):
    imputer = SimpleImputer(strategy=strategy, add_indicator=indicator).fit(NUMBERS.astype(dtype))
    assert_same_columns(imputer, NUMBERS.astype(dtype))
    assert_same_columns(imputer, NEW.astype(dtype))


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
def test_text(strategy):
    imputer = SimpleImputer(strategy=strategy).fit(TEXT)
    assert_same_columns(imputer, TEXT)


@pytest.mark.parametrize("sentinel", [-1, 0, 7.25])
def test_other_missing_values(sentinel):
    frame = NUMBERS.fillna(sentinel)
    for options in ({}, {"strategy": "most_frequent"}, {"add_indicator": True}):
        assert_same_columns(SimpleImputer(missing_values=sentinel, **options).fit(frame), frame)


def test_text_that_stands_for_missing():
    frame = TEXT.fillna("?")
    assert_same_columns(SimpleImputer(missing_values="?", strategy="most_frequent").fit(frame), frame)


def test_real_missing_beside_another_missing_value_is_refused():
    frame = NUMBERS.fillna(-1)
    model = make_pipeline(SimpleImputer(missing_values=-1), LinearRegression()).fit(frame, [1, 2, 3, 4])
    assert score(model, NEW, sample=frame)["y"].isna().all()


@pytest.mark.parametrize("keep", [False, True])
def test_empty_columns(keep):
    frame = NUMBERS.assign(empty=np.nan)
    imputer = SimpleImputer(keep_empty_features=keep).fit(frame)
    rows = frame.assign(empty=[np.nan, 1.0, 2.0, np.nan])
    if keep:
        assert_same_columns(imputer, rows)
        return
    with pytest.warns(UserWarning, match="Skipping features without any observed values"):
        assert_same_columns(imputer, rows)


def test_whole_numbers():
    frame = pd.DataFrame({"a": [1, 2, 2, -1]})
    assert_same_columns(SimpleImputer(missing_values=-1, strategy="most_frequent").fit(frame), frame)
    assert_same_columns(SimpleImputer(missing_values=-1, strategy="mean").fit(frame), frame)
    nullable = pd.DataFrame({"a": pd.array([1, 2, None, 2], dtype="Int64")})
    assert_same_columns(SimpleImputer(strategy="median").fit(nullable), nullable)


@pytest.mark.parametrize("features", ["missing-only", "all"])
def test_missing_indicator(features):
    assert_same_columns(MissingIndicator(features=features).fit(NUMBERS), NUMBERS)
    assert_same_columns(
        MissingIndicator(features=features, missing_values=1.0).fit(NUMBERS.fillna(1.0)), NUMBERS.fillna(1.0)
    )


def test_missing_where_it_never_was_is_refused():
    model = make_pipeline(MissingIndicator(), LinearRegression()).fit(NUMBERS, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="have missing values in transform"):
        model.predict(NEW)
    assert score(model, NEW)["y"].isna().tolist() == [True, False]


def of_objects(*values):
    return pd.DataFrame({"city": pd.Series(values, dtype=object)})


def test_none_that_scikit_learn_leaves_is_refused():
    rows = of_objects("Oslo", "Rome", None, "Oslo")
    imputer = SimpleImputer(strategy="most_frequent").fit(rows)
    assert imputer.transform(rows)[2, 0] is None  # NaN alone is missing to it
    with pytest.raises(UnsupportedModelError, match=r"column 'city' holds None, this step knows NaN only"):
        read_model(imputer, rows)
    assert_same_columns(SimpleImputer(missing_values=None, strategy="most_frequent").fit(rows), rows)
    as_nan = of_objects("Oslo", "Rome", np.nan, "Oslo")
    assert_same_columns(imputer, as_nan)


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ],
    ids=["one-hot", "ordinal"],
)
@pytest.mark.parametrize(("known", "other"), [(None, np.nan), (np.nan, None)], ids=["None", "NaN"])
def test_an_encoder_tells_none_from_nan(encoder, known, other):
    rows, others = of_objects("Oslo", "Rome", known), of_objects("Oslo", "Rome", other)
    encoder.fit(rows)
    assert_same_columns(encoder, rows)
    with pytest.raises(UnsupportedModelError, match=rf"holds {'NaN' if known is None else 'None'}, this step knows"):
        read_model(encoder, others)


def test_a_sample_without_any_value_says_nothing_of_the_type():
    frame = pd.DataFrame({"a": [1.0, 2.0], "city": ["Oslo", "Rome"]})
    encoder = OneHotEncoder(handle_unknown="ignore").fit(frame[["city"]])
    for model, column in ((SimpleImputer().fit(frame[["a"]]), "a"), (encoder, "city")):
        sample = pd.DataFrame({column: pd.Series([None, None], dtype=object)})
        seen, unseen = (read_model(model, data) for data in (frame[[column]], sample))
        assert seen.data_fields == unseen.data_fields
