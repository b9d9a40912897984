"""Scores and score distributions of tree leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import Scalar
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import cast
from modelport_runtime.pmml._tree_nodes import NULL, TreeNodes

__all__ = ["TreeLeaves", "read_leaves"]


@dataclass(slots=True)
class TreeLeaves:
    """One row for each leaf; see the attributes of ``TreeEnsemble``."""

    classes: tuple[Scalar, ...]
    values: NDArray[np.float64]
    labels: NDArray[np.int32] | None
    confidences: NDArray[np.float64] | None
    record_counts: NDArray[np.float64] | None
    ids: tuple[str, ...]
    class_counts: NDArray[np.float64]


def read_leaves(
    element: Element, nodes: TreeNodes, owners: NDArray[np.int32], context: ModelContext, *, with_ids: bool
) -> TreeLeaves:
    """Read what the leaves say.

    Args:
        element: The ``TreeModel``.
        nodes: Its nodes.
        owners: The node that gives the score of each leaf; -1 for the leaf without a prediction.
        context: The model.
        with_ids: Whether identifiers are wanted.

    Raises:
        ArtifactError: A score is no number in a regression tree, or no value of the target's type.
    """
    counts = np.append(np.array(nodes.record_counts, dtype=np.float64), np.nan)[owners]
    # JPMML and PMML4S both number nodes without an id from 1, in document order.
    named = owners.tolist() if with_ids else ()
    ids = tuple("" if owner == NULL else nodes.ids[owner] or str(owner + 1) for owner in named)
    record_counts = None if np.isnan(counts).all() else counts
    if context.is_classification:
        labels, classes = _labels(element, nodes, owners, context)
        if not classes:
            if not nodes.embedded:
                raise element.error("no Node has a score or a ScoreDistribution: no class can be predicted; correct it")
            nothing = np.full((len(owners), 1), np.nan)
            return TreeLeaves((), nothing, None, None, record_counts, ids, nothing)
        values, confidences, class_counts = _distributions(nodes, owners, labels, classes)
        keys = tuple(dict.fromkeys(classes.values()))
        return TreeLeaves(keys, values, labels, confidences, record_counts, ids, class_counts)
    values = np.array([_score(element, nodes, owner) for owner in owners.tolist()], dtype=np.float64).reshape(-1, 1)
    return TreeLeaves((), values, None, None, record_counts, ids, np.nan_to_num(counts, nan=1.0).reshape(-1, 1))


def _score(element: Element, nodes: TreeNodes, owner: int) -> float:
    text = None if owner == NULL else nodes.scores[owner]
    if text is None:
        return float("nan")
    try:
        return parse_number(text)
    except ValueError:
        fault = Element("Node", {}, nodes.node_line[owner], element)
        raise fault.error(f"score={text!r} of a regression tree is not a number; correct the document") from None


def _labels(
    element: Element, nodes: TreeNodes, owners: NDArray[np.int32], context: ModelContext
) -> tuple[NDArray[np.int32], dict[str, Scalar]]:
    """The position of each leaf's own label, and all labels: those of distributions first, in order."""
    texts = [None if owner == NULL else nodes.scores[owner] for owner in owners.tolist()]
    classes: dict[str, Scalar] = {}
    positions: dict[Scalar, int] = {}
    for text in [*dict.fromkeys(nodes.distribution_value), *dict.fromkeys(t for t in texts if t is not None)]:
        value = cast(element, text, context.class_type)
        positions.setdefault(value, len(positions))
        classes[text] = value
    labels = np.array([-1 if t is None else positions[classes[t]] for t in texts], dtype=np.int32)
    return labels, classes


def _distributions(
    nodes: TreeNodes, owners: NDArray[np.int32], labels: NDArray[np.int32], classes: dict[str, Scalar]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64]]:
    """Probabilities, confidences and records of each class, shape (n_leaves, n_classes)."""
    positions = {value: index for index, value in enumerate(dict.fromkeys(classes.values()))}
    column_of = {text: positions[value] for text, value in classes.items()}
    row_of = np.full(len(nodes.scores) + 1, -1, dtype=np.int64)
    row_of[owners] = np.arange(len(owners))
    rows = row_of[np.array(nodes.distribution_node, dtype=np.int64)]
    columns = np.array([column_of[text] for text in nodes.distribution_value], dtype=np.int64)
    kept = rows >= 0
    shape = (len(owners), len(positions))

    def table(numbers: Any) -> NDArray[np.float64]:
        filled = np.full(shape, np.nan)
        filled[rows[kept], columns[kept]] = np.array(numbers, dtype=np.float64)[kept]
        return filled

    has_any = np.zeros(len(owners), dtype=bool)
    has_any[rows[kept]] = True
    counts = np.nan_to_num(table(nodes.distribution_count))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
    probabilities = table(nodes.distribution_probability)
    # A probability that is not stated is the share of records (PMML 4.4, TreeModel, ScoreDistribution).
    stated = ~np.isnan(probabilities).all(axis=1, keepdims=True)
    values = np.where(stated, np.nan_to_num(probabilities), shares)
    alone = ~has_any & (labels >= 0)
    values[~has_any] = np.nan
    values[alone] = 0.0
    values[alone, labels[alone]] = 1.0
    own = np.append(np.array(nodes.record_counts, dtype=np.float64), np.nan)[owners]
    counts[alone, labels[alone]] = np.nan_to_num(own, nan=1.0)[alone]
    confidences = table(nodes.distribution_confidence)
    if np.isnan(confidences).all():
        return values, None, counts
    return values, np.where(np.isnan(confidences), values, confidences), counts
