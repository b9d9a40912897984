"""Text of tree nodes, made for many nodes at once.

One line a node: a forest has hundreds of thousands, and a general XML writer would take most of the conversion's time.
Every piece of text that comes from the model is escaped when its table is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelport.writers.pmml._predicates import set_predicate_text
from modelport.writers.pmml._scalars import number_text, scalar_text
from modelport.writers.pmml._tree_rows import ALWAYS_TRUE, Rows, lay_out
from modelport.writers.pmml._xml import INDENT, escape_attribute
from modelport_runtime.hub import DataType, Scalar, TreeEnsemble, TreeTest

__all__ = ["NodeWriter"]

_OPERATORS = {
    TreeTest.LESS_OR_EQUAL: ("lessOrEqual", "greaterThan"),
    TreeTest.LESS_THAN: ("lessThan", "greaterOrEqual"),
    TreeTest.GREATER_OR_EQUAL: ("greaterOrEqual", "lessThan"),
    TreeTest.GREATER_THAN: ("greaterThan", "lessOrEqual"),
    TreeTest.EQUAL: ("equal", "notEqual"),
    TreeTest.NOT_EQUAL: ("notEqual", "equal"),
}
_PLAIN, _INTEGER, _NAMED = range(3)
"""How a threshold is written: as a double, as an integer, as a category or truth value."""


class NodeWriter:
    """Makes the text of the trees of one canonical ensemble.

    Args:
        ensemble: What ``canonical`` gave, its thresholds already those of doubles.
        data_types: Data type of each feature.
        present: Names of columns that are never missing.
        labels: Class labels of the leaves' scores; empty for numbers.
    """

    def __init__(
        self,
        ensemble: TreeEnsemble,
        data_types: Sequence[DataType],
        present: frozenset[str],
        labels: Sequence[Scalar],
        tie_goes_to_last: bool = False,
    ) -> None:
        self._ensemble = ensemble
        self._data_types = data_types
        self._labels = [escape_attribute(scalar_text(label)) for label in labels]
        self._tie_goes_to_last = tie_goes_to_last
        self._fields = [escape_attribute(name) for name in ensemble.features]
        blank = np.asarray(np.isnan(ensemble.leaf_values).all(axis=1))
        if ensemble.leaf_labels is not None:
            blank &= ensemble.leaf_labels < 0
        self._blank_leaf = (ensemble.leaf >= 0) & blank[ensemble.leaf]
        never = np.array([name in present for name in ensemble.features] + [False], dtype=np.bool_)
        self._present = never[ensemble.feature]
        self._prefixes: dict[tuple[int, int, int], str] = {}

    def trees(self, first: int, last: int, indent: int) -> list[str]:
        """Text of the root nodes of some trees, each with everything below it.

        Args:
            first: Position of the first tree.
            last: Position after the last tree.
            indent: Depth of the root nodes in the document.
        """
        rows = lay_out(self._ensemble, self._ensemble.roots[first:last], self._blank_leaf, self._present)
        lines = self._lines(rows, indent)
        starts = [*np.flatnonzero(rows.depth == 0).tolist(), len(lines)]
        return ["".join(lines[start:end]) for start, end in pairwise(starts)]

    def _lines(self, rows: Rows, indent: int) -> list[str]:
        depth = rows.depth.tolist()
        deepest = max(depth, default=0)
        indents = [INDENT * (indent + level) for level in range(deepest + 2)]
        closings = [f"{text}</Node>\n" for text in indents]
        following = [*depth[1:], 0]
        leaf = self._ensemble.leaf[rows.node]
        heads, tails = self._leaf_texts(leaf)
        predicates = self._predicates(rows.predicate)
        lines = []
        for level, upcoming, head, predicate, tail in zip(depth, following, heads, predicates, tails, strict=True):
            if tail:
                closed = "" if upcoming >= level else "".join(closings[upcoming:level][::-1])
                lines.append(f"{indents[level]}{head}{predicate}{tail}{closed}")
            else:
                lines.append(f"{indents[level]}<Node>{predicate}\n")
        return lines

    def _predicates(self, codes: NDArray[np.int64]) -> list[str]:
        ensemble = self._ensemble
        node = np.where(codes >= 0, codes // 2, np.where(codes == ALWAYS_TRUE, 0, -2 - codes))
        opposite = np.where(codes >= 0, codes % 2, 0)
        test = np.where(codes >= 0, ensemble.test[node], np.uint8(TreeTest.IS_MISSING))
        test = np.where(codes == ALWAYS_TRUE, np.uint8(TreeTest.ALWAYS), test)
        feature = ensemble.feature[node]
        sets = np.zeros(len(node), np.int32) if ensemble.set_index is None else ensemble.set_index[node]
        keys = np.stack((test.astype(np.int64), opposite, feature, np.where(test == TreeTest.IN_SET, sets, -1)), axis=1)
        keys[test == TreeTest.ALWAYS, 1:] = -1
        packed = ((keys[:, 0] * 2 + keys[:, 1] + 2) * (len(self._fields) + 2) + keys[:, 2] + 1) * (
            int(sets.max(initial=0)) + 3
        ) + (keys[:, 3] + 1)
        _, representative, inverse = np.unique(packed, return_index=True, return_inverse=True)
        prefixes = [self._prefix(*keys[row].tolist()) for row in representative.tolist()]
        values = self._threshold_texts(node, test, feature)
        return [prefixes[kind] + value for kind, value in zip(inverse.tolist(), values, strict=True)]

    def _prefix(self, test: int, opposite: int, feature: int, set_index: int) -> str:
        if test == TreeTest.ALWAYS:
            return "<True/>"
        head = f'<SimplePredicate field="{self._fields[feature]}" operator='
        if test == TreeTest.IS_MISSING:
            return f'{head}"{"isNotMissing" if opposite else "isMissing"}"/>'
        if test == TreeTest.IN_SET:
            return self._set_text(feature, not opposite, set_index)
        return f'{head}"{_OPERATORS[TreeTest(test)][opposite]}" value="'

    def _set_text(self, feature: int, is_in: bool, set_index: int) -> str:
        ensemble = self._ensemble
        if ensemble.set_offsets is None or ensemble.set_members is None:
            raise ValueError("TreeEnsemble has IN_SET tests but no sets")
        first, last = ensemble.set_offsets[set_index : set_index + 2]
        members = ensemble.set_members[first:last].tolist()
        categories = ensemble.feature_categories[feature]
        values: list[Scalar] = members if categories is None else [categories[int(member)] for member in members]
        if not values:
            return (
                "<False/>" if is_in else f'<SimplePredicate field="{self._fields[feature]}" operator="isNotMissing"/>'
            )
        return set_predicate_text(ensemble.features[feature], is_in, values, self._data_types[feature])

    def _threshold_texts(
        self, node: NDArray[np.int64], test: NDArray[np.uint8], feature: NDArray[np.int32]
    ) -> list[str]:
        """Threshold, closing quote and end of the element; nothing for predicates without a value."""
        compared = (test >= TreeTest.LESS_OR_EQUAL) & (test <= TreeTest.NOT_EQUAL)
        texts = np.full(len(node), "", dtype=object)
        threshold = self._ensemble.threshold[node]
        kinds = np.array([*(self._kind(position) for position in range(len(self._fields))), _PLAIN])[feature]
        for kind, text in ((_PLAIN, repr), (_INTEGER, lambda value: str(int(value)))):
            chosen = compared & (kinds == kind)
            unique, inverse = np.unique(threshold[chosen], return_inverse=True)
            texts[chosen] = np.array([f'{text(value)}"/>' for value in unique.tolist()], dtype=object)[inverse]
        for row in np.flatnonzero(compared & (kinds == _NAMED)).tolist():
            value = self._named_value(int(feature[row]), float(threshold[row]))
            texts[row] = f'{escape_attribute(value)}"/>'
        return list(texts)

    def _kind(self, feature: int) -> int:
        if self._ensemble.feature_categories[feature] is not None:
            return _NAMED
        data_type = self._data_types[feature]
        if data_type is DataType.INTEGER:
            return _INTEGER
        return _PLAIN if data_type.is_number else _NAMED

    def _named_value(self, feature: int, threshold: float) -> str:
        categories = self._ensemble.feature_categories[feature]
        return scalar_text(threshold, self._data_types[feature]) if categories is None else categories[int(threshold)]

    def _leaf_texts(self, leaf: NDArray[np.int32]) -> tuple[list[str], list[str]]:
        """Start of the element up to its predicate, and the rest; both empty for tests."""
        is_leaf = leaf >= 0
        heads, tails = (np.full(len(leaf), "", dtype=object) for _ in range(2))
        unique, inverse = np.unique(leaf[is_leaf], return_inverse=True)
        scores, distributions = self._scores(unique) if self._labels else self._numbers(unique)
        attributes = self._leaf_attributes(unique, scores)
        heads[is_leaf] = np.array([f"<Node{text}>" for text in attributes], dtype=object)[inverse]
        tails[is_leaf] = np.array([f"{text}</Node>\n" for text in distributions], dtype=object)[inverse]
        return heads.tolist(), tails.tolist()

    def _leaf_attributes(self, leaves: NDArray[np.int32], scores: list[str]) -> list[str]:
        texts = [f' score="{score}"' if score else "" for score in scores]
        if self._ensemble.leaf_ids:
            ids = self._ensemble.leaf_ids
            texts = [f' id="{escape_attribute(ids[i])}"{text}' for i, text in zip(leaves.tolist(), texts, strict=True)]
        if self._ensemble.leaf_record_counts is not None:
            counts = _number_texts(self._ensemble.leaf_record_counts[leaves])
            texts = [f'{text} recordCount="{count}"' for text, count in zip(texts, counts, strict=True)]
        return texts

    def _numbers(self, leaves: NDArray[np.int32]) -> tuple[list[str], list[str]]:
        values = self._ensemble.leaf_values[leaves, 0]
        texts = _number_texts(values)
        functions = [self._function(leaf, text) for leaf, text in zip(leaves.tolist(), texts, strict=True)]
        return [text if text != "NaN" else "" for text in texts], functions

    def _function(self, leaf: int, intercept: str) -> str:
        """The linear function that a leaf holds (PMML 4.4, Model Composition, Regression)."""
        linear = self._ensemble.linear
        first, last = (0, 0) if linear is None else linear.offsets[leaf : leaf + 2].tolist()
        if linear is None or first == last:
            return ""
        terms = zip(linear.features[first:last].tolist(), linear.coefficients[first:last].tolist(), strict=True)
        predictors = "".join(
            f'<NumericPredictor name="{self._fields[feature]}" coefficient="{number_text(coefficient)}"/>'
            for feature, coefficient in terms
        )
        table = f'<RegressionTable intercept="{intercept}">{predictors}</RegressionTable>'
        return f'<Regression functionName="regression">{table}</Regression>'

    def _scores(self, leaves: NDArray[np.int32]) -> tuple[list[str], list[str]]:
        values = self._ensemble.leaf_values[leaves]
        winner = _winners(values, self._tie_goes_to_last)
        if self._ensemble.leaf_labels is not None:
            own = self._ensemble.leaf_labels[leaves]
            winner = np.where(own >= 0, own, winner)
        scores = [self._labels[position] if position >= 0 else "" for position in winner.tolist()]
        return scores, self._distributions(leaves, values)

    def _distributions(self, leaves: NDArray[np.int32], values: NDArray[np.float64]) -> list[str]:
        """Score distributions whose probabilities consumers get exactly.

        A consumer divides a record count by their sum unless the probability is given too (PMML 4.4, TreeModel,
        ScoreDistribution), so it is given where that division would not give it back.
        """
        scored = ~np.isnan(values).any(axis=1)
        total = np.zeros(len(values))
        for column in values.T:
            total = total + column
        with np.errstate(invalid="ignore", divide="ignore"):
            exact = np.asarray((values / total[:, None] == values).all(axis=1))
        pieces: list[list[str]] = []
        confidences = self._ensemble.leaf_confidences
        for position, label in enumerate(self._labels):
            texts = _number_texts(values[:, position])
            column = [f'<ScoreDistribution value="{label}" recordCount="{text}"' for text in texts]
            if confidences is not None:
                given = _number_texts(confidences[leaves, position])
                column = [f'{text} confidence="{number}"' for text, number in zip(column, given, strict=True)]
            ends = [
                "/>" if is_exact else f' probability="{text}"/>'
                for is_exact, text in zip(exact.tolist(), texts, strict=True)
            ]
            pieces.append([text + end for text, end in zip(column, ends, strict=True)])
        return [
            "".join(row) if is_scored else ""
            for *row, is_scored in zip(*pieces, np.asarray(scored).tolist(), strict=True)
        ]


def _winners(values: NDArray[np.float64], tie_goes_to_last: bool) -> NDArray[np.int64]:
    """Position of the largest value of each row; -1 where the row has none."""
    known = np.where(np.isnan(values), -np.inf, values)
    last = values.shape[1] - 1
    winner = last - np.argmax(known[:, ::-1], axis=1) if tie_goes_to_last else np.argmax(known, axis=1)
    return np.where(np.isnan(values).all(axis=1), -1, winner)


def _number_texts(values: NDArray[np.float64]) -> list[str]:
    unique, inverse = np.unique(values, return_inverse=True)
    texts = np.array([number_text(value) for value in unique.tolist()], dtype=object)
    return texts[inverse].tolist()  # type: ignore[no-any-return]
