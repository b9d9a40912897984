"""GradientBoostingClassifier and GradientBoostingRegressor of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._tree_ensembles import join_trees, refuse_text
from modelport.readers.sklearn._tree_arrays import class_labels, require_present, target_classes, tree_arrays
from modelport_runtime.hub import DataType, MiningFunction, NormalizationMethod, TreeTarget

__all__ = ["read_gradient_boosting"]

_CONSTANT_STRATEGIES = ("prior", "most_frequent", "uniform", "constant", "mean", "median", "quantile")


def read_gradient_boosting(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read a fitted model: initial prediction plus ``learning_rate`` times the leaves, stage by stage.

    (sklearn/ensemble/_gradient_boosting.pyx, ``predict_stages``.) It refuses rows with a missing value.
    """
    target = _target(estimator, context.target_names[0])
    factor = 2.0 if _loss(estimator) == "exponential" else 1.0  # its link is half the logit: expit(2 * raw)
    stages, columns = estimator.estimators_.shape
    ensemble = join_trees(
        [
            tree_arrays(tree.tree_, factor * (estimator.learning_rate * tree.tree_.value[:, :, 0]))
            for tree in estimator.estimators_.ravel()
        ],
        features,
        (target,),
        tree_columns=np.tile(np.arange(columns, dtype=np.int32), stages),
        base_scores=factor * _initial_scores(estimator, context, step),
        input_type=DataType.FLOAT,
    )
    refuse_text(ensemble, features, context, step)
    require_present(features, context)
    function = MiningFunction.CLASSIFICATION if target.classes else MiningFunction.REGRESSION
    return Prediction(function=function, predictor=ensemble, targets=target_classes([target]))


def _loss(estimator: Any) -> str:
    return str(estimator.loss)


def _target(estimator: Any, name: str) -> TreeTarget:
    """Two classes are told apart by the sign of one score, zero being the second's; more by the first largest."""
    if not hasattr(estimator, "classes_"):
        return TreeTarget(field=name)
    labels = class_labels(estimator.classes_)
    is_binary = estimator.estimators_.shape[1] == 1
    return TreeTarget(
        field=name,
        classes=labels,
        n_columns=1 if is_binary else len(labels),
        normalization_method=NormalizationMethod.LOGIT if is_binary else NormalizationMethod.SOFTMAX,
        tie_goes_to_last=is_binary,
    )


def _initial_scores(estimator: Any, context: Context, step: str) -> NDArray[np.float64]:
    """float64, shape (columns,): what the ``init`` estimator gives every row, in the link's space."""
    columns = estimator.estimators_.shape[1]
    if isinstance(estimator.init_, str):  # "zero"
        return np.zeros(columns)
    name = type(estimator.init_).__name__
    strategy = getattr(estimator.init_, "strategy", None)
    if not name.startswith("Dummy") or strategy not in _CONSTANT_STRATEGIES:
        what = f"init={estimator.init_!r}: an initial prediction that differs from row to row"
        context.unsupported(step, what, "train with init=None, init='zero' or a DummyEstimator of a fixed prediction")
        return np.zeros(columns)
    row = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    return np.asarray(estimator._raw_predict_init(row), dtype=np.float64).ravel()
