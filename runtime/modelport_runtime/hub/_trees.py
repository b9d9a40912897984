"""Tree ensembles as parallel arrays: never one Python object a node.

Every PMML tree, multi-way splits and compound predicates included, and every framework's tree is held as a graph of
*binary* tests with three ways out: true, false, unknown (the tested value is missing). Children of a PMML node become a
chain of tests: the first predicate's false branch tests the second child, and so on, to a leaf that says what
``noTrueChildStrategy`` asks for. Three-valued AND, OR, XOR and surrogate predicates become tests that share their
continuations, so nodes form a directed acyclic graph, not always a tree. All executors, lowerings and generated code
walk the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._tree_parts import LinearLeaves, TreeSplits
from modelport_runtime.hub._types import DataType, NormalizationMethod, Scalar

__all__ = ["AggregationMethod", "MissingPath", "TreeEnsemble", "TreeTarget", "TreeTest"]


class TreeTest(IntEnum):
    """Test of a node. A missing value goes to ``when_missing`` whatever the test, except for the last two."""

    LEAF = 0
    LESS_OR_EQUAL = 1
    LESS_THAN = 2
    GREATER_OR_EQUAL = 3
    GREATER_THAN = 4
    EQUAL = 5
    NOT_EQUAL = 6
    IN_SET = 7
    ALWAYS = 8
    """True for every row, missing or not."""
    IS_MISSING = 9
    """True where the value is missing, else false; never unknown."""


class AggregationMethod(StrEnum):
    """How the trees' values become one."""

    SUM = "sum"
    AVERAGE = "average"
    WEIGHTED_AVERAGE = "weightedAverage"
    MEDIAN = "median"
    MAJORITY_VOTE = "majorityVote"
    WEIGHTED_MAJORITY_VOTE = "weightedMajorityVote"


