"""Nodes of large, plainly written trees, a whole tree at a time with numpy.

A forest of 265,530 nodes is 49 MB of 799,240 elements; a Python call for each of them costs more than reading the
bytes. Nearly every writer lays nodes out alike, so the start tags of one kind can be cut into attributes by the
positions of their quotes, all at once. Whatever is not laid out so (entities, comments, other quotes, extensions,
compound predicates) is left to ``NodeStream``, element by element; both give equal arrays, which a test checks.
"""

from __future__ import annotations

import re
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import TreeTest
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._limits import MAXIMUM_NODE_DEPTH
from modelport_runtime.pmml._nodes import COMPLEMENT, NULL, TreeNodes, shows_entities
from modelport_runtime.pmml._scanned_text import Column, NotPlainError, Positions, ScannedText, scanned_text
from modelport_runtime.pmml._tree_predicates import OPERATORS

__all__ = ["scan_nodes"]

_NOT_PLAIN = bytes([*range(9), 11, 12, *range(14, 32), *range(127, 256)]) + b"&'"
"""Bytes that need an XML parser to understand, or to refuse."""

_NODE, _TEST, _TRUE, _SHARE, _END = range(5)
_STARTS = ((_NODE, b"<Node"), (_TEST, b"<SimplePredicate"), (_TRUE, b"<True"), (_SHARE, b"<ScoreDistribution"))
_ATTRIBUTE = re.compile(rb"\s+([A-Za-z]+)\s*=\s*")
_KNOWN = {
    _NODE: {"id", "score", "recordCount", "defaultChild"},
    _TEST: {"field", "operator", "value"},
    _TRUE: set(),
    _SHARE: {"value", "recordCount", "confidence", "probability"},
}


def scan_nodes(data: bytes, tree: Element, line: int) -> TreeNodes | None:
    """Read the nodes of one tree.

    Args:
        data: From the start of the root ``Node`` to the end tag of ``TreeModel``.
        tree: The ``TreeModel``.
        line: Line on which ``data`` begins.

    Returns:
        The nodes, or ``None`` when they are not plainly written and must be read element by element.
    """
    if len(data.translate(None, _NOT_PLAIN)) != len(data):
        return None
    try:
        return _scan(data, tree, line)
    except (NotPlainError, ValueError):
        # A number that does not parse is found again, with its line, by the slow way.
        return None


def _scan(data: bytes, tree: Element, line: int) -> TreeNodes:
    text = scanned_text(data, line)
    kinds = _kinds(text)
    columns = {
        kind: _attributes(text, kind, len(prefix), np.flatnonzero(kinds == kind), with_ids=shows_entities(tree))
        for kind, prefix in _STARTS
    }
    return _Tree(text, kinds, columns, tree).nodes()


def _kinds(text: ScannedText) -> NDArray[np.int8]:
    """What each tag is; refuses any that is unknown."""
    second = text.codes[np.minimum(text.tags + 1, len(text.codes) - 1)]
    third = text.codes[np.minimum(text.tags + 2, len(text.codes) - 1)]
    kinds = np.full(len(text.tags), -1, dtype=np.int8)
    kinds[second == ord("N")] = _NODE
    kinds[(second == ord("S")) & (third == ord("i"))] = _TEST
    kinds[(second == ord("S")) & (third == ord("c"))] = _SHARE
    kinds[second == ord("T")] = _TRUE
    kinds[second == ord("/")] = _END
    if (kinds < 0).any():
        raise NotPlainError
    for kind, prefix in _STARTS:
        text.require(text.tags[kinds == kind], prefix)
    text.require(text.tags[kinds == _END], b"</Node>")
    if np.diff(text.first_quote)[kinds == _END].any():
        raise NotPlainError
    return kinds


