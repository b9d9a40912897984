"""LightGBM: every row reaches the same leaf, every score has the same float64 bits."""

import importlib.util

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.pipeline import make_pipeline

import modelport
from modelport.readers import read_model, score_source
from modelport.readers.lightgbm import read_file
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.scorer import load
from tests.readers._tree_parity import (
    BIT_FOR_BIT,
    as_frame,
    assert_labels,
    assert_numbers,
    assert_same_classification,
    assert_same_leaves,
    assert_same_regression,
    boundary_rows,
    names_of,
    read,
    score,
)

pytestmark = pytest.mark.filterwarnings(
    # LightGBM's wrappers look at arrays that they were given without names as if they had some.
    "ignore:X does not have valid feature names:UserWarning",
    "ignore:X has feature names, but:UserWarning",
)

MULTIPLIED_AND_ADDED = 4e-15
"""Relative to the largest magnitude: ONNX Runtime may round a product and a sum at once."""

EXPONENTIALS = 4e-16
"""Relative to the largest magnitude: exp() differs in its last bit between mathematical libraries."""

SMALL = {"n_estimators": 12, "num_leaves": 12, "min_child_samples": 5, "n_jobs": 1, "verbose": -1}
SPECIAL = (
    0.0,
    -0.0,
    *(
        sign * size
        for sign in (1, -1)
        for size in (
            1e-36,
            1e-35,
            float(np.float32(1e-35)),
            np.nextafter(float(np.float32(1e-35)), 1),
            2e-35,
            5e-324,
            1e300,
            np.inf,
        )
    ),
)


def assert_same(model, rows, tolerance=BIT_FOR_BIT, derives=False):
    document = read(model, rows)
    assert bool(document.derived_fields) == derives
    for seed, frame in enumerate((as_frame(rows), as_frame(rows).astype(np.float32))):
        tested = boundary_rows(document, frame, special=(*SPECIAL, np.nan), seed=seed)
        if not derives:
            assert_same_leaves(document, tested, model.predict(tested, pred_leaf=True))
        check = assert_same_classification if hasattr(model, "classes_") else assert_same_regression
        check(document, model, tested, tolerance)


def with_missing(rows, share=0.15, seed=3):
    return rows.mask(np.random.default_rng(seed).random(rows.shape) < share)


def rounded(rows, seed=4):
    """Few values a column, many of them zero."""
    rows = (rows * 20).round()
    return rows.mask(np.random.default_rng(seed).random(rows.shape) < 0.2, 0.0)


@pytest.fixture(scope="module")
def diabetes():
    return datasets.load_diabetes(return_X_y=True, as_frame=True)


@pytest.mark.parametrize(
    "objective", ["regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie"]
)
def test_regressors(objective, diabetes):
    rows, target = diabetes
    tolerance = EXPONENTIALS if objective in ("poisson", "gamma", "tweedie") else BIT_FOR_BIT
    assert_same(lightgbm.LGBMRegressor(objective=objective, **SMALL).fit(rows, target), rows, tolerance)


def test_cross_entropy(diabetes):
    rows, target = diabetes
    assert_same(lightgbm.LGBMRegressor(objective="cross_entropy", **SMALL).fit(rows, target / 400), rows, EXPONENTIALS)


@pytest.mark.parametrize(
    "options",
    [{}, {"use_missing": False}, {"zero_as_missing": True}, {"zero_as_missing": True, "use_missing": False}],
    ids=str,
)
@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("prepare", [lambda rows: rows, rounded], ids=["continuous", "rounded"])
def test_missing_values_and_zeros(options, holes, prepare, diabetes):
    rows, target = diabetes
    rows = with_missing(prepare(rows)) if holes else prepare(rows)
    model = lightgbm.LGBMRegressor(**options, **SMALL).fit(rows, target)
    assert_same(model, rows, derives=options == {"zero_as_missing": True})


@pytest.mark.parametrize("labels", [np.array([3, -1]), np.array(["no", "yes"]), np.array([False, True])], ids=str)
@pytest.mark.parametrize("options", [{}, {"sigmoid": 0.7}, {"is_unbalance": True}, {"scale_pos_weight": 3}], ids=str)
def test_two_classes(labels, options):
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    assert_same(lightgbm.LGBMClassifier(**options, **SMALL).fit(rows, labels[target]), rows, EXPONENTIALS)


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine])
def test_several_classes(load, objective):
    rows, target = load(return_X_y=True, as_frame=True)
    labels = np.array(["zero", "one", "two"])[target]
    assert_same(lightgbm.LGBMClassifier(objective=objective, **SMALL).fit(rows, labels), rows, EXPONENTIALS)


