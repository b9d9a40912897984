import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn import linear_model as lm
from sklearn import svm
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.readers.sklearn._same_scores import FLOAT32_SUM_ORDER, assert_same_predictions, score

# scikit-learn up to 1.6 passes options to L-BFGS that newer versions of SciPy deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:scipy.optimize. The .disp. and .iprint. options:DeprecationWarning")

REGRESSORS = [
    lm.ARDRegression(),
    lm.BayesianRidge(),
    lm.ElasticNet(alpha=0.01),
    lm.ElasticNetCV(cv=3),
    lm.HuberRegressor(max_iter=500),
    lm.Lars(),
    lm.LarsCV(cv=3),
    lm.Lasso(alpha=0.1),
    lm.LassoCV(cv=3),
    lm.LassoLars(alpha=0.1),
    lm.LassoLarsCV(cv=3),
    lm.LassoLarsIC(),
    lm.LinearRegression(),
    lm.LinearRegression(fit_intercept=False),
    lm.OrthogonalMatchingPursuit(),
    lm.OrthogonalMatchingPursuitCV(cv=3),
    lm.QuantileRegressor(alpha=0.01),
    lm.Ridge(),
    lm.RidgeCV(),
    lm.SGDRegressor(random_state=0),
    lm.TheilSenRegressor(random_state=0, max_subpopulation=200),
    lm.GammaRegressor(),
    lm.PoissonRegressor(),
    lm.TweedieRegressor(power=1.5),
    lm.TweedieRegressor(power=0),
    lm.TweedieRegressor(power=0, link="log"),
    svm.LinearSVR(random_state=0),
]

CLASSIFIERS = [
    lm.LogisticRegression(),
    lm.LogisticRegressionCV(cv=3),
    lm.SGDClassifier(random_state=0),
    lm.SGDClassifier(loss="log_loss", random_state=0),
    lm.SGDClassifier(loss="modified_huber", random_state=0),
    lm.SGDClassifier(loss="squared_error", random_state=0),
    lm.Perceptron(random_state=0),
    lm.RidgeClassifier(),
    lm.RidgeClassifierCV(),
    svm.LinearSVC(random_state=0),
    svm.LinearSVC(multi_class="crammer_singer", random_state=0),
]


def fit(model, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return sklearn.clone(model).fit(X, y)


def spread(X):
    """Rows far outside the training data too, where probabilities saturate."""
    return pd.concat([X.iloc[::5], X.iloc[::7] * 3 - 2 * X.mean(), X.iloc[:5] * 1000], ignore_index=True)


@pytest.mark.parametrize("model", REGRESSORS, ids=str)
def test_regressors(model, diabetes):
    X, y = diabetes
    fitted = fit(model, X, y)
    assert_same_predictions(fitted, X.iloc[::5].reset_index(drop=True))


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b <&>", "ü"], [-10, 0, 7]], ids=str)
@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
def test_classifiers_of_three_classes(model, labels, iris):
    X, y = iris
    fitted = fit(make_pipeline(StandardScaler(), model), X, np.array(labels)[y])
    assert_same_predictions(fitted, spread(X))


@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], [False, True]], ids=str)
@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
def test_classifiers_of_two_classes(model, labels, cancer):
    X, y = cancer
    fitted = fit(make_pipeline(StandardScaler(), model), X, np.array(labels)[y])
    assert_same_predictions(fitted, spread(X))


@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
def test_unscaled_data_with_saturated_scores(model, iris):
    X, y = iris
    assert_same_predictions(fit(model, X, y), spread(X))


def test_a_decision_value_of_zero_is_the_first_class():
    model = lm.LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    model.coef_, model.intercept_ = np.array([[1.0]]), np.array([0.0])
    rows = np.array([[0.0], [5e-324], [-5e-324], [1.0]])
    assert score(model, rows)["y"].tolist()[0] == model.predict(rows).tolist()[0] == 0
    hinge = lm.SGDClassifier(random_state=0).fit([[-1.0], [1.0]], [0, 1])
    hinge.coef_, hinge.intercept_ = np.array([[1.0]]), np.array([0.0])
    assert_same_predictions(hinge, rows)


def test_equal_decision_values_are_the_first_class(iris):
    X, y = iris
    model = fit(svm.LinearSVC(random_state=0), X, y)
    model.coef_[2] = model.coef_[1]
    model.intercept_[2] = model.intercept_[1]
    assert_same_predictions(model, X)


def test_several_targets(diabetes):
    X, y = diabetes
    targets = np.column_stack([y, X["bmi"] * 300, X["age"]])
    for model in (lm.LinearRegression(), lm.Ridge(), lm.MultiTaskLasso(alpha=0.1)):
        assert_same_predictions(fit(model, X, targets), X)
    assert_same_predictions(fit(lm.LinearRegression(), X, targets[:, :1]), X)


def test_searches(cancer):
    X, y = cancer
    pipeline = make_pipeline(StandardScaler(), lm.LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0]}
    assert_same_predictions(GridSearchCV(pipeline, grid, cv=3).fit(X, y), X)
    assert_same_predictions(RandomizedSearchCV(pipeline, grid, n_iter=2, cv=3, random_state=0).fit(X, y), X)


def test_frozen_estimators(cancer):
    frozen = pytest.importorskip("sklearn.frozen", reason="FrozenEstimator came with 1.6")
    X, y = cancer
    pipeline = make_pipeline(StandardScaler(), lm.LogisticRegression()).fit(X, y)
    assert_same_predictions(frozen.FrozenEstimator(pipeline), X)


@pytest.mark.parametrize("model", [lm.LinearRegression(), lm.Ridge(), lm.LogisticRegression()], ids=str)
def test_float32_rows(model, iris):
    X, y = iris
    single = X.astype(np.float32)
    assert_same_predictions(fit(model, single, y), single, tolerance=FLOAT32_SUM_ORDER)
    assert_same_predictions(fit(model, X, y), single)


def test_missing_numbers_have_no_prediction(iris):
    X, y = iris
    model = fit(lm.LogisticRegression(), X, y)
    rows = X.iloc[:3].copy()
    rows.iloc[1, 2] = np.nan
    result = score(model, rows)
    assert result.isna().any(axis=1).tolist() == [False, True, False]
    assert result.iloc[1].isna().all()


def test_arrays_have_numbered_inputs(iris):
    X, y = iris
    assert_same_predictions(fit(lm.LogisticRegression(), X.to_numpy(), y), X.to_numpy())


@pytest.mark.skipif(sklearn.__version__ >= "1.8", reason="multi_class left scikit-learn in 1.8")
@pytest.mark.filterwarnings("ignore:'multi_class' was deprecated:FutureWarning")
@pytest.mark.parametrize("multi_class", ["ovr", "multinomial"])
def test_multi_class_of_older_versions(multi_class, iris, cancer):
    for X, y in (iris, cancer):
        model = make_pipeline(StandardScaler(), lm.LogisticRegression(multi_class=multi_class))
        assert_same_predictions(fit(model, X, y), X)
