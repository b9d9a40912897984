"""A tree that a row leaves by several leaves at a missing value (PMML 4.4, TreeModel, ``weightedConfidence`` and
``aggregateNodes``).

The predicate of every child is a small tree of its own, whose leaves say whether it is false, true or unknown. From
these verdicts follows which children a row enters, and with which weight, level by level. Leaves are added up in the
order in which the reference executor comes to them: the last child first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._sums import add_rows
from modelport_runtime.executors.onnx._tree_forest import Forest, make_forest
from modelport_runtime.executors.reference._tree_missing import leaf_answers, split_positions
from modelport_runtime.hub import MissingPath, TreeEnsemble, TreeSplits, TreeTarget, TreeTest

__all__ = ["Mixture", "lower_splits"]

_FALSE, _TRUE, _UNKNOWN = 0, 1, 2
_MOST_VISITS = 512
"""Nodes past which a graph, which visits every node for every row, takes longer than the reference executor."""
_CHUNK = 64
"""Leaves whose weights are held at once."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What several leaves make of each row; tensors [1, N], but those of scores.

    Attributes:
        condition: True where a row reached several leaves, or none.
        leaf: int64: the leaf of the others; the number of leaves where the condition holds.
        trust: What a missing value leaves of that leaf's confidences; ``None`` where nothing is lost.
        scores: [N, V].
        confidences: [N, V], or ``None``.
    """

    condition: str
    leaf: str
    trust: str | None
    scores: str
    confidences: str | None


def lower_splits(lowering: Lowering, ensemble: TreeEnsemble, scope: Scope) -> Mixture:
    """Scores and confidences of the rows of a single tree.

    Raises:
        RefusedError: A feature has no exact column, or the tree is too large.
    """
    splitter = _Splitter(lowering, ensemble, scope)
    splitter.run()
    return splitter.mixture()


@dataclass(frozen=True, slots=True)
class _Visit:
    """Where rows come to a node, and with what; tensors [1, N].

    Attributes:
        node: The node.
        here: Condition that is true where they do; ``None`` is in every row.
        weight: Their weight; 0 in other rows.
        due: int64: penalties due to them; ``None`` where nobody asks.
    """

    node: int
    here: str | None
    weight: str
    due: str | None


class _Splitter:
    def __init__(self, lowering: Lowering, ensemble: TreeEnsemble, scope: Scope) -> None:
        self._lowering, self._graph = lowering, lowering.graph
        self._ensemble = ensemble
        self._aggregates = ensemble.missing_path is MissingPath.AGGREGATE_NODES
        self._is_penalised = ensemble.leaf_confidences is not None and ensemble.missing_value_penalty != 1.0
        self._is_penalised &= ensemble.penalties is not None
        self._most_due = 0 if ensemble.penalties is None else ensemble.n_nodes * int(ensemble.penalties.max(initial=0))
        self._answers, self._records = leaf_answers(ensemble)
        self._split_at: Mapping[int, int] = {} if ensemble.splits is None else split_positions(ensemble.splits)
        self._blocks: Forest | None = None
        if ensemble.splits is not None:
            if len(ensemble.splits.begin) > _MOST_VISITS:
                raise self._too_large()
            blocks = _predicates(ensemble, ensemble.splits)
            self._blocks = make_forest(lowering, blocks, scope, with_penalties=self._is_penalised)
        self._shape = self._graph.op("Gather", lowering.n_rows, self._graph.integers([1, 0]))
        self._leaf = self._everywhere(self._graph.integers([[len(ensemble.leaf_values)]]))
        self._due = self._everywhere(self._graph.integers([[0]])) if self._is_penalised else None
        self._several: str | None = None
        self._weights: list[tuple[int, str]] = []
        self._trusted: list[tuple[int, str]] = []

    def _too_large(self) -> Exception:
        what = f"a tree of more than {_MOST_VISITS:,} nodes that a row goes through several ways at a missing value"
        return self._lowering.refuse(what)

    def _everywhere(self, name: str) -> str:
        return self._graph.op("Expand", name, self._shape)

    def _and(self, left: str | None, right: str) -> str:
        return right if left is None else self._lowering.all_of(left, right)

    def run(self) -> None:
        """Visit all nodes, in the reference's order."""
        due = self._due
        waiting = [_Visit(int(self._ensemble.roots[0]), None, self._everywhere(self._graph.number(1.0)), due)]
        n_visits = 0
        while waiting:
            visit = waiting.pop()
            n_visits += 1
            if n_visits > _MOST_VISITS:
                raise self._too_large()
            leaf = int(self._ensemble.leaf[visit.node])
            if leaf >= 0:
                self._arrive(leaf, visit)
            elif self._ensemble.splits is not None and self._blocks is not None:
                split = self._split_at[visit.node]
                waiting.extend(self._enter(self._ensemble.splits, self._blocks, split, visit))

    def _arrive(self, leaf: int, visit: _Visit) -> None:
        graph, number = self._graph, self._graph.integers([[leaf]])
        self._leaf = number if visit.here is None else graph.op("Where", visit.here, number, self._leaf)
        if self._due is not None and visit.due is not None:
            self._due = visit.due if visit.here is None else graph.op("Where", visit.here, visit.due, self._due)
        records = float(self._records[leaf])
        if records == 0.0:
            return  # it adds nothing
        weight = graph.op("Mul", visit.weight, graph.number(records))
        self._weights.append((leaf, weight))
        trust = self._trust(visit.due)
        self._trusted.append((leaf, weight if trust is None else graph.op("Mul", weight, trust)))

    def _trust(self, due: str | None) -> str | None:
        if due is None:
            return None
        with np.errstate(all="ignore"):
            factors = self._ensemble.missing_value_penalty ** np.arange(self._most_due + 1)
        return self._graph.op("Gather", self._graph.reals(factors), due)

    def _enter(self, splits: TreeSplits, blocks: Forest, split: int, visit: _Visit) -> list[_Visit]:
        """The children that rows enter, or what follows where they enter none."""
        graph, lowering = self._graph, self._lowering
        first, last = int(splits.offsets[split]), int(splits.offsets[split + 1])
        searching, due = visit.here, visit.due
        entered: list[tuple[int, str | None]] = []
        ended = False
        for child in range(first, last):
            verdict = int(blocks.ensemble.leaf[blocks.ensemble.roots[child]])
            if verdict >= 0:  # a predicate that asks nothing
                if verdict != _FALSE:
                    entered.append((child, searching))
                ended = verdict == _TRUE
                if ended:
                    break
                continue
            code = blocks.whole_per_tree(lowering, [child], _codes(blocks))
            if self._is_penalised and due is not None:
                own = graph.op("Div", code, graph.integers([[3]]))
                code = graph.op("Mod", code, graph.integers([[3]]))
                own = own if searching is None else graph.op("Where", searching, own, graph.integers([[0]]))
                due = graph.op("Add", due, own)
            may_be = lowering.negate(graph.op("Equal", code, graph.integers([[_FALSE]])))
            entered.append((child, self._and(searching, may_be)))
            searching = self._and(searching, lowering.negate(graph.op("Equal", code, graph.integers([[_TRUE]]))))
        weights = self._child_weights(splits, visit, entered)
        none = self._count(visit, entered)
        visits = [
            _Visit(int(splits.content[child]), here, weight, due)
            for (child, here), weight in zip(entered, weights, strict=True)
        ]
        otherwise = int(splits.otherwise[split])
        if otherwise >= 0 and not ended:
            weight = visit.weight if none is None else graph.op("Where", none, visit.weight, graph.number(0.0))
            visits.append(_Visit(otherwise, none, weight, due))
        return visits

    def _count(self, visit: _Visit, entered: Sequence[tuple[int, str | None]]) -> str | None:
        """Note where rows enter several children; where they enter none (``None``: in every row of the visit)."""
        seen: str | None = None
        for position, (_, here) in enumerate(entered):
            here = here or self._everywhere(self._lowering.always())
            if position == 0:
                seen = here
                continue
            self._several = self._lowering.any_of(self._several, self._lowering.all_of(str(seen), here))
            seen = self._lowering.any_of(seen, here)
        return visit.here if seen is None else self._and(visit.here, self._lowering.negate(seen))

    def _child_weights(self, splits: TreeSplits, visit: _Visit, entered: Sequence[tuple[int, str | None]]) -> list[str]:
        """Weight of each child's visit: its share of the records of those entered; the visit's where leaves count."""
        graph, zero = self._graph, self._graph.number(0.0)
        if self._aggregates:
            return [
                visit.weight if here is None else graph.op("Where", here, visit.weight, zero) for _, here in entered
            ]
        records = [graph.number(splits.record_counts[child]) for child, _ in entered]
        parts = [
            self._everywhere(own) if here is None else graph.op("Where", here, own, zero)
            for (_, here), own in zip(entered, records, strict=True)
        ]
        total: str | None = None
        for part in parts:
            total = part if total is None else graph.op("Add", total, part)
        return [graph.op("Mul", visit.weight, self._known(graph.op("Div", part, str(total)))) for part in parts]

    def _known(self, share: str) -> str:
        """A share, 0 where children have no records."""
        return self._graph.op("Where", self._graph.op("IsNaN", share), self._graph.number(0.0), share)

    def mixture(self) -> Mixture:
        graph, width = self._graph, self._ensemble.leaf_values.shape[1]
        n_leaves = graph.integers([[len(self._ensemble.leaf_values)]])
        leaf = self._everywhere(self._leaf)
        if self._several is not None:
            leaf = graph.op("Where", self._several, n_leaves, leaf)
        scores = self._answer(self._weights, self._answers[:, :width])
        confidences = None
        if self._ensemble.leaf_confidences is not None:
            confidences = self._answer(self._trusted, self._answers[:, width:])
        return Mixture(graph.op("Equal", leaf, n_leaves), leaf, self._trust(self._due), scores, confidences)

    def _answer(self, weights: Sequence[tuple[int, str]], answers: NDArray[np.float64]) -> str:
        """[N, V]: answers of the leaves by their weights, leaf after leaf; missing where there is no weight."""
        graph = self._graph
        total = self._sum(self._weights, None)
        columns = [self._sum(weights, answers[:, column]) for column in range(answers.shape[1])]
        every = columns[0] if len(columns) == 1 else graph.op("Concat", *columns, axis=0)
        has_weight = graph.op("Greater", total, graph.number(0.0))
        shares = graph.op("Where", has_weight, graph.op("Div", every, total), graph.number(np.nan))
        return graph.op("Transpose", shares, perm=[1, 0])

    def _sum(self, weights: Sequence[tuple[int, str]], factors: NDArray[np.float64] | None) -> str:
        """[1, N]: weights, each times the factor of its leaf, added in order."""
        graph = self._graph
        total = self._everywhere(graph.number(0.0))
        for start in range(0, len(weights), _CHUNK):
            part = weights[start : start + _CHUNK]
            rows = graph.op("Concat", *(name for _, name in part), axis=0)
            if factors is not None:
                rows = graph.op("Mul", rows, graph.reals(factors[[leaf for leaf, _ in part]][:, None]))
            total = add_rows(graph, total, rows)
        return total


