import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier

from tests.readers.sklearn._same_scores import assert_same_columns, assert_same_predictions, score

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")

TEXT = pd.DataFrame(
    {
        "city": ["Oslo"] * 6 + ["Rome"] * 4 + ["Bern"] * 2 + ["A&B"],
        "job": ["clerk", "nurse"] * 6 + ["pilot"],
    }
)
WITH_MISSING = TEXT.assign(city=TEXT["city"].where(TEXT.index % 4 != 1, np.nan))
UNSEEN = pd.DataFrame({"city": ["Oslo", "Nowhere", "Bern", np.nan], "job": ["judge", "clerk", "pilot", "nurse"]})
ONE_HOT_KNOWN = [{}, {"drop": "first"}, {"drop": "if_binary"}, {"drop": ["Rome", "nurse"]}, {"dtype": np.float32}]
ONE_HOT_UNKNOWN = [
    {"handle_unknown": "ignore"},
    {"handle_unknown": "ignore", "drop": "first"},
    {"handle_unknown": "ignore", "min_frequency": 3},
    {"handle_unknown": "infrequent_if_exist", "min_frequency": 3},
    {"handle_unknown": "infrequent_if_exist", "max_categories": 2},
    {"handle_unknown": "infrequent_if_exist", "min_frequency": 0.2, "drop": "first"},
    {"handle_unknown": "infrequent_if_exist"},
]
ORDINAL_UNKNOWN = [
    {"unknown_value": -1},
    {"unknown_value": np.nan},
    {"unknown_value": -1, "encoded_missing_value": -2},
    {"unknown_value": -1, "min_frequency": 3},
    {"unknown_value": 99, "max_categories": 2, "dtype": np.float32},
]

unseen_warning = pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")


@pytest.mark.parametrize("options", ONE_HOT_KNOWN + ONE_HOT_UNKNOWN, ids=str)
@pytest.mark.parametrize("train", [TEXT, WITH_MISSING], ids=["text", "missing"])
def test_one_hot_known(options, train):
    assert_same_columns(OneHotEncoder(**options).fit(train), train)


@unseen_warning
@pytest.mark.parametrize("options", ONE_HOT_UNKNOWN, ids=str)
@pytest.mark.parametrize("train", [TEXT, WITH_MISSING], ids=["text", "missing"])
def test_one_hot_unseen_and_missing(options, train):
    assert_same_columns(OneHotEncoder(**options).fit(train), UNSEEN)


@pytest.mark.parametrize("train", [TEXT, WITH_MISSING], ids=["text", "missing"])
def test_ordinal_known(train):
    assert_same_columns(OrdinalEncoder().fit(train), train)
    assert_same_columns(OrdinalEncoder(encoded_missing_value=-5).fit(train), train)
    assert_same_columns(
        OrdinalEncoder(categories=[["Rome", "A&B", "Oslo", "Bern"], ["pilot", "nurse", "clerk"]]).fit(TEXT), TEXT
    )


@pytest.mark.parametrize("options", ORDINAL_UNKNOWN, ids=str)
@pytest.mark.parametrize("train", [TEXT, WITH_MISSING], ids=["text", "missing"])
def test_ordinal_unseen_and_missing(options, train):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", **options)
    assert_same_columns(encoder.fit(train), UNSEEN)


@unseen_warning
@pytest.mark.parametrize(
    "column",
    [
        [3, 1, 2, 3, 3, 1],
        [0.5, 1.0, 0.5, 2.25, 0.5, 1.0],
        [0.5, np.nan, 0.5, 2.25, np.nan, 1.0],
        [True, False, True, True, True, False],
    ],
    ids=["int", "float", "missing", "bool"],
)
@pytest.mark.parametrize("options", [{}, *ONE_HOT_UNKNOWN], ids=str)
def test_numeric_categories(column, options):
    frame = pd.DataFrame({"a": column})
    assert_same_columns(OneHotEncoder(**options).fit(frame), frame)
    assert_same_columns(OrdinalEncoder().fit(frame), frame)
    if options and frame["a"].dtype != bool:
        unseen = pd.DataFrame({"a": np.array([7, 3, 1, 0], dtype=frame["a"].dtype)})
        assert_same_columns(OneHotEncoder(**options).fit(frame), unseen, sample=frame)


def test_float_categories_beside_a_category():
    frame = pd.DataFrame({"a": [0.1, 0.3, 0.1 + 0.2]})
    assert_same_columns(OneHotEncoder().fit(frame), frame)


@pytest.mark.parametrize("encoder", [OneHotEncoder(), OrdinalEncoder()], ids=str)
@pytest.mark.parametrize("last", [LogisticRegression(), DecisionTreeClassifier()], ids=str)
def test_refused_categories_have_no_prediction(encoder, last):
    model = make_pipeline(encoder, last).fit(TEXT, TEXT.index % 2)
    with pytest.raises(ValueError, match="unknown categories"):
        model.predict(UNSEEN)
    assert score(model, UNSEEN)["y"].isna().tolist() == [True, True, False, True]
    assert_same_predictions(model, TEXT)


def test_two_encoders_of_one_column_refuse_what_either_refuses(people):
    from sklearn.compose import ColumnTransformer

    parts = [("a", OneHotEncoder(), ["job"]), ("b", OrdinalEncoder(), ["job"])]
    model = make_pipeline(ColumnTransformer(parts), LinearRegression()).fit(people[0], people[2])
    assert_same_predictions(model, people[0])


def test_warn_on_unseen():
    try:
        encoder = OneHotEncoder(handle_unknown="warn", min_frequency=3).fit(TEXT)
    except ValueError:
        pytest.skip("handle_unknown='warn' came with 1.6")
    with pytest.warns(UserWarning, match="unknown categories"):
        assert_same_columns(encoder, UNSEEN)


def test_category_and_string_columns():
    for frame in (WITH_MISSING.astype("category"), TEXT.astype("string")):
        assert_same_columns(OrdinalEncoder().fit(frame), frame)
        assert_same_columns(OneHotEncoder(handle_unknown="ignore").fit(frame), frame)


def test_object_columns_of_numbers():
    frame = pd.DataFrame({"a": np.array([1, 2, 1, 3], dtype=object)})
    assert_same_columns(OneHotEncoder().fit(frame), frame)


def test_text_arrays_without_a_sample():
    from modelport.readers import read_model
    from modelport_runtime.hub import DataType

    encoder = OneHotEncoder(handle_unknown="ignore").fit(TEXT.to_numpy())
    document = read_model(encoder)
    assert [field.data_type for field in document.data_fields] == [DataType.STRING, DataType.STRING]
