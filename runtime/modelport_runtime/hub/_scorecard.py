"""Scorecards: points for attributes of characteristics, and the reasons for the score (PMML 4.4, Scorecard)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modelport_runtime.hub._expressions import Expression

__all__ = ["Characteristic", "ReasonCodeAlgorithm", "Scorecard", "ScorecardAttribute"]


class ReasonCodeAlgorithm(StrEnum):
    """Which way a partial score must be off its baseline to be a reason (PMML 4.4, Scorecard)."""

    POINTS_ABOVE = "pointsAbove"
    POINTS_BELOW = "pointsBelow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardAttribute:
    """One attribute of a characteristic (PMML 4.4, Scorecard, Attribute).

    Attributes:
        predicate: Expression of boolean result; the first attribute whose predicate is true gives the score.
        partial_score: The points.
        complex_partial_score: Computes the points; wins over ``partial_score``.
        reason_code: Wins over the characteristic's.
    """

    predicate: Expression
    partial_score: float | None = None
    complex_partial_score: Expression | None = None
    reason_code: str | None = None

    def __post_init__(self) -> None:
        if self.partial_score is None and self.complex_partial_score is None:
            raise ValueError("an attribute of a scorecard needs a partial score")


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """What points are given for (PMML 4.4, Scorecard, Characteristic).

    Attributes:
        attributes: In order; where none applies the whole score is missing.
        name: For information.
        reason_code: Why the score is low (or high), when this characteristic is the reason.
        baseline_score: What the points are compared with; NaN when there is no such number.
    """

    attributes: tuple[ScorecardAttribute, ...]
    name: str = ""
    reason_code: str | None = None
    baseline_score: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The sum of the characteristics' points (PMML 4.4, Scorecard).

    Reasons are ranked by how far the points are off the baseline in the direction of ``reason_code_algorithm``. The
    distances of equal codes are added; a code is a reason where its sum is positive; of equal sums the code that is
    given first comes first. Where there are fewer reasons than asked for the last one is repeated (as in the
    worked example of PMML 4.4, Scorecard, Scoring Procedure).

    Attributes:
        characteristics: In order.
        initial_score: Added to the points.
        use_reason_codes: Whether there are reasons.
        reason_code_algorithm: The direction.
        baseline_method: How the baselines were found, for information.
    """

    characteristics: tuple[Characteristic, ...]
    initial_score: float = 0.0
    use_reason_codes: bool = True
    reason_code_algorithm: ReasonCodeAlgorithm = ReasonCodeAlgorithm.POINTS_BELOW
    baseline_method: str = "other"

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """Every reason code, in order of its first appearance."""
        codes = (
            code
            for characteristic in self.characteristics
            for code in (characteristic.reason_code, *(item.reason_code for item in characteristic.attributes))
        )
        return tuple(dict.fromkeys(code for code in codes if code is not None))
