"""TreeModel elements, and the MiningModel that holds the trees of a forest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._fields import write_mining_schema
from modelport.writers.pmml._scalars import number_text
from modelport.writers.pmml._tree_rows import canonical, expanded_sizes
from modelport.writers.pmml._tree_text import NodeWriter
from modelport.writers.pmml._tree_types import typed_tests
from modelport.writers.pmml._xml import escape_attribute
from modelport_runtime.hub import (
    AggregationMethod,
    DataType,
    MiningField,
    MiningFunction,
    MissingPath,
    Predictor,
    Scalar,
    TreeEnsemble,
    TreeTest,
)

__all__ = ["is_plain_forest", "tree_attributes", "write_forest", "write_tree"]

_NODE_LIMIT = 20_000_000
"""Most nodes written for one ensemble once shared nodes are repeated: about 2 GB of text."""
_ROWS_AT_ONCE = 16_384


def is_plain_forest(predictor: Predictor) -> bool:
    """Whether an ensemble of trees is written as one Segmentation."""
    return isinstance(predictor, TreeEnsemble) and (
        predictor.n_trees > 1 or predictor.aggregation_method is AggregationMethod.WEIGHTED_AVERAGE
    )


def tree_attributes(ensemble: TreeEnsemble) -> dict[str, str | None]:
    """Attributes of a TreeModel beyond those of every model."""
    three_ways = np.any(ensemble.test == TreeTest.IN_SET)
    return {"splitCharacteristic": None if three_ways else "multiSplit"}


def write_tree(context: Context, ensemble: TreeEnsemble) -> None:
    """Write the nodes of a single tree."""
    prepared = _prepare(context, ensemble)
    context.xml.block(prepared.writer.trees(0, 1, context.xml.depth)[0])


def write_forest(context: Context, ensemble: TreeEnsemble, function: MiningFunction) -> None:
    """Write one segment for each tree (PMML 4.4, MultipleModels, Segmentation).

    Trees come in groups of a bounded number of nodes, so that memory stays small whatever the size of the forest.
    """
    prepared = _prepare(context, ensemble)
    method = ensemble.aggregation_method
    weighted = method in (AggregationMethod.WEIGHTED_AVERAGE, AggregationMethod.WEIGHTED_MAJORITY_VOTE)
    with context.xml.element("Segmentation", {"multipleModelMethod": method.value}):
        for first, last in prepared.groups():
            texts = prepared.writer.trees(first, last, context.xml.depth + 2)
            for tree, text in zip(range(first, last), texts, strict=True):
                weight = float(ensemble.tree_weights[tree]) if weighted and ensemble.tree_weights is not None else None
                _write_segment(context, tree, weight, text, function, prepared.ensemble)


def _write_segment(
    context: Context, tree: int, weight: float | None, text: str, function: MiningFunction, ensemble: TreeEnsemble
) -> None:
    segment = {"id": str(tree + 1), "weight": None if weight is None else number_text(weight)}
    with context.xml.element("Segment", segment):
        context.xml.empty("True")
        with context.xml.element("TreeModel", {"functionName": function.value}):
            escaped = [(name, escape_attribute(name)) for name in ensemble.features]
            names = [
                name for name, shown in escaped if f' field="{shown}" ' in text or f'Predictor name="{shown}" ' in text
            ]
            # The schema asks for a field even where a tree is a single leaf.
            listed = names or ensemble.features[:1]
            write_mining_schema(context, tuple(MiningField(name=name) for name in listed))
            context.xml.block(text)


@dataclass(frozen=True, slots=True)
class _Prepared:
    ensemble: TreeEnsemble
    sizes: list[float]
    writer: NodeWriter

    def groups(self) -> list[tuple[int, int]]:
        """First and last tree of each group."""
        groups, first, rows = [], 0, 0.0
        for tree, size in enumerate(self.sizes):
            if rows and rows + size > _ROWS_AT_ONCE:
                groups.append((first, tree))
                first, rows = tree, 0.0
            rows += size
        return [*groups, (first, len(self.sizes))]


def _prepare(context: Context, ensemble: TreeEnsemble) -> _Prepared:
    data_types = [context.data_types.get(name, DataType.DOUBLE) for name in ensemble.features]
    whole = [
        kind is DataType.INTEGER or name in context.whole_numbers
        for name, kind in zip(ensemble.features, data_types, strict=True)
    ]
    folded = canonical(typed_tests(ensemble, data_types, whole))
    sizes = expanded_sizes(folded)
    if sizes.sum() > _NODE_LIMIT:
        context.unsupported(
            f"trees that share nodes: {sizes.sum():.3g} nodes once each is written out (limit {_NODE_LIMIT:,})",
            "write another kind of artifact",
        )
        context.raise_if_unsupported()  # at once: so much text must not be made only to be thrown away
    if ensemble.linear is not None and not context.extensions:
        context.unsupported(
            "leaves that hold linear functions: PMML4S passes over a Regression in a Node without a word",
            "write with extensions=True for JPMML-Evaluator, or another kind of artifact",
        )
    if ensemble.missing_path is not MissingPath.FOLLOW or ensemble.missing_value_penalty != 1:
        context.unsupported(f"missing values that follow {ensemble.missing_path.value}", "use another kind of artifact")
    target = ensemble.targets[0]
    labels: tuple[Scalar, ...] = target.classes if ensemble.leaf_values.shape[1] == len(target.classes) else ()
    present = frozenset(context.never_missing)
    writer = NodeWriter(folded, data_types, present, labels, target.tie_goes_to_last)
    return _Prepared(folded, sizes.tolist(), writer)
