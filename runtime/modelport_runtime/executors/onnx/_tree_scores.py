"""Tree ensembles: trees to leaves reached, and these to aggregated scores (PMML 4.4, TreeModel; MultipleModels).

Each tree is a ``TreeEnsemble`` node of its own, so its nodes stay in the processor's cache while all rows pass. The
values of the leaves reached are added up by ``ReduceSum`` over the first axis, which adds row after row: the sum has
the order of the trees whatever the number of threads or rows. (Summed inside one ``TreeEnsemble``, a tie between two
classes would depend on both.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._linear_leaves import add_linear_terms
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._sums import add_rows
from modelport_runtime.executors.onnx._tree_forest import Forest, make_forest
from modelport_runtime.executors.onnx._tree_splits import Mixture, lower_splits
from modelport_runtime.executors.reference._prediction import winners
from modelport_runtime.executors.reference._trees import causes_of_trees
from modelport_runtime.hub import (
    AggregationMethod,
    DataType,
    MissingPath,
    TreeEnsemble,
)

__all__ = ["TreeScores", "lower_tree_scores"]

_CHUNK = 64
"""Leaf values held at once for a row: a forest is added up in parts, so that memory does not grow with its trees."""

_MAXIMUM_COLUMNS = 8
"""Score columns up to which the values of leaves are taken column by column, measured."""

_VOTES = (AggregationMethod.MAJORITY_VOTE, AggregationMethod.WEIGHTED_MAJORITY_VOTE)


@dataclass(frozen=True, slots=True)
class TreeScores:
    """What an ensemble says of each row before classes are chosen.

    Attributes:
        scores: [N, K]: aggregated over trees.
        leaf: Of a single tree the leaf reached, int64 [N, 1]; the number of leaves where a row reached several.
        confidences: [N, V], of a single tree that has them.
        is_mixture: Condition [N, 1] that is true where a row reached several leaves or none; ``None`` when it never is.
    """

    scores: str
    leaf: str | None = None
    confidences: str | None = None
    is_mixture: str | None = None


def lower_tree_scores(lowering: Lowering, ensemble: TreeEnsemble, scope: Scope) -> TreeScores:
    """Aggregated scores, and of a single tree the leaf reached and its confidences.

    Raises:
        RefusedError: A feature has no exact column, or copies of shared nodes are too many.
    """
    for cause in causes_of_trees(ensemble, ""):
        raise lowering.refuse(cause.what, cause.remedy)
    is_single = ensemble.n_trees == 1
    penalised = is_single and ensemble.leaf_confidences is not None and ensemble.missing_value_penalty != 1.0
    forest = make_forest(lowering, ensemble, scope, with_penalties=penalised)
    if not is_single:
        return TreeScores(_scores(lowering, forest, None))
    if ensemble.missing_path is not MissingPath.FOLLOW and forest.matrix.can_miss:
        return _mixed(lowering, forest, lower_splits(lowering, ensemble, scope))
    leaf, trust = _leaf_and_trust(lowering, forest)
    confidences = _confidences(lowering, forest, leaf, trust)
    return TreeScores(_scores(lowering, forest, leaf), _as_column(lowering, leaf), confidences)


def _leaf_and_trust(lowering: Lowering, forest: Forest) -> tuple[str, str | None]:
    """Of a single tree the leaf reached, int64 [1, N], and the factor of its confidences, [1, N], if any."""
    due = forest.attributes.layout.due
    if due is None or not forest.matrix.can_miss:
        return forest.leaf(lowering, [0]), None
    graph = lowering.graph
    place = forest.whole_per_tree(lowering, [0], np.arange(len(due)))
    factors = forest.ensemble.missing_value_penalty**due
    leaf = graph.op("Gather", graph.integers(forest.attributes.leaf), place)
    return leaf, graph.op("Gather", graph.reals(factors), place)


def _as_column(lowering: Lowering, row: str) -> str:
    """[N, 1] from [1, N]."""
    return lowering.graph.op("Reshape", row, lowering.graph.integers([-1, 1]))


def _confidences(lowering: Lowering, forest: Forest, leaf: str, trust: str | None) -> str | None:
    """[N, V]: confidences of the leaf reached, int64 [1, N], times what a missing value leaves of them, [1, N]."""
    table, graph = forest.ensemble.leaf_confidences, lowering.graph
    if table is None:
        return None
    rows = graph.op("Gather", graph.reals(table), _as_column(lowering, leaf))  # [N, 1, V]
    confidences = graph.op("Squeeze", rows, graph.integers([1]))
    return confidences if trust is None else graph.op("Mul", confidences, _as_column(lowering, trust))


def _mixed(lowering: Lowering, forest: Forest, mixture: Mixture) -> TreeScores:
    """The leaf's own scores and confidences, or those of several leaves together."""
    graph = lowering.graph
    where = _as_column(lowering, mixture.condition)
    one_leaf = graph.op("Where", mixture.condition, graph.integers([[0]]), mixture.leaf)
    confidences = _confidences(lowering, forest, one_leaf, mixture.trust)
    if confidences is not None and mixture.confidences is not None:
        confidences = graph.op("Where", where, mixture.confidences, confidences)
    scores = graph.op("Where", where, mixture.scores, _scores(lowering, forest, one_leaf))
    return TreeScores(scores, _as_column(lowering, mixture.leaf), confidences, where)


