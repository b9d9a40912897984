"""The automatic executor: ONNX Runtime for all that a graph says exactly, the reference for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.columns import ResultTable, Table
from modelport_runtime.errors import InputError, UnsupportedCause, UnsupportedModelError
from modelport_runtime.executors import Executor
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.onnx._tree_scorer import TreeScorer
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import Document, RuleSet, Scorecard, TreeEnsemble

__all__ = ["AutoExecutor", "Plan", "PlanStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One part of a model and the engine that runs it.

    Attributes:
        part: What runs.
        engine: ``onnx`` or ``reference``.
        reason: Why there.
    """

    part: str
    engine: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part}: {self.engine} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where each part of a model runs.

    Attributes:
        steps: The parts.
        causes: What a graph cannot say exactly.
    """

    steps: tuple[PlanStep, ...]
    causes: tuple[UnsupportedCause, ...] = ()

    def __str__(self) -> str:
        lines = [str(step) for step in self.steps]
        lines += [f"  - {cause}" for cause in self.causes]
        return "\n".join(lines)


_FASTER_WITHOUT_A_GRAPH = (RuleSet, Scorecard)
"""Predictors whose many tests of few fields the reference executor shares: 20,000 rows through 66 rules took it 35 ms
and a graph 90 ms, and loading 9 ms and 120 ms."""


class AutoExecutor:
    """Runs any hub document. Safe to call from many threads at once.

    The whole model runs on ONNX Runtime where a graph says it exactly, but rule sets and scorecards, which the
    reference executor runs faster. It also runs what a graph cannot say, and the forests in that run on ONNX Runtime.
    Exactly means the reference's own numbers, except for what two mathematics libraries leave open: the last digits of
    matrix products, exponentials and the like.

    Attributes:
        plan: Where each part runs, and why.

    Raises:
        UnsupportedModelError: On construction: no engine can run a part of the document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._steps: list[PlanStep] = []
        self._reference: ReferenceExecutor | None = None
        if isinstance(document.model.predictor, _FASTER_WITHOUT_A_GRAPH):
            self._executor: Executor = ReferenceExecutor(document)
            self._reference = self._executor
            self._steps.append(
                PlanStep(part="model", engine="reference", reason="its rules are faster without a graph")
            )
            self.plan = Plan(steps=tuple(self._steps))
            return
        try:
            self._executor = OnnxExecutor(document)
            causes: tuple[UnsupportedCause, ...] = ()
            self._steps.append(PlanStep(part="model", engine="onnx", reason="a graph says all of it exactly"))
        except UnsupportedModelError as error:
            causes = error.causes
            self._steps.append(
                PlanStep(part="model", engine="reference", reason="a graph cannot say a part of it exactly")
            )
            self._executor = self._reference = ReferenceExecutor(document, self._tree_scorer)
        self.plan = Plan(steps=tuple(self._steps), causes=causes)

    @property
    def name(self) -> str:
        """``auto``."""
        return "auto"

    def score(self, table: Table) -> ResultTable:
        """Score rows; see ``Executor.score``.

        Rows with a value that no tensor can hold, such as text in a field of numbers, are scored by the reference
        executor, which treats it as the model asks.
        """
        try:
            return self._executor.score(table)
        except InputError:
            if self._reference is None:
                self._reference = ReferenceExecutor(self._document)
            return self._reference.score(table)

    def _tree_scorer(self, ensemble: TreeEnsemble) -> TreeScorer | None:
        if ensemble.n_trees == 1:
            return None
        part = f"ensemble of {ensemble.n_trees} trees"
        try:
            scorer = TreeScorer(ensemble)
        except UnsupportedModelError as error:
            self._steps.append(PlanStep(part=part, engine="reference", reason=str(error.causes[0])))
            return None
        self._steps.append(PlanStep(part=part, engine="onnx", reason="a graph says its scores exactly"))
        return scorer
