"""Nodes of a tree as they stream by: straight into growing arrays, never an element or object a node."""

from __future__ import annotations

from array import array

from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import TreeTest
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._limits import MAXIMUM_NODE_DEPTH
from modelport_runtime.pmml._tree_nodes import COMPLEMENT, NULL, TreeNodes
from modelport_runtime.pmml._tree_predicates import OPERATORS, CompiledTest, Continuation, compile_predicate

__all__ = ["NodeStream"]


class _Open:
    """A node that has begun and not ended."""

    __slots__ = ("before", "chain_open", "false_patches", "node", "test", "unknown_patches")

    def __init__(self, node: int) -> None:
        self.node = node
        self.test = -1
        """Position of its predicate, if that is one test that can have a complement."""
        self.before = -1
        """``test`` of the child that ended last."""
        self.false_patches: list[tuple[array[int], int]] = []
        """Ways that lead to whatever follows this node among its siblings."""
        self.unknown_patches: list[int] = []
        """Tests whose missing way leads there too, or further on when the next sibling is a complement."""
        self.chain_open = True
        """Whether a row can come past the child that ended last."""


class NodeStream:
    """Takes the nodes of one tree, element by element, and compiles them."""

    def __init__(self, tree: Element) -> None:
        self.nodes = TreeNodes()
        self.tree = tree
        self._stack: list[_Open] = []
        # Only under ``none`` does an unknown predicate go on to the next sibling; elsewhere ``owner`` says enough.
        self._unknown_is_false = (tree.get("missingValueStrategy") or "none") == "none"
        self._last_prediction = tree.get("noTrueChildStrategy") == "returnLastPrediction"

    @property
    def is_open(self) -> bool:
        """Whether a node has begun and not ended."""
        return bool(self._stack)

    def begin(self, attributes: dict[str, str], line: int) -> None:
        """A ``Node`` starts."""
        nodes, stack = self.nodes, self._stack
        if len(stack) >= MAXIMUM_NODE_DEPTH:
            raise self._error(line, f"nodes are nested deeper than {MAXIMUM_NODE_DEPTH}; flatten the tree")
        index = len(nodes.score)
        if not stack and index:
            raise self._error(line, "TreeModel has more than one root Node; correct the document")
        score = attributes.get("score")
        nodes.score.append(-1 if score is None else nodes.score_texts.setdefault(score, len(nodes.score_texts)))
        nodes.ids.append(attributes.get("id"))
        nodes.record_counts.append(self._number(attributes, "recordCount", line))
        nodes.content.append(-1)
        nodes.node_line.append(line)
        nodes.node_parent.append(stack[-1].node if stack else NULL)
        if "defaultChild" in attributes:
            nodes.default_children[index] = attributes["defaultChild"]
        stack.append(_Open(index))

    def simple(self, attributes: dict[str, str], line: int) -> None:
        """A ``SimplePredicate`` of the node that began last."""
        test = OPERATORS.get(attributes.get("operator", ""))
        if test is None or "field" not in attributes or "value" not in attributes:
            self.other(Element("SimplePredicate", attributes, line, self.tree))
            return
        nodes, text = self.nodes, attributes["value"]
        feature = nodes.fields.setdefault(attributes["field"], len(nodes.fields))
        value, as_text = float("nan"), test in (TreeTest.EQUAL, TreeTest.NOT_EQUAL)
        try:
            value = parse_number(text)
        except ValueError:
            as_text = True
        opened = self._stack[-1]
        sibling = self._stack[-2].before if len(self._stack) > 1 else -1
        if sibling >= 0 and self._is_complement(sibling, test, feature, value, text):
            if self._unknown_is_false:
                opened.unknown_patches.append(sibling)
        else:
            position = self._test(test, feature, value)
            opened.test = position
            opened.false_patches.append((nodes.when_false, position))
            if self._unknown_is_false:
                opened.unknown_patches.append(position)
            if as_text:
                nodes.texts[position] = (text, line)
        self._open_content(line)

    def always(self, line: int) -> None:
        """A ``True`` predicate: no test at all."""
        self._open_content(line)

    def other(self, element: Element) -> None:
        """Any other element inside a node, with all that is in it."""
        if element.tag in ("SimplePredicate", "SimpleSetPredicate", "CompoundPredicate", "False"):
            start, tests = compile_predicate(element, unknown_is_false=self._unknown_is_false)
            self._block(start, tests)
            self._open_content(element.line)
        elif element.tag not in ("Partition", "PartitionFieldStats"):
            self.nodes.unsupported.append((element.tag, element.line))

    def distribution(self, attributes: dict[str, str], line: int) -> None:
        """A ``ScoreDistribution`` of the node that began last."""
        nodes = self.nodes
        if "value" not in attributes:
            raise self._error(line, "ScoreDistribution needs the attribute value")
        nodes.distribution_node.append(self._stack[-1].node)
        value = attributes["value"]
        nodes.distribution_value.append(nodes.distribution_texts.setdefault(value, len(nodes.distribution_texts)))
        nodes.distribution_count.append(self._number(attributes, "recordCount", line))
        nodes.distribution_confidence.append(self._number(attributes, "confidence", line))
        nodes.distribution_probability.append(self._number(attributes, "probability", line))

    def end(self) -> None:
        """The ``Node`` that began last ends."""
        nodes, ended = self.nodes, self._stack.pop()
        if nodes.content[ended.node] < 0:
            # Not PMML, but met where authors have left parts of a tree out: such a node is never entered.
            nodes.without_predicate.append(nodes.node_line[ended.node])
            self._stack.append(ended)
            self.other(Element("False", {}, nodes.node_line[ended.node], self.tree))
            self._stack.pop()
        if nodes.content[ended.node] == len(nodes.test):
            self._leaf(ended.node)
        elif ended.chain_open:
            self._leaf(ended.node if self._last_prediction else NULL)
        position = len(nodes.test)
        for ways, at in ended.false_patches:
            ways[at] = position
        for at in ended.unknown_patches:
            nodes.when_missing[at] = position
        leads_on = bool(ended.false_patches or ended.unknown_patches)
        if self._stack:
            self._stack[-1].chain_open = leads_on
            self._stack[-1].before = ended.test
        elif leads_on:
            self._leaf(NULL)

    def _is_complement(self, sibling: int, test: TreeTest, feature: int, value: float, text: str) -> bool:
        nodes = self.nodes
        if nodes.feature[sibling] != feature or COMPLEMENT[test] != nodes.test[sibling]:
            return False
        if sibling in nodes.texts:
            return nodes.texts[sibling][0] == text
        return nodes.threshold[sibling] == value

    def _test(self, test: TreeTest, feature: int, value: float) -> int:
        nodes = self.nodes
        position = len(nodes.test)
        nodes.test.append(test)
        nodes.feature.append(feature)
        nodes.threshold.append(value)
        nodes.when_true.append(position + 1)
        nodes.when_false.append(-1)
        nodes.when_missing.append(-1)
        nodes.owner.append(nodes.node_parent[self._stack[-1].node])
        return position

    def _leaf(self, node: int) -> None:
        nodes = self.nodes
        nodes.test.append(TreeTest.LEAF)
        nodes.feature.append(-1)
        nodes.threshold.append(0.0)
        nodes.when_true.append(-1)
        nodes.when_false.append(-1)
        nodes.when_missing.append(-1)
        nodes.owner.append(node)

    def _block(self, start: int, tests: list[CompiledTest]) -> None:
        """Add a compiled predicate; its first test is where it starts."""
        nodes, opened = self.nodes, self._stack[-1]
        base = len(nodes.test)
        content = base + len(tests)
        if start == Continuation.FALSE:
            position = self._test(TreeTest.ALWAYS, -1, 0.0)
            for ways in (nodes.when_true, nodes.when_false, nodes.when_missing):
                opened.false_patches.append((ways, position))
        if start < 0:
            return
        for compiled in tests:
            feature = nodes.fields.setdefault(compiled.field, len(nodes.fields))
            position = self._test(compiled.test, feature, float("nan"))
            if compiled.members is not None:
                nodes.sets[position] = (compiled.members, compiled.line)
            elif compiled.test != TreeTest.IS_MISSING:
                nodes.texts[position] = (compiled.text, compiled.line)
            for ways, way in (
                (nodes.when_true, compiled.when_true),
                (nodes.when_false, compiled.when_false),
                (nodes.when_missing, compiled.when_missing),
            ):
                if way == Continuation.TRUE:
                    ways[position] = content
                elif way == Continuation.FALSE:
                    opened.false_patches.append((ways, position))
                elif way >= 0:
                    ways[position] = base + way

    def _open_content(self, line: int) -> None:
        nodes, node = self.nodes, self._stack[-1].node
        if nodes.content[node] >= 0:
            raise self._error(line, "Node has two predicates; join them in a CompoundPredicate")
        nodes.content[node] = len(nodes.test)

    def _number(self, attributes: dict[str, str], name: str, line: int) -> float:
        text = attributes.get(name)
        if text is None:
            return float("nan")
        try:
            return parse_number(text)
        except ValueError:
            raise self._error(line, f"{name}={text!r} is not a number") from None

    def _error(self, line: int, message: str) -> ArtifactError:
        return Element("Node", {}, line, self.tree).error(message)
