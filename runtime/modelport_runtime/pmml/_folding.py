"""Members that are plain trees of one forest become one ensemble of trees, where that is exactly the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import (
    AggregationMethod,
    DataType,
    DerivedField,
    Ensemble,
    LinearLeaves,
    MiningField,
    MiningFunction,
    MissingPath,
    MissingPredictionTreatment,
    Model,
    MultipleModelMethod,
    NormalizationMethod,
    RegressionModel,
    Scalar,
    Segment,
    Target,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    UsageType,
    equal,
)
from modelport_runtime.pmml._model_context import ModelContext

__all__ = ["fold", "without_empty_predictor"]

_REGRESSION = {
    MultipleModelMethod.SUM: AggregationMethod.SUM,
    MultipleModelMethod.WEIGHTED_SUM: AggregationMethod.SUM,
    MultipleModelMethod.AVERAGE: AggregationMethod.AVERAGE,
    MultipleModelMethod.WEIGHTED_AVERAGE: AggregationMethod.WEIGHTED_AVERAGE,
    MultipleModelMethod.MEDIAN: AggregationMethod.MEDIAN,
}
_CLASSIFICATION = {
    MultipleModelMethod.AVERAGE: AggregationMethod.AVERAGE,
    MultipleModelMethod.WEIGHTED_AVERAGE: AggregationMethod.WEIGHTED_AVERAGE,
    MultipleModelMethod.MAJORITY_VOTE: AggregationMethod.MAJORITY_VOTE,
    MultipleModelMethod.WEIGHTED_MAJORITY_VOTE: AggregationMethod.WEIGHTED_MAJORITY_VOTE,
}
_WEIGHTED = (AggregationMethod.WEIGHTED_AVERAGE, AggregationMethod.WEIGHTED_MAJORITY_VOTE)
_VOTES = (AggregationMethod.MAJORITY_VOTE, AggregationMethod.WEIGHTED_MAJORITY_VOTE)


def fold(model: Model, context: ModelContext) -> Model:
    """A model equal to one that was read, with trees together in arrays where that is exactly the same.

    Args:
        model: The model.
        context: What was known while it was read.
    """
    # An output field that shows a member needs it as a member.
    if isinstance(model.predictor, Ensemble) and all(field.segment_id is None for field in model.outputs):
        trees = _fold_trees(model.predictor, context)
        derived_fields = None if trees is None else _hoisted(model.predictor, context)
        if trees is not None and derived_fields is not None:
            model = replace(model, predictor=trees, derived_fields=(*model.derived_fields, *derived_fields))
    return _with_base_score(model)


def without_empty_predictor(model: Model) -> Model:
    """A document's model that only computes output fields, as what it is: a model without a predictor.

    PMML has no such model, so it is written as a regression of nothing: the sum of no terms, for no target, which no
    output field shows.
    """
    predictor = model.predictor
    is_nothing = (
        isinstance(predictor, RegressionModel)
        and model.function is MiningFunction.REGRESSION
        and predictor.normalization_method is NormalizationMethod.NONE
        and all(table.intercept == 0 and not table.terms for table in predictor.tables)
    )
    only_computes = bool(model.outputs) and all(output.expression is not None for output in model.outputs)
    if is_nothing and only_computes and not model.target_names and not model.targets:
        return replace(model, predictor=None)
    return model


def _with_base_score(model: Model) -> Model:
    """The constant that is added to a sum of trees in float32 as what the sum begins with.

    XGBoost begins with its base score, and rounds after each tree; documents state it as the target's
    ``rescaleConstant`` (JPMML's ``x-mathContext="float"`` stands for this arithmetic).
    """
    trees, target = model.predictor, model.targets[0] if len(model.targets) == 1 else None
    if not isinstance(trees, TreeEnsemble) or target is None:
        return model
    only_adds = target == Target(
        field=target.field, op_type=target.op_type, rescale_constant=target.rescale_constant, values=target.values
    )
    adds_up = trees.sum_type is DataType.FLOAT and trees.aggregation_method is AggregationMethod.SUM
    is_plain = trees.base_scores is None and trees.n_columns == 1 and not trees.targets[0].classes
    if not (only_adds and adds_up and is_plain) or model.math_type is not DataType.FLOAT:
        return model
    targets = (replace(target, rescale_constant=0.0),) if target.values else ()
    trees = replace(trees, base_scores=np.array([target.rescale_constant]))
    return replace(model, predictor=trees, targets=targets)


def _hoisted(ensemble: Ensemble, context: ModelContext) -> tuple[DerivedField, ...] | None:
    """Derived fields of the members as those of the model around them; ``None`` where a name means several things."""
    hoisted: dict[str, DerivedField] = {}
    for segment in ensemble.segments:
        for field in segment.model.derived_fields:
            before = hoisted.setdefault(field.name, field)
            if context.scope.find(field.name) is not None or not equal(before, field):
                return None
    return tuple(hoisted.values())


def _fold_trees(ensemble: Ensemble, context: ModelContext) -> TreeEnsemble | None:
    """One ensemble of trees equal to an ensemble of models, or ``None`` where the two could ever differ.

    They are equal when every member is a single tree that always counts, adds nothing of its own (targets, outputs,
    treatments of inputs) and does the same with missing values and missing predictions.
    """
    methods = _CLASSIFICATION if context.is_classification else _REGRESSION
    method = methods.get(ensemble.method)
    if method is None or context.function not in (MiningFunction.CLASSIFICATION, MiningFunction.REGRESSION):
        return None
    fields = {field.name: field for field in context.mining_fields}
    trees = []
    for segment in ensemble.segments:
        tree = _plain_tree(segment, fields, context)
        if tree is None:
            return None
        trees.append(tree)
    if not trees or not _same_kind(trees, context, method) or not _same_nulls(trees, ensemble, method):
        return None
    weights = [segment.weight for segment in ensemble.segments if isinstance(segment.weight, float)]
    if ensemble.method is MultipleModelMethod.WEIGHTED_SUM:
        if any(tree.linear is not None for tree in trees):
            return None
        trees = [_weighted(tree, weight) for tree, weight in zip(trees, weights, strict=True)]
    return _join(trees, weights, method, context)


def _weighted(tree: TreeEnsemble, weight: float) -> TreeEnsemble:
    """The tree with its weight in its leaves, in the precision in which the two are multiplied."""
    if tree.sum_type is DataType.FLOAT:
        values = tree.leaf_values.astype(np.float32) * np.float32(weight)
        return replace(tree, leaf_values=values.astype(np.float64))
    return replace(tree, leaf_values=tree.leaf_values * weight)


def _plain_tree(segment: Segment, fields: dict[str, MiningField], context: ModelContext) -> TreeEnsemble | None:
    model = segment.model
    tree = model.predictor
    plain = (
        isinstance(tree, TreeEnsemble)
        and tree.n_trees == 1
        and segment.predicate is None
        and isinstance(segment.weight, float)
        and model.function is context.function
        and not model.targets
        and not model.outputs
        and _same_treatments(model, fields)
    )
    return tree if plain and isinstance(tree, TreeEnsemble) else None


def _same_treatments(model: Model, fields: dict[str, MiningField]) -> bool:
    """Whether the member's mining schema leaves inputs as the model around it has prepared them."""
    for field in model.mining_fields:
        if field.is_target or field.usage_type is not UsageType.ACTIVE:
            continue
        outer = fields.get(field.name)
        treatment = _treatment(field)
        outer = fields.get(field.name)
        if treatment != _NO_TREATMENT and (outer is None or treatment != _treatment(outer)):
            return False
    return True


def _treatment(field: MiningField) -> tuple[object, ...]:
    return (
        field.missing_value_treatment,
        field.missing_value_replacement,
        field.invalid_value_treatment,
        field.invalid_value_replacement,
        field.outlier_treatment,
        field.low_value,
        field.high_value,
        field.op_type,
    )


_NO_TREATMENT = _treatment(MiningField(name=""))


def _same_kind(trees: Sequence[TreeEnsemble], context: ModelContext, method: AggregationMethod) -> bool:
    """Whether members are evaluated alike, and vote by a label of their own where they vote."""
    for tree in trees:
        if tree.missing_path is not MissingPath.FOLLOW or tree.missing_value_penalty != 1.0:
            return False
        if context.is_classification and tree.sum_type is not context.math_type:
            return False
        if tree.linear is not None and DataType.FLOAT in (tree.sum_type, context.math_type):
            return False
        if method in _VOTES and (tree.leaf_labels is None or (tree.leaf_labels < 0).any()):
            return False
    return True


def _same_nulls(trees: Sequence[TreeEnsemble], ensemble: Ensemble, method: AggregationMethod) -> bool:
    """Whether trees without a prediction mean the same: one makes the whole missing, or there are none."""
    if ensemble.missing_prediction_treatment is MissingPredictionTreatment.RETURN_MISSING and method not in _VOTES:
        return True
    return not any(np.isnan(tree.leaf_values).any() for tree in trees)


class _Features:
    """Features of all members, numbered anew, with the categories that any of them names."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.categories: list[dict[str, int] | None] = []

    def renumbered(
        self, tree: TreeEnsemble
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
        """A member's features, thresholds and set members under the common numbers, and these of its features."""
        threshold = tree.threshold
        members = np.zeros(0) if tree.set_members is None else tree.set_members
        moved: dict[int, NDArray[np.int64]] = {}
        new = np.full(len(tree.features) + 1, -1, dtype=np.int32)
        for local, (name, texts) in enumerate(zip(tree.features, tree.feature_categories, strict=True)):
            number = self.index.setdefault(name, len(self.index))
            new[local] = number
            if number == len(self.categories):
                self.categories.append(None if texts is None else {})
            known = self.categories[number]
            if texts is not None and known is not None:
                moved[local] = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
        if moved:
            threshold, members = _renumber_categories(tree, threshold.copy(), members.copy(), moved)
        return new[tree.feature], threshold, members, new


def _renumber_categories(
    tree: TreeEnsemble,
    threshold: NDArray[np.float64],
    members: NDArray[np.float64],
    moved: dict[int, NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    for local, new in moved.items():
        tested = tree.feature == local
        equality = tested & np.isin(tree.test, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
        threshold[equality] = new[threshold[equality].astype(np.int64)]
        if tree.set_index is None or tree.set_offsets is None:
            continue
        for index in tree.set_index[tested & (tree.test == TreeTest.IN_SET)]:
            part = slice(tree.set_offsets[index], tree.set_offsets[index + 1])
            members[part] = new[members[part].astype(np.int64)]
    return threshold, members


def _join(
    trees: Sequence[TreeEnsemble], weights: list[float], method: AggregationMethod, context: ModelContext
) -> TreeEnsemble:
    features = _Features()
    renumbered = [features.renumbered(tree) for tree in trees]
    first_node = np.cumsum([0, *(tree.n_nodes for tree in trees)])
    first_leaf = np.cumsum([0, *(len(tree.leaf_values) for tree in trees)])
    classes = tuple(dict.fromkeys(label for tree in trees for label in tree.targets[0].classes))
    values, labels = _leaves(trees, classes)
    set_index, set_offsets, set_members = _sets(trees, [members for _, _, members, _ in renumbered])
    return TreeEnsemble(
        features=tuple(features.index),
        feature_categories=tuple(None if known is None else tuple(known) for known in features.categories),
        feature=np.concatenate([feature for feature, *_ in renumbered]),
        threshold=np.concatenate([threshold for _, threshold, *_ in renumbered]),
        test=np.concatenate([tree.test for tree in trees]),
        when_true=_moved([tree.when_true for tree in trees], first_node),
        when_false=_moved([tree.when_false for tree in trees], first_node),
        when_missing=_moved([tree.when_missing for tree in trees], first_node),
        leaf=_moved([tree.leaf for tree in trees], first_leaf),
        roots=first_node[:-1],
        leaf_values=values,
        leaf_labels=labels if method in _VOTES else None,
        targets=(TreeTarget(field=context.target, classes=classes, n_columns=values.shape[1]),),
        set_index=set_index,
        set_offsets=set_offsets,
        set_members=set_members,
        tree_weights=np.array(weights) if method in _WEIGHTED else None,
        aggregation_method=method,
        sum_type=context.math_type,
        linear=_linear(trees, [new for *_, new in renumbered]),
    )


def _linear(trees: Sequence[TreeEnsemble], features: list[NDArray[np.int32]]) -> LinearLeaves | None:
    """The linear functions of all leaves."""
    if all(tree.linear is None for tree in trees):
        return None
    lengths = [
        np.zeros(len(tree.leaf_values), np.int64) if tree.linear is None else np.diff(tree.linear.offsets)
        for tree in trees
    ]
    parts = [(tree.linear, new) for tree, new in zip(trees, features, strict=True) if tree.linear is not None]
    return LinearLeaves(
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        features=np.concatenate([new[linear.features] for linear, new in parts]),
        coefficients=np.concatenate([linear.coefficients for linear, _ in parts]),
    )


def _moved(ways: list[NDArray[np.int32]], first: NDArray[np.int64]) -> NDArray[np.int32]:
    """Positions in each member as positions in the whole; -1 stays."""
    joined = np.concatenate(ways)
    offsets = np.repeat(first[:-1], [len(way) for way in ways]).astype(np.int32)
    return np.where(joined >= 0, joined + offsets, joined)


def _leaves(
    trees: Sequence[TreeEnsemble], classes: tuple[Scalar, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int32] | None]:
    """Values of all leaves under the common classes, and their labels."""
    if not classes:
        # A member that computes in float32 gives its score in float32, whatever the sum is computed in.
        rounded = [
            tree.leaf_values.astype(np.float32) if tree.sum_type is DataType.FLOAT else tree.leaf_values
            for tree in trees
        ]
        return np.concatenate(rounded).astype(np.float64), None
    position = {label: index for index, label in enumerate(classes)}
    values, labels = [], []
    for tree in trees:
        columns = np.array([position[label] for label in tree.targets[0].classes], dtype=np.int64)
        wide = np.zeros((len(tree.leaf_values), len(classes)))
        wide[np.isnan(tree.leaf_values).all(axis=1)] = np.nan
        wide[:, columns] = tree.leaf_values
        values.append(wide)
        own = np.full(len(wide), -1) if tree.leaf_labels is None else tree.leaf_labels
        labels.append(np.where(own >= 0, columns[own], -1))
    return np.concatenate(values), np.concatenate(labels).astype(np.int32)


def _sets(
    trees: Sequence[TreeEnsemble], members: list[NDArray[np.float64]]
) -> tuple[NDArray[np.int32] | None, NDArray[np.int64] | None, NDArray[np.float64] | None]:
    if all(tree.set_index is None for tree in trees):
        return None, None, None
    index = [np.full(tree.n_nodes, -1, np.int32) if tree.set_index is None else tree.set_index for tree in trees]
    lengths = [np.zeros(0, np.int64) if tree.set_offsets is None else np.diff(tree.set_offsets) for tree in trees]
    first = np.cumsum([0, *map(len, lengths)])
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return _moved(index, first), offsets, np.concatenate(members)
