"""XGBoost: every row reaches the same leaf, every margin has the same float32 bits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn import datasets

import modelport
from modelport.readers import read_model, score_source
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.frames import to_table
from modelport_runtime.hub import DataField, DataType, MiningField, MiningFunction, OpType, TreeTarget, UsageType
from tests.readers._tree_parity import (
    BIT_FOR_BIT,
    FLOAT32_ULPS,
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

needs_3_1 = pytest.mark.skipif(
    tuple(map(int, xgboost.__version__.split(".")[:2])) < (3, 1), reason="XGBoost stores it from 3.1 on"
)

SMALL = {"n_estimators": 12, "max_depth": 4, "n_jobs": 1}


def margins(model, rows):
    return np.asarray(model.predict(rows, output_margin=True)).reshape(len(rows), -1)


def hub_margins(document, rows):
    """Aggregated scores: the document without its link, one regression target a column."""
    ensemble, width = document.model.predictor, document.model.predictor.n_columns
    names = [f"margin{i}" for i in range(width)]
    inputs = [field for field in document.data_fields if field.name not in document.model.target_names]
    mining = [field for field in document.model.mining_fields if not field.is_target]
    model = replace(
        document.model,
        function=MiningFunction.REGRESSION,
        predictor=replace(ensemble, targets=tuple(TreeTarget(field=n, first_column=i) for i, n in enumerate(names))),
        mining_fields=(*mining, *(MiningField(name=name, usage_type=UsageType.TARGET) for name in names)),
        outputs=(),
    )
    targets = [DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in names]
    raw = replace(document, data_fields=(*inputs, *targets), model=model)
    result = ReferenceExecutor(raw).score(to_table(as_frame(rows), raw.data_fields))
    return np.column_stack([result[name].values for name in names]).astype(np.float32)


def assert_same(model, rows, tolerance=FLOAT32_ULPS):
    document = read(model, rows)
    tested = boundary_rows(document, as_frame(rows))
    tested = tested[(tested.abs() < 3e38).all(axis=1) | tested.isna().any(axis=1)]
    check = assert_same_classification if hasattr(model, "n_classes_") else assert_same_regression
    for kind in (np.float64, np.float32):
        frame = tested.astype(kind)
        assert_same_leaves(document, frame, leaf_order(model, frame))
        assert_numbers(hub_margins(document, frame), margins(model, frame), BIT_FOR_BIT)
        check(document, model, frame, tolerance)


def leaf_order(model, rows):
    """XGBoost names leaves by node; here by their order among the tree's leaves."""
    booster = model.get_booster()
    best = getattr(model, "best_iteration", None) if model.early_stopping_rounds else None
    matrix = xgboost.DMatrix(rows, missing=model.missing, enable_categorical=True)
    span = (0, 0) if best is None else (0, best + 1)
    nodes = booster.predict(matrix, pred_leaf=True, iteration_range=span).astype(int).reshape(len(rows), -1)
    trees = booster.trees_to_dataframe()
    leaves = trees[trees["Feature"] == "Leaf"].groupby("Tree")["Node"].apply(lambda nodes: np.sort(nodes.to_numpy()))
    return np.column_stack([np.searchsorted(leaves[i], nodes[:, i]) for i in range(nodes.shape[1])])


def with_missing(rows, share=0.15, seed=3):
    return rows.mask(np.random.default_rng(seed).random(rows.shape) < share)


@pytest.fixture(scope="module")
def diabetes():
    return datasets.load_diabetes(return_X_y=True, as_frame=True)


@pytest.mark.parametrize(
    "objective",
    [
        "reg:squarederror",
        "reg:squaredlogerror",
        "reg:pseudohubererror",
        "reg:absoluteerror",
        "count:poisson",
        "reg:gamma",
        "reg:tweedie",
        "survival:cox",
        "reg:quantileerror",
    ],
)
def test_regressors(objective, diabetes):
    rows, target = diabetes
    options = {"quantile_alpha": 0.3} if objective == "reg:quantileerror" else {}
    assert_same(xgboost.XGBRegressor(objective=objective, **options, **SMALL).fit(rows, target), rows)


