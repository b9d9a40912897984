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
        values, confidences = _distributions(nodes, owners, labels, classes)
        keys = tuple(dict.fromkeys(classes.values()))
        return TreeLeaves(keys, values, labels, confidences, record_counts, ids)
    return TreeLeaves((), _scores(element, nodes, owners).reshape(-1, 1), None, None, record_counts, ids)


def _codes(nodes: TreeNodes, owners: NDArray[np.int32]) -> NDArray[np.int32]:
    """Which of the distinct scores each leaf has; -1 for none."""
    return np.append(np.array(nodes.score, dtype=np.int32), np.int32(-1))[owners]


def _scores(element: Element, nodes: TreeNodes, owners: NDArray[np.int32]) -> NDArray[np.float64]:
    """The number of each leaf; NaN where it has none."""
    codes = _codes(nodes, owners)
    numbers = np.full(len(nodes.score_texts) + 1, np.nan)
    texts = list(nodes.score_texts)
    for code in np.unique(codes[codes >= 0]).tolist():
        try:
            numbers[code] = parse_number(texts[code])
        except ValueError:
            line = nodes.node_line[owners[np.argmax(codes == code)]]
            raise Element("Node", {}, line, element).error(
                f"score={texts[code]!r} of a regression tree is not a number; correct the document"
            ) from None
    return numbers[codes]


def _labels(
    element: Element, nodes: TreeNodes, owners: NDArray[np.int32], context: ModelContext
) -> tuple[NDArray[np.int32], dict[str, Scalar]]:
    """The position of each leaf's own label, and all labels: those of distributions first, in order."""
    codes = _codes(nodes, owners)
    used, first = np.unique(codes[codes >= 0], return_index=True)
    scores = list(nodes.score_texts)
    own = [scores[code] for code in used[np.argsort(first)].tolist()]
    classes: dict[str, Scalar] = {}
    positions: dict[Scalar, int] = {}
    for text in [*nodes.distribution_texts, *own]:
        value = cast(element, text, context.class_type)
        positions.setdefault(value, len(positions))
        classes[text] = value
    position_of = np.full(len(scores) + 1, -1, dtype=np.int32)
    for text in own:
        position_of[nodes.score_texts[text]] = positions[classes[text]]
    return position_of[codes], classes


def _distributions(
    nodes: TreeNodes, owners: NDArray[np.int32], labels: NDArray[np.int32], classes: dict[str, Scalar]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Probabilities and confidences, shape (n_leaves, n_classes)."""
    positions = {value: index for index, value in enumerate(dict.fromkeys(classes.values()))}
    column_of = np.array([positions[classes[text]] for text in nodes.distribution_texts], dtype=np.int64)
    row_of = np.full(len(nodes.score) + 1, -1, dtype=np.int64)
    row_of[owners] = np.arange(len(owners))
    rows = row_of[np.array(nodes.distribution_node, dtype=np.int64)]
    columns = column_of[np.array(nodes.distribution_value, dtype=np.int64)]
    kept = rows >= 0
    shape = (len(owners), len(positions))

    def table(numbers: Any) -> NDArray[np.float64]:
        filled = np.full(shape, np.nan)
        given = np.array(numbers, dtype=np.float64)
        if not np.isnan(given).all():
            filled[rows[kept], columns[kept]] = given[kept]
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
    confidences = table(nodes.distribution_confidence)
    if np.isnan(confidences).all():
        return values, None
    return values, np.where(np.isnan(confidences), values, confidences)