LINEAR = {"linear_tree": True, "linear_lambda": 0.01, **SMALL}


def assert_same_linear(model, rows, tolerance=BIT_FOR_BIT):
    """On thresholds and beside them, with missing values in any column, on the reference and as a graph."""
    document = read(model, rows)
    linear = document.model.predictor.linear
    assert linear is not None
    assert len(linear.coefficients) > 0
    labels = getattr(model, "classes_", ())
    # Infinities of both signs add up to NaN, for which LightGBM predicts some class.
    special = (0.0, np.nan) if len(labels) else (0.0, np.inf, -np.inf, np.nan)
    for engine in ("reference", "onnx"):
        scorer = load(document, engine=engine)
        for seed, frame in enumerate((rows, with_missing(rows))):
            tested = boundary_rows(document, frame, special=special, seed=seed)
            result = scorer.score(tested)
            if not len(labels):
                assert_numbers(
                    result["y"], model.predict(tested), tolerance if engine == "reference" else MULTIPLIED_AND_ADDED
                )
                continue
            assert_labels(result["y"], model.predict(tested))
            for label, expected in zip(labels, model.predict_proba(tested).T, strict=True):
                assert_numbers(result[f"probability({label})"], expected, tolerance)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("options", [{}, {"use_missing": False}, {"boosting_type": "dart"}], ids=str)
def test_linear_leaves(holes, options, diabetes):
    rows, target = diabetes
    rows = with_missing(rows) if holes else rows
    assert_same_linear(lightgbm.LGBMRegressor(**options, **LINEAR).fit(rows, target), rows)


@pytest.mark.parametrize("options", [{}, {"sigmoid": 0.7}], ids=str)
def test_linear_leaves_of_two_classes(options):
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    labels = np.array(["no", "yes"])[target]
    model = lightgbm.LGBMClassifier(**options, **LINEAR).fit(with_missing(rows), labels)
    assert_same_linear(model, rows, MULTIPLIED_AND_ADDED)


def test_linear_leaves_of_several_classes():
    rows, target = datasets.load_wine(return_X_y=True, as_frame=True)
    model = lightgbm.LGBMClassifier(**LINEAR).fit(rows, np.array(["zero", "one", "two"])[target])
    assert_same_linear(model, rows, MULTIPLIED_AND_ADDED)


def test_linear_leaves_beside_categories():
    """A categorical column is tested, and never in a linear function."""
    rows, target = categorical_rows()
    rows = rows[["n", "city"]].assign(m=np.random.default_rng(2).normal(size=len(rows)))
    model = lightgbm.LGBMRegressor(**{**CATEGORICAL, **LINEAR}).fit(rows, target + rows["m"] * rows["n"])
    document = read_model(model, rows)
    assert document.model.predictor.linear is not None
    holes = rows.assign(n=rows["n"].mask(rows.index % 5 == 0))
    assert_numbers(score(document, holes.astype({"city": object}))["y"], model.predict(holes), BIT_FOR_BIT)


def test_linear_leaves_are_written_for_jpmml_only(diabetes, tmp_path):
    """PMML4S scores a Node without the Regression in it."""
    rows, target = diabetes
    rows = with_missing(rows)
    model = lightgbm.LGBMRegressor(**LINEAR).fit(rows, target)
    with pytest.raises(UnsupportedModelError, match="PMML4S passes over a Regression"):
        modelport.convert(model, tmp_path / "model.pmml", data=rows)
    modelport.convert(model, tmp_path / "model.pmml", data=rows, extensions=True)
    engines = ["reference", *(["jpmml"] if importlib.util.find_spec("jpmml_evaluator") else [])]
    report = modelport.check_parity(model, tmp_path / "model.pmml", rows, engines=engines)
    assert report.is_equal, report.summary()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("leaf_const=", "leaf_const=1 ", "constants"),
        ("leaf_coeff=", "leaf_coeff=1 ", "coefficients"),
        ("leaf_features=", "leaf_features=99 ", "features"),
        ("num_features=", "num_features=-1 ", "counts of features"),
        ("leaf_const=", "leaf_konst=", "KeyError"),
    ],
)
def test_damaged_linear_leaves(old, new, message, diabetes, tmp_path):
    rows, target = diabetes
    text = lightgbm.LGBMRegressor(**LINEAR).fit(rows, target).booster_.model_to_string()
    at = text.index("is_linear=1")
    path = tmp_path / "model.txt"
    path.write_text(text[:at] + text[at:].replace(old, new, 1))
    with pytest.raises(ArtifactError, match=message):
        read_file(path)


