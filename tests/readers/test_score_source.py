import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from modelport.readers import read_model, score_source
from modelport_runtime.columns import NumberColumn, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.hub import DataType
from modelport_runtime.results import result_fields

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def texts(column):
    return [None if code < 0 else column.categories[code] for code in column.codes]


@pytest.mark.parametrize("model", [LogisticRegression(max_iter=500), RidgeClassifier(), LinearRegression()], ids=str)
def test_it_obeys_the_schema_of_results(model, iris):
    X, y = iris
    document = read_model(model.fit(X, y), X)
    table = score_source(model, X, document)
    assert list(table) == [field.name for field in result_fields(document)]
    assert [column.data_type for column in table.values()] == [field.data_type for field in result_fields(document)]


def test_labels_and_probabilities_are_the_frameworks_own(iris):
    X, y = iris
    names = np.array(["a", "b", "c"])[y]
    model = LogisticRegression(max_iter=500).fit(X, names)
    table = score_source(model, X, read_model(model, X))
    assert isinstance(table["y"], TextColumn)
    assert texts(table["y"]) == model.predict(X).tolist()
    np.testing.assert_array_equal(table["probability(b)"].values, model.predict_proba(X)[:, 1])


def test_decision_values_of_two_classes(iris):
    X, y = iris
    model = RidgeClassifier().fit(X, y == 1)
    table = score_source(model, X, read_model(model, X))
    assert table["y"].data_type is DataType.BOOLEAN
    np.testing.assert_array_equal(table["decisionFunction(true)"].values, model.decision_function(X))
    np.testing.assert_array_equal(table["decisionFunction(false)"].values, -model.decision_function(X))


def test_refused_rows_are_missing_and_the_others_are_not():
    frame = pd.DataFrame({"a": ["x", "y", "z", "x"], "n": [1.0, 2.0, 3.0, 4.0]})
    model = make_pipeline(OneHotEncoder(), LinearRegression()).fit(frame[["a"]], [1.0, 2.0, 3.0, 1.0])
    rows = pd.DataFrame({"a": ["x", "new", None, "z"]})
    column = score_source(model, rows, read_model(model, frame[["a"]]))["y"]
    assert isinstance(column, NumberColumn)
    assert np.isnan(column.values).tolist() == [False, True, True, False]


def test_rows_that_are_all_refused_raise_the_frameworks_error(iris):
    X, y = iris
    model = LinearRegression().fit(X, y)
    with pytest.raises(InputError, match=r"^scikit-learn refuses the rows: Input X contains NaN[^\n]*$"):
        score_source(model, X * np.nan, read_model(model, X))


def test_columns_are_found_by_name(iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    document = read_model(model, X)
    shuffled = score_source(model, X[X.columns[::-1]].assign(more="x"), document)
    np.testing.assert_array_equal(shuffled["y"].values, model.predict(X))
    with pytest.raises(InputError, match="sepal width"):
        score_source(model, X.drop(columns=["sepal width (cm)"]), document)


def test_models_of_arrays_take_frames(iris):
    X, y = iris
    model = LinearRegression().fit(X.to_numpy(), y)
    document = read_model(model, X)
    np.testing.assert_array_equal(score_source(model, X, document)["y"].values, model.predict(X.to_numpy()))


def test_transformers(iris):
    X, _ = iris
    scaler = StandardScaler().fit(X)
    table = score_source(scaler, X, read_model(scaler, X))
    np.testing.assert_array_equal(table[f"transform({X.columns[2]})"].values, scaler.transform(X)[:, 2])
