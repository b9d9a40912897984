"""The nodes of one tree as arrays, in document order, before their constants have types.

In that order every continuation falls into place by itself: a test is followed by what happens when it is true (the
node's content), and where a node ends begins what happens when its predicate was false (its next sibling, or the end of
the chain). See ``hub/_trees.py`` for the shape.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from modelport_runtime.hub import TreeTest
from modelport_runtime.pmml._element import Element

__all__ = ["COMPLEMENT", "NULL", "TreeNodes", "shows_entities"]

NULL = -1
"""Owner of the leaf without a prediction."""

COMPLEMENT = {
    TreeTest.LESS_OR_EQUAL: TreeTest.GREATER_THAN,
    TreeTest.GREATER_THAN: TreeTest.LESS_OR_EQUAL,
    TreeTest.LESS_THAN: TreeTest.GREATER_OR_EQUAL,
    TreeTest.GREATER_OR_EQUAL: TreeTest.LESS_THAN,
    TreeTest.EQUAL: TreeTest.NOT_EQUAL,
    TreeTest.NOT_EQUAL: TreeTest.EQUAL,
}
"""The test that is true exactly where another one is false."""


@dataclass(slots=True, eq=False)
class TreeNodes:
    """One tree's nodes, compiled to binary tests but not yet typed.

    Per test or leaf ("position"): ``test``, ``feature`` (in ``fields``), ``threshold``, the three ways on, and
    ``owner``: of a leaf the PMML node whose score it gives, of a test the PMML node whose children are being chosen
    among. Per PMML node: its score, record count, id, default child, the position of its content and its parent.
    Per score distribution: the node it belongs to and its numbers (NaN where absent).
    """

    fields: dict[str, int] = field(default_factory=dict)
    test: array[int] = field(default_factory=lambda: array("b"))
    feature: array[int] = field(default_factory=lambda: array("i"))
    threshold: array[float] = field(default_factory=lambda: array("d"))
    when_true: array[int] = field(default_factory=lambda: array("i"))
    when_false: array[int] = field(default_factory=lambda: array("i"))
    when_missing: array[int] = field(default_factory=lambda: array("i"))
    owner: array[int] = field(default_factory=lambda: array("i"))
    texts: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Of tests whose value is not surely a number: the text and its line."""
    sets: dict[int, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    """Of set tests: the members and the line."""
    unsupported: list[tuple[str, int]] = field(default_factory=list)
    """Elements inside nodes that cannot be read, with their lines."""
    without_predicate: list[int] = field(default_factory=list)
    """Lines of nodes that lack a predicate and so are never entered."""
    score_texts: dict[str, int] = field(default_factory=dict)
    """The distinct scores, in order of first use."""
    score: array[int] = field(default_factory=lambda: array("i"))
    """Which of them each node has; -1 for none."""
    record_counts: array[float] = field(default_factory=lambda: array("d"))
    ids: list[str | None] = field(default_factory=list)
    has_ids: bool = True
    """Whether ``ids`` were kept."""
    default_children: dict[int, str] = field(default_factory=dict)
    content: array[int] = field(default_factory=lambda: array("i"))
    node_parent: array[int] = field(default_factory=lambda: array("i"))
    node_line: array[int] = field(default_factory=lambda: array("i"))
    distribution_node: array[int] = field(default_factory=lambda: array("i"))
    distribution_texts: dict[str, int] = field(default_factory=dict)
    """The distinct values of distributions, in order of first use."""
    distribution_value: array[int] = field(default_factory=lambda: array("i"))
    distribution_count: array[float] = field(default_factory=lambda: array("d"))
    distribution_confidence: array[float] = field(default_factory=lambda: array("d"))
    distribution_probability: array[float] = field(default_factory=lambda: array("d"))


def shows_entities(tree: Element) -> bool:
    """Whether an output field of a tree's model, or of one around it, shows the identifier of a node."""
    model: Element | None = tree
    while model is not None:
        output = model.child("Output") if model.tag in ("TreeModel", "MiningModel") else None
        if output is not None and any(field.get("feature") == "entityId" for field in output):
            return True
        model = model.parent
    return False