@pytest.mark.parametrize("boosting", ["dart", "goss", "rf"])
def test_boosting_types(boosting, diabetes):
    rows, target = diabetes
    bagging = {"subsample": 0.6, "subsample_freq": 1} if boosting == "rf" else {}
    options = {"boosting_type": boosting, "random_state": 0, **bagging, **SMALL}
    assert_same(lightgbm.LGBMRegressor(**options).fit(rows, target), rows)
    assert_same(lightgbm.LGBMClassifier(**options).fit(rows, target > 140), rows, EXPONENTIALS)
    assert_same(lightgbm.LGBMClassifier(**options).fit(rows, np.digitize(target, [90, 180])), rows, EXPONENTIALS)


def test_columns_whose_names_have_blanks():
    """LightGBM keeps names without blanks; results must fit the frames that users have."""
    rows, target = datasets.load_iris(return_X_y=True, as_frame=True)
    model = lightgbm.LGBMClassifier(**SMALL).fit(rows, target)
    assert "petal_width_(cm)" in model.feature_name_
    document = read_model(model, rows)
    assert {field.name for field in document.data_fields} <= {"y", *rows.columns}
    labels = score_source(model, rows, document)["y"].values
    np.testing.assert_array_equal(labels, model.predict(rows))


def test_a_ranker(diabetes):
    rows, target = diabetes
    groups = np.full(len(rows) // 13, 13)
    assert_same(lightgbm.LGBMRanker(**SMALL).fit(rows, np.digitize(target, [90, 180]), group=groups), rows)


def test_only_the_best_iterations_count(diabetes):
    rows, target = diabetes
    booster = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(rows, target), 12)
    booster.best_iteration = 5  # as early stopping leaves it
    document = read_model(booster, rows)
    assert document.model.predictor.n_trees == 5
    assert_numbers(score(document, rows)["y"], booster.predict(rows), BIT_FOR_BIT)


def test_trees_that_are_a_single_leaf():
    rows = pd.DataFrame({"a": np.arange(30.0), "b": 1.0})
    model = lightgbm.LGBMRegressor(**SMALL).fit(rows, np.full(30, 2.5))
    document = read(model, rows)
    assert document.model.predictor.n_nodes == document.model.predictor.n_trees
    assert_same_regression(document, model, rows)


def categorical_rows(count=600):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "n": rng.normal(size=count),
            "city": pd.Categorical(rng.choice(["Oslo", "Zürich", "A&B <x>", "Rome", "Ghent", "é"], count)),
            "code": pd.Categorical(rng.choice([2, 3, 5, 70], count)),
            "size": pd.Categorical(rng.choice(["S", "M", "L"], count), categories=["S", "M", "L"], ordered=True),
        }
    )
    rows.loc[::9, "city"] = None
    target = rows["n"] + rows["city"].isin(["Rome", "é"]) * 2.0 + (rows["code"] == 5) * 1.5 + (rows["size"] == "L")
    return rows, target


CATEGORICAL = {"min_data_per_group": 5, "cat_smooth": 1, **SMALL}


@pytest.mark.parametrize("one_hot", [1, 20])
def test_pandas_categories(one_hot):
    """An unseen category and a missing one go right, an ordered column is compared by its codes."""
    rows, target = categorical_rows()
    model = lightgbm.LGBMRegressor(max_cat_to_onehot=one_hot, **CATEGORICAL).fit(rows, target)
    document = read_model(model, rows)
    rng = np.random.default_rng(1)
    strange = rows.assign(
        city=pd.Categorical(rng.choice(np.array(["Rome", "é", "Atlantis", "", None], dtype=object), len(rows))),
        code=pd.Categorical(rng.choice([5, 70, 4, -1], len(rows))),
        size=pd.Categorical(rng.choice(["S", "L", "XXL"], len(rows))),
    )
    tested = pd.concat([rows.astype(object), strange.astype(object)], ignore_index=True).astype({"n": float})
    plain = tested.assign(code=tested["code"].astype("Int64"))
    expected = model.predict(tested.astype({"city": "category", "code": "category", "size": "category"}))
    assert_numbers(score(document, plain)["y"], expected, BIT_FOR_BIT)


