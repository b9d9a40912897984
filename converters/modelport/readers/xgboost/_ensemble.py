"""From a parsed XGBoost model to a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, Prediction, TargetClasses
from modelport.readers._tree_ensembles import TreeArrays, check_tree, join_trees, refuse_text
from modelport.readers.xgboost._inputs import tree_inputs
from modelport.readers.xgboost._model import XGBoostModel
from modelport.readers.xgboost._objectives import HINGE, LINKS, base_margins, is_multiclass
from modelport.readers.xgboost._trees import tree_arrays, tree_width
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import DataType, MiningFunction, NormalizationMethod, TreeEnsemble, TreeTarget

__all__ = ["Usage", "read_ensemble"]

_HINGE_SCALE = 2.0**30
"""Turns the sign of a margin into a probability of 0 or 1; a power of two, so no sum is rounded otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How the object that is read uses its booster.

    Attributes:
        is_classifier: Whether labels are predicted rather than numbers.
        n_iterations: Number of boosting rounds used, from the first.
        missing: The number that stands for a missing value, besides NaN.
        in_place: Whether prediction is in place (``Booster.inplace_predict``), as the wrappers do it.
    """

    is_classifier: bool
    n_iterations: int
    missing: float = np.nan
    in_place: bool = False


def read_ensemble(
    model: XGBoostModel, usage: Usage, features: Sequence[Feature], context: Context, step: str
) -> Prediction:
    """Read the trees of a booster and what its objective makes of their sum.

    Args:
        model: The parsed model.
        usage: How the booster is used.
        features: Features in.
        context: What is gathered; everything that cannot be read is noted.
        step: Path of the step.

    Raises:
        UnsupportedModelError: Nothing of the model can be read.
    """
    _note_unsupported(model, usage, features, context, step)
    context.raise_if_unsupported()
    n_trees = model.iteration_offsets[usage.n_iterations]
    used = replace(model, trees=model.trees[:n_trees], tree_columns=model.tree_columns[:n_trees])
    try:
        inputs = tree_inputs(used, features, usage.missing, context, step)
        arrays = [
            check_tree(tree_arrays(tree, model.n_features_in_, inputs.members), model.n_features_in_)
            for tree in used.trees
        ]
    except (KeyError, ValueError, IndexError) as error:
        raise ArtifactError(f"damaged XGBoost model: {type(error).__name__}: {error}") from error
    context.raise_if_unsupported()
    scale = np.float32(_HINGE_SCALE if model.objective == HINGE and usage.is_classifier else 1.0)
    base = base_margins(model.objective, model.base_scores)
    targets = _targets(model, usage, context.target_names)
    has_vectors = tree_width(used.trees[0]) > 1
    ensemble: TreeEnsemble = join_trees(
        [_scaled(tree, factor, scale) for tree, factor in zip(arrays, _factors(used, base, usage), strict=True)],
        inputs.features,
        targets,
        text_categories=inputs.texts,
        tree_columns=None if has_vectors else used.tree_columns,
        base_scores=(base * scale).astype(np.float64),
        input_type=DataType.FLOAT,
        sum_type=DataType.FLOAT,
    )
    refuse_text(ensemble, inputs.features, context, step)
    return Prediction(
        function=MiningFunction.CLASSIFICATION if usage.is_classifier else MiningFunction.REGRESSION,
        predictor=ensemble,
        targets=tuple(TargetClasses(name=target.field or "y", classes=target.classes) for target in targets),
        has_probabilities=usage.is_classifier and model.objective != HINGE,
    )


def _note_unsupported(
    model: XGBoostModel, usage: Usage, features: Sequence[Feature], context: Context, step: str
) -> None:
    if model.booster == "gblinear":
        context.unsupported(step, "booster='gblinear'", "train with gbtree or dart, or a linear model of scikit-learn")
    elif not model.trees or usage.n_iterations < 1:
        context.unsupported(step, "a booster without trees", "train at least one round")
    elif tree_width(model.trees[0]) > 1 and "leaf_weights" not in model.trees[0]:
        context.unsupported(step, "multi_strategy='multi_output_tree' before XGBoost 3.1", "train with a newer XGBoost")
    if model.objective not in LINKS:
        known = ", ".join(LINKS)
        context.unsupported(step, f"objective {model.objective!r}", f"known are {known}")
    elif is_multiclass(model.objective) and not usage.is_classifier:
        context.unsupported(step, f"objective {model.objective!r} in a regressor", "use XGBClassifier")
    if len(features) != model.n_features_in_:
        context.unsupported(step, f"{len(features)} columns for a booster of {model.n_features_in_}")


def _targets(model: XGBoostModel, usage: Usage, names: Sequence[str]) -> tuple[TreeTarget, ...]:
    """Labels are 0, 1, ... as the library numbers them; the first of equally probable ones wins."""
    link = LINKS[model.objective]
    if is_multiclass(model.objective):
        labels = tuple(range(model.n_classes))
        return (TreeTarget(field=names[0], classes=labels, n_columns=len(labels), normalization_method=link),)
    if model.objective == HINGE and usage.is_classifier:
        link = NormalizationMethod.LOGIT
    n_targets = model.n_columns
    named = names if len(names) == n_targets else [f"{names[0]}{i + 1}" for i in range(n_targets)]
    labels = (0, 1) if usage.is_classifier else ()
    return tuple(
        TreeTarget(field=name, classes=labels, first_column=column, normalization_method=link)
        for column, name in enumerate(named)
    )


def _factors(model: XGBoostModel, base: NDArray[np.float32], usage: Usage) -> list[Any]:
    """For each tree what ``_scaled`` needs: its ``dart`` weight and the margin that is added and taken off again."""
    if model.tree_weights is None:
        return [None] * len(model.trees)
    margins = base if usage.in_place else np.zeros_like(base)
    weights = model.tree_weights[: len(model.trees)]
    return [(weight, margins[column]) for weight, column in zip(weights, model.tree_columns, strict=True)]


def _scaled(tree: TreeArrays, factor: tuple[np.float32, np.float32] | None, scale: np.float32) -> TreeArrays:
    """Leaf values as they are added up, each step rounded to float32.

    Under ``dart`` a leaf counts with its tree's weight. Predicting in place, the library adds the base margin to the
    leaf and takes it off again before it weighs it, which rounds (src/gbm/gbtree.cc, ``Dart::InplacePredict``).
    """
    values = tree.values.astype(np.float32)
    if factor is not None:
        weight, margin = factor
        values = ((margin + values) - margin) * weight
    return replace(tree, values=(values * scale).astype(np.float64))