def _attributes(text: ScannedText, kind: int, prefix: int, elements: Positions, *, with_ids: bool) -> dict[str, Column]:
    """Attributes of all elements of one kind, by name; identifiers only if something asks for them."""
    places: dict[str, tuple[Positions, Positions]] = {}
    counts = np.diff(text.first_quote)[elements]
    if (counts % 2).any():
        raise NotPlainError
    for count in np.unique(counts):
        chosen = np.flatnonzero(counts == count)
        starts = text.tags[elements[chosen]] + prefix
        quotes = text.quotes[text.first_quote[elements[chosen]][:, None] + np.arange(count)]
        ends = np.concatenate([starts[:, None], quotes[:, 1::2] + 1], axis=1)
        lengths = quotes[:, 0::2] - ends[:, :-1]
        # Elements whose attributes have the same lengths between the values are laid out alike.
        shapes = lengths @ (101 ** np.arange(count // 2, dtype=np.int64)) if count else np.zeros(len(chosen), np.int64)
        for shape in np.unique(shapes):
            alike = np.flatnonzero(shapes == shape)
            for name, index in _layout(text, kind, ends[alike], quotes[alike]).items():
                firsts, lasts = places.setdefault(name, (np.full(len(elements), -1), np.full(len(elements), -1)))
                firsts[chosen[alike]] = quotes[alike, 2 * index] + 1
                lasts[chosen[alike]] = quotes[alike, 2 * index + 1]
    if not with_ids and "defaultChild" not in places:
        places.pop("id", None)
    return {name: text.column(*bounds) for name, bounds in places.items()}


def _layout(text: ScannedText, kind: int, ends: Positions, quotes: Positions) -> dict[str, int]:
    """Names of the attributes of elements that are laid out alike, and their order."""
    names: dict[str, int] = {}
    for index in range(quotes.shape[1] // 2):
        between = text.data[ends[0, index] : quotes[0, 2 * index]]
        match = _ATTRIBUTE.fullmatch(between)
        if match is None:
            raise NotPlainError
        text.require(ends[:, index], between + b'"')
        names[match[1].decode("ascii")] = index
    if len(names) != quotes.shape[1] // 2 or not set(names) <= _KNOWN[kind]:
        raise NotPlainError
    text.require(ends[:, -1], b">" if kind == _NODE else b"/>")
    return names


class _Tree:
    """The structure of a scanned tree; see ``_nodes`` for what each array means."""

    def __init__(
        self, text: ScannedText, kinds: NDArray[np.int8], columns: dict[int, dict[str, Column]], tree: Element
    ) -> None:
        self._text = text
        self._kinds = kinds
        self._columns = columns
        self._unknown_is_false = (tree.get("missingValueStrategy") or "none") == "none"
        self._last_prediction = tree.get("noTrueChildStrategy") == "returnLastPrediction"
        self._with_ids = shows_entities(tree)
        self._starts = np.flatnonzero(kinds == _NODE)
        self._match_ends()

    def _match_ends(self) -> None:
        """End tag, parent and neighbours of each node."""
        kinds, starts = self._kinds, self._starts
        ends = np.flatnonzero(kinds == _END)
        if len(starts) != len(ends) or not len(starts):
            raise NotPlainError
        level = np.cumsum((kinds == _NODE).astype(np.int32) - (kinds == _END).astype(np.int32))
        if kinds[0] != _NODE or (level[:-1] <= 0).any() or level[-1] != 0 or level.max() > MAXIMUM_NODE_DEPTH:
            raise NotPlainError
        predicates = np.isin(kinds, (_TEST, _TRUE))
        if not predicates[starts + 1].all() or predicates.sum() != len(starts):
            raise NotPlainError
        # Nodes of one depth open and close in turn, so the n-th start at a depth belongs to the n-th end there.
        depth = level[starts]
        by_depth = np.argsort(depth, kind="stable")
        self._end = np.empty(len(starts), dtype=np.int64)
        self._end[by_depth] = ends[np.argsort(level[ends] + 1, kind="stable")]
        keys = depth[by_depth].astype(np.int64) * len(kinds) + starts[by_depth]
        before = np.searchsorted(keys, (depth.astype(np.int64) - 1) * len(kinds) + starts) - 1
        self._parent = np.where(depth > 1, by_depth[np.maximum(before, 0)], NULL)
        shares = np.flatnonzero(kinds == _SHARE)
        owner = np.cumsum(kinds == _NODE) - 1
        if len(shares) and (shares > self._first_end_after(owner[shares])).any():
            raise NotPlainError
        self._share_owner = owner[shares]

    def _first_end_after(self, nodes: Positions) -> Positions:
        """The tag that ends a node's own part: its first child's start tag or its end tag."""
        following = np.append(self._starts[1:], len(self._kinds))
        own_ends: Positions = np.minimum(following, self._end)
        return own_ends[nodes]

    def nodes(self) -> TreeNodes:
        n_nodes = len(self._starts)
        is_test = self._kinds[self._starts + 1] == _TEST
        nodes = TreeNodes()
        test, feature, threshold, values = self._tests(nodes, is_test)
        order = np.argsort(self._parent, kind="stable")
        has_before = np.zeros(n_nodes, dtype=bool)
        has_before[order[1:]] = self._parent[order[1:]] == self._parent[order[:-1]]
        before = np.full(n_nodes, -1)
        before[order[1:]] = order[:-1]
        merged = self._merged(np.flatnonzero(has_before & is_test), before, test, feature, threshold, values)
        is_leaf = np.ones(n_nodes, dtype=bool)
        is_leaf[self._parent[1:]] = False
        last = np.full(n_nodes, -1)
        last[self._parent[order[1:]]] = order[1:]
        leads_on = is_test & (~merged | self._unknown_is_false)
        emits_test = is_test & ~merged
        emits_leaf = is_leaf | leads_on[last]
        count = np.zeros(len(self._kinds), dtype=np.int64)
        count[self._starts + 1] = emits_test
        count[self._end] = emits_leaf
        after = np.cumsum(count)
        size = int(after[-1]) + int(leads_on[0])
        self._fill(nodes, size, after, emits_test, emits_leaf, is_leaf, merged, before, (test, feature, threshold))
        own = [node for node in np.flatnonzero(emits_test).tolist() if values[node] is not None]
        at = self._starts[own] + 1
        for node, position, line in zip(own, after[at] - 1, self._text.lines_of(self._text.tags[at]), strict=True):
            nodes.texts[int(position)] = (values[node] or "", int(line))
        self._describe(nodes, after)
        return nodes

    def _tests(
        self, nodes: TreeNodes, is_test: NDArray[np.bool_]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], list[str | None]]:
        """Operator, field and number of each node's own test, and its text where that is not surely a number."""
        columns = self._columns[_TEST]
        n_nodes = len(self._starts)
        test, feature = np.zeros(n_nodes, np.int8), np.full(n_nodes, -1, np.int32)
        threshold = np.zeros(n_nodes)
        own: list[str | None] = [None] * n_nodes
        if not is_test.any():
            return test, feature, threshold, own
        fields, operators, values = (columns.get(name) for name in ("field", "operator", "value"))
        if fields is None or operators is None or values is None:
            raise NotPlainError
        if not (fields.is_complete and operators.is_complete and values.is_complete):
            raise NotPlainError
        if not set(operators.distinct) <= set(OPERATORS):
            raise NotPlainError
        test[is_test] = np.array([OPERATORS[operator] for operator in operators.distinct], np.int8)[operators.codes]
        feature[is_test], nodes.fields = _in_order_of_use(fields)
        threshold[is_test] = values.numbers()
        equality = np.isin(test, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
        if equality.any():
            position = np.cumsum(is_test) - 1
            for node in np.flatnonzero(equality).tolist():
                own[node] = values.distinct[values.codes[position[node]]]
        return test, feature, threshold, own

    def _merged(
        self,
        candidates: Positions,
        before: Positions,
        test: NDArray[Any],
        feature: NDArray[Any],
        threshold: NDArray[Any],
        values: list[str | None],
    ) -> NDArray[np.bool_]:
        """Nodes whose test is the complement of the sibling's before, and so needs no test of its own."""
        complement = np.full(max(TreeTest) + 1, -1)
        complement[list(COMPLEMENT)] = list(COMPLEMENT.values())
        sibling = before[candidates]
        same = (complement[test[candidates]] == test[sibling]) & (feature[candidates] == feature[sibling])
        same &= threshold[candidates] == threshold[sibling]
        for place in np.flatnonzero(same & np.isin(test[candidates], (TreeTest.EQUAL, TreeTest.NOT_EQUAL))).tolist():
            same[place] = values[candidates[place]] == values[sibling[place]]
        merged = np.zeros(len(test), dtype=bool)
        merged[candidates[same]] = True
        if (merged[candidates[same]] & merged[sibling[same]]).any():
            raise NotPlainError
        return merged

    def _fill(
        self,
        nodes: TreeNodes,
        size: int,
        after: Positions,
        emits_test: NDArray[np.bool_],
        emits_leaf: NDArray[np.bool_],
        is_leaf: NDArray[np.bool_],
        merged: NDArray[np.bool_],
        before: Positions,
        own: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    ) -> None:
        at_test = after[self._starts[emits_test] + 1] - 1
        arrays = {name: np.full(size, -1, np.int32) for name in ("feature", "when_true", "when_false", "when_missing")}
        test, owner = np.full(size, TreeTest.LEAF, np.int8), np.full(size, NULL, np.int32)
        threshold = np.zeros(size)
        test[at_test], arrays["feature"][at_test], threshold[at_test] = (values[emits_test] for values in own)
        arrays["when_true"][at_test] = at_test + 1
        leaving = after[self._end]
        arrays["when_false"][at_test] = leaving[emits_test]
        owner[at_test] = self._parent[emits_test]
        if self._unknown_is_false:
            passed = leaving.copy()
            # An unknown test is unknown in the complement too, so it leads past that.
            passed[before[merged]] = leaving[merged]
            arrays["when_missing"][at_test] = passed[emits_test]
        ended = np.flatnonzero(emits_leaf)
        owner[after[self._end[ended]] - 1] = np.where(is_leaf[ended] | self._last_prediction, ended, NULL)
        nodes.test, nodes.owner, nodes.threshold = _array("b", test), _array("i", owner), _array("d", threshold)
        nodes.feature, nodes.when_true = _array("i", arrays["feature"]), _array("i", arrays["when_true"])
        nodes.when_false, nodes.when_missing = _array("i", arrays["when_false"]), _array("i", arrays["when_missing"])

    def _describe(self, nodes: TreeNodes, after: Positions) -> None:
        """What nodes and their distributions say."""
        columns, shares = self._columns[_NODE], self._columns[_SHARE]
        n_nodes = len(self._starts)
        nothing = Column([], np.full(n_nodes, -1))
        nodes.scores = columns.get("score", nothing).texts()
        nodes.ids = columns.get("id", nothing).texts()
        nodes.has_ids = "id" in columns or self._with_ids
        nodes.record_counts = _array("d", columns.get("recordCount", nothing).numbers())
        if "defaultChild" in columns:
            children = enumerate(columns["defaultChild"].texts())
            nodes.default_children = {node: child for node, child in children if child is not None}
        nodes.content = _array("i", after[self._starts + 1].astype(np.int32))
        nodes.node_parent = _array("i", self._parent.astype(np.int32))
        nodes.node_line = _array("i", self._text.lines_of(self._text.tags[self._starts]).astype(np.int32))
        if not len(self._share_owner):
            return
        values = shares.get("value")
        if values is None or not values.is_complete:
            raise NotPlainError
        none = Column([], np.full(len(self._share_owner), -1))
        nodes.distribution_value = [values.distinct[code] for code in values.codes.tolist()]
        nodes.distribution_node = _array("i", self._share_owner.astype(np.int32))
        nodes.distribution_count = _array("d", shares.get("recordCount", none).numbers())
        nodes.distribution_confidence = _array("d", shares.get("confidence", none).numbers())
        nodes.distribution_probability = _array("d", shares.get("probability", none).numbers())


def _in_order_of_use(fields: Column) -> tuple[Positions, dict[str, int]]:
    """Features numbered as they first occur, as the slow way does."""
    _, first = np.unique(fields.codes, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    order = np.argsort(first)
    rank[order] = np.arange(len(first))
    return rank[fields.codes], {fields.distinct[code]: number for number, code in enumerate(order.tolist())}


def _array(kind: str, values: NDArray[Any]) -> Any:
    return array(kind, values.tobytes())