def test_text_columns_need_no_sample():
    rows, target = categorical_rows()
    rows = rows[["n", "city", "code"]]
    model = lightgbm.LGBMRegressor(**CATEGORICAL).fit(rows, target)
    plain = rows.assign(city=rows["city"].astype(object), code=rows["code"].astype("int64"))
    assert_numbers(score(read_model(model), plain)["y"], model.predict(rows), BIT_FOR_BIT)


def test_categories_without_known_columns_are_refused():
    """The file lists categories without saying whose they are; an ordered column looks like a number."""
    rows, target = categorical_rows()
    model = lightgbm.LGBMRegressor(**CATEGORICAL).fit(rows, target)
    with pytest.raises(UnsupportedModelError, match="3 columns of pandas categories"):
        read_model(model)


@pytest.mark.parametrize("whole", [False, True])
def test_codes_of_categories_in_an_array(whole):
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=600), rng.integers(0, 80, 600)])
    target = rows[:, 0] + np.isin(rows[:, 1], [0, 1, 5, 33, 64]) * 3
    model = lightgbm.LGBMRegressor(max_cat_to_onehot=1, **CATEGORICAL).fit(rows, target, categorical_feature=[1])
    codes = [0, 1, 5, 33, 34, 64, 65, 80, 81, 400, -1, 10**9]
    codes += [] if whole else [1.7, 5.999, -0.5, -1e-9, -1.5, 64 - 1e-9, np.nan, np.inf, -np.inf]
    strange = np.column_stack([np.zeros(len(codes)), codes])
    frame = as_frame(np.concatenate([rows, strange]))
    frame = frame.astype({"x2": "int64"}) if whole else frame
    document = read_model(model, frame)
    assert_same_regression(document, model, frame)


@pytest.mark.parametrize("objective", ["binary", "multiclass", "gamma", "quantile"])
def test_boosters(objective, diabetes):
    rows, target = diabetes
    labels = {"binary": target > 140, "multiclass": np.digitize(target, [90, 180])}.get(objective, target)
    options = {"num_class": 3} if objective == "multiclass" else {}
    parameters = {"objective": objective, "verbose": -1, "num_threads": 1, **options}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, labels), 8)
    document = read_model(booster, rows)
    got, expected = score(document, rows), score_source(booster, rows, document)
    assert list(got.columns) == list(expected)
    for name, column in expected.items():
        assert_numbers(got[name], column.values, EXPONENTIALS)
    raw = booster.predict(rows)
    if objective == "binary":
        assert_labels(got["y"], (raw > 0.5).astype(int))
        assert_numbers(expected["probability(1)"].values, raw, BIT_FOR_BIT)
    if objective == "multiclass":
        assert_labels(got["y"], raw.argmax(axis=1))


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"reg_sqrt": True}, "reg_sqrt=True"),
        ({"objective": lambda y, p: (p - y, np.ones(len(y)))}, "objective 'of your own'"),
        ({"objective": "cross_entropy_lambda"}, "cross_entropy_lambda"),
    ],
    ids=["reg_sqrt", "function", "cross_entropy_lambda"],
)
def test_what_cannot_be_read(options, what, diabetes):
    rows, target = diabetes
    model = lightgbm.LGBMRegressor(**options, **SMALL).fit(rows, target / 400)
    with pytest.raises(UnsupportedModelError, match=what):
        read_model(model, rows)


def test_an_array_without_names():
    rows, target = datasets.load_diabetes(return_X_y=True)
    model = lightgbm.LGBMRegressor(**SMALL).fit(rows, target)
    document = read_model(model)
    assert {field.name for field in document.data_fields} <= {"y", *names_of(10)}
    assert_same_regression(document, model, rows)


def test_a_pipeline_of_columns_whose_names_have_blanks(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 2)), columns=["col a", "b"])
    model = make_pipeline(lightgbm.LGBMClassifier(**SMALL)).fit(frame, frame["col a"] > 0)
    modelport.convert(model, tmp_path / "model.pmml", data=frame)
    report = modelport.check_parity(model, tmp_path / "model.pmml", frame, engines=["reference"])
    assert report.is_equal, report.summary()
