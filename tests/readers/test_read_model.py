import importlib

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from modelport.readers import _document, read_model
from modelport.readers._table import FRAMEWORKS, INPUT_NAMES, PREDICTORS, SOURCES, TRANSFORMERS
from modelport_runtime.errors import InputError, UnsupportedModelError
from modelport_runtime.hub import DataType, MissingValueTreatment, OpType, UsageType

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")

FRAME = pd.DataFrame(
    {
        "double": [1.5, 2.0, 3.0],
        "single": np.array([1, 2, 3], dtype=np.float32),
        "whole": [1, 2, 3],
        "flag": [True, False, True],
        "text": ["a", None, "b"],
        "nullable": pd.array([1, 2, 3], dtype="Int64"),
        "kind": pd.Categorical(["x", "y", None]),
        "object": np.array([1, 2.5, None], dtype=object),
    }
)


class Quiet(LogisticRegression):
    """A user's subclass that only fits otherwise."""

    def fit(self, X, y):
        return super().fit(X, y)


class Loud(LogisticRegression):
    """A user's subclass that predicts otherwise."""

    def predict_proba(self, X):
        return super().predict_proba(X) ** 2


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.mark.parametrize("table", [TRANSFORMERS, PREDICTORS, INPUT_NAMES, SOURCES], ids=["t", "p", "i", "s"])
def test_every_row_of_the_table_names_a_function(table):
    for (package, _), target in table.items():
        assert package in {*FRAMEWORKS, "modelport"}
        module, function = target.split(":")
        if package == "sklearn" or importlib.util.find_spec(package):
            assert callable(getattr(importlib.import_module(module), function))


def test_every_row_names_a_class_that_scikit_learn_has_or_had():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.utils import all_estimators

    known = {name for name, _ in all_estimators()} | {"FrozenEstimator", "HalvingGridSearchCV", "HalvingRandomSearchCV"}
    rows = {name for package, name in (*TRANSFORMERS, *PREDICTORS) if package == "sklearn"}
    later = {"PassiveAggressiveClassifier", "PassiveAggressiveRegressor"}
    assert rows - known <= later, sklearn.__version__


def test_types_come_from_the_sample():
    numbers = ["double", "single", "whole", "nullable"]
    encoder = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("n", "passthrough", numbers), ("c", encoder, ["text", "kind", "flag"])])
    document = read_model(columns.fit(FRAME), FRAME)
    types = {field.name: (field.data_type, field.op_type) for field in document.data_fields}
    assert types == {
        "double": (DataType.DOUBLE, OpType.CONTINUOUS),
        "single": (DataType.FLOAT, OpType.CONTINUOUS),
        "whole": (DataType.INTEGER, OpType.CONTINUOUS),
        "flag": (DataType.BOOLEAN, OpType.CATEGORICAL),
        "text": (DataType.STRING, OpType.CATEGORICAL),
        "nullable": (DataType.INTEGER, OpType.CONTINUOUS),
        "kind": (DataType.STRING, OpType.CATEGORICAL),
    }


def test_types_come_from_polars_and_arrow_too():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1.0, 2.0], "b": ["x", None]}, schema={"a": polars.Float32, "b": polars.String})
    encoder = ColumnTransformer([("n", "passthrough", ["a"]), ("c", OneHotEncoder(), ["b"])]).fit(frame.to_pandas())
    for sample in (frame, frame.to_arrow()):
        document = read_model(encoder, sample)
        assert [field.data_type for field in document.data_fields] == [DataType.FLOAT, DataType.STRING]


def test_half_precision_is_refused():
    model = LinearRegression().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(UnsupportedModelError, match=r"(?i)float16"):
        read_model(model, np.ones((2, 1), dtype=np.float16))
    with pytest.raises(UnsupportedModelError, match=r"(?i)float16"):
        read_model(model, pd.DataFrame({"a": np.ones(2, dtype=np.float16)}))


def test_mixed_types_in_a_column_are_refused_where_it_is_read():
    frame = pd.DataFrame({"a": np.array([1, "x", 2.0], dtype=object), "b": [1.0, 2.0, 3.0]})
    model = LinearRegression().fit([[1.0, 2.0], [2.0, 2.5], [0.0, 1.0]], [1, 2, 3])
    with pytest.raises(UnsupportedModelError, match="mixed types"):
        read_model(model, frame)
    only_b = ColumnTransformer([("b", StandardScaler(), ["b"])]).fit(frame)
    assert [field.name for field in read_model(only_b, frame).data_fields] == ["b"]


