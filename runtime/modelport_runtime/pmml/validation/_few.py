"""Elements that a document has few of, found in one pass; those that it may hold in masses are left where they are.

A pass over a document takes a fifth of the time of parsing it, and most rules look for elements of a handful of kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from modelport_runtime.pmml.grammar import grammar

__all__ = ["MASSES", "Index", "few_elements", "in_order"]

MASSES = frozenset(
    (
        *("Node", "SimplePredicate", "CompoundPredicate", "True", "False", "ScoreDistribution", "Con", "Neuron"),
        *("row", "VectorInstance", "SupportVector", "Coefficient", "REAL-SparseArray", "Indices", "REAL-Entries"),
        *("MatCell", "Array", "Extension"),
    )
)
"""Elements that a document may hold by the hundred thousand."""

_AROUND_NODES = ("PMML", "MiningModel", "AnomalyDetectionModel", "Segmentation", "Segment", "TreeModel")
_EMBEDDED = ("Regression", "DecisionTree")
_IN_NODES = ("SimpleSetPredicate", "Partition", "PartitionFieldStats", "Counts", "NumericInfo", "Quantile")
"""What else than masses a node may hold, if no model is embedded in one."""

Index = dict[str, list[tuple[int, Any]]]
"""Elements by tag, each with its place in the order of the document."""


def few_elements(root: Any, tag: Callable[[str], str]) -> Index:
    """The elements of PMML that a document has few of.

    Args:
        root: The document's root element.
        tag: Spells a name as the document has it.
    """
    found: Index = {}
    for place, element in enumerate(_few(root, tag)):
        found.setdefault(element.tag, []).append((place, element))
    return found


def _few(root: Any, tag: Callable[[str], str]) -> Iterator[Any]:
    """Nodes are looked through for the few kinds that they can hold: lxml compares each element with each kind."""
    everywhere = tuple(tag(name) for name in grammar().elements if name not in MASSES)
    is_embedding = next(root.iter(*map(tag, _EMBEDDED)), None) is not None
    in_nodes = everywhere if is_embedding else tuple(map(tag, _IN_NODES))
    around, node = frozenset(map(tag, _AROUND_NODES)), tag("Node")
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.tag in around:
            yield element
            waiting.extend(reversed(list(element.iterchildren())))
        else:
            yield from element.iter(*(in_nodes if element.tag == node else everywhere))


def in_order(index: Index, tags: Iterable[str]) -> Iterator[Any]:
    """The elements of some tags, in the order of the document."""
    lists = [index[tag] for tag in tags if tag in index]
    entries = lists[0] if len(lists) == 1 else sorted((entry for entries in lists for entry in entries), key=_place)
    return (element for _, element in entries)


def _place(entry: tuple[int, Any]) -> int:
    return entry[0]