def _codes(blocks: Forest) -> NDArray[np.int64]:
    """What each leaf of the predicates' layout stands for: its verdict, and three times the penalties due."""
    due = blocks.attributes.layout.due
    verdicts = blocks.attributes.leaf.astype(np.int64)
    return verdicts if due is None else verdicts + 3 * due


def _predicates(ensemble: TreeEnsemble, splits: TreeSplits) -> TreeEnsemble:
    """One tree for each child: the tests of its predicate, and a leaf for each verdict."""
    tests = _PredicateTests(ensemble)
    roots = []
    for first, last, otherwise in zip(splits.offsets[:-1], splits.offsets[1:], splits.otherwise, strict=True):
        afterwards = [*splits.begin[first + 1 : last].tolist(), int(otherwise)]
        for begin, content, after in zip(splits.begin[first:last], splits.content[first:last], afterwards, strict=True):
            roots.append(tests.add(int(begin), int(content), after))
    nodes, leaf = np.array(tests.nodes), np.array(tests.verdicts, np.int32)
    when_true, when_false, when_missing = np.array(tests.ways, np.int32).T
    return TreeEnsemble(
        features=ensemble.features,
        feature_categories=ensemble.feature_categories,
        feature=np.where(leaf < 0, ensemble.feature[nodes], -1),
        test=np.where(leaf < 0, ensemble.test[nodes], TreeTest.LEAF),
        threshold=ensemble.threshold[nodes],
        set_index=None if ensemble.set_index is None else ensemble.set_index[nodes],
        set_offsets=ensemble.set_offsets,
        set_members=ensemble.set_members,
        when_true=when_true,
        when_false=when_false,
        when_missing=when_missing,
        leaf=leaf,
        roots=np.array(roots),
        leaf_values=np.arange(3.0)[:, None],
        targets=(TreeTarget(),),
        input_type=ensemble.input_type,
        penalties=None if ensemble.penalties is None else ensemble.penalties[nodes],
    )


