"""Nodes that hold plain linear functions become leaves with coefficients (LightGBM's linear trees).

Where a number that a function needs is missing, the node's own score stands in for it, as it does in LightGBM; so tests
for missing come before such a leaf, and a leaf of the score alone beside it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import LinearLeaves, NormalizationMethod, TreeEnsemble, TreeTest
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["LinearFunction", "linear_functions", "with_linear_leaves"]

LinearFunction = tuple[float, dict[str, float]]
"""The constant, and the coefficient of each field."""


def linear_functions(
    reading: Reading, embedded: dict[int, Element], context: ModelContext
) -> dict[int, LinearFunction] | None:
    """The functions of nodes, or ``None`` where one of the models is more than a plain linear function.

    Args:
        reading: The document being read.
        embedded: Elements of the nodes' models.
        context: The model of the tree.

    Raises:
        ArtifactError: A number or a field is wrong.
    """
    functions: dict[int, LinearFunction] = {}
    if context.is_classification:
        return None
    for node, element in embedded.items():
        table = element.child("RegressionTable")
        method = element.get("normalizationMethod") or NormalizationMethod.NONE
        is_plain = element.tag == "Regression" and table is not None and len(element.children) == 1
        if not is_plain or table is None or method != NormalizationMethod.NONE:
            return None
        if element.get("functionName") not in (None, context.function):
            return None
        coefficients = _coefficients(table, context)
        if coefficients is None:
            return None
        functions[node] = (table.number("intercept", 0.0), coefficients)
    return functions


def _coefficients(table: Element, context: ModelContext) -> dict[str, float] | None:
    coefficients: dict[str, float] = {}
    for term in table.children:
        kind = context.scope.find(term.get("name"))
        if term.tag != "NumericPredictor" or kind is None or not kind.data_type.is_number:
            return None
        if term.integer("exponent", 1) != 1 or term.require("name") in coefficients:
            return None
        coefficients[term.require("name")] = term.number("coefficient")
    return coefficients


def with_linear_leaves(
    tree: TreeEnsemble, owners: NDArray[np.int32], functions: dict[int, LinearFunction]
) -> TreeEnsemble:
    """The tree with the functions of its nodes in its leaves.

    Args:
        tree: A regression tree whose leaves have the scores of their nodes.
        owners: int32, shape (L,): the node of each leaf.
        functions: Of nodes that have one.
    """
    growing = _Growing(tree)
    leaf_of_node: dict[int, int] = {}
    for position in np.flatnonzero(tree.test == TreeTest.LEAF).tolist():
        leaf = int(tree.leaf[position])
        node = int(owners[leaf])
        if node in functions:
            linear = leaf_of_node.setdefault(node, len(tree.leaf_values) + len(leaf_of_node))
            growing.replace_leaf(position, leaf, linear, functions[node][1])
    lengths = [0] * len(tree.leaf_values) + [len(functions[node][1]) for node in leaf_of_node]
    names = [name for node in leaf_of_node for name in functions[node][1]]
    intercepts = np.array([functions[node][0] for node in leaf_of_node]).reshape(-1, 1)
    own = [int(np.flatnonzero(owners == node)[0]) for node in leaf_of_node]
    counts = tree.leaf_record_counts
    return replace(
        growing.tree(),
        leaf_values=np.concatenate([tree.leaf_values, intercepts]),
        leaf_record_counts=None if counts is None else np.concatenate([counts, counts[own]]),
        leaf_ids=tree.leaf_ids + tuple(tree.leaf_ids[leaf] for leaf in own if tree.leaf_ids),
        linear=LinearLeaves(
            offsets=np.cumsum([0, *lengths]),
            features=np.array([growing.features[name] for name in names], dtype=np.int32),
            coefficients=np.array([functions[node][1][name] for node in leaf_of_node for name in functions[node][1]]),
        ),
    )


class _Growing:
    """The nodes of a tree to which tests for missing are added."""

    def __init__(self, tree: TreeEnsemble) -> None:
        self._tree = tree
        self.features = {name: index for index, name in enumerate(tree.features)}
        self._columns = {
            name: getattr(tree, name).tolist() for name in ("test", "feature", "when_true", "when_false", "leaf")
        }

    def replace_leaf(self, position: int, plain: int, linear: int, needs: dict[str, float]) -> None:
        """Tests for what a function needs in place of a leaf; behind them its two leaves."""
        columns = self._columns
        if not needs:
            columns["leaf"][position] = linear
            return
        fallback = self._add(TreeTest.LEAF, -1, -1, -1, plain)
        following = self._add(TreeTest.LEAF, -1, -1, -1, linear)
        first, *others = (self.features.setdefault(name, len(self.features)) for name in needs)
        for feature in others:
            following = self._add(TreeTest.IS_MISSING, feature, fallback, following, -1)
        for name, value in zip(columns, (TreeTest.IS_MISSING, first, fallback, following, -1), strict=True):
            columns[name][position] = value

    def _add(self, *values: int) -> int:
        for name, value in zip(self._columns, values, strict=True):
            self._columns[name].append(value)
        return len(self._columns["test"]) - 1

    def tree(self) -> TreeEnsemble:
        """The tree with what was added; its leaves are still to be given."""
        tree, added = self._tree, len(self._columns["test"]) - len(self._tree.test)
        # A test for missing has no third way: its value is never unknown.
        new = np.full(added, -1, np.int32)
        test, feature, when_true, when_false, leaf = (np.array(column) for column in self._columns.values())
        leaves = int(leaf.max()) + 1
        return replace(
            tree,
            test=test,
            feature=feature,
            when_true=when_true,
            when_false=when_false,
            leaf=leaf,
            features=tuple(self.features),
            feature_categories=(*tree.feature_categories, *((None,) * (len(self.features) - len(tree.features)))),
            threshold=np.append(tree.threshold, np.zeros(added)),
            when_missing=np.append(tree.when_missing, new),
            set_index=None if tree.set_index is None else np.append(tree.set_index, new),
            penalties=None if tree.penalties is None else np.pad(tree.penalties, ((0, added), (0, 0))),
            leaf_values=np.zeros((leaves, 1)),
            leaf_record_counts=None,
            leaf_ids=(),
        )
