"""Tree ensembles: trees to leaves reached, and these to aggregated scores (PMML 4.4, TreeModel; MultipleModels).

Each tree is a ``TreeEnsemble`` node of its own, so its nodes stay in the processor's cache while all rows pass. The
values of the leaves reached are added up by ``ReduceSum`` over the first axis, which adds row after row: the sum has
the order of the trees whatever the number of threads or rows. (Summed inside one ``TreeEnsemble``, a tie between two
classes would depend on both.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._graph import ML_DOMAIN, Graph
from modelport_runtime.executors.onnx._linear_leaves import add_linear_terms
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._tree_features import FeatureMatrix, feature_matrix
from modelport_runtime.executors.onnx._tree_nodes import (
    NodeAttributes,
    TooLargeError,
    add_tree_attributes,
    binary_nodes,
    node_attributes,
)
from modelport_runtime.executors.reference._prediction import winners
from modelport_runtime.hub import (
    AggregationMethod,
    DataType,
    MissingPath,
    TreeEnsemble,
)

__all__ = ["lower_tree_scores"]

_CHUNK = 64
"""Leaf values held at once for a row: a forest is added up in parts, so that memory does not grow with its trees."""

_MAXIMUM_NEGATED = 64
"""Columns of whose negatives trees of at least as many may ask: to make them costs less than it saves, and little
memory."""

_MAXIMUM_COLUMNS = 8
"""Score columns up to which the values of leaves are taken column by column, measured."""

_VOTES = (AggregationMethod.MAJORITY_VOTE, AggregationMethod.WEIGHTED_MAJORITY_VOTE)


@dataclass(frozen=True, slots=True)
class _Forest:
    """An ensemble ready to be put into nodes of the graph."""

    ensemble: TreeEnsemble
    matrix: FeatureMatrix
    attributes: NodeAttributes
    real: type[np.float64] | type[np.float32]


def lower_tree_scores(lowering: Lowering, ensemble: TreeEnsemble, scope: Scope) -> tuple[str, str | None]:
    """Aggregated scores [N, K], and of a single tree the leaf reached, int64 [1, N].

    Raises:
        RefusedError: Rows that go several ways at once, or copies of shared nodes are too many.
    """
    single = ensemble.input_type is DataType.FLOAT and ensemble.sum_type is DataType.FLOAT
    nodes = binary_nodes(ensemble)
    matrix = feature_matrix(lowering, ensemble, nodes, scope, single)
    _refuse_splits(lowering, ensemble, matrix)
    if ensemble.linear is not None and (single or ensemble.sum_type is DataType.FLOAT):
        raise lowering.refuse("linear functions in leaves that are added up in float32")
    real = np.float32 if single else lowering.graph.real
    try:
        n_negated = matrix.n_columns if matrix.n_columns <= min(ensemble.n_trees, _MAXIMUM_NEGATED) else 0
        attributes = node_attributes(nodes, matrix.columns, matrix.sets, real, n_negated)
    except TooLargeError:
        raise lowering.refuse("trees that share so many nodes that their copies are too many") from None
    if attributes.asks_negative:
        negative = lowering.graph.op("Neg", matrix.name)
        matrix = replace(matrix, name=lowering.graph.op("Concat", matrix.name, negative, axis=1))
    forest = _Forest(ensemble, matrix, attributes, real)
    leaf = _leaf(lowering, forest, [0]) if ensemble.n_trees == 1 else None
    return _scores(lowering, forest, leaf), leaf


def _refuse_splits(lowering: Lowering, ensemble: TreeEnsemble, matrix: FeatureMatrix) -> None:
    if not matrix.can_miss:
        return
    if ensemble.missing_path is not MissingPath.FOLLOW:
        raise lowering.refuse(f"a row that goes several ways at a missing value ({ensemble.missing_path!s})")
    if ensemble.missing_value_penalty != 1.0 and ensemble.leaf_confidences is not None:
        raise lowering.refuse(f"missingValuePenalty {ensemble.missing_value_penalty}")


# -- leaves ----------------------------------------------------------------------------------------------------------


def _per_tree(lowering: Lowering, forest: _Forest, trees: Sequence[int], values: NDArray[Any]) -> str:
    """[number of trees, N]: what stands for the leaf reached in each tree.

    Args:
        lowering: State of the lowering.
        forest: The forest.
        trees: The trees wanted.
        values: What stands for each leaf of the forest's layout.
    """
    graph = lowering.graph
    rows = []
    for tree in trees:
        fill = partial(add_tree_attributes, prepared=forest.attributes, tree=tree, leaf_weights=values)
        output = graph.add_large_node("TreeEnsemble", [forest.matrix.name], fill, domain=ML_DOMAIN)
        rows.append(graph.op("Reshape", output, graph.integers([1, -1])))
    return rows[0] if len(rows) == 1 else graph.op("Concat", *rows, axis=0)


def _values_per_tree(
    lowering: Lowering, forest: _Forest, trees: Sequence[int], values: NDArray[Any], *, weighted: bool = True
) -> str:
    """[number of trees, N]: the value of the leaf reached in each tree, times the tree's weight."""
    ensemble, graph = forest.ensemble, lowering.graph
    part = _per_tree(lowering, forest, trees, values)
    if ensemble.linear is None:
        return part
    leaf = _leaf(lowering, forest, trees)
    part = add_linear_terms(lowering, ensemble.linear, forest.matrix.plain, forest.matrix.name, leaf, part)
    if weighted and ensemble.tree_weights is not None:
        part = graph.op("Mul", part, graph.reals(ensemble.tree_weights[list(trees)][:, None]))
    return part