class MissingPath(StrEnum):
    """What a row does at a node whose test is unknown."""

    FOLLOW = "follow"
    """Goes to ``when_missing``."""
    WEIGHTED_CONFIDENCE = "weightedConfidence"
    """Enters every child that is not ruled out; confidences are averaged by records (PMML 4.4, TreeModel)."""
    AGGREGATE_NODES = "aggregateNodes"
    """Enters every child that is not ruled out; the records of all leaves are added up (PMML 4.4, TreeModel)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeTarget:
    """One target of an ensemble and the part of the aggregated scores that belongs to it.

    Attributes:
        field: Name of the target field; ``None`` when the model has no named target.
        classes: Class labels in order; empty for regression.
        first_column: First of its columns in the aggregated scores.
        n_columns: Number of its columns: 1 for regression, one a class, or 1 for a binary target that is scored by
            the margin of ``classes[1]`` (``normalization_method`` is then ``logit`` or another sigmoid).
        normalization_method: From aggregated scores to probabilities or to the prediction.
        tie_goes_to_last: The winning class among equals is the last one rather than the first.
    """

    field: str | None = None
    classes: tuple[Scalar, ...] = ()
    first_column: int = 0
    n_columns: int = 1
    normalization_method: NormalizationMethod = NormalizationMethod.NONE
    tie_goes_to_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEnsemble:
    """One or many trees over the same features.

    With N nodes, L leaves, T trees, K score columns and V = width of a leaf:

    Attributes:
        features: Names of the columns tested.
        feature_categories: For each feature the text categories that equality and set tests name by position, or
            ``None`` for a numeric feature, whose tests name numbers.
        feature: int32, shape (N,): position in ``features``; -1 at leaves and ``ALWAYS``.
        test: uint8, shape (N,): a ``TreeTest``.
        threshold: float64, shape (N,): the number compared with; for EQUAL and NOT_EQUAL on a text feature the
            position of the category.
        set_index: int32, shape (N,): which set an ``IN_SET`` node tests; -1 elsewhere.
        set_offsets: int64, shape (S + 1,): members of set s are ``set_members[set_offsets[s]:set_offsets[s + 1]]``.
        set_members: float64: numbers, or positions of categories for text features.
        when_true: int32, shape (N,): next node; -1 at leaves.
        when_false: int32, shape (N,): next node; -1 at leaves.
        when_missing: int32, shape (N,): next node; -1 at leaves.
        leaf: int32, shape (N,): position in ``leaf_values``; -1 at tests.
        roots: int32, shape (T,): first node of each tree.
        leaf_values: float64, shape (L, V); a row of NaN is a leaf without a prediction.
        leaf_labels: int32, shape (L,) or ``None``: position of the leaf's own label in the target's classes, where it
            is given apart from the values (PMML ``score``); -1 for none. Used by votes and by single trees.
        leaf_confidences: float64, shape (L, V) or ``None``: confidence of each class.
        leaf_record_counts: float64, shape (L,) or ``None``.
        leaf_ids: Identifiers of the leaves for ``entityId``; empty when there are none.
        tree_columns: int32, shape (T,) or ``None``: the score column that each tree adds to (V is 1 then). ``None``:
            column v of a leaf belongs to score column v (K = V).
        tree_weights: float64, shape (T,) or ``None``.
        aggregation_method: How the trees become one. ``AVERAGE`` adds in tree order, then divides by the number
            of trees of the column.
        base_scores: float64, shape (K,): added after aggregation; added first when ``sum_type`` is ``float``, in the
            order in which XGBoost does.
        targets: What the score columns mean.
        input_type: ``float``: a feature is rounded to float32 before a test; ``double``: it is not.
        sum_type: ``float``: leaf values are added one after another in float32, and so is the normalisation.
        missing_path: What a row does at an unknown test.
        missing_value_penalty: Factor on confidences for each way taken that ``penalties`` marks.
        linear: What the leaves of a regression (V = 1) add to their values.
        splits: Where rows leave several ways; of a single tree whose ``missing_path`` is not ``FOLLOW``.
        leaf_class_counts: float64, shape (L, V) or ``None``: records of each class, for ``AGGREGATE_NODES``.
        penalties: uint8, shape (N, 3) or ``None``: 1 at ways out of a node (true, false, missing) that a surrogate or
            a default child decided (PMML ``missingValuePenalty``).
    """

    features: tuple[str, ...]
    feature: NDArray[np.int32]
    test: NDArray[np.uint8]
    threshold: NDArray[np.float64]
    when_true: NDArray[np.int32]
    when_false: NDArray[np.int32]
    when_missing: NDArray[np.int32]
    leaf: NDArray[np.int32]
    roots: NDArray[np.int32]
    leaf_values: NDArray[np.float64]
    targets: tuple[TreeTarget, ...]
    feature_categories: tuple[tuple[str, ...] | None, ...] = ()
    set_index: NDArray[np.int32] | None = None
    set_offsets: NDArray[np.int64] | None = None
    set_members: NDArray[np.float64] | None = None
    leaf_labels: NDArray[np.int32] | None = None
    leaf_confidences: NDArray[np.float64] | None = None
    leaf_record_counts: NDArray[np.float64] | None = None
    leaf_ids: tuple[str, ...] = ()
    tree_columns: NDArray[np.int32] | None = None
    tree_weights: NDArray[np.float64] | None = None
    aggregation_method: AggregationMethod = AggregationMethod.SUM
    base_scores: NDArray[np.float64] | None = None
    input_type: DataType = DataType.DOUBLE
    sum_type: DataType = DataType.DOUBLE
    missing_path: MissingPath = MissingPath.FOLLOW
    missing_value_penalty: float = 1.0
    linear: LinearLeaves | None = None
    splits: TreeSplits | None = None
    leaf_class_counts: NDArray[np.float64] | None = None
    penalties: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        count = len(freeze_field(self, "feature", np.int32, 1))
        freeze_field(self, "test", np.uint8, 1)
        freeze_field(self, "threshold", np.float64, 1)
        for name in ("when_true", "when_false", "when_missing", "leaf"):
            freeze_field(self, name, np.int32, 1)
        for name in ("test", "threshold", "when_true", "when_false", "when_missing", "leaf"):
            if len(getattr(self, name)) != count:
                raise ValueError(f"TreeEnsemble.{name} has {len(getattr(self, name))} entries for {count} nodes")
        freeze_field(self, "roots", np.int32, 1)
        freeze_field(self, "leaf_values", np.float64, 2)
        for name, dtype, dimensions in _OPTIONAL_ARRAYS:
            if getattr(self, name) is not None:
                freeze_field(self, name, dtype, dimensions)
        if not self.feature_categories:
            object.__setattr__(self, "feature_categories", (None,) * len(self.features))
        self._check_positions()
        self._check_parts()

    def _check_positions(self) -> None:
        """Every position points inside its array, so that no executor reads beside one."""
        leaf = self.test == TreeTest.LEAF
        always = self.test == TreeTest.ALWAYS
        compares = ~leaf & ~always
        in_set = self.test == TreeTest.IN_SET
        _require("leaf", self.leaf[leaf], len(self.leaf_values))
        _require("feature", self.feature[compares], len(self.features))
        _require("when_true", self.when_true[~leaf], self.n_nodes)
        _require("when_false", self.when_false[compares], self.n_nodes)
        _require("when_missing", self.when_missing[compares & (self.test != TreeTest.IS_MISSING)], self.n_nodes)
        _require("roots", self.roots, self.n_nodes)
        if in_set.any():
            if self.set_index is None or self.set_offsets is None or self.set_members is None:
                raise ValueError("TreeEnsemble has set tests but no sets")
            _require("set_index", self.set_index[in_set], len(self.set_offsets) - 1)
            _require("set_offsets", self.set_offsets, len(self.set_members) + 1)

    def _check_parts(self) -> None:
        if self.penalties is not None and self.penalties.shape != (self.n_nodes, 3):
            raise ValueError(f"TreeEnsemble.penalties has shape {self.penalties.shape} for {self.n_nodes} nodes")
        if self.linear is not None:
            if self.leaf_values.shape[1] != 1 or len(self.linear.offsets) != len(self.leaf_values) + 1:
                raise ValueError("TreeEnsemble.linear does not fit the leaves, which must have one value each")
            _require("linear.features", self.linear.features, len(self.features))
            if any(self.feature_categories[feature] is not None for feature in np.unique(self.linear.features)):
                raise ValueError("TreeEnsemble.linear multiplies a feature of text")
        if self.splits is not None:
            _require("splits.begin", self.splits.begin, self.n_nodes)
            _require("splits.content", self.splits.content, self.n_nodes)
            _require("splits.otherwise", self.splits.otherwise[self.splits.otherwise != -1], self.n_nodes)

    def require_acyclic(self) -> None:
        """Check that every walk ends; for arrays that come from a file.

        Raises:
            ValueError: Some node can be reached from itself.
        """
        frontier, levels = np.unique(self.roots), 0
        while len(frontier):
            tests = self.test[frontier]
            inner, always = frontier[tests != TreeTest.LEAF], tests[tests != TreeTest.LEAF] == TreeTest.ALWAYS
            forks = inner[~always]
            three_way = forks[self.test[forks] != TreeTest.IS_MISSING]
            ways = (self.when_true[inner], self.when_false[forks], self.when_missing[three_way])
            frontier = np.unique(np.concatenate(ways))
            levels += 1
            if levels > self.n_nodes:
                raise ValueError("TreeEnsemble has a node that can be reached from itself")

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.feature)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    @property
    def n_columns(self) -> int:
        """Number K of aggregated score columns."""
        return max(target.first_column + target.n_columns for target in self.targets)


def _require(name: str, positions: NDArray[np.integer[Any]], size: int) -> None:
    if len(positions) and (positions.min() < 0 or positions.max() >= size):
        raise ValueError(f"TreeEnsemble.{name} points outside its array of {size}")


_OPTIONAL_ARRAYS = (
    ("set_index", np.int32, 1),
    ("set_offsets", np.int64, 1),
    ("set_members", np.float64, 1),
    ("leaf_labels", np.int32, 1),
    ("leaf_confidences", np.float64, 2),
    ("leaf_record_counts", np.float64, 1),
    ("tree_columns", np.int32, 1),
    ("tree_weights", np.float64, 1),
    ("base_scores", np.float64, 1),
    ("leaf_class_counts", np.float64, 2),
    ("penalties", np.uint8, 2),
)