# -- leaves ----------------------------------------------------------------------------------------------------------


def _values_per_tree(
    lowering: Lowering, forest: Forest, trees: Sequence[int], values: NDArray[Any], *, weighted: bool = True
) -> str:
    """[number of trees, N]: the value of the leaf reached in each tree, times the tree's weight."""
    ensemble, graph = forest.ensemble, lowering.graph
    part = forest.per_tree(lowering, trees, values)
    single = _adds_single(ensemble)
    if single and forest.real is not np.float32:
        part = graph.op("Cast", part, to=TensorProto.FLOAT)
    if ensemble.linear is None:
        return part
    matrix = forest.matrix.name
    if single and forest.real is not np.float32:
        matrix = graph.op("Cast", matrix, to=TensorProto.FLOAT)
    constant = _constant(lowering, single)
    leaf = forest.leaf(lowering, trees)
    part = add_linear_terms(lowering, ensemble.linear, forest.matrix.plain, matrix, leaf, part, constant)
    if weighted and ensemble.tree_weights is not None:
        part = graph.op("Mul", part, constant(ensemble.tree_weights[list(trees)][:, None]))
    return part


def _adds_single(ensemble: TreeEnsemble) -> bool:
    """Whether values of leaves are added up in float32; of a median none are."""
    return ensemble.sum_type is DataType.FLOAT and ensemble.aggregation_method is not AggregationMethod.MEDIAN


def _weighted_values(forest: Forest, column: int = 0) -> NDArray[np.float64]:
    """A score column of each leaf of the layout, times the weight of its tree where leaves are constants."""
    ensemble = forest.ensemble
    values = ensemble.leaf_values[forest.attributes.leaf, column]
    is_float = _adds_single(ensemble)
    if is_float:
        values = values.astype(np.float32)
    by_tree = ensemble.linear is not None or ensemble.aggregation_method is AggregationMethod.MEDIAN
    if ensemble.tree_weights is not None and not by_tree:
        weights = np.repeat(ensemble.tree_weights, np.diff(forest.attributes.layout.leaf_bounds))
        values = values * (weights.astype(np.float32) if is_float else weights)
    result: NDArray[np.float64] = values.astype(np.float64)
    return result


# -- scores ----------------------------------------------------------------------------------------------------------


def _scores(lowering: Lowering, forest: Forest, leaf: str | None) -> str:
    """[N, K]: leaf values aggregated over trees."""
    ensemble, graph = forest.ensemble, lowering.graph
    method = ensemble.aggregation_method
    if method in _VOTES:
        return _votes(lowering, forest, leaf)
    if method is AggregationMethod.MEDIAN:
        return _median(lowering, forest)
    total = _total(lowering, forest, leaf)
    if ensemble.sum_type is DataType.FLOAT:
        total = graph.op("Cast", total, to=graph.real_type)
    if method is AggregationMethod.AVERAGE:
        if ensemble.tree_columns is None:
            counts = np.full(ensemble.n_columns, float(ensemble.n_trees))
        else:
            counts = np.bincount(ensemble.tree_columns, minlength=ensemble.n_columns).astype(np.float64)
        total = graph.op("Div", total, graph.reals(counts[None, :]))
    elif method is AggregationMethod.WEIGHTED_AVERAGE and ensemble.tree_weights is not None:
        total = graph.op("Div", total, graph.number(np.add.accumulate(ensemble.tree_weights)[-1]))
    if ensemble.base_scores is not None and ensemble.sum_type is not DataType.FLOAT:
        total = graph.op("Add", total, graph.reals(ensemble.base_scores[None, :]))
    return total