class _PredicateTests:
    """Tests of predicates gathered one predicate after another; leaves are numbered by what they say.

    Attributes:
        nodes: The tree's node of each.
        ways: Where each leads: true, false, missing.
        verdicts: What a leaf says; -1 for a test.
    """

    def __init__(self, ensemble: TreeEnsemble) -> None:
        self._ensemble = ensemble
        self._places: dict[int, int] = {}
        self._waiting: list[int] = []
        self.nodes: list[int] = []
        self.ways: list[tuple[int, int, int]] = []
        self.verdicts: list[int] = []

    def add(self, begin: int, content: int, after: int) -> int:
        """Add a predicate that is true where it leads to the child's content, and false where it leads past it."""
        ensemble, self._places = self._ensemble, {}
        root = self._place(begin, content, after)
        while self._waiting:
            node = self._waiting.pop()
            ways = [ensemble.when_true[node], ensemble.when_false[node], ensemble.when_missing[node]]
            if ensemble.test[node] == TreeTest.ALWAYS:
                ways[1:] = ways[0], ways[0]
            elif ensemble.test[node] == TreeTest.IS_MISSING:
                ways[2] = ways[0]
            true, false, missing = (self._place(int(way), content, after) for way in ways)
            self.ways[self._places[node]] = true, false, missing
        return root

    def _place(self, node: int, content: int, after: int) -> int:
        if node not in self._places:
            self._places[node] = len(self.nodes)
            is_end = node in (content, after) or self._ensemble.leaf[node] >= 0
            self.nodes.append(node)
            self.ways.append((-1, -1, -1))
            verdict = _TRUE if node == content else _FALSE if node == after else _UNKNOWN
            self.verdicts.append(verdict if is_end else -1)
            if not is_end:
                self._waiting.append(node)
        return self._places[node]
