"""Trees as nested tuples, for tests: ``(test, feature, threshold, when_true, when_false, when_missing)`` or a leaf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modelport_runtime.hub import TreeEnsemble, TreeTarget, TreeTest


@dataclass(frozen=True)
class Leaf:
    """A leaf: values, and perhaps confidences, records, a label and an identifier."""

    values: tuple[float, ...]
    confidences: tuple[float, ...] | None = None
    count: float | None = None
    label: int | None = None
    id: str = ""


@dataclass(frozen=True)
class Node:
    """A test; ``missing`` is where a missing value goes (the false side by default); ``members`` for sets."""

    test: TreeTest
    feature: int
    threshold: float
    true: Any
    false: Any
    missing: Any = None
    members: tuple[float, ...] = ()


def ensemble(features: tuple[str, ...], *trees: Node | Leaf, targets: Any = None, **options: Any) -> TreeEnsemble:
    """The arrays of trees; nodes that are the very same object are shared."""
    position: dict[int, int] = {}
    nodes: list[Node | Leaf] = []
    leaves: list[Leaf] = []
    sets: list[tuple[float, ...]] = []

    def place(node: Node | Leaf) -> int:
        if id(node) not in position:
            position[id(node)] = len(nodes)
            nodes.append(node)
            if isinstance(node, Node):
                for child in (node.true, node.false, node.missing):
                    if child is not None:
                        place(child)
        return position[id(node)]

    roots = [place(tree) for tree in trees]
    rows = []
    for node in nodes:
        if isinstance(node, Leaf):
            leaves.append(node)
            rows.append((-1, TreeTest.LEAF, 0.0, -1, -1, -1, len(leaves) - 1, -1))
            continue
        ways = (node.true, node.false, node.false if node.missing is None else node.missing)
        if node.test is TreeTest.IN_SET:
            sets.append(node.members)
        set_index = len(sets) - 1 if node.test is TreeTest.IN_SET else -1
        rows.append((node.feature, node.test, node.threshold, *(position[id(way)] for way in ways), -1, set_index))
    feature, test, threshold, when_true, when_false, when_missing, leaf, set_index = map(
        np.array, zip(*rows, strict=True)
    )
    given: dict[str, Any] = {"targets": targets or (TreeTarget(field="y", n_columns=len(leaves[0].values)),)}
    if sets:
        given["set_index"] = set_index
        given["set_offsets"] = np.cumsum([0, *map(len, sets)])
        given["set_members"] = np.array([member for members in sets for member in members])
    if leaves[0].confidences is not None:
        given["leaf_confidences"] = np.array([each.confidences for each in leaves])
    if leaves[0].count is not None:
        given["leaf_record_counts"] = np.array([each.count for each in leaves], dtype=np.float64)
    if any(each.label is not None for each in leaves):
        given["leaf_labels"] = np.array([-1 if each.label is None else each.label for each in leaves])
    if any(each.id for each in leaves):
        given["leaf_ids"] = tuple(each.id for each in leaves)
    return TreeEnsemble(
        features=features,
        feature=feature,
        test=test,
        threshold=threshold,
        when_true=when_true,
        when_false=when_false,
        when_missing=when_missing,
        leaf=leaf,
        roots=np.array(roots),
        leaf_values=np.array([each.values for each in leaves], dtype=np.float64),
        **{**given, **options},
    )
