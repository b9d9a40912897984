"""Nodes of large, plainly written trees, a whole tree at a time with numpy.

A Python call for each element costs more than reading the bytes. Nearly every writer lays nodes out alike, so the start
tags of one kind can be cut into attributes by the positions of their quotes, all at once, whatever the order of the
attributes, the indentation and the line ends. Whatever is not plain (references, comments, other quotes, extensions,
compound predicates) is left to ``NodeStream``, element by element; both give equal arrays, which a test checks.
"""

from __future__ import annotations

from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._scanned_sets import plain_tags
from modelport_runtime.pmml._scanned_tags import NODE, SET, SHARE, TEST, TRUE, attributes_of, tag_kinds
from modelport_runtime.pmml._scanned_text import NotPlainError, scanned_text
from modelport_runtime.pmml._scanned_tree import ScannedTree
from modelport_runtime.pmml._tree_nodes import SPLITTING, TreeNodes

__all__ = ["scan_nodes"]

_SMALLEST = 12_000
"""Bytes of a tree below which single elements cost less than a scan: about 130 nodes, measured."""

_SMALLEST_WITH_SETS = 30_000
"""The same where members of sets are read too, one set after another."""


def scan_nodes(data: bytes, tree: Element, line: int) -> tuple[TreeNodes, int] | None:
    """Read the nodes of one tree.

    Args:
        data: From the start of the root ``Node`` to the end tag of ``TreeModel``.
        tree: The ``TreeModel``.
        line: Line on which ``data`` begins.

    Returns:
        The nodes and the number of line ends, or ``None`` when they are few or not plainly written, and so are to be
        read element by element.
    """
    smallest = _SMALLEST_WITH_SETS if b"<SimpleSetPredicate" in data else _SMALLEST
    if len(data) < smallest or tree.get("missingValueStrategy") in SPLITTING:
        return None
    try:
        text = scanned_text(data, line)
        kinds = tag_kinds(text)
        columns = {kind: attributes_of(text, kind, kinds) for kind in (NODE, TEST, TRUE, SHARE, SET)}
        return ScannedTree(text, plain_tags(text, kinds), columns, tree).nodes(), len(text.newlines)
    except (NotPlainError, ValueError):
        # A number that does not parse is found again, with its line, by the slow way.
        return None
