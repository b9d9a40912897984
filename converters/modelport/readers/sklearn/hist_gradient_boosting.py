"""HistGradientBoostingClassifier and HistGradientBoostingRegressor of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._tree_ensembles import TreeArrays, join_trees, refuse_text
from modelport.readers.sklearn._tree_arrays import class_labels, target_classes
from modelport_runtime.hub import DataType, MiningFunction, NormalizationMethod, TreeTarget, TreeTest

__all__ = ["read_hist_gradient_boosting"]

_LOG_LINK_LOSSES = ("poisson", "gamma")


def read_hist_gradient_boosting(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read a fitted model; its trees compare doubles, unlike scikit-learn's others.

    Categorical columns come first in the columns that its trees name, each encoded by position in the categories seen
    (``_preprocess_X`` in sklearn/ensemble/_hist_gradient_boosting/gradient_boosting.py).
    """
    ordered, categories = _columns(estimator, features, context, step)
    target = _target(estimator, context.target_names[0])
    trees = [tree for iteration in estimator._predictors for tree in iteration]
    columns = estimator.n_trees_per_iteration_
    ensemble = join_trees(
        [_tree_arrays(tree, categories) for tree in trees],
        ordered,
        (target,),
        text_categories={n: coded.texts for n, coded in categories.items() if coded.texts},
        tree_columns=np.tile(np.arange(columns, dtype=np.int32), len(estimator._predictors)),
        base_scores=np.ravel(estimator._baseline_prediction),
    )
    refuse_text(ensemble, features, context, step)
    function = MiningFunction.CLASSIFICATION if target.classes else MiningFunction.REGRESSION
    return Prediction(function=function, predictor=ensemble, targets=target_classes([target]))


@dataclass(frozen=True, slots=True)
class _Categories:
    """Categories of one column, in the order of the model's codes.

    Attributes:
        members: float64, shape (n_codes,): what a set test names for each code: the number itself, or the position of
            the text; NaN for a missing value, which has a code in the encoder but is never looked up.
        texts: The categories of a text column; empty for a column of numbers.
    """

    members: NDArray[np.float64]
    texts: tuple[str, ...]


def _columns(
    estimator: Any, features: Sequence[Feature], context: Context, step: str
) -> tuple[list[Feature], dict[int, _Categories]]:
    """The features in the order in which trees name them, and the categories of those that have any."""
    if estimator.is_categorical_ is None:
        return list(features), {}
    is_categorical = np.asarray(estimator.is_categorical_, dtype=np.bool_)
    order = np.concatenate((np.flatnonzero(is_categorical), np.flatnonzero(~is_categorical)))
    ordered = [features[position] for position in order]
    encoder = estimator._preprocessor.named_transformers_["encoder"]
    coded = {}
    for position, values in enumerate(encoder.categories_):
        known = [value for value in values.tolist() if not _is_missing(value)]
        feature = ordered[position]
        if known and isinstance(known[0], str):
            feature = ordered[position] = context.declare_text(feature)
        if any(isinstance(value, str) != (feature.data_type is DataType.STRING) for value in known):
            context.unsupported(
                step, f"categories {known[:3]} of column {feature.label!r}, which holds {feature.data_type} values"
            )
            known = []
        coded[position] = _categories(known, len(values), feature.data_type)
    return ordered, coded


def _is_missing(value: object) -> bool:
    return value is None or value != value


def _categories(known: list[Any], n_codes: int, data_type: DataType) -> _Categories:
    """Missing values, when they were seen, have the last codes (sklearn/utils/_encode.py, ``_unique_python``)."""
    members = np.full(n_codes, np.nan)
    is_text = data_type is DataType.STRING
    members[: len(known)] = np.arange(len(known)) if is_text else [float(value) for value in known]
    return _Categories(members, tuple(known) if is_text else ())


def _tree_arrays(tree: Any, categories: dict[int, _Categories]) -> TreeArrays:
    """Read a ``TreePredictor``.

    A value outside the categories known, like a missing one, goes where ``missing_go_to_left`` says. In the hub it
    fails a set test and so goes the way of ``when_false``. A categorical node whose missing values go left therefore
    tests the set of known categories that go right.
    """
    nodes = tree.nodes
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    is_set = nodes["is_categorical"].astype(np.bool_) & ~is_leaf
    missing_left = nodes["missing_go_to_left"].astype(np.bool_)
    reversed_set = is_set & missing_left
    test = np.select((is_leaf, is_set), (TreeTest.LEAF, TreeTest.IN_SET), TreeTest.LESS_OR_EQUAL)
    return TreeArrays(
        feature=nodes["feature_idx"],
        test=test.astype(np.uint8),
        threshold=np.where(is_set, 0.0, nodes["num_threshold"]),
        when_true=np.where(reversed_set, right, left),
        when_false=np.where(reversed_set, left, right),
        when_missing=np.where(missing_left, left, right),
        values=nodes["value"][:, None],
        sets=[_set_members(tree, node, categories) for node in nodes[is_set]],
    )


def _set_members(tree: Any, node: Any, categories: dict[int, _Categories]) -> NDArray[np.float64]:
    members = categories[int(node["feature_idx"])].members
    bits = np.unpackbits(tree.raw_left_cat_bitsets[node["bitset_idx"]].view(np.uint8), bitorder="little")
    goes_left = bits[: len(members)].astype(np.bool_)
    chosen: NDArray[np.float64] = members[goes_left != bool(node["missing_go_to_left"])]
    return chosen[~np.isnan(chosen)]


def _target(estimator: Any, name: str) -> TreeTarget:
    """The first of equally probable classes wins: a score of zero is the first's (``raw_predictions > 0``)."""
    if not hasattr(estimator, "classes_"):
        has_log_link = estimator.loss in _LOG_LINK_LOSSES
        return TreeTarget(
            field=name, normalization_method=NormalizationMethod.EXP if has_log_link else NormalizationMethod.NONE
        )
    labels = class_labels(estimator.classes_)
    is_binary = estimator.n_trees_per_iteration_ == 1
    return TreeTarget(
        field=name,
        classes=labels,
        n_columns=1 if is_binary else len(labels),
        normalization_method=NormalizationMethod.LOGIT if is_binary else NormalizationMethod.SOFTMAX,
    )