def _leaf(lowering: Lowering, forest: _Forest, trees: Sequence[int]) -> str:
    """int64 [number of trees, N]: the leaf reached in each tree."""
    if forest.real is np.float32 and len(forest.ensemble.leaf_values) > 1 << 24:
        raise lowering.refuse("more leaves than float32 can number", "use float64")
    return lowering.graph.op("Cast", _per_tree(lowering, forest, trees, forest.attributes.leaf), to=TensorProto.INT64)


def _weighted_values(forest: _Forest, column: int = 0) -> NDArray[np.float64]:
    """A score column of each leaf of the layout, times the weight of its tree where leaves are constants."""
    ensemble = forest.ensemble
    values = ensemble.leaf_values[forest.attributes.leaf, column]
    is_float = ensemble.sum_type is DataType.FLOAT
    if is_float:
        values = values.astype(np.float32)
    by_tree = ensemble.linear is not None or ensemble.aggregation_method is AggregationMethod.MEDIAN
    if ensemble.tree_weights is not None and not by_tree:
        weights = np.repeat(ensemble.tree_weights, np.diff(forest.attributes.layout.leaf_bounds))
        values = values * (weights.astype(np.float32) if is_float else weights)
    result: NDArray[np.float64] = values.astype(np.float64)
    return result


# -- scores ----------------------------------------------------------------------------------------------------------


def _scores(lowering: Lowering, forest: _Forest, leaf: str | None) -> str:
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


def _total(lowering: Lowering, forest: _Forest, leaf: str | None) -> str:
    """[N, K]: the sum over trees, in float32 when the ensemble's sums are."""
    ensemble, graph = forest.ensemble, lowering.graph
    if ensemble.leaf_values.shape[1] > 1:
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


def _column_sum(lowering: Lowering, forest: _Forest, column: int, trees: NDArray[np.intp]) -> str:
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
        if is_float and forest.real is not np.float32:
            part = graph.op("Cast", part, to=TensorProto.FLOAT)
        total = _add_rows_to(graph, total, part)
    return str(total)


def _vector_sum(
    lowering: Lowering,
    forest: _Forest,
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
        leaves = leaf if leaf is not None else _leaf(lowering, forest, trees)
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
        sums.append(_add_rows_to(graph, before[column] if before else None, part))
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
    return _add_rows_to(graph, total, part)


def _add_rows_to(graph: Graph, total: str | None, part: str) -> str:
    """[1, ...]: the sum so far, if any, and after it what a part has along its first axis, in order."""
    rows = part if total is None else graph.op("Concat", total, part, axis=0)
    return graph.op("ReduceSum", rows, graph.integers([0]), keepdims=1)


def _constant(lowering: Lowering, single: bool) -> Callable[[NDArray[np.float64]], str]:
    """How numbers become constants of the type in which values are added."""
    graph = lowering.graph
    return (lambda values: graph.constant(values.astype(np.float32))) if single else graph.reals


def _votes(lowering: Lowering, forest: _Forest, leaf: str | None) -> str:
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


def _median(lowering: Lowering, forest: _Forest) -> str:
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
