"""Fitted models for every reader, on the data sets bundled with scikit-learn and on two real ones.

Each case is a function that fits a model and returns it with the rows to score. Strings, missing values, unseen
categories and class labels of every type occur.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

CREDIT = Path(__file__).resolve().parents[2] / "fixtures" / "credit.csv"
N_ROWS = 120


@dataclass(frozen=True)
class Fitted:
    """A fitted model and rows to score it on."""

    model: Any
    rows: pd.DataFrame
    target: Any = None


@dataclass(frozen=True)
class Case:
    """A named way to make a fitted model."""

    name: str
    fit: Callable[[], Fitted]
    gaps: dict[str, str] = field(default_factory=dict)


CASES: list[Case] = []


GAPS: dict[str, dict[str, str]] = {}
"""What an engine is known to be unable to do, by case and engine."""


def case(name: str, fit: Callable[[], Fitted]) -> None:
    CASES.append(Case(name, functools.cache(fit), GAPS.get(name, {})))


# ---------------------------------------------------------------- data


def bundled(name: str) -> tuple[pd.DataFrame, pd.Series]:
    data = getattr(datasets, f"load_{name}")()
    names = [str(n).replace(" (cm)", "").replace(" ", "_") for n in getattr(data, "feature_names", [])]
    return pd.DataFrame(data.data, columns=names), pd.Series(data.target)


@functools.cache
def penguins() -> tuple[pd.DataFrame, pd.Series]:
    from palmerpenguins import load_penguins

    frame = load_penguins()
    return frame.drop(columns=["species"]), frame["species"]


@functools.cache
def credit() -> tuple[pd.DataFrame, pd.Series]:
    frame = pd.read_csv(CREDIT)
    target = frame.columns[-1]
    return frame.drop(columns=[target]), frame[target]


def with_missing(frame: pd.DataFrame, share: float = 0.08, seed: int = 9) -> pd.DataFrame:
    return frame.mask(np.random.RandomState(seed).rand(*frame.shape) < share)


def with_unseen(frame: pd.DataFrame) -> pd.DataFrame:
    """The first rows get a text that no encoder has seen."""
    frame = frame.copy()
    for number, name in enumerate(frame.select_dtypes(include=["object", "str"]).columns):
        frame.loc[frame.index[number * 3 : number * 3 + 3], name] = "nie gesehen ✓"
    return frame


def spread(frame: pd.DataFrame, n_rows: int = N_ROWS, seed: int = 5) -> pd.DataFrame:
    """Some of the rows themselves, some uniform over their range and a tenth beyond."""
    random = np.random.RandomState(seed)
    values = frame.to_numpy(dtype=float)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    margin = 0.1 * (high - low)
    own = values[random.randint(0, len(values), n_rows // 2)]
    uniform = random.uniform(low - margin, high + margin, (n_rows - n_rows // 2, values.shape[1]))
    return pd.DataFrame(np.vstack([own, uniform]), columns=frame.columns)


def numeric(estimator: Any, data: str, labels: Any = None, missing: bool = False) -> Fitted:
    frame, target = bundled(data)
    if labels is not None:
        target = target.map(labels)
    rows = spread(frame)
    if missing:
        frame, rows = with_missing(frame), with_missing(rows, seed=4)
    return Fitted(estimator.fit(frame, target), rows)


def mixed(estimator: Any, data: Callable[[], tuple[pd.DataFrame, pd.Series]], unseen: bool = True) -> Fitted:
    frame, target = data()
    rows = frame.iloc[:: max(1, len(frame) // N_ROWS)].reset_index(drop=True)
    return Fitted(estimator.fit(frame, target), with_unseen(rows) if unseen else rows)


def text_columns() -> Any:
    return make_column_selector(dtype_exclude="number")


def number_columns() -> Any:
    return make_column_selector(dtype_include="number")


def columns(numbers: Any, texts: Any, **options: Any) -> ColumnTransformer:
    return ColumnTransformer([("num", numbers, number_columns()), ("cat", texts, text_columns())], **options)


def constant(encoder: Any) -> Any:
    return make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), encoder)


def frequent(encoder: Any) -> Any:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)


def logistic(**options: Any) -> LogisticRegression:
    return LogisticRegression(max_iter=3000, **options)


# ---------------------------------------------------------------- numeric estimators

STRINGS = {0: "se tosa", 1: "Versi<&>", 2: "virginïca"}
NUMBERS = {0: -10, 1: 0, 2: 7}
BOOLEANS = {0: False, 1: True}

for _name, _make in {
    "LinearRegression": LinearRegression,
    "Ridge": Ridge,
    "Lasso": lambda: Lasso(alpha=0.1),
    "ElasticNet": lambda: ElasticNet(alpha=0.01),
    "SGDRegressor": lambda: make_pipeline(StandardScaler(), SGDRegressor(random_state=0)),
    "PoissonRegressor": lambda: PoissonRegressor(max_iter=500),
    "GammaRegressor": lambda: GammaRegressor(max_iter=500),
    "TweedieRegressor": lambda: TweedieRegressor(power=1.5, link="log", max_iter=500),
    "LinearSVR": lambda: make_pipeline(StandardScaler(), LinearSVR(random_state=0)),
    "DecisionTreeRegressor": lambda: DecisionTreeRegressor(max_depth=6, random_state=0),
    "ExtraTreeRegressor": lambda: ExtraTreeRegressor(max_depth=6, random_state=0),
    "RandomForestRegressor": lambda: RandomForestRegressor(10, max_depth=7, random_state=0),
    "ExtraTreesRegressor": lambda: ExtraTreesRegressor(10, max_depth=7, random_state=0),
    "GradientBoostingRegressor": lambda: GradientBoostingRegressor(n_estimators=20, random_state=0),
    "HistGradientBoostingRegressor": lambda: HistGradientBoostingRegressor(max_iter=20, random_state=0),
    "HistGradientBoostingRegressor[poisson]": lambda: HistGradientBoostingRegressor(loss="poisson", max_iter=20),
}.items():
    case(f"{_name}/diabetes", lambda make=_make: numeric(make(), "diabetes"))

for _name, _make in {
    "LogisticRegression": logistic,
    "SGDClassifier[log_loss]": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier[hinge]": lambda: SGDClassifier(random_state=0),
    "SGDClassifier[modified_huber]": lambda: SGDClassifier(loss="modified_huber", random_state=0),
    "LinearSVC": lambda: LinearSVC(random_state=0),
    "DecisionTreeClassifier": lambda: DecisionTreeClassifier(random_state=0),
    "ExtraTreeClassifier": lambda: ExtraTreeClassifier(random_state=0),
    "RandomForestClassifier": lambda: RandomForestClassifier(10, random_state=0),
    "ExtraTreesClassifier": lambda: ExtraTreesClassifier(10, random_state=0),
    "GradientBoostingClassifier": lambda: GradientBoostingClassifier(n_estimators=15, random_state=0),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(max_iter=15, random_state=0),
}.items():
    scaled = "Logistic" in _name or "SGD" in _name or "SVC" in _name
    wrap = (lambda make: make_pipeline(StandardScaler(), make())) if scaled else (lambda make: make())
    case(f"{_name}/breast_cancer[bool]", lambda m=_make, w=wrap: numeric(w(m), "breast_cancer", BOOLEANS))
    case(f"{_name}/iris[str]", lambda m=_make, w=wrap: numeric(w(m), "iris", STRINGS))
    case(f"{_name}/wine[int]", lambda m=_make, w=wrap: numeric(w(m), "wine", NUMBERS))

for _name, _make in {
    "DecisionTreeClassifier": lambda: DecisionTreeClassifier(random_state=0),
    "RandomForestClassifier": lambda: RandomForestClassifier(10, random_state=0),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(max_iter=10, random_state=0),
}.items():
    case(f"{_name}/iris[missing]", lambda make=_make: numeric(make(), "iris", STRINGS, missing=True))
for _name, _make in {
    "RandomForestRegressor": lambda: RandomForestRegressor(10, max_depth=7, random_state=0),
    "HistGradientBoostingRegressor": lambda: HistGradientBoostingRegressor(max_iter=10, random_state=0),
}.items():
    case(f"{_name}/diabetes[missing]", lambda make=_make: numeric(make(), "diabetes", missing=True))

case("RandomForestClassifier/digits", lambda: numeric(RandomForestClassifier(15, random_state=0), "digits"))
case("LogisticRegression/digits", lambda: numeric(make_pipeline(MinMaxScaler(), logistic()), "digits"))


def several_numbers(estimator: Any) -> Fitted:
    data = datasets.load_linnerud()
    frame = pd.DataFrame(data.data, columns=data.feature_names)
    return Fitted(estimator.fit(frame, pd.DataFrame(data.target, columns=data.target_names)), spread(frame, 60))


def several_classes(estimator: Any, kinds: dict[int, Any]) -> Fitted:
    frame, target = bundled("iris")
    long = (frame["sepal_length"] > 5.8).astype(int)
    both = pd.DataFrame({"kind": target.map(kinds), "long": long.map(kinds)})
    return Fitted(estimator.fit(frame, both.to_numpy()), spread(frame))


for _name, _make in {
    "DecisionTreeClassifier": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
    "RandomForestClassifier": lambda: RandomForestClassifier(8, random_state=0),
    "ExtraTreesClassifier": lambda: ExtraTreesClassifier(8, random_state=0),
}.items():
    case(f"{_name}/iris[several targets, str]", lambda make=_make: several_classes(make(), STRINGS))
    case(f"{_name}/iris[several targets, int]", lambda make=_make: several_classes(make(), NUMBERS))

for _name, _make in {
    "LinearRegression": LinearRegression,
    "DecisionTreeRegressor": lambda: DecisionTreeRegressor(max_depth=3, random_state=0),
    "RandomForestRegressor": lambda: RandomForestRegressor(8, random_state=0),
    "ExtraTreesRegressor": lambda: ExtraTreesRegressor(8, random_state=0),
}.items():
    case(f"{_name}/linnerud[several targets]", lambda make=_make: several_numbers(make()))

# ---------------------------------------------------------------- transformers before a linear model

for _name, _make in {
    "StandardScaler": StandardScaler,
    "MinMaxScaler": lambda: MinMaxScaler(feature_range=(-1, 2), clip=True),
    "MaxAbsScaler": MaxAbsScaler,
    "RobustScaler": RobustScaler,
    "Binarizer": lambda: Binarizer(threshold=2.5),
    "KBinsDiscretizer[onehot]": lambda: KBinsDiscretizer(4, strategy="uniform"),
    "KBinsDiscretizer[ordinal]": lambda: KBinsDiscretizer(4, encode="ordinal", strategy="uniform"),
    "PolynomialFeatures": lambda: PolynomialFeatures(2),
    "SelectKBest": lambda: SelectKBest(f_classif, k=2),
    "FunctionTransformer[log1p]": lambda: FunctionTransformer(np.log1p),
    "FunctionTransformer[arctan]": lambda: FunctionTransformer(np.arctan),
    "FeatureUnion": lambda: FeatureUnion([("s", StandardScaler()), ("k", SelectKBest(k=1))]),
}.items():
    case(f"{_name}/iris", lambda make=_make: numeric(make_pipeline(make(), logistic()), "iris", STRINGS))

for _strategy in ("mean", "median", "most_frequent", "constant"):
    case(
        f"SimpleImputer[{_strategy}+indicator]/iris",
        lambda s=_strategy: numeric(
            make_pipeline(SimpleImputer(strategy=s, add_indicator=True), logistic()), "iris", missing=True
        ),
    )

# ---------------------------------------------------------------- real data: strings, missing values, unseen categories

IGNORE = {"handle_unknown": "ignore"}
for _data in (penguins, credit):
    _label = _data.__name__
    for _name, _make in {
        "scale+onehot(constant)+LogisticRegression": lambda: make_pipeline(
            columns(make_pipeline(SimpleImputer(), StandardScaler()), constant(OneHotEncoder(**IGNORE))), logistic()
        ),
        "scale+onehot(frequent)+LogisticRegression": lambda: make_pipeline(
            columns(
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), frequent(OneHotEncoder(**IGNORE))
            ),
            logistic(),
        ),
        "onehot(missing is a category)+LogisticRegression": lambda: make_pipeline(
            columns(make_pipeline(SimpleImputer(), StandardScaler()), OneHotEncoder(**IGNORE)), logistic()
        ),
        "onehot(infrequent)+LogisticRegression": lambda: make_pipeline(
            columns(
                make_pipeline(SimpleImputer(), StandardScaler()),
                constant(OneHotEncoder(min_frequency=60, handle_unknown="infrequent_if_exist")),
            ),
            logistic(),
        ),
        "onehot(drop)+RandomForestClassifier": lambda: make_pipeline(
            columns(SimpleImputer(), constant(OneHotEncoder(drop="first"))),
            RandomForestClassifier(10, random_state=0),
        ),
        "ordinal(unknown)+RandomForestClassifier": lambda: make_pipeline(
            columns(
                SimpleImputer(strategy="median"),
                constant(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
            ),
            RandomForestClassifier(10, random_state=0),
        ),
        "ordinal(missing)+HistGradientBoostingClassifier": lambda: make_pipeline(
            columns(
                "passthrough",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan),
            ),
            HistGradientBoostingClassifier(max_iter=10, random_state=0),
        ),
        "impute+GradientBoostingClassifier": lambda: make_pipeline(
            columns(SimpleImputer(), constant(OneHotEncoder(**IGNORE))),
            GradientBoostingClassifier(n_estimators=10, random_state=0),
        ),
    }.items():
        case(f"{_name}/{_label}", lambda make=_make, data=_data, u="drop" not in _name: mixed(make(), data, unseen=u))
    case(
        f"native categoricals+HistGradientBoostingClassifier/{_label}",
        lambda data=_data: native_categoricals(HistGradientBoostingClassifier(max_iter=10, random_state=0), data),
    )


def native_categoricals(estimator: Any, data: Callable[[], tuple[pd.DataFrame, pd.Series]]) -> Fitted:
    frame, target = data()
    frame = frame.copy()
    for name in frame.columns.difference(frame.select_dtypes("number").columns):
        frame[name] = frame[name].astype("category")
    return Fitted(estimator.fit(frame, target), frame.iloc[:: max(1, len(frame) // N_ROWS)].reset_index(drop=True))


def categories_of_texts_and_numbers(estimator: Any) -> Fitted:
    """Sets of both kinds in one ensemble; real numbers beside, missing values in all."""
    random = np.random.RandomState(3)
    frame = pd.DataFrame(
        {
            "text": np.array(list("abcdef"))[random.randint(0, 6, 600)],
            "number": random.randint(-3, 9, 600),
            "code": random.randint(0, 9, 600),
            "real": random.randn(600),
        }
    )
    chosen = frame["text"].isin(["a", "c"]) ^ frame["number"].isin([-1, 3, 8]) ^ frame["code"].isin([2, 5])
    target = chosen.astype(int) + (frame["real"] > 0.5)
    for name in ("text", "number", "code"):
        frame[name] = frame[name].astype("category").mask(random.rand(600) < 0.06)
    return Fitted(estimator.fit(frame, target), frame.iloc[:N_ROWS].reset_index(drop=True))


case(
    "categories of texts and numbers/HistGradientBoostingClassifier",
    lambda: categories_of_texts_and_numbers(HistGradientBoostingClassifier(max_iter=10, random_state=0)),
)


# ---------------------------------------------------------------- boosters


def boosted(framework: str, kind: str, **options: Any) -> Any:
    return getattr(importlib.import_module(framework), kind)(n_estimators=8, random_state=0, n_jobs=1, **options)


def xgboost(kind: str, data: str, labels: Any = None, missing: bool = False, **options: Any) -> Fitted:
    import xgboost as framework

    made = getattr(framework, kind)(n_estimators=12, max_depth=4, random_state=0, n_jobs=1, **options)
    return numeric(made, data, labels, missing)


def lightgbm(kind: str, data: str, labels: Any = None, missing: bool = False, **options: Any) -> Fitted:
    import lightgbm as framework

    made = getattr(framework, kind)(n_estimators=12, num_leaves=15, random_state=0, n_jobs=1, verbose=-1, **options)
    return numeric(made, data, labels, missing)


for _make, _prefix in ((xgboost, "XGB"), (lightgbm, "LGBM")):
    case(f"{_prefix}Regressor/diabetes", lambda make=_make, p=_prefix: make(f"{p}Regressor", "diabetes"))
    case(
        f"{_prefix}Regressor/diabetes[missing]",
        lambda make=_make, p=_prefix: make(f"{p}Regressor", "diabetes", missing=True),
    )
    case(f"{_prefix}Classifier/breast_cancer", lambda make=_make, p=_prefix: make(f"{p}Classifier", "breast_cancer"))
    case(
        f"{_prefix}Classifier/breast_cancer[missing]",
        lambda make=_make, p=_prefix: make(f"{p}Classifier", "breast_cancer", missing=True),
    )
    case(f"{_prefix}Classifier/wine", lambda make=_make, p=_prefix: make(f"{p}Classifier", "wine"))
case(
    "categories of texts and numbers/LGBMClassifier",
    lambda: categories_of_texts_and_numbers(boosted("lightgbm", "LGBMClassifier", verbose=-1)),
)
case(
    "categories of texts and numbers/XGBClassifier",
    lambda: categories_of_texts_and_numbers(boosted("xgboost", "XGBClassifier", enable_categorical=True)),
)
case("LGBMClassifier/iris[str]", lambda: lightgbm("LGBMClassifier", "iris", STRINGS))
case("XGBRegressor/diabetes[poisson]", lambda: xgboost("XGBRegressor", "diabetes", objective="count:poisson"))
case("LGBMRegressor/diabetes[poisson]", lambda: lightgbm("LGBMRegressor", "diabetes", objective="poisson"))