@pytest.mark.parametrize("objective", ["reg:logistic", "binary:logistic", "binary:logitraw"])
def test_regressors_of_probabilities(objective, diabetes):
    rows, target = diabetes
    target = target / 400 if objective == "reg:logistic" else target > 140
    assert_same(xgboost.XGBRegressor(objective=objective, **SMALL).fit(rows, target), rows)


@pytest.mark.parametrize("base_score", [0.25, 0.5, 0.875])
@pytest.mark.parametrize("objective", ["binary:logistic", "binary:logitraw"])
def test_two_classes(objective, base_score):
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    rows = with_missing(rows)
    assert_same(xgboost.XGBClassifier(objective=objective, base_score=base_score, **SMALL).fit(rows, target), rows)


def test_hinge_gives_labels_only():
    rows, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    model = xgboost.XGBClassifier(objective="binary:hinge", **SMALL).fit(rows, target)
    document = read(model, rows)
    result = score(document, rows)
    assert list(result.columns) == ["y"]
    assert_labels(result["y"], model.predict(rows).astype(int))


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine])
def test_several_classes(load, objective):
    rows, target = load(return_X_y=True, as_frame=True)
    assert_same(xgboost.XGBClassifier(objective=objective, **(SMALL | {"n_estimators": 5})).fit(rows, target), rows)


@pytest.mark.parametrize("model", [xgboost.XGBRFRegressor, xgboost.XGBRFClassifier])
def test_random_forests(model, diabetes):
    rows, target = diabetes
    target = target if model is xgboost.XGBRFRegressor else np.digitize(target, [90, 180])
    assert_same(model(**SMALL, random_state=0).fit(rows, target), rows)


def test_parallel_trees(diabetes):
    rows, target = diabetes
    options = SMALL | {"n_estimators": 4, "num_parallel_tree": 3, "subsample": 0.6}
    model = xgboost.XGBClassifier(**options, random_state=0)
    assert_same(model.fit(rows, np.digitize(target, [90, 180])), rows)


@pytest.mark.parametrize("missing", [False, True])
def test_missing_values(missing, diabetes):
    rows, target = diabetes
    model = xgboost.XGBRegressor(**SMALL).fit(with_missing(rows) if missing else rows, target)
    document = read(model, rows)
    holes = with_missing(rows, share=0.4)
    assert_same_leaves(document, holes, leaf_order(model, holes))
    assert_same_regression(document, model, holes)
    assert_same(model, with_missing(rows))


@pytest.mark.parametrize("mark", [-999.0, 0.0, 0.1])
def test_another_mark_for_missing_values(mark, diabetes):
    rows, target = diabetes
    rows = with_missing(rows).fillna(mark)
    model = xgboost.XGBRegressor(missing=mark, **SMALL).fit(rows, target)
    document = read(model, rows)
    tested = boundary_rows(document, rows, special=[mark, np.nan, np.nextafter(mark, 1), np.float32(mark), -0.0])
    assert_same_regression(document, model, tested)
    assert_numbers(hub_margins(document, tested), margins(model, tested), BIT_FOR_BIT)


def test_dart_in_place_and_not(diabetes):
    """XGBoost rounds differently when it predicts in place, as its wrappers do."""
    rows, target = diabetes
    model = xgboost.XGBRegressor(booster="dart", rate_drop=0.4, **SMALL, random_state=1).fit(rows, target)
    assert_same(model, rows)
    booster = model.get_booster()
    expected = booster.predict(xgboost.DMatrix(rows))
    assert (expected != model.predict(rows)).any()
    assert_numbers(score(read_model(booster, rows), rows)["y"], expected, BIT_FOR_BIT)


def test_early_stopping_counts_in_wrappers_only(diabetes):
    rows, target = diabetes
    model = xgboost.XGBRegressor(n_estimators=100, early_stopping_rounds=3, n_jobs=1)
    model.fit(rows[:300], target[:300], eval_set=[(rows[300:], target[300:])], verbose=False)
    assert model.best_iteration < 50
    assert_same(model, rows)
    booster = model.get_booster()
    document = read_model(booster, rows)
    assert [notice.code for notice in document.card.notices] == ["all-iterations-used"]
    assert_numbers(score(document, rows)["y"], booster.predict(xgboost.DMatrix(rows)), BIT_FOR_BIT)