@pytest.mark.parametrize(
    ("labels", "kind"),
    [([0, 1, 2], DataType.INTEGER), (["a", "b", "c"], DataType.STRING), ([0.5, 1.5, 2.5], DataType.DOUBLE)],
    ids=str,
)
def test_labels_keep_their_type(labels, kind, iris):
    X, y = iris
    model = SGDClassifier(random_state=0)
    if kind is not DataType.DOUBLE:
        document = read_model(model.fit(X, np.array(labels)[y]), X)
        target = document.data_fields[-1]
        assert (target.data_type, target.values) == (kind, tuple(labels))
        assert all(type(value) in (int, str) for value in target.values)


def test_boolean_labels(iris):
    X, y = iris
    document = read_model(LogisticRegression(max_iter=500).fit(X, y == 1), X)
    target = document.data_fields[-1]
    assert (target.data_type, target.values) == (DataType.BOOLEAN, (False, True))
    assert [output.name for output in document.model.outputs] == ["probability(false)", "probability(true)"]


def test_target_names(iris):
    X, y = iris
    model = LinearRegression().fit(X, np.column_stack([y, y]))
    assert read_model(model, X).model.target_names == ("y1", "y2")
    assert read_model(model, X, target=["p", "q"]).model.target_names == ("p", "q")
    with pytest.raises(UnsupportedModelError, match="the model predicts 2"):
        read_model(model, X, target="p")
    with pytest.raises(UnsupportedModelError, match="also an input"):
        read_model(LinearRegression().fit(X, y), X, target=X.columns[0])


def test_an_input_named_as_the_default_target():
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0.0, 1.0]})
    assert read_model(LinearRegression().fit(frame, [1, 2]), frame).model.target_names == ("y_",)


def test_without_a_sample_inputs_have_the_models_own_names(iris):
    X, y = iris
    assert [f.name for f in read_model(LogisticRegression(max_iter=500).fit(X, y)).data_fields[:-1]] == list(X.columns)
    array = read_model(LogisticRegression(max_iter=500).fit(X.to_numpy(), y))
    assert [f.name for f in array.data_fields[:-1]] == ["x1", "x2", "x3", "x4"]


def test_a_sample_that_does_not_fit(iris):
    X, y = iris
    model = LogisticRegression(max_iter=500).fit(X, y)
    with pytest.raises(InputError, match="petal width"):
        read_model(model, X.drop(columns=["petal width (cm)"]))
    with pytest.raises(InputError, match="3 columns"):
        read_model(LogisticRegression(max_iter=500).fit(X.to_numpy(), y), X.iloc[:, :3])


def test_subclasses(iris):
    X, y = iris
    assert read_model(Quiet(max_iter=500).fit(X, y), X).model.predictor is not None
    with pytest.raises(UnsupportedModelError, match="changes how LogisticRegression works"):
        read_model(Loud(max_iter=500).fit(X, y), X)


def test_classes_of_other_packages_are_not_taken_for_known_ones():
    fake = type("LogisticRegression", (), {"__module__": "elsewhere.linear_model", "n_features_in_": 1})()
    with pytest.raises(UnsupportedModelError, match="no reader"):
        read_model(fake)


def test_an_unreadable_estimator_is_named_with_its_path(iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(X, y)
    with pytest.raises(UnsupportedModelError) as raised:
        read_model(model, X)
    (cause,) = raised.value.causes
    assert cause.where == "kneighborsclassifier"
    assert "KNeighborsClassifier" in cause.what
    assert "LogisticRegression" in cause.remedy


def test_a_newer_version_is_read_with_a_notice(iris, monkeypatch):
    X, y = iris
    model = LogisticRegression(max_iter=500).fit(X, y)
    assert read_model(model, X).card.notices == ()
    monkeypatch.setattr(_document, "_installed_version", lambda distribution: "1.99.dev0")
    card = read_model(model, X).card
    assert [notice.code for notice in card.notices] == ["untested-version"]
    assert (card.source_framework, card.source_version) == ("scikit-learn", "1.99.dev0")


def test_missing_values_that_the_framework_refuses_are_invalid():
    frame = pd.DataFrame({"a": ["x", "y", "x"], "b": ["u", "v", "v"]})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, [0, 1, 1])
    document = read_model(model, frame)
    treatments = {
        field.name: field.missing_value_treatment
        for field in document.model.mining_fields
        if field.usage_type is UsageType.ACTIVE
    }
    assert set(treatments.values()) == {MissingValueTreatment.RETURN_INVALID}
    assert document.data_fields[0].values == ("x", "y")


def test_models_that_are_not_fitted():
    for model in (LogisticRegression(), StandardScaler(), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(UnsupportedModelError, match="not fitted"):
            read_model(model, FRAME[["double"]])


def test_a_search_that_kept_no_model(iris):
    X, y = iris
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [1.0, 2.0]}, cv=2, refit=False).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="refit=True"):
        read_model(search, X)