def _total(lowering: Lowering, forest: Forest, leaf: str | None) -> str:
    """[N, K]: the sum over trees, in float32 when the ensemble's sums are."""
    ensemble, graph = forest.ensemble, lowering.graph
    if ensemble.leaf_values.shape[1] > 1 or ensemble.missing_path is not MissingPath.FOLLOW:
        return _vector_sum(lowering, forest, _leaf_table(ensemble), ensemble.tree_weights, leaf)
    columns = np.zeros(ensemble.n_trees, np.int32) if ensemble.tree_columns is None else ensemble.tree_columns
    totals = [
        _column_sum(lowering, forest, column, np.flatnonzero(columns == column)) for column in range(ensemble.n_columns)
    ]
    rows = totals[0] if len(totals) == 1 else graph.op("Concat", *totals, axis=0)
    return graph.op("Transpose", rows, perm=[1, 0])


def _leaf_table(ensemble: TreeEnsemble) -> NDArray[np.float64]:
    if ensemble.sum_type is DataType.FLOAT:
        return ensemble.leaf_values.astype(np.float32).astype(np.float64)
    return ensemble.leaf_values


def _column_sum(lowering: Lowering, forest: Forest, column: int, trees: NDArray[np.intp]) -> str:
    """[1, N]: the values of the trees of one score column, added in tree order."""
    ensemble, graph = forest.ensemble, lowering.graph
    is_float = ensemble.sum_type is DataType.FLOAT
    first = ensemble.base_scores[column] if is_float and ensemble.base_scores is not None else 0.0
    total: str | None = None
    if is_float or not len(trees):
        start = graph.op("Transpose", lowering.rows_like(graph.number(first)), perm=[1, 0])
        total = graph.op("Cast", start, to=TensorProto.FLOAT) if is_float else start
    values = _weighted_values(forest)
    for position in range(0, len(trees), _CHUNK):
        part = _values_per_tree(lowering, forest, trees[position : position + _CHUNK].tolist(), values)
        total = add_rows(graph, total, part)
    return str(total)


