"""Parity: whether an artifact scores as its source does, engine by engine."""

from __future__ import annotations

from modelport.parity._check import ENGINES, check_parity
from modelport.parity._compare import ColumnComparison, Difference, compare
from modelport.parity._report import Comparison, ParityReport, Participant, Skipped
from modelport.parity._targets import name_within
from modelport.parity._tolerances import TOLERANCES, Tolerance, tolerance_of

__all__ = [
    "ENGINES",
    "TOLERANCES",
    "ColumnComparison",
    "Comparison",
    "Difference",
    "ParityReport",
    "Participant",
    "Skipped",
    "Tolerance",
    "check_parity",
    "compare",
    "name_within",
    "tolerance_of",
]
