"""Rules that each predict a score where their predicate holds (PMML 4.4, RuleSet)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import Expression
from modelport_runtime.hub._types import Scalar

__all__ = ["RuleSelectionMethod", "RuleSet"]


class RuleSelectionMethod(StrEnum):
    """How the rules that fire become one prediction (PMML 4.4, RuleSet, RuleSelectionMethod)."""

    FIRST_HIT = "firstHit"
    """The first rule that fires."""
    WEIGHTED_MAX = "weightedMax"
    """The rule of the highest weight among those that fire; of equal ones the first."""
    WEIGHTED_SUM = "weightedSum"
    """The class of the highest sum of weights; of equal ones the first class. Its confidence is the sum divided by
    the number of rules that fire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A set of rules; nested rules are flattened, each with all predicates around it.

    With R rules and C classes:

    Attributes:
        selection_method: How the rules that fire become one prediction.
        classes: The scores that occur, in the order of the target's declared values, then of the rules.
        predicates: Shape (R,): expressions of boolean result; a rule fires where its own is true, not where it is
            unknown. Equal parts of them are computed once.
        scores: int32, shape (R,): position in ``classes`` of what the rule predicts.
        weights: float64, shape (R,).
        confidences: float64, shape (R,).
        ids: Shape (R,): identifiers; numbered from 1 where the document gives none.
        distributions: float64, shape (R, C), or ``None``: the share of each class among the training records on which
            the rule fired; NaN where it is not known.
        default_score: Position in ``classes`` of what is predicted where no rule fires; -1: nothing is.
        default_confidence: Confidence of the default score; NaN when it is not known.
        default_distribution: float64, shape (C,), or ``None``: shares of the classes where no rule fires.
        record_counts: float64, shape (R,), or ``None``: training records on which the rule fired, for information.
        correct_counts: float64, shape (R,), or ``None``: those that it predicts correctly, for information.
    """

    selection_method: RuleSelectionMethod
    classes: tuple[Scalar, ...]
    predicates: tuple[Expression, ...]
    scores: NDArray[np.int32]
    weights: NDArray[np.float64]
    confidences: NDArray[np.float64]
    ids: tuple[str, ...]
    distributions: NDArray[np.float64] | None = None
    default_score: int = -1
    default_confidence: float = float("nan")
    default_distribution: NDArray[np.float64] | None = None
    record_counts: NDArray[np.float64] | None = None
    correct_counts: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        scores = freeze_field(self, "scores", np.int32, 1)
        lengths = {len(self.predicates), len(self.ids), len(scores)}
        lengths |= {len(freeze_field(self, name, np.float64, 1)) for name in ("weights", "confidences")}
        for name, dimensions in (("distributions", 2), ("record_counts", 1), ("correct_counts", 1)):
            if getattr(self, name) is not None:
                lengths.add(len(freeze_field(self, name, np.float64, dimensions)))
        if len(lengths) != 1:
            raise ValueError(f"the parts of a rule set have different lengths: {sorted(lengths)}")
        if self.default_distribution is not None:
            freeze_field(self, "default_distribution", np.float64, 1)
        if not self.classes:
            raise ValueError("a rule set predicts nothing: it has no rule and no default score")
        known = [self.default_score, *scores.tolist()]
        if (len(scores) and scores.min() < 0) or not all(-1 <= position < len(self.classes) for position in known):
            raise ValueError(f"a score is none of the {len(self.classes)} classes")
