"""Single trees of scikit-learn: DecisionTree and ExtraTree, classifier and regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._tree_ensembles import join_trees, refuse_text
from modelport.readers.sklearn._tree_arrays import class_labels, output_targets, require_present, tree_arrays
from modelport_runtime.hub import AggregationMethod, DataType, MiningFunction

__all__ = ["read_tree", "read_trees"]


def read_tree(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read a fitted ``DecisionTreeClassifier``, ``DecisionTreeRegressor``, ``ExtraTreeClassifier`` or regressor."""
    return read_trees(estimator, [estimator], AggregationMethod.SUM, features, context, step)


def read_trees(
    estimator: Any,
    members: Sequence[Any],
    aggregation_method: AggregationMethod,
    features: Sequence[Feature],
    context: Context,
    step: str,
) -> Prediction:
    """Read trees that predict the same outputs; the first of equally probable classes wins (``numpy.argmax``).

    Args:
        estimator: The fitted estimator that predicts: one tree, or the forest that averages its members.
        members: Its fitted trees.
        aggregation_method: How their leaves become one prediction.
        features: Features in.
        context: What is gathered.
        step: Path of the step.
    """
    classes = _classes(estimator)
    targets, target_classes = output_targets(context.target_names[: estimator.n_outputs_], classes)
    ensemble = join_trees(
        [tree_arrays(member.tree_, _values(member.tree_, classes)) for member in members],
        features,
        targets,
        aggregation_method=aggregation_method,
        input_type=DataType.FLOAT,
    )
    refuse_text(ensemble, features, context, step)
    if not _accepts_missing(members[0]):
        require_present(features, context)
    function = MiningFunction.REGRESSION if classes is None else MiningFunction.CLASSIFICATION
    return Prediction(function=function, predictor=ensemble, targets=target_classes)


def _classes(estimator: Any) -> list[tuple[Any, ...]] | None:
    """Class labels of each output, or ``None`` for a regressor."""
    if not hasattr(estimator, "classes_"):
        return None
    labels = [estimator.classes_] if estimator.n_outputs_ == 1 else estimator.classes_
    return [class_labels(of_output) for of_output in labels]


def _values(tree: Any, classes: list[tuple[Any, ...]] | None) -> NDArray[np.float64]:
    """float64, shape (n_nodes, V): ``tree.value``, (n_nodes, n_outputs, max_n_classes), without its padding.

    scikit-learn 1.3 and newer hold the share of each class here, not counts.
    """
    values: NDArray[np.float64] = tree.value
    if classes is None:
        return values[:, :, 0]
    return np.concatenate([values[:, output, : len(labels)] for output, labels in enumerate(classes)], axis=1)


def _accepts_missing(tree: Any) -> bool:
    """Whether scikit-learn predicts rows with a NaN (``_support_missing_values`` in sklearn/tree/_classes.py)."""
    return bool(tree._support_missing_values(np.empty((0, 0))))
