"""From a parsed LightGBM model to a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction, TargetClasses
from modelport.readers._tree_ensembles import TreeArrays, check_tree, join_trees, refuse_text
from modelport.readers.lightgbm._inputs import TestedColumns
from modelport.readers.lightgbm._linear_leaves import with_linear_leaves
from modelport.readers.lightgbm._model import LightGBMModel
from modelport.readers.lightgbm._trees import tree_arrays
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import AggregationMethod, MiningFunction, NormalizationMethod, Scalar, TreeTarget

__all__ = ["BINARY", "MULTICLASS", "read_ensemble"]

BINARY = "binary"
MULTICLASS = ("multiclass", "multiclassova")

_LINKS: dict[str, NormalizationMethod] = {
    "regression": NormalizationMethod.NONE,
    "regression_l1": NormalizationMethod.NONE,
    "huber": NormalizationMethod.NONE,
    "fair": NormalizationMethod.NONE,
    "quantile": NormalizationMethod.NONE,
    "mape": NormalizationMethod.NONE,
    "lambdarank": NormalizationMethod.NONE,
    "rank_xendcg": NormalizationMethod.NONE,
    "poisson": NormalizationMethod.EXP,
    "gamma": NormalizationMethod.EXP,
    "tweedie": NormalizationMethod.EXP,
    "cross_entropy": NormalizationMethod.LOGIT,
    BINARY: NormalizationMethod.LOGIT,
    "multiclass": NormalizationMethod.SOFTMAX,
    "multiclassova": NormalizationMethod.LOGIT,
}
"""From scores to predictions (``ConvertOutput`` in LightGBM/src/objective)."""


def read_ensemble(
    model: LightGBMModel, classes: tuple[Scalar, ...], features: Sequence[Feature], context: Context, step: str
) -> Prediction:
    """Read the trees of a booster and what its objective makes of their sum.

    Args:
        model: The parsed model.
        classes: Class labels in the order of their codes; empty for numbers.
        features: Features in.
        context: What is gathered; everything that cannot be read is noted.
        step: Path of the step.

    Raises:
        UnsupportedModelError: Nothing of the model can be read.
    """
    _note_unsupported(model, classes, features, context, step)
    context.raise_if_unsupported()
    columns = TestedColumns(model, features, context, step)
    context.raise_if_unsupported()
    scale = float(model.objective_options.get("sigmoid", "1"))
    target = TreeTarget(
        field=context.target_names[0],
        classes=classes,
        n_columns=model.n_columns,
        normalization_method=_LINKS[model.objective],
    )
    trees = [_scaled(_tree(model, number, columns), scale) for number in range(len(model.trees))]
    ensemble = join_trees(
        trees,
        columns.features or features,
        (target,),
        text_categories=columns.texts,
        tree_columns=np.tile(np.arange(model.n_columns, dtype=np.int32), len(trees) // model.n_columns),
        aggregation_method=AggregationMethod.AVERAGE if model.averages else AggregationMethod.SUM,
    )
    refuse_text(ensemble, columns.features, context, step)
    return Prediction(
        function=MiningFunction.CLASSIFICATION if classes else MiningFunction.REGRESSION,
        predictor=ensemble,
        targets=(TargetClasses(name=context.target_names[0], classes=classes),),
        has_probabilities=bool(classes),
    )


def _note_unsupported(
    model: LightGBMModel, classes: tuple[Scalar, ...], features: Sequence[Feature], context: Context, step: str
) -> None:
    if not model.trees:
        context.unsupported(step, "a booster without trees", "train at least one round")
    if model.objective not in _LINKS:
        known = ", ".join(_LINKS)
        context.unsupported(step, f"objective {model.objective or 'of your own'!r}", f"known are {known}")
    elif "sqrt" in model.objective_options:
        context.unsupported(step, "reg_sqrt=True", "train on the square root of the target with reg_sqrt=False")
    elif (model.objective in MULTICLASS) != (model.n_columns > 1):
        context.unsupported(step, f"{model.n_columns} trees an iteration with objective {model.objective!r}")
    elif classes and len(classes) != max(model.n_columns, 2):
        context.unsupported(step, f"{len(classes)} classes with objective {model.objective!r}")
    if len(features) != model.n_features_in_:
        context.unsupported(step, f"{len(features)} columns for a booster of {model.n_features_in_}")


def _tree(model: LightGBMModel, number: int, columns: TestedColumns) -> TreeArrays:
    try:
        stored = model.trees[number]
        tree = check_tree(tree_arrays(stored, columns), len(columns.features))
        return with_linear_leaves(tree, stored, columns) if stored.get("is_linear", "0") != "0" else tree
    except (KeyError, ValueError, IndexError) as error:
        raise ArtifactError(f"damaged LightGBM model: Tree {number}: {type(error).__name__}: {error}") from error


def _scaled(tree: TreeArrays, scale: float) -> TreeArrays:
    """Scores are multiplied by the objective's ``sigmoid`` before the logistic function."""
    if scale == 1.0:
        return tree
    linear = tree.linear and replace(tree.linear, coefficient=tree.linear.coefficient * scale)
    return replace(tree, values=tree.values * scale, linear=linear)