def _vector_sum(
    lowering: Lowering,
    forest: Forest,
    table: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    leaf: str | None,
) -> str:
    """[N, V]: rows of a table for the leaves reached, added in tree order."""
    ensemble, graph = forest.ensemble, lowering.graph
    width = table.shape[1]
    single = ensemble.sum_type is DataType.FLOAT
    base = ensemble.base_scores if single else None
    # A single tree, which may be one member of hundreds, is said in fewer nodes by rows.
    add = _add_columns if width <= _MAXIMUM_COLUMNS and ensemble.n_trees > 1 else _add_rows
    total = None if base is None else _first_rows(lowering, base, add is _add_columns)
    step = max(1, _CHUNK // width)
    for position in range(0, ensemble.n_trees, step):
        trees = range(position, min(position + step, ensemble.n_trees))
        leaves = leaf if leaf is not None else forest.leaf(lowering, trees)
        chosen = None if weights is None else weights[trees.start : trees.stop, None]
        total = add(lowering, total, leaves, table, chosen, single)
    if add is _add_columns:
        return graph.op("Transpose", str(total), perm=[1, 0])
    return graph.op("Squeeze", str(total), graph.integers([0]))


def _first_rows(lowering: Lowering, base: NDArray[np.float64], as_columns: bool) -> str:
    """Base scores in float32, to begin a sum with: [V, N], or [1, N, V]."""
    graph = lowering.graph
    rows = graph.op("Expand", graph.constant(base.astype(np.float32)[None, :]), lowering.n_rows)
    if as_columns:
        return graph.op("Transpose", rows, perm=[1, 0])
    return graph.op("Unsqueeze", rows, graph.integers([0]))


def _add_columns(
    lowering: Lowering,
    total: str | None,
    leaves: str,
    table: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    single: bool,
) -> str:
    """[V, N]: the sum so far, and after it the values of some trees' leaves, one column of the table after another.

    ``GatherElements`` takes a tenth of the time for a number that ``Gather`` takes for a row. All columns of one part
    are done before the next part, so that the leaves of only one part are held.
    """
    graph = lowering.graph
    constant = _constant(lowering, single)
    n_columns = table.shape[1]
    before: tuple[str, ...] = ()
    if total is not None:
        before = (
            (total,) if n_columns == 1 else graph.ops("Split", total, outputs=n_columns, axis=0, num_outputs=n_columns)
        )
    flat = graph.op("Reshape", leaves, graph.integers([-1]))
    shape = graph.op("Shape", leaves)
    sums = []
    for column in range(n_columns):
        taken = graph.op("GatherElements", constant(table[:, column]), flat)
        part = graph.op("Reshape", taken, shape, allowzero=1)
        if weights is not None:
            part = graph.op("Mul", part, constant(weights))
        sums.append(add_rows(graph, before[column] if before else None, part))
    return sums[0] if n_columns == 1 else graph.op("Concat", *sums, axis=0)


def _add_rows(
    lowering: Lowering,
    total: str | None,
    leaves: str,
    table: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    single: bool,
) -> str:
    """[1, N, V]: as ``_add_columns``, rows of the table at once."""
    graph = lowering.graph
    constant = _constant(lowering, single)
    part = graph.op("Gather", constant(table), leaves)  # [trees, N, V]
    if weights is not None:
        part = graph.op("Mul", part, constant(weights[:, :, None]))
    return add_rows(graph, total, part)


def _constant(lowering: Lowering, single: bool) -> Callable[[NDArray[np.float64]], str]:
    """How numbers become constants of the type in which values are added."""
    graph = lowering.graph
    return (lambda values: graph.constant(values.astype(np.float32))) if single else graph.reals


def _votes(lowering: Lowering, forest: Forest, leaf: str | None) -> str:
    """[N, K]: share of the (weighted) votes that each class has; a leaf without a label has no vote."""
    ensemble, graph = forest.ensemble, lowering.graph
    labels = _leaf_labels(ensemble)
    ballots = (labels[:, None] == np.arange(ensemble.n_columns)).astype(np.float64)
    weighted = ensemble.aggregation_method is AggregationMethod.WEIGHTED_MAJORITY_VOTE
    plain = replace(forest, ensemble=replace(ensemble, sum_type=DataType.DOUBLE))
    votes = _vector_sum(lowering, plain, ballots, ensemble.tree_weights if weighted else None, leaf)
    return graph.op("Div", votes, graph.op("ReduceSum", votes, graph.integers([1]), keepdims=1))


def _leaf_labels(ensemble: TreeEnsemble) -> NDArray[np.int32]:
    """int32, shape (L,): the class that each leaf stands for; -1 for none."""
    by_value = winners(ensemble.leaf_values, tie_goes_to_last=ensemble.targets[0].tie_goes_to_last)
    if ensemble.leaf_labels is None:
        return by_value
    return np.where(ensemble.leaf_labels >= 0, ensemble.leaf_labels, by_value).astype(np.int32)


def _median(lowering: Lowering, forest: Forest) -> str:
    """[N, V]: the middle of the trees' values, or the mean of the two in the middle."""
    ensemble, graph = forest.ensemble, lowering.graph
    count = ensemble.n_trees
    columns = []
    for column in range(ensemble.leaf_values.shape[1]):
        rows = _values_per_tree(lowering, forest, range(count), _weighted_values(forest, column), weighted=False)
        values = graph.op("Transpose", rows, perm=[1, 0])
        ordered = graph.ops("TopK", values, graph.integers([count]), outputs=2, axis=1, largest=0)[0]
        low, high = (graph.op("Gather", ordered, graph.integers([at]), axis=1) for at in ((count - 1) // 2, count // 2))
        middle = low if count % 2 else graph.op("Div", graph.op("Add", low, high), graph.number(2.0))
        # A tree without a prediction leaves the whole without one.
        absent = graph.op("IsNaN", graph.op("ReduceSum", values, graph.integers([1]), keepdims=1))
        columns.append(graph.op("Where", absent, graph.number(np.nan), middle))
    return columns[0] if len(columns) == 1 else graph.op("Concat", *columns, axis=1)
