"""scikit-learn's ``Tree`` structures and the classes of its tree-based classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, TargetClasses
from modelport.readers._tree_ensembles import TreeArrays
from modelport_runtime.hub import Scalar, TreeTarget, TreeTest

__all__ = ["class_labels", "output_targets", "require_present", "target_classes", "tree_arrays"]


def tree_arrays(tree: Any, values: NDArray[np.float64]) -> TreeArrays:
    """Read a ``sklearn.tree._tree.Tree``.

    A float32 feature goes left when it is at most the float64 threshold, a NaN where ``missing_go_to_left`` says, also
    when none was seen in training (sklearn/tree/_tree.pyx, ``_apply_dense``).

    Args:
        tree: The fitted structure.
        values: float64, shape (n_nodes, V): what each node gives when it is a leaf.
    """
    left, right = tree.children_left, tree.children_right
    return TreeArrays(
        feature=tree.feature,
        test=np.where(left < 0, TreeTest.LEAF, TreeTest.LESS_OR_EQUAL).astype(np.uint8),
        threshold=tree.threshold,
        when_true=left,
        when_false=right,
        when_missing=np.where(tree.missing_go_to_left, left, right),
        values=values,
    )


def class_labels(classes: Any) -> tuple[Scalar, ...]:
    """Class labels as Python scalars of their own type."""
    return tuple(np.asarray(classes).tolist())


def output_targets(
    names: Sequence[str], classes: Sequence[tuple[Scalar, ...]] | None
) -> tuple[tuple[TreeTarget, ...], tuple[TargetClasses, ...]]:
    """Targets of an estimator whose leaves hold the numbers, or the probabilities of classes, of all its outputs.

    Args:
        names: Name of each output.
        classes: Labels of each output's classes; ``None`` for regression.
    """
    tree_targets, first = [], 0
    for position, name in enumerate(names):
        labels = () if classes is None else classes[position]
        count = max(len(labels), 1)
        tree_targets.append(TreeTarget(field=name, classes=labels, first_column=first, n_columns=count))
        first += count
    return tuple(tree_targets), target_classes(tree_targets)


def target_classes(targets: Sequence[TreeTarget]) -> tuple[TargetClasses, ...]:
    """The targets as a ``Prediction`` names them."""
    return tuple(TargetClasses(name=target.field or "y", classes=target.classes) for target in targets)


def require_present(features: Sequence[Feature], context: Context) -> None:
    """Note that the estimator raises an error when any of its inputs is missing."""
    context.required.update(feature.name for feature in features)