@pytest.mark.parametrize("strategy", ["one_output_per_tree", pytest.param("multi_output_tree", marks=needs_3_1)])
def test_several_regression_targets(strategy, diabetes):
    rows, target = diabetes
    targets = np.column_stack([target, -target, rows["bmi"]])
    model = xgboost.XGBRegressor(multi_strategy=strategy, **SMALL).fit(rows, targets)
    document = read_model(model, rows)
    assert document.model.target_names == ("y1", "y2", "y3")
    assert_same_regression(document, model, boundary_rows(document, rows))


def test_several_quantiles(diabetes):
    rows, target = diabetes
    model = xgboost.XGBRegressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9], **SMALL)
    assert_same_regression(read(model.fit(rows, target), rows), model, rows)


def test_several_labels(diabetes):
    rows, target = diabetes
    model = xgboost.XGBClassifier(**SMALL).fit(rows, np.column_stack([target > 100, target > 200]))
    document = read(model, rows)
    result, labels, probabilities = score(document, rows), model.predict(rows), model.predict_proba(rows)
    for column, name in enumerate(document.model.target_names):
        assert_labels(result[name], labels[:, column].astype(int))
        assert_numbers(result[f"probability({name}, 1)"], probabilities[:, column], FLOAT32_ULPS)


def test_a_ranker(diabetes):
    rows, target = diabetes
    model = xgboost.XGBRanker(**SMALL).fit(rows, np.digitize(target, [90, 180]), qid=np.arange(len(rows)) // 20)
    assert_same_regression(read(model, rows), model, rows)


def test_whole_numbers_beyond_float32():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"id": 2**24 + rng.integers(0, 60, 300), "b": rng.integers(0, 2, 300).astype(bool)})
    model = xgboost.XGBRegressor(**SMALL).fit(rows, rows["id"] % 7 + rows["b"])
    assert_same_regression(read(model, rows), model, rows)


def categorical_rows(count=500):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "n": rng.normal(size=count),
            "city": pd.Categorical(rng.choice(["Oslo", "Bonn", "A&B <x>", "Rome", "Ghent", ""], count)),
            "code": pd.Categorical(rng.choice([2, 3, 5, 70], count)),
        }
    )
    rows.loc[::9, "city"] = None
    rows.loc[::11, "code"] = None
    target = rows["n"] + rows["city"].isin(["Rome", ""]) * 2.0 + (rows["code"] == 5) * 1.5
    return rows, target


@needs_3_1
@pytest.mark.parametrize("one_hot", [1, 20])
def test_categories_of_text_and_numbers(one_hot):
    rows, target = categorical_rows()
    model = xgboost.XGBRegressor(enable_categorical=True, max_cat_to_onehot=one_hot, **SMALL).fit(rows, target)
    document = read_model(model, rows)
    plain = rows.assign(city=rows["city"].astype(object), code=rows["code"].astype("Int64"))
    assert_numbers(score(document, plain)["y"], model.predict(rows), BIT_FOR_BIT)


@needs_3_1
def test_rows_with_an_unseen_category_have_no_prediction():
    """XGBoost raises an error for them."""
    rows, target = categorical_rows()
    model = xgboost.XGBRegressor(enable_categorical=True, **SMALL).fit(rows, target)
    plain = rows.head(4).assign(city=["Rome", "zz", None, "Oslo"], code=[2, 3, 5, 70])
    with pytest.raises(xgboost.core.XGBoostError, match="not in the training set"):
        model.predict(plain.astype({"city": "category", "code": "category"}))
    np.testing.assert_array_equal(score(read_model(model, rows), plain)["y"].isna(), [False, True, False, False])


@needs_3_1
def test_text_that_xgboost_damages_is_refused():
    rows, target = categorical_rows()
    rows["city"] = rows["city"].cat.rename_categories({"Bonn": "Zürich"})
    model = xgboost.XGBRegressor(enable_categorical=True, **SMALL).fit(rows, target)
    with pytest.raises(UnsupportedModelError, match="beyond ASCII"):
        read_model(model, rows)


