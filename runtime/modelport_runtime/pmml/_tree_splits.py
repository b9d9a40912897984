"""Which nodes of a tree are children of which, for strategies that enter several of them (PMML 4.4, TreeModel)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import TreeSplits
from modelport_runtime.pmml._tree_nodes import NULL, TreeNodes

__all__ = ["node_records", "read_splits"]


def read_splits(nodes: TreeNodes) -> TreeSplits | None:
    """The splits of a tree that ``NodeStream`` read; ``None`` for a tree of one node that always applies."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(nodes.node_parent):
        children.setdefault(parent, []).append(node)
    offsets, members, otherwise = [0], [], []
    for parent, own in children.items():
        if nodes.begin[own[0]] == nodes.content[own[0]]:
            continue  # the first child always applies: to come here is to come to it
        members += own
        offsets.append(len(members))
        otherwise.append(nodes.after_root if parent == NULL else nodes.otherwise[parent])
    if not members:
        return None
    records = node_records(nodes)
    return TreeSplits(
        offsets=np.array(offsets),
        begin=np.array([nodes.begin[node] for node in members], dtype=np.int32),
        content=np.array([nodes.content[node] for node in members], dtype=np.int32),
        otherwise=np.array(otherwise, dtype=np.int32),
        record_counts=records[members],
    )


def node_records(nodes: TreeNodes) -> NDArray[np.float64]:
    """Records of each node: as it says, or those of its score distribution, or of its children; 1 where none say."""
    records = np.array(nodes.record_counts, dtype=np.float64)
    distributed = np.full(len(records), np.nan)
    for node, count in zip(nodes.distribution_node, nodes.distribution_count, strict=True):
        if count == count:
            distributed[node] = np.nan_to_num(distributed[node]) + count
    records = np.where(np.isnan(records), distributed, records)
    below = np.zeros(len(records))
    for node in range(len(records) - 1, -1, -1):  # children stand after their parent
        if np.isnan(records[node]):
            records[node] = below[node] or 1.0
        parent = nodes.node_parent[node]
        if parent != NULL:
            below[parent] += records[node]
    return records
