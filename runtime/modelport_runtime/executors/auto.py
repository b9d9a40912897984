"""The automatic executor: ONNX Runtime for all that a graph says exactly, the reference for the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from modelport_runtime.columns import ResultTable, Table
from modelport_runtime.errors import InputError, UnsupportedCause, UnsupportedModelError
from modelport_runtime.executors import Executor
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.onnx._tree_scorer import TreeScorer
from modelport_runtime.executors.reference import ReferenceExecutor, causes_of
from modelport_runtime.hub import (
    ClusteringModel,
    Document,
    MissingPath,
    Model,
    NearestNeighborModel,
    Predictor,
    RuleSet,
    Scorecard,
    TextModel,
    TreeEnsemble,
    inner_models,
)

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


class AutoExecutor:
    """Runs any hub document. Safe to call from many threads at once.

    The whole model runs on ONNX Runtime where a graph says it exactly. Otherwise, and where that is faster, the
    reference executor runs it, and the forests in it run on ONNX Runtime. Exactly means the reference's own numbers,
    except for what two mathematics libraries leave open: the last digits of matrix products, exponentials and the like.

    A document is checked when it is loaded, and compiled when it is first scored (or by ``prepare``): most of the time
    of loading a small model would be ONNX Runtime's.

    Raises:
        UnsupportedModelError: On construction: no engine can run a part of the document.
    """

    def __init__(self, document: Document) -> None:
        causes = causes_of(document)
        if causes:
            raise UnsupportedModelError(causes)
        self._document = document
        self._lock = threading.Lock()
        self._compiled: _Compiled | None = None
        self._reference: ReferenceExecutor | None = None

    @property
    def name(self) -> str:
        """``auto``."""
        return "auto"

    @property
    def plan(self) -> Plan:
        """Where each part runs, and why."""
        return self._compile().plan

    def prepare(self) -> None:
        """Compile now, so that the first scoring takes no longer than the next."""
        self._compile()

    def score(self, table: Table) -> ResultTable:
        """Score rows; see ``Executor.score``.

        Rows with a value that no tensor can hold, such as text in a field of numbers, are scored by the reference
        executor, which treats it as the model asks.
        """
        try:
            return self._compile().executor.score(table)
        except InputError:
            return self._plain_reference().score(table)

    def _compile(self) -> _Compiled:
        if self._compiled is None:
            with self._lock:
                if self._compiled is None:
                    self._compiled = _compile(self._document)
        return self._compiled

    def _plain_reference(self) -> ReferenceExecutor:
        if self._reference is None:
            with self._lock:
                if self._reference is None:
                    self._reference = ReferenceExecutor(self._document)
        return self._reference


_MANY_ENTITIES = "it compares rows with many entities faster, and in less memory"
_SEVERAL_WAYS = "it follows the several ways of a row faster"
_MANY_TESTS = "it shares the tests of many rules"
_FASTER_IN_REFERENCE: dict[type[Predictor], str] = {
    ClusteringModel: _MANY_ENTITIES,
    NearestNeighborModel: _MANY_ENTITIES,
    RuleSet: _MANY_TESTS,
    Scorecard: _MANY_TESTS,
    TextModel: _MANY_ENTITIES,
}
"""Predictors that a graph says, and the reference executor runs faster, and why.

A graph compares all rows of a block with one field of all entities after another: its tensors leave the processor's
cache, and grow with rows x entities. Of rules, 20,000 rows through 66 took the reference 35 ms and a graph 90 ms.
Trees in which a row goes several ways at a missing value are faster there too: through 145 nodes the rows took the
reference 0.18 s, and a graph 0.37 s and another 0.9 s to be made.
"""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What runs a document, and where each part of it runs."""

    executor: Executor
    plan: Plan


def _compile(document: Document) -> _Compiled:
    for predictor in _predictors(document.model):
        reason = _FASTER_IN_REFERENCE.get(type(predictor)) if predictor is not None else None
        if isinstance(predictor, TreeEnsemble) and predictor.missing_path is not MissingPath.FOLLOW:
            reason = _SEVERAL_WAYS
        if reason is not None:
            return _in_reference(document, reason)
    try:
        step = PlanStep(part="model", engine="onnx", reason="a graph says all of it exactly")
        return _Compiled(OnnxExecutor(document), Plan(steps=(step,)))
    except UnsupportedModelError as error:
        return _in_reference(document, "a graph cannot say a part of it exactly", error.causes)


def _in_reference(document: Document, reason: str, causes: tuple[UnsupportedCause, ...] = ()) -> _Compiled:
    steps = [PlanStep(part="model", engine="reference", reason=reason)]
    executor = ReferenceExecutor(document, partial(_tree_scorer, steps))
    return _Compiled(executor, Plan(steps=tuple(steps), causes=causes))


def _predictors(model: Model) -> Iterator[Predictor | None]:
    yield model.predictor
    for inner in inner_models(model.predictor):
        yield from _predictors(inner)


def _tree_scorer(steps: list[PlanStep], ensemble: TreeEnsemble) -> TreeScorer | None:
    """The trees on ONNX Runtime, if a graph can say them; which one it is becomes a step of the plan."""
    if ensemble.n_trees == 1 or ensemble.missing_path is not MissingPath.FOLLOW:
        return None
    part = f"ensemble of {ensemble.n_trees} trees"
    try:
        scorer = TreeScorer(ensemble)
    except UnsupportedModelError as error:
        steps.append(PlanStep(part=part, engine="reference", reason=str(error.causes[0])))
        return None
    steps.append(PlanStep(part=part, engine="onnx", reason="a graph says its scores exactly"))
    return scorer