def test_codes_of_categories_in_an_array():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=400), rng.integers(0, 40, 400)])
    target = rows[:, 0] + np.isin(rows[:, 1], [1, 5, 33]) * 3
    options = {"enable_categorical": True, "feature_types": ["q", "c"], "max_cat_to_onehot": 1}
    model = xgboost.XGBRegressor(**options, **SMALL).fit(rows, target)
    codes = [0, 1, 1.7, 5, 5.999, 6 - 1e-9, 33, 34, -0.5, -1, 39, 40, 400, 2.0**24, 1e9, np.nan]
    strange = np.column_stack([np.zeros(len(codes)), codes])
    assert_same_regression(read_model(model), model, np.concatenate([rows, strange]))


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "multi:softmax", "reg:gamma"])
def test_boosters(objective, diabetes):
    rows, target = diabetes
    labels = {"binary:logistic": target > 140, "reg:gamma": target}.get(objective, np.digitize(target, [90, 180]))
    options = {"num_class": 3} if objective.startswith("multi") else {}
    matrix = xgboost.DMatrix(rows, labels)
    booster = xgboost.train({"objective": objective, "max_depth": 3, "nthread": 1, **options}, matrix, 8)
    document = read_model(booster, rows)
    got, expected = score(document, rows), score_source(booster, rows, document)
    assert list(got.columns) == list(expected)
    raw = booster.predict(matrix)
    if objective == "multi:softmax":
        assert_labels(got["y"], raw.astype(int))
    for name, column in expected.items():
        assert_numbers(got[name], column.values, FLOAT32_ULPS)
    if objective == "multi:softprob":
        assert_numbers(expected["probability(1)"].values, raw[:, 1], BIT_FOR_BIT)


def test_a_booster_without_names():
    rows, target = datasets.load_diabetes(return_X_y=True)
    booster = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(rows, target), 5)
    document = read_model(booster)
    assert [field.name for field in document.data_fields][-1] == "y"
    assert {field.name for field in document.data_fields} <= {"y", *names_of(10)}
    assert_numbers(score(document, rows)["y"], booster.predict(xgboost.DMatrix(rows)), BIT_FOR_BIT)


@pytest.mark.parametrize(
    ("options", "what"),
    [({"booster": "gblinear"}, "gblinear"), ({"objective": lambda y, p: (p - y, np.ones(len(y)))}, "Python function")],
    ids=["gblinear", "function"],
)
def test_what_cannot_be_read(options, what, diabetes):
    rows, target = diabetes
    model = xgboost.XGBRegressor(n_estimators=2, **options).fit(rows, target)
    with pytest.raises(UnsupportedModelError, match=what):
        read_model(model, rows)


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
@pytest.mark.parametrize("estimator", [xgboost.XGBRegressor, xgboost.XGBClassifier])
def test_targets_can_be_named(tmp_path, estimator, strategy):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(60, 2)), columns=["a", "b"])
    targets = generator.normal(size=(60, 2)) + frame.to_numpy()
    if estimator is xgboost.XGBClassifier:
        targets = (targets > 0).astype(int)
    model = estimator(n_estimators=3, max_depth=2, multi_strategy=strategy).fit(frame, targets)
    for given in (model, model.get_booster()):
        artifact = tmp_path / "model.pmml"
        result = modelport.convert(given, artifact, data=frame, target=["u", "v"])
        assert result.document.model.target_names == ("u", "v")
    report = modelport.check_parity(model, artifact, frame, target=["u", "v"])
    assert report.is_equal, report.summary()


@needs_3_1
def test_an_unseen_category_is_told_and_rejects_its_row_only():
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y", "z"] * 20), "b": np.arange(60.0)})
    model = xgboost.XGBRegressor(n_estimators=3, enable_categorical=True).fit(frame, np.arange(60) % 3)
    document = read_model(model, frame)
    (notice,) = [notice for notice in document.card.notices if notice.code == "unseen-categories"]
    assert "'a'" in notice.message
    rows = pd.DataFrame({"a": ["x", "new", "z"], "b": [1.0, 2.0, 3.0]})
    scored = ReferenceExecutor(document).score(to_table(rows, document.data_fields))["y"].values
    assert np.isnan(scored).tolist() == [False, True, False]
