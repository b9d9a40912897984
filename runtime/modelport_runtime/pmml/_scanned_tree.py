"""The structure of a scanned tree: which tag belongs to which node, and where its tests and leaves stand."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import TreeTest
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._limits import MAXIMUM_NODE_DEPTH
from modelport_runtime.pmml._scanned_sets import PlainTags
from modelport_runtime.pmml._scanned_tags import END, NODE, SET, SHARE, TEST, TRUE, Attributes
from modelport_runtime.pmml._scanned_text import NotPlainError, Positions, ScannedText, ScannedValues
from modelport_runtime.pmml._tree_nodes import COMPLEMENT, NULL, TreeNodes, shows_entities
from modelport_runtime.pmml._tree_predicates import OPERATORS

__all__ = ["ScannedTree"]


class ScannedTree:
    """The structure of a scanned tree; see ``TreeNodes`` for what each array means."""

    def __init__(self, text: ScannedText, plain: PlainTags, columns: dict[int, Attributes], tree: Element) -> None:
        self._text = text
        self._tags, self._kinds, self._members = plain.tags, plain.kinds, plain.members
        self._columns = columns
        self._unknown_is_false = (tree.get("missingValueStrategy") or "none") == "none"
        self._last_prediction = tree.get("noTrueChildStrategy") == "returnLastPrediction"
        self._with_ids = shows_entities(tree)
        self._starts = np.flatnonzero(self._kinds == NODE)
        self._match_ends()

    def _match_ends(self) -> None:
        """End tag, parent and neighbours of each node."""
        kinds, starts = self._kinds, self._starts
        ends = np.flatnonzero(kinds == END)
        if len(starts) != len(ends) or not len(starts):
            raise NotPlainError
        level = np.cumsum((kinds == NODE).astype(np.int32) - (kinds == END).astype(np.int32))
        if kinds[0] != NODE or (level[:-1] <= 0).any() or level[-1] != 0 or level.max() > MAXIMUM_NODE_DEPTH:
            raise NotPlainError
        predicates = (kinds == TEST) | (kinds == TRUE) | (kinds == SET)
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
        shares = np.flatnonzero(kinds == SHARE)
        owner = np.cumsum(kinds == NODE) - 1
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
        predicate = self._kinds[self._starts + 1]
        is_set, is_test = predicate == SET, predicate != TRUE
        nodes = TreeNodes()
        test, feature, threshold, values = self._tests(predicate == TEST)
        is_not_in = self._set_tests(is_set, test, threshold)
        nodes.fields, feature[is_test] = self._fields(predicate, is_test)
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
        self._put_sets(nodes, np.flatnonzero(is_set), is_not_in, after)
        own = [node for node in np.flatnonzero(emits_test).tolist() if values[node] is not None]
        at = self._starts[own] + 1
        for node, position, line in zip(own, after[at] - 1, self._text.lines_of(self._tags[at]), strict=True):
            nodes.texts[int(position)] = (values[node] or "", int(line))
        self._describe(nodes, after)
        return nodes

    def _tests(self, is_test: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], list[str | None]]:
        """Operator and number of each node's own comparison, and its text where that is not surely a number.

        The fields, the second array, are filled in by ``_fields``.
        """
        columns = self._columns[TEST]
        n_nodes = len(self._starts)
        test, feature = np.zeros(n_nodes, np.int8), np.full(n_nodes, -1, np.int32)
        threshold = np.zeros(n_nodes)
        own: list[str | None] = [None] * n_nodes
        if not is_test.any():
            return test, feature, threshold, own
        operators, values = columns.get("operator"), columns.get("value")
        if operators is None or values is None or not values.is_complete or not operators.is_complete:
            raise NotPlainError
        spellings, spelt = operators.coded()
        if not set(spellings) <= set(OPERATORS):
            raise NotPlainError
        test[is_test] = np.array([OPERATORS[spelling] for spelling in spellings], np.int8)[spelt]
        equality = np.isin(test, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
        if equality.any():
            compared = np.flatnonzero(equality)
            position = np.cumsum(is_test) - 1
            for node, text in zip(compared.tolist(), values.texts(position[compared]), strict=True):
                own[node] = text
        # The value of an equality need not be a number; its text is typed later.
        ordered = ~equality[is_test]
        threshold[is_test] = np.where(ordered, values.numbers(ordered), 0.0)
        return test, feature, threshold, own

    def _set_tests(self, is_set: NDArray[np.bool_], test: NDArray[Any], threshold: NDArray[Any]) -> NDArray[np.bool_]:
        """Put in the membership tests; gives for each set predicate whether it asks that a value is in no set."""
        if not is_set.any():
            return np.zeros(0, dtype=np.bool_)
        operators = self._columns[SET].get("booleanOperator")
        if operators is None or not operators.is_complete:
            raise NotPlainError
        spellings, spelt = operators.coded()
        if not set(spellings) <= {"isIn", "isNotIn"}:
            raise NotPlainError
        test[is_set], threshold[is_set] = TreeTest.IN_SET, np.nan
        is_not_in: NDArray[np.bool_] = np.array([spelling == "isNotIn" for spelling in spellings])[spelt]
        return is_not_in

    def _fields(self, predicate: NDArray[np.int8], is_test: NDArray[np.bool_]) -> tuple[dict[str, int], Positions]:
        """The distinct fields, numbered in order of first use, and which of them each test asks for."""
        starts, ends = np.full(len(predicate), -1), np.full(len(predicate), -1)
        for kind in (TEST, SET):
            chosen = predicate == kind
            if chosen.any():
                fields = self._columns[kind].get("field")
                if fields is None or not fields.is_complete:
                    raise NotPlainError
                starts[chosen], ends[chosen] = fields.starts, fields.ends
        return ScannedValues(self._text, starts[is_test], ends[is_test]).coded()

    def _put_sets(self, nodes: TreeNodes, owners: Positions, is_not_in: NDArray[np.bool_], after: Positions) -> None:
        """The members of each membership test; of one that asks for none of them the ways are exchanged."""
        if not len(owners):
            return
        at = self._starts[owners] + 1
        positions = (after[at] - 1).tolist()
        lines = self._text.lines_of(self._tags[at]).tolist()
        nodes.sets = {
            position: (members, line) for position, members, line in zip(positions, self._members, lines, strict=True)
        }
        for position, exchanged in zip(positions, is_not_in.tolist(), strict=True):
            if exchanged:
                ways = nodes.when_false[position], nodes.when_true[position]
                nodes.when_true[position], nodes.when_false[position] = ways

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
        """What nodes say."""
        columns = self._columns[NODE]
        nothing = np.full(len(self._starts), -1)
        absent = ScannedValues(self._text, nothing, nothing)
        scores, codes = columns.get("score", absent).coded()
        nodes.score_texts, nodes.score = scores, _array("i", codes.astype(np.int32))
        nodes.has_ids = self._with_ids or "defaultChild" in columns
        nodes.ids = columns["id"].texts() if nodes.has_ids and "id" in columns else [None] * len(self._starts)
        nodes.record_counts = _array("d", columns.get("recordCount", absent).numbers())
        if "defaultChild" in columns:
            children = enumerate(columns["defaultChild"].texts())
            nodes.default_children = {node: child for node, child in children if child is not None}
        nodes.content = _array("i", after[self._starts + 1].astype(np.int32))
        nodes.node_parent = _array("i", self._parent.astype(np.int32))
        nodes.node_line = _array("i", self._text.lines_of(self._tags[self._starts]).astype(np.int32))
        if len(self._share_owner):
            self._distribute(nodes)

    def _distribute(self, nodes: TreeNodes) -> None:
        """What score distributions say."""
        shares = self._columns[SHARE]
        if "value" not in shares:
            raise NotPlainError
        nothing = np.full(len(self._share_owner), -1)
        absent = ScannedValues(self._text, nothing, nothing)
        if not shares["value"].is_complete:
            raise NotPlainError
        values, codes = shares["value"].coded()
        nodes.distribution_texts, nodes.distribution_value = values, _array("i", codes.astype(np.int32))
        nodes.distribution_node = _array("i", self._share_owner.astype(np.int32))
        nodes.distribution_count = _array("d", shares.get("recordCount", absent).numbers())
        nodes.distribution_confidence = _array("d", shares.get("confidence", absent).numbers())
        nodes.distribution_probability = _array("d", shares.get("probability", absent).numbers())


def _array(kind: str, values: NDArray[Any]) -> Any:
    return array(kind, values.tobytes())
