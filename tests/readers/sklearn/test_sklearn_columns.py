import numpy as np
import pandas as pd
import pytest
from sklearn import feature_selection as fs
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import Binarizer, FunctionTransformer, KBinsDiscretizer, PolynomialFeatures
from sklearn.tree import DecisionTreeClassifier

from modelport.readers import read_model
from modelport_runtime.errors import UnsupportedModelError
from tests.readers.sklearn._same_scores import EXACT, FLOAT32_SUM_ORDER, FLOAT64_SUM_ORDER, assert_same_columns, beside

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")
bins_warning = pytest.mark.filterwarnings(
    "ignore:The current default behavior:FutureWarning", "ignore:In version 1.5 onwards:FutureWarning"
)


def edge_rows(edges, dtype):
    """Rows on every edge and one ulp beside it, and in between."""
    columns = [np.concatenate([beside(e, dtype), np.asarray(e, dtype)[:-1] + 0.01]) for e in edges]
    length = max(map(len, columns))
    return np.column_stack([np.resize(column, length) for column in columns])


@bins_warning
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
def test_k_bins_on_edges(strategy, encode, dtype, iris):
    X = iris[0].astype(dtype)
    binner = KBinsDiscretizer(4, encode=encode, strategy=strategy).fit(X)
    rows = pd.DataFrame(edge_rows(binner.bin_edges_, dtype), columns=X.columns)
    assert_same_columns(binner, rows)


@bins_warning
@pytest.mark.parametrize("encode", ["ordinal", "onehot-dense"])
def test_k_bins_of_float64_on_float32_rows(encode, iris):
    X, _ = iris
    binner = KBinsDiscretizer(4, encode=encode, strategy="uniform").fit(X)
    rows = pd.DataFrame(edge_rows(binner.bin_edges_, np.float32), columns=X.columns)
    assert_same_columns(binner, rows)


@bins_warning
def test_k_bins_in_float32(iris):
    X, _ = iris
    binner = KBinsDiscretizer(4, encode="ordinal", strategy="uniform", dtype=np.float32).fit(X)
    rows = pd.DataFrame(edge_rows(binner.bin_edges_, np.float64), columns=X.columns)
    assert_same_columns(binner, rows)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_binarizer_on_the_threshold(dtype):
    values = beside([0.1, -1.0, 3.0], dtype) if dtype is not np.int64 else np.arange(-3, 4)
    frame = pd.DataFrame({"a": values.astype(dtype)})
    for threshold in (0.1, 0.0, 3.0):
        assert_same_columns(Binarizer(threshold=threshold).fit(frame), frame)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"degree": 3},
        {"interaction_only": True, "degree": 3},
        {"include_bias": False},
        {"degree": (2, 4)},
        {"degree": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_polynomial_bit_for_bit(options, dtype, iris):
    X = iris[0].astype(dtype)
    assert_same_columns(PolynomialFeatures(**options).fit(X), X, tolerance=EXACT)


FUNCTIONS = [
    np.abs, np.arctan, np.ceil, np.cos, np.cosh, np.exp, np.exp2, np.expm1, np.fabs, np.floor, np.log, np.log10,
    np.log1p, np.log2, np.negative, np.positive, np.reciprocal, np.rint, np.sign, np.sin, np.sinh, np.sqrt,
    np.square, np.tan, np.tanh,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_functions(function):
    frame = pd.DataFrame({"a": [0.25, 0.5, 1.5, 2.5, 7.0], "b": [1e-9, 3.0, 1.0, 1e-3, 4.0]})
    transformer = FunctionTransformer(function, feature_names_out="one-to-one").fit(frame)
    assert_same_columns(transformer, frame, tolerance=FLOAT64_SUM_ORDER)
    single = frame.astype(np.float32)
    assert_same_columns(transformer.fit(single), single, tolerance=FLOAT32_SUM_ORDER)


def test_functions_of_bounded_range_and_of_missing():
    frame = pd.DataFrame({"a": [-0.5, 0.0, 0.75]})
    for function in (np.arcsin, np.arccos):
        transformer = FunctionTransformer(function, feature_names_out="one-to-one").fit(frame)
        assert_same_columns(transformer, frame, tolerance=FLOAT64_SUM_ORDER)
    holes = pd.DataFrame({"a": [np.nan, 1.0]})
    assert_same_columns(FunctionTransformer(np.isnan, feature_names_out="one-to-one").fit(holes), holes)
    assert_same_columns(FunctionTransformer(np.exp, feature_names_out="one-to-one").fit(holes), holes)


def test_the_identity():
    frame = pd.DataFrame({"a": [1.0, np.nan]})
    assert_same_columns(FunctionTransformer(feature_names_out="one-to-one").fit(frame), frame)


def own_function(x):
    return x + 1


@pytest.mark.parametrize(
    ("transformer", "what"),
    [
        (FunctionTransformer(own_function), "own_function"),
        (FunctionTransformer(np.log1p, kw_args={"casting": "unsafe"}), "kw_args"),
        (FunctionTransformer(np.cumsum), "cumsum"),
    ],
)
def test_other_functions_are_refused(transformer, what):
    with pytest.raises(UnsupportedModelError, match=what) as raised:
        read_model(transformer.fit(np.ones((2, 2))))
    assert "numpy.log1p" in str(raised.value)


SELECTORS = [
    fs.GenericUnivariateSelect(mode="k_best", param=2),
    fs.RFE(LogisticRegression(max_iter=1000), n_features_to_select=2),
    fs.RFECV(LogisticRegression(max_iter=1000), cv=3),
    fs.SelectFdr(),
    fs.SelectFpr(),
    fs.SelectFromModel(LogisticRegression(max_iter=1000)),
    fs.SelectFwe(),
    fs.SelectKBest(k=2),
    fs.SelectPercentile(percentile=50),
    fs.SequentialFeatureSelector(LogisticRegression(max_iter=1000), n_features_to_select=2, cv=2),
    fs.VarianceThreshold(0.3),
]


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: type(selector).__name__)
def test_selectors(selector, iris):
    X, y = iris
    selector = selector.fit(X, y)
    selector_only = selector if not hasattr(selector, "predict") else None
    if selector_only is not None:
        assert_same_columns(selector_only, X)
    document = read_model(_then_logistic(selector, X, y), X)
    assert [f.name for f in document.data_fields[:-1]] == list(X.columns[selector.get_support()])


def _then_logistic(selector, X, y):
    from sklearn.pipeline import make_pipeline

    return make_pipeline(selector, LogisticRegression(max_iter=1000)).fit(X, y)


def test_products_of_float32_columns_beside_float64_ones_are_not_rounded():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50).astype(np.float32)})
    assert_same_columns(PolynomialFeatures(3).fit(frame), frame)


def test_half_precision_results_are_refused():
    frame = pd.DataFrame({"a": [True, False, True]})
    with pytest.raises(UnsupportedModelError, match="half precision"):
        read_model(FunctionTransformer(np.log1p).fit(frame), data=frame)


@pytest.mark.parametrize("labels", [[2**53 + 1, 2**60], [b"no", b"yes"]])
def test_labels_that_no_field_holds_are_refused(labels):
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], labels)
    with pytest.raises(UnsupportedModelError, match="class label"):
        read_model(model)
