"""Trees and forests of scikit-learn: every row reaches the same leaf, every probability has the same bits."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.base import is_classifier
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from modelport.readers import read_model
from modelport_runtime.hub import DataType
from tests.readers._tree_parity import (
    as_frame,
    assert_labels,
    assert_numbers,
    assert_same_classification,
    assert_same_leaves,
    assert_same_regression,
    boundary_rows,
    read,
    score,
)

CLASSIFIERS = [
    DecisionTreeClassifier(random_state=0),
    DecisionTreeClassifier(max_leaf_nodes=6, criterion="entropy", random_state=0),
    ExtraTreeClassifier(random_state=0),
    RandomForestClassifier(15, random_state=0),
    RandomForestClassifier(2, max_depth=2, random_state=0),
    ExtraTreesClassifier(15, random_state=0),
]
REGRESSORS = [
    DecisionTreeRegressor(random_state=0),
    DecisionTreeRegressor(criterion="absolute_error", max_depth=4, random_state=0),
    DecisionTreeRegressor(criterion="poisson", max_depth=5, random_state=0),
    ExtraTreeRegressor(random_state=0),
    RandomForestRegressor(15, random_state=0),
    ExtraTreesRegressor(15, max_depth=6, random_state=0),
]
LABELS = {
    "int": np.array([3, -1, 7]),
    "str": np.array(["setosa", "A & B", "<x>"]),
    "object": np.array(["setosa", "A & B", "<x>"], dtype=object),
    "float": np.array([1.0, 2.0, 5.0]),
}


def title(model):
    return str(model).replace("random_state=0", "").replace(" ", "")


def framework_leaves(model, rows):
    """scikit-learn names leaves by node; here by their order among the tree's leaves."""
    nodes = model.apply(rows).reshape(len(rows), -1)
    trees = [member.tree_ for member in getattr(model, "estimators_", [model])]
    orders = [np.cumsum(tree.children_left < 0) - 1 for tree in trees]
    return np.column_stack([order[nodes[:, i]] for i, order in enumerate(orders)])


def with_missing(rows, share=0.15, seed=3):
    rng = np.random.default_rng(seed)
    return rows.mask(rng.random(rows.shape) < share)


def assert_same(model, rows, extra=None):
    document = read(model, rows)
    tested = boundary_rows(document, as_frame(rows))
    if extra is not None:
        tested = pd.concat([tested, extra], ignore_index=True)
    for kind in (np.float64, np.float32):
        frame = tested.astype(kind)
        assert_same_leaves(document, frame, framework_leaves(model, frame))
        (assert_same_classification if is_classifier(model) else assert_same_regression)(document, model, frame)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=title)
@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer])
def test_classifiers(model, load):
    rows, target = load(return_X_y=True, as_frame=True)
    assert_same(model.fit(rows, target), rows)


@pytest.mark.parametrize("model", REGRESSORS, ids=title)
def test_regressors(model):
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    assert_same(model.fit(rows, target), rows)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(random_state=0),
        RandomForestClassifier(10, random_state=0),
        DecisionTreeRegressor(random_state=0),
        RandomForestRegressor(10, random_state=0),
    ],
    ids=title,
)
@pytest.mark.parametrize("seen_in_training", [True, False])
def test_missing_values(model, seen_in_training):
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    holes = with_missing(rows)
    assert_same(model.fit(holes if seen_in_training else rows, target), rows, extra=holes)


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize(
    "model", [DecisionTreeClassifier(random_state=0), RandomForestClassifier(5, random_state=0)], ids=title
)
def test_labels_keep_their_type(model, labels):
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    assert_same(model.fit(rows, labels[target]), rows)


def test_boolean_labels():
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(6, max_depth=3, random_state=0).fit(rows, target == 1)
    document = read(model, rows)
    assert next(f for f in document.data_fields if f.name == "y").data_type is DataType.BOOLEAN
    assert_same_classification(document, model, rows)


def test_a_single_class():
    rows, _ = datasets.load_iris(return_X_y=True, as_frame=True)
    model = DecisionTreeClassifier().fit(rows, ["only"] * len(rows))
    assert_same_classification(read(model, rows), model, rows)


def test_ties_go_to_the_first_class():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.integers(0, 3, (300, 4)).astype(float), columns=list("abcd"))
    model = RandomForestClassifier(2, random_state=1).fit(rows, rng.integers(0, 2, 300))
    assert np.mean(model.predict_proba(rows)[:, 0] == 0.5) > 0.02
    assert_same_classification(read(model, rows), model, rows)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=4, random_state=0),
        RandomForestClassifier(8, max_depth=4, random_state=0),
        ExtraTreesClassifier(8, max_depth=4, random_state=0),
    ],
    ids=title,
)
def test_several_classification_targets(model):
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    targets = np.column_stack([target, target == 1, np.arange(len(rows)) % 4])
    model.fit(rows, targets)
    document = read_model(model, rows, target=["a", "b", "c"])
    tested = boundary_rows(document, rows)
    assert_same_leaves(document, tested, framework_leaves(model, tested))
    result, labels = score(document, tested), model.predict(tested)
    for output, (name, probabilities) in enumerate(zip("abc", model.predict_proba(tested), strict=True)):
        assert_labels(result[name], labels[:, output])
        for column, label in enumerate(model.classes_[output]):
            assert_numbers(result[f"probability({name}, {label})"], probabilities[:, column], 0.0)


@pytest.mark.parametrize(
    "model", [DecisionTreeRegressor(max_depth=4), RandomForestRegressor(8, max_depth=4, random_state=0)], ids=title
)
def test_several_regression_targets(model):
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    assert_same(model.fit(rows, np.column_stack([target, -3 * target, rows["bmi"]])), rows)


def test_rows_that_scikit_learn_refuses_have_no_prediction():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    candidates = [ExtraTreeRegressor(splitter="best"), DecisionTreeRegressor(criterion="absolute_error", max_depth=3)]
    model = next(each for each in candidates if not each._support_missing_values(rows)).fit(rows, target)
    holes = rows.head(3).copy()
    holes.loc[1, "bmi"] = np.nan
    result = score(read(model, rows), holes)
    np.testing.assert_array_equal(result["y"].isna(), [False, True, False])


def test_columns_that_no_tree_tests_are_left_out():
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    model = DecisionTreeClassifier(max_depth=1, random_state=0).fit(rows, target)
    document = read(model, rows)
    tested = rows.columns[model.tree_.feature[0]]
    assert document.model.predictor.features == (tested,)
    assert [field.name for field in document.data_fields] == [tested, "y"]


def test_a_tree_without_a_test():
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    model = DecisionTreeRegressor().fit(rows, [5.0, 5.0])
    assert_same_regression(read(model, rows), model, rows)


def test_an_array_without_names():
    rows, target = datasets.load_iris(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(rows, target)
    assert_labels(score(read_model(model), rows)["y"], model.predict(rows))
