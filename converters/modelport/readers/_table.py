"""Which reader reads which class: one literal table, loaded lazily.

A class is found by the package that it belongs to and its name, not by its module: modules move between versions
(``sklearn.linear_model.logistic`` became ``sklearn.linear_model._logistic``), names do not. A new reader is one
module and one row here.
"""

from __future__ import annotations

__all__ = ["FRAMEWORKS", "INPUT_NAMES", "PREDICTORS", "SOURCES", "TARGET_COUNTS", "TRANSFORMERS", "Framework"]

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework and the versions of it that the tests run with.

    Attributes:
        title: Its name, for people.
        oldest: Oldest version tested, major and minor number.
        newest: Newest version tested; a newer one is read with a notice.
    """

    title: str
    oldest: tuple[int, int]
    newest: tuple[int, int]


FRAMEWORKS: dict[str, Framework] = {
    "sklearn": Framework(title="scikit-learn", oldest=(1, 4), newest=(1, 9)),
    "xgboost": Framework(title="XGBoost", oldest=(2, 0), newest=(3, 2)),
    "lightgbm": Framework(title="LightGBM", oldest=(4, 0), newest=(4, 7)),
}
"""By package. A class of a package that is not here is never read."""

_SKLEARN = "modelport.readers.sklearn"
_XGBOOST = "modelport.readers.xgboost.readers"
_LIGHTGBM = "modelport.readers.lightgbm.readers"

TRANSFORMERS: dict[tuple[str, str], str] = {
    # Composition
    ("sklearn", "Pipeline"): f"{_SKLEARN}.compose:transform_pipeline",
    ("sklearn", "ColumnTransformer"): f"{_SKLEARN}.compose:read_column_transformer",
    ("sklearn", "FeatureUnion"): f"{_SKLEARN}.compose:read_feature_union",
    ("sklearn", "GridSearchCV"): f"{_SKLEARN}.wrappers:transform_best_estimator",
    ("sklearn", "RandomizedSearchCV"): f"{_SKLEARN}.wrappers:transform_best_estimator",
    ("sklearn", "HalvingGridSearchCV"): f"{_SKLEARN}.wrappers:transform_best_estimator",
    ("sklearn", "HalvingRandomSearchCV"): f"{_SKLEARN}.wrappers:transform_best_estimator",
    ("sklearn", "FrozenEstimator"): f"{_SKLEARN}.wrappers:transform_frozen",
    # Missing values
    ("sklearn", "SimpleImputer"): f"{_SKLEARN}.impute:read_simple_imputer",
    ("sklearn", "MissingIndicator"): f"{_SKLEARN}.impute:read_missing_indicator",
    # Scaling and discretisation
    ("sklearn", "StandardScaler"): f"{_SKLEARN}.scalers:read_standard_scaler",
    ("sklearn", "MinMaxScaler"): f"{_SKLEARN}.scalers:read_min_max_scaler",
    ("sklearn", "MaxAbsScaler"): f"{_SKLEARN}.scalers:read_max_abs_scaler",
    ("sklearn", "RobustScaler"): f"{_SKLEARN}.scalers:read_robust_scaler",
    ("sklearn", "Binarizer"): f"{_SKLEARN}.discretize:read_binarizer",
    ("sklearn", "KBinsDiscretizer"): f"{_SKLEARN}.discretize:read_k_bins_discretizer",
    # Categories
    ("sklearn", "OneHotEncoder"): f"{_SKLEARN}.one_hot:read_one_hot_encoder",
    ("sklearn", "OrdinalEncoder"): f"{_SKLEARN}.ordinal:read_ordinal_encoder",
    # Columns made of columns
    ("sklearn", "PolynomialFeatures"): f"{_SKLEARN}.polynomial:read_polynomial_features",
    ("sklearn", "FunctionTransformer"): f"{_SKLEARN}.functions:read_function_transformer",
    # Selection of columns
    ("sklearn", "GenericUnivariateSelect"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "RFE"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "RFECV"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectFdr"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectFpr"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectFromModel"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectFwe"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectKBest"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SelectPercentile"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "SequentialFeatureSelector"): f"{_SKLEARN}.selection:read_selector",
    ("sklearn", "VarianceThreshold"): f"{_SKLEARN}.selection:read_selector",
}
"""``(package, class)`` to ``module:function`` of a ``TransformerReader``."""

PREDICTORS: dict[tuple[str, str], str] = {
    # Composition
    ("sklearn", "Pipeline"): f"{_SKLEARN}.compose:predict_pipeline",
    ("sklearn", "GridSearchCV"): f"{_SKLEARN}.wrappers:predict_best_estimator",
    ("sklearn", "RandomizedSearchCV"): f"{_SKLEARN}.wrappers:predict_best_estimator",
    ("sklearn", "HalvingGridSearchCV"): f"{_SKLEARN}.wrappers:predict_best_estimator",
    ("sklearn", "HalvingRandomSearchCV"): f"{_SKLEARN}.wrappers:predict_best_estimator",
    ("sklearn", "FrozenEstimator"): f"{_SKLEARN}.wrappers:predict_frozen",
    ("sklearn", "RFE"): f"{_SKLEARN}.wrappers:predict_after_selection",
    ("sklearn", "RFECV"): f"{_SKLEARN}.wrappers:predict_after_selection",
    # Linear regressors
    ("sklearn", "ARDRegression"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "BayesianRidge"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "ElasticNet"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "ElasticNetCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "HuberRegressor"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "Lars"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LarsCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "Lasso"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LassoCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LassoLars"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LassoLarsCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LassoLarsIC"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LinearRegression"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "LinearSVR"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "MultiTaskElasticNet"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "MultiTaskElasticNetCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "MultiTaskLasso"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "MultiTaskLassoCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "OrthogonalMatchingPursuit"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "OrthogonalMatchingPursuitCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "PassiveAggressiveRegressor"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "QuantileRegressor"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "Ridge"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "RidgeCV"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "SGDRegressor"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "TheilSenRegressor"): f"{_SKLEARN}.linear:read_linear_regressor",
    ("sklearn", "GammaRegressor"): f"{_SKLEARN}.linear:read_generalized_linear_regressor",
    ("sklearn", "PoissonRegressor"): f"{_SKLEARN}.linear:read_generalized_linear_regressor",
    ("sklearn", "TweedieRegressor"): f"{_SKLEARN}.linear:read_generalized_linear_regressor",
    # Linear classifiers
    ("sklearn", "LogisticRegression"): f"{_SKLEARN}.linear_classifiers:read_logistic_regression",
    ("sklearn", "LogisticRegressionCV"): f"{_SKLEARN}.linear_classifiers:read_logistic_regression",
    ("sklearn", "SGDClassifier"): f"{_SKLEARN}.linear_classifiers:read_sgd_classifier",
    ("sklearn", "LinearSVC"): f"{_SKLEARN}.linear_classifiers:read_decision_classifier",
    ("sklearn", "PassiveAggressiveClassifier"): f"{_SKLEARN}.linear_classifiers:read_decision_classifier",
    ("sklearn", "Perceptron"): f"{_SKLEARN}.linear_classifiers:read_decision_classifier",
    ("sklearn", "RidgeClassifier"): f"{_SKLEARN}.linear_classifiers:read_ridge_classifier",
    ("sklearn", "RidgeClassifierCV"): f"{_SKLEARN}.linear_classifiers:read_ridge_classifier",
    # Trees
    ("sklearn", "DecisionTreeClassifier"): f"{_SKLEARN}.trees:read_tree",
    ("sklearn", "DecisionTreeRegressor"): f"{_SKLEARN}.trees:read_tree",
    ("sklearn", "ExtraTreeClassifier"): f"{_SKLEARN}.trees:read_tree",
    ("sklearn", "ExtraTreeRegressor"): f"{_SKLEARN}.trees:read_tree",
    ("sklearn", "ExtraTreesClassifier"): f"{_SKLEARN}.forests:read_forest",
    ("sklearn", "ExtraTreesRegressor"): f"{_SKLEARN}.forests:read_forest",
    ("sklearn", "RandomForestClassifier"): f"{_SKLEARN}.forests:read_forest",
    ("sklearn", "RandomForestRegressor"): f"{_SKLEARN}.forests:read_forest",
    ("sklearn", "GradientBoostingClassifier"): f"{_SKLEARN}.gradient_boosting:read_gradient_boosting",
    ("sklearn", "GradientBoostingRegressor"): f"{_SKLEARN}.gradient_boosting:read_gradient_boosting",
    ("sklearn", "HistGradientBoostingClassifier"): f"{_SKLEARN}.hist_gradient_boosting:read_hist_gradient_boosting",
    ("sklearn", "HistGradientBoostingRegressor"): f"{_SKLEARN}.hist_gradient_boosting:read_hist_gradient_boosting",
    # XGBoost
    ("xgboost", "Booster"): f"{_XGBOOST}:read_booster",
    ("xgboost", "XGBClassifier"): f"{_XGBOOST}:read_classifier",
    ("xgboost", "XGBRFClassifier"): f"{_XGBOOST}:read_classifier",
    ("xgboost", "XGBRanker"): f"{_XGBOOST}:read_regressor",
    ("xgboost", "XGBRegressor"): f"{_XGBOOST}:read_regressor",
    ("xgboost", "XGBRFRegressor"): f"{_XGBOOST}:read_regressor",
    ("modelport", "XGBoostModel"): f"{_XGBOOST}:read_parsed_model",
    # LightGBM
    ("lightgbm", "Booster"): f"{_LIGHTGBM}:read_booster",
    ("lightgbm", "LGBMClassifier"): f"{_LIGHTGBM}:read_classifier",
    ("lightgbm", "LGBMRanker"): f"{_LIGHTGBM}:read_regressor",
    ("lightgbm", "LGBMRegressor"): f"{_LIGHTGBM}:read_regressor",
    ("modelport", "LightGBMModel"): f"{_LIGHTGBM}:read_parsed_model",
}
"""``(package, class)`` to ``module:function`` of a ``PredictorReader``."""

INPUT_NAMES: dict[tuple[str, str], str] = {
    ("lightgbm", "Booster"): f"{_LIGHTGBM}:booster_input_names",
    ("xgboost", "Booster"): f"{_XGBOOST}:booster_input_names",
}
"""``(package, class)`` to ``module:function`` of ``(model) -> names of its inputs``, for models that are no
scikit-learn estimator and so have neither ``feature_names_in_`` nor ``n_features_in_``."""

TARGET_COUNTS: dict[tuple[str, str], str] = {
    ("xgboost", "Booster"): f"{_XGBOOST}:target_count",
    ("xgboost", "XGBClassifier"): f"{_XGBOOST}:target_count",
    ("xgboost", "XGBRFClassifier"): f"{_XGBOOST}:target_count",
    ("xgboost", "XGBRFRegressor"): f"{_XGBOOST}:target_count",
    ("xgboost", "XGBRegressor"): f"{_XGBOOST}:target_count",
}
"""``(package, class)`` to ``module:function`` of ``(model) -> number of its targets``, for models that do not say it by
``n_outputs_``, ``classes_`` or ``coef_``."""

SOURCES: dict[tuple[str, str], str] = {
    ("lightgbm", "Booster"): "modelport.readers.lightgbm.sources:predict_booster",
    ("lightgbm", "LGBMClassifier"): "modelport.readers.lightgbm.sources:predict_wrapper",
    ("lightgbm", "LGBMRanker"): "modelport.readers.lightgbm.sources:predict_wrapper",
    ("lightgbm", "LGBMRegressor"): "modelport.readers.lightgbm.sources:predict_wrapper",
    ("xgboost", "Booster"): "modelport.readers.xgboost.sources:predict_booster",
    ("xgboost", "XGBClassifier"): "modelport.readers.xgboost.sources:predict_classifier",
    ("xgboost", "XGBRFClassifier"): "modelport.readers.xgboost.sources:predict_classifier",
}
"""``(package, class)`` to ``module:function`` of ``(model, frame, document) -> Table``, for models that do not predict
by ``predict`` and ``predict_proba`` of scikit-learn's interface."""
