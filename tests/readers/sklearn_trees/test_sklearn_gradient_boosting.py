"""GradientBoosting of scikit-learn: losses, links, initial predictions."""

import warnings

import numpy as np
import pytest
from sklearn import datasets
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression

from modelport.readers import read_model
from modelport_runtime.errors import UnsupportedModelError
from tests.readers._tree_parity import (
    BASE_SCORE_LAST,
    as_frame,
    assert_same_classification,
    assert_same_leaves,
    assert_same_regression,
    boundary_rows,
    read,
    score,
)


def framework_leaves(model, rows):
    with warnings.catch_warnings():  # the model's trees were fitted without names, whatever it was given
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        nodes = model.apply(rows.to_numpy()).astype(int).reshape(len(rows), -1)
    orders = [np.cumsum(tree.tree_.children_left < 0) - 1 for tree in model.estimators_.ravel()]
    return np.column_stack([order[nodes[:, i]] for i, order in enumerate(orders)])


def assert_same(model, rows):
    document = read(model, rows)
    tested = boundary_rows(document, as_frame(rows))
    check = assert_same_classification if hasattr(model, "classes_") else assert_same_regression
    for kind in (np.float64, np.float32):
        frame = tested.astype(kind)
        assert_same_leaves(document, frame, framework_leaves(model, frame))
        check(document, model, frame, BASE_SCORE_LAST)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("init", [None, "zero", DummyRegressor(strategy="constant", constant=99.5)], ids=str)
def test_regressors(loss, init):
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    assert_same(
        GradientBoostingRegressor(loss=loss, init=init, n_estimators=20, random_state=0).fit(rows, target), rows
    )


@pytest.mark.parametrize("loss", ["log_loss", "exponential"])
@pytest.mark.parametrize("init", [None, "zero", DummyClassifier(), DummyClassifier(strategy="uniform")], ids=str)
def test_two_classes(loss, init):
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    labels = np.array(["malignant", "benign"])[target]
    assert_same(
        GradientBoostingClassifier(loss=loss, init=init, n_estimators=10, random_state=0).fit(rows, labels), rows
    )


@pytest.mark.parametrize("init", [None, "zero"])
@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine])
def test_several_classes(load, init):
    rows, target = load(return_X_y=True, as_frame=True)
    assert_same(GradientBoostingClassifier(init=init, n_estimators=10, random_state=0).fit(rows, target), rows)


def test_a_score_of_zero_is_the_second_class():
    """scikit-learn decides by ``raw >= 0``."""
    rows = np.array([[0.0], [0.0], [1.0], [1.0]])
    model = GradientBoostingClassifier(init="zero", n_estimators=3).fit(rows, [0, 1, 0, 1])
    assert (model.decision_function(rows) == 0).all()
    assert model.predict(rows).tolist() == [1, 1, 1, 1]
    assert_same_classification(read_model(model), model, rows)


def test_early_stopping():
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    model = GradientBoostingClassifier(n_estimators=200, n_iter_no_change=2, random_state=0).fit(rows, target)
    assert model.n_estimators_ < 200
    assert_same(model, rows)


def test_rows_with_a_missing_value_have_no_prediction():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    model = GradientBoostingRegressor(n_estimators=5).fit(rows, target)
    holes = rows.head(4).copy()
    holes.loc[2, "bmi"] = np.nan
    np.testing.assert_array_equal(score(read(model, rows), holes)["y"].isna(), [False, False, True, False])


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (GradientBoostingRegressor(init=LinearRegression(), n_estimators=2), "init=LinearRegression"),
        (GradientBoostingClassifier(init=DummyClassifier(strategy="stratified"), n_estimators=2), "init=Dummy"),
    ],
)
def test_initial_predictions_that_differ_from_row_to_row_are_refused(model, what):
    rows, target = datasets.load_iris(return_X_y=True)
    with pytest.raises(UnsupportedModelError, match=what):
        read_model(model.fit(rows, target))
