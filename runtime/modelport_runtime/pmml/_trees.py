"""TreeModel: from streamed nodes to the hub's arrays (PMML 4.4, TreeModel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import MissingPath, TreeEnsemble, TreeTarget, TreeTest
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading
from modelport_runtime.pmml._tree_leaves import read_leaves
from modelport_runtime.pmml._tree_nodes import NULL, TreeNodes, shows_entities
from modelport_runtime.pmml._tree_tests import read_tests

__all__ = ["read_tree"]

STRATEGIES = ("none", "lastPrediction", "nullPrediction", "defaultChild", "weightedConfidence", "aggregateNodes")
_MISSING_PATHS = {
    "weightedConfidence": MissingPath.WEIGHTED_CONFIDENCE,
    "aggregateNodes": MissingPath.AGGREGATE_NODES,
}


def read_tree(reading: Reading, element: Element, context: ModelContext) -> TreeEnsemble:
    """Turn the nodes of a ``TreeModel`` into an ensemble of one tree."""
    nodes = element.nodes
    strategy = element.get("missingValueStrategy") or "none"
    if strategy not in STRATEGIES:
        raise element.error(f"missingValueStrategy={strategy!r} is unknown; known are {', '.join(STRATEGIES)}")
    if nodes is None or not nodes.score:
        raise element.error("TreeModel has no Node; correct the document or export it again")
    for tag, line in nodes.unsupported:
        reading.refuse(Element(tag, {}, line, element), f"element {tag} is not supported in Node")
    for line in nodes.without_predicate:
        fault = Element("Node", {}, line, element)
        reading.notice(fault, "node-without-predicate", "a node without a predicate is never entered")
    graph = _Graph(nodes)
    graph.resolve_unknown(strategy, _default_contents(element, nodes) if strategy == "defaultChild" else None)
    tests = read_tests(reading, element, nodes, context, graph.test[: graph.own], graph.feature[: graph.own])
    graph.threshold[: graph.own] = tests.threshold
    owners, leaf = np.unique(graph.owner[graph.test == TreeTest.LEAF], return_inverse=True)
    leaf_of = np.full(len(graph.test), -1, dtype=np.int32)
    leaf_of[graph.test == TreeTest.LEAF] = leaf
    with_ids = shows_entities(element)
    if with_ids and not nodes.has_ids:
        raise element.error("Output stands after the nodes that it shows; put it before them, as the schema asks")
    leaves = read_leaves(element, nodes, owners, context, with_ids=with_ids)
    target = TreeTarget(field=context.target, classes=leaves.classes, n_columns=leaves.values.shape[1])
    return TreeEnsemble(
        features=tuple(nodes.fields),
        feature_categories=tests.categories,
        feature=graph.feature,
        test=graph.test,
        threshold=graph.threshold,
        when_true=graph.when_true,
        when_false=graph.when_false,
        when_missing=graph.when_missing,
        leaf=leaf_of,
        roots=np.zeros(1, dtype=np.int32),
        leaf_values=leaves.values,
        leaf_labels=leaves.labels,
        leaf_confidences=leaves.confidences,
        leaf_record_counts=leaves.record_counts,
        leaf_ids=leaves.ids,
        targets=(target,),
        set_index=None if tests.set_index is None else np.append(tests.set_index, np.full(graph.added, -1, np.int32)),
        set_offsets=tests.set_offsets,
        set_members=tests.set_members,
        sum_type=context.math_type,
        missing_path=_MISSING_PATHS.get(strategy, MissingPath.FOLLOW),
        missing_value_penalty=element.number("missingValuePenalty", 1.0),
    )


class _Graph:
    """The positions of a tree; leaves that only missing values reach are added at the end."""

    def __init__(self, nodes: TreeNodes) -> None:
        self.own = len(nodes.test)
        self.test: NDArray[Any] = np.array(nodes.test, dtype=np.uint8)
        self.feature: NDArray[Any] = np.array(nodes.feature, dtype=np.int32)
        self.threshold: NDArray[Any] = np.array(nodes.threshold, dtype=np.float64)
        self.when_true: NDArray[Any] = np.array(nodes.when_true, dtype=np.int32)
        self.when_false: NDArray[Any] = np.array(nodes.when_false, dtype=np.int32)
        self.when_missing: NDArray[Any] = np.array(nodes.when_missing, dtype=np.int32)
        self.owner: NDArray[Any] = np.array(nodes.owner, dtype=np.int32)

    @property
    def added(self) -> int:
        """Number of leaves added."""
        return len(self.test) - self.own

    def resolve_unknown(self, strategy: str, default_contents: NDArray[np.int32] | None) -> None:
        """Decide where an unknown predicate leads: until now such ways are -1."""
        for name in ("when_true", "when_false", "when_missing"):
            undecided = np.flatnonzero((self.test != TreeTest.LEAF) & (getattr(self, name) < 0))
            if not len(undecided):
                continue
            owners = self.owner[undecided]
            if strategy == "lastPrediction":
                # Evaluation stops at the node whose children were being tried (PMML 4.4, MISSING-VALUE-STRATEGY).
                ways = self._leaves_of(owners)
            elif strategy == "defaultChild" and default_contents is not None:
                ways = np.where(owners >= 0, default_contents[owners], -1)
                lost = ways < 0
                if lost.any():
                    ways[lost] = self._leaves_of(np.full(int(lost.sum()), NULL))
            else:
                ways = self._leaves_of(np.full(len(owners), NULL))
            getattr(self, name)[undecided] = ways

    def _leaves_of(self, owners: NDArray[Any]) -> NDArray[Any]:
        distinct, inverse = np.unique(owners, return_inverse=True)
        first, count = len(self.test), len(distinct)
        self.test = np.append(self.test, np.full(count, TreeTest.LEAF, np.uint8))
        self.owner = np.append(self.owner, distinct.astype(np.int32))
        self.threshold = np.append(self.threshold, np.zeros(count))
        for name in ("feature", "when_true", "when_false", "when_missing"):
            setattr(self, name, np.append(getattr(self, name), np.full(count, -1, np.int32)))
        return first + inverse


def _default_contents(element: Element, nodes: TreeNodes) -> NDArray[np.int32]:
    """For each node the position of its default child's content, or -1."""
    content = np.full(len(nodes.score), -1, dtype=np.int32)
    by_id = {identifier: index for index, identifier in enumerate(nodes.ids) if identifier is not None}
    for index, identifier in nodes.default_children.items():
        child = by_id.get(identifier, -1)
        if child < 0 or nodes.node_parent[child] != index:
            fault = Element("Node", {}, nodes.node_line[index], element)
            raise fault.error(f"defaultChild={identifier!r} is the id of no child of this Node; correct the document")
        content[index] = nodes.content[child]
    return content
