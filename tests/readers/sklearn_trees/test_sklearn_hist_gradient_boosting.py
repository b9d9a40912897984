"""HistGradientBoosting of scikit-learn: float64 thresholds, missing values, native categories."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from modelport.readers import read_model
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import TreeTest
from tests.readers._tree_parity import (
    BASE_SCORE_LAST,
    as_frame,
    assert_same_classification,
    assert_same_regression,
    boundary_rows,
    hub_leaves,
    names_of,
    read,
)

BEYOND_FLOAT32 = (0.0, -0.0, np.inf, -np.inf, 1e300, -1e300, 5e-324)


def framework_leaves(model, rows):
    """The leaf of each tree, found by its value: scikit-learn does not name the leaves of these trees."""
    rows = rows if hasattr(model, "feature_names_in_") else rows.to_numpy()
    data = np.asarray(rows, dtype=np.float64) if model._preprocessor is None else model._preprocessor.transform(rows)
    bitsets, positions = model._bin_mapper.make_known_categories_bitsets()
    trees = [tree for iteration in model._predictors for tree in iteration]
    return [
        (tree.nodes["value"][tree.nodes["is_leaf"] == 1], tree.predict(data, bitsets, positions, 1)) for tree in trees
    ]


def assert_leaves(model, document, rows):
    """Leaves of equal value count as one."""
    by_tree = framework_leaves(model, rows)
    got = hub_leaves(document, document.model.predictor, rows)
    for tree, (values, expected) in enumerate(by_tree):
        np.testing.assert_array_equal(values[got[:, tree]], expected)


def assert_same(model, rows, extra=None):
    document = read(model, rows)
    numeric = as_frame(rows).select_dtypes("number")
    tested = boundary_rows(document, numeric, special=BEYOND_FLOAT32) if extra is None else extra
    check = assert_same_classification if hasattr(model, "classes_") else assert_same_regression
    assert_leaves(model, document, tested)
    check(document, model, tested, BASE_SCORE_LAST)


def with_missing(rows, share=0.15, seed=3):
    rng = np.random.default_rng(seed)
    return rows.mask(rng.random(rows.shape) < share)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "gamma", "poisson", "quantile"])
@pytest.mark.parametrize("missing", [False, True])
def test_regressors(loss, missing):
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    rows = with_missing(rows) if missing else rows
    model = HistGradientBoostingRegressor(loss=loss, max_iter=15, quantile=0.3 if loss == "quantile" else None)
    assert_same(model.fit(rows, target), rows)


@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer])
@pytest.mark.parametrize("missing", [False, True])
def test_classifiers(load, missing):
    rows, target = load(return_X_y=True, as_frame=True)
    labels = np.array(["zero", "one", "two"])[target]
    assert_same(HistGradientBoostingClassifier(max_iter=10).fit(with_missing(rows) if missing else rows, labels), rows)


def test_float32_rows_are_compared_as_doubles():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    rows = rows.astype(np.float32)
    model = HistGradientBoostingRegressor(max_iter=10).fit(rows, target)
    document = read(model, rows)
    tested = boundary_rows(document, rows).astype(np.float32)
    assert_leaves(model, document, tested)
    assert_same_regression(document, model, tested, BASE_SCORE_LAST)


def test_missing_values_that_part_from_all_others():
    """A split of missing from present has an infinite threshold in scikit-learn, and a test for missing here."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    rows.loc[::3, "a"] = np.nan
    model = HistGradientBoostingRegressor(max_iter=3, max_leaf_nodes=3).fit(rows, rows["a"].isna() * 10.0 + rows["b"])
    assert np.isinf(model._predictors[0][0].nodes["num_threshold"]).any()
    assert (read(model, rows).model.predictor.test == TreeTest.IS_MISSING).any()
    assert_same(model, rows)


def categorical_rows(seed=0, count=500):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "n": rng.normal(size=count),
            "city": rng.choice(["Oslo", "Zürich", "A&B <x>", "Rome", "Ghent", "é"], count).astype(object),
            "code": rng.choice([2, 3, 5, 70], count),
        }
    )
    rows.loc[rng.random(count) < 0.1, "n"] = np.nan
    target = rows["n"].fillna(3) + rows["city"].isin(["Rome", "é"]) * 2 + (rows["code"] == 5) * 1.5
    return rows, target


def unseen(rows):
    """The same rows, then with unseen and missing categories."""
    strange = rows.head(60).copy()
    strange["city"] = np.resize(np.array(["Atlantis", None, "", "Rome", "rome"], dtype=object), 60)
    strange["code"] = np.resize([4, 5, -1, 1000], 60)
    return pd.concat([rows, strange], ignore_index=True)


PARAMETERS = {"max_iter": 25, "min_samples_leaf": 5, "max_leaf_nodes": 12}


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(
    "categorical", [["city", "code"], [1, 2], [False, True, True], ["city"]], ids=["names", "positions", "mask", "one"]
)
def test_categories_of_text_and_numbers(categorical, missing):
    rows, target = categorical_rows()
    if missing:
        rows.loc[::7, "city"] = None
    model = HistGradientBoostingRegressor(categorical_features=categorical, **PARAMETERS).fit(rows, target)
    assert_same(model, rows, extra=unseen(rows))


def test_categories_from_the_frame():
    rows, target = categorical_rows()
    rows["city"] = rows["city"].astype("category")
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", **PARAMETERS).fit(rows, target > 1)
    strange = unseen(rows.assign(city=rows["city"].astype(object)))
    assert_same(model, rows, extra=strange.assign(city=strange["city"].astype("category")))


def test_categories_as_numbers_in_an_array():
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(size=400), rng.choice([0.0, 1.0, 2.5, 7.0, 30.0], 400)])
    rows[::9, 1] = np.nan
    target = rows[:, 0] + np.isin(rows[:, 1], [1.0, 30.0]) * 3
    model = HistGradientBoostingRegressor(categorical_features=[1], **PARAMETERS).fit(rows, target)
    strange = rows[:8].copy()
    strange[:, 1] = [3.0, -1.0, 2.4999999, np.nextafter(2.5, 3), 300.0, -0.0, 0.0, np.nan]
    document = read_model(model)
    frame = pd.DataFrame(np.concatenate([rows, strange]), columns=names_of(2))
    assert_leaves(model, document, frame)
    assert_same_regression(document, model, np.concatenate([rows, strange]), BASE_SCORE_LAST)


def test_text_columns_need_no_sample():
    rows, target = categorical_rows()
    model = HistGradientBoostingRegressor(categorical_features=["city"], **PARAMETERS).fit(rows, target)
    assert_same_regression(read_model(model), model, unseen(rows), BASE_SCORE_LAST)


def test_categories_that_do_not_fit_the_column_are_refused():
    rows, target = categorical_rows()
    model = HistGradientBoostingRegressor(categorical_features=["city"], **PARAMETERS).fit(rows, target)
    with pytest.raises(UnsupportedModelError, match="'city', which holds"):
        read_model(model, rows.assign(city=1.0))


def test_early_stopping():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    model = HistGradientBoostingRegressor(early_stopping=True, n_iter_no_change=2, random_state=0).fit(rows, target)
    assert model.n_iter_ < 100
    assert_same(model, rows)
