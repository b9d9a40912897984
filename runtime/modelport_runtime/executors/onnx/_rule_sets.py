"""Rule sets: the first or heaviest rule that fires, or the class of the highest sum of weights (PMML 4.4, RuleSet)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._conditions import lower_holds
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope
from modelport_runtime.executors.onnx._outputs import ranked_class
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.hub import (
    DataType,
    Ensemble,
    MiningFunction,
    Model,
    OutputField,
    ResultFeature,
    RuleSelectionMethod,
    RuleSet,
)

__all__ = ["lower_rule_set"]


def lower_rule_set(lowering: Lowering, model: Model, predictor: RuleSet, scope: Scope) -> ModelResult:
    """The class, its confidence and the rule that speaks for it.

    Raises:
        RefusedError: A predicate is nothing that a graph can say, or an output field asks for a lower rank of a member.
    """
    if model is not lowering.document.model and _asks_for_ranks(lowering.document.model):
        raise lowering.refuse("ranks of rules below the first, of a member of an ensemble")
    firing = _Firing(lowering, predictor, _conditions(lowering, predictor, scope))
    target = model.target_name
    winner, confidences, rule = firing.winner, firing.confidences(), firing.rule()
    entity_ids = gather_scalars(lowering, (*predictor.ids, None), rule, DataType.STRING)
    ranks = Prediction(classes=predictor.classes, rank_scores=firing.rank_scores())
    answers = {ResultFeature.ENTITY_ID: partial(_rule_id, lowering, predictor, firing, ranks)}
    probabilities = firing.probabilities(rule)
    if model.function is MiningFunction.CLASSIFICATION:
        prediction = Prediction(
            target=target,
            classes=predictor.classes,
            winner=winner,
            probabilities=probabilities,
            confidences=confidences,
            rank_scores=ranks.rank_scores,
            entity_ids=entity_ids,
            answers=answers,
        )
        return ModelResult(predictions=(prediction,))
    value = gather_scalars(lowering, (*predictor.classes, None), winner, DataType.DOUBLE)
    beyond = lowering.rows_like(lowering.graph.number(math.nan))
    own = lowering.graph.op("GatherElements", lowering.graph.op("Concat", confidences, beyond, axis=1), winner, axis=1)
    if not isinstance(value, Number):
        raise TypeError("a number is gathered as one")
    prediction = Prediction(
        target=target,
        value=value,
        probabilities=probabilities,
        confidences=own,
        entity_ids=entity_ids,
        answers=answers,
    )
    return ModelResult(predictions=(prediction,))


def _rule_id(lowering: Lowering, predictor: RuleSet, firing: _Firing, ranks: Prediction, field: OutputField) -> Value:
    """The identifier of the rule that speaks for the class at the field's rank."""
    rule = firing.rule_of(ranked_class(lowering, field, ranks, str(ranks.rank_scores)))
    return gather_scalars(lowering, (*predictor.ids, None), rule, DataType.STRING)


def _asks_for_ranks(model: Model) -> bool:
    if any(field.rank > 1 or field.rank_order == "ascending" for field in model.outputs):
        return True
    segments = model.predictor.segments if isinstance(model.predictor, Ensemble) else ()
    return any(_asks_for_ranks(segment.model) for segment in segments)


def _conditions(lowering: Lowering, predictor: RuleSet, scope: Scope) -> list[str]:
    """Of each rule the condition [N, 1] under which it fires; every cause is found before one ends the lowering."""
    conditions = []
    for name, predicate in zip(predictor.ids, predictor.predicates, strict=True):
        with lowering.at(f"SimpleRule[{name}]"), lowering.collecting():
            conditions.append(lowering.rows_like(lower_holds(lowering, scope, predicate)))
    if len(conditions) < len(predictor.predicates):
        raise RefusedError("rules")
    return conditions


class _Firing:
    """Which rules fire, and what follows; position R stands for the default score, class C for no prediction."""

    def __init__(self, lowering: Lowering, predictor: RuleSet, conditions: Sequence[str]) -> None:
        self._lowering = lowering
        self._graph = lowering.graph
        self._predictor = predictor
        self._n_rules, self._n_classes = len(predictor.ids), len(predictor.classes)
        # The last column always fires: the default.
        always = lowering.rows_like(lowering.graph.constant(np.array([[1.0]], np.float32)))
        columns = [self._graph.op("Cast", condition, to=TensorProto.FLOAT) for condition in conditions]
        self._conditions = conditions
        self._fires = self._graph.op("Concat", *columns, always, axis=1) if columns else always
        self._default = predictor.default_score if predictor.default_score >= 0 else self._n_classes
        self._is_sum = predictor.selection_method is RuleSelectionMethod.WEIGHTED_SUM
        is_first_hit = predictor.selection_method is RuleSelectionMethod.FIRST_HIT
        by_weight = np.argsort(-predictor.weights, kind="stable")
        self._order = np.arange(self._n_rules) if is_first_hit else by_weight
        self._rules_of_classes = [
            self._first(self._order[predictor.scores[self._order] == c]) for c in range(self._n_classes)
        ]
        if self._is_sum:
            self._totals = self._graph.op("Concat", *(self._total(c) for c in range(self._n_classes)), axis=1)
        self.winner = self._winner()

    def _first(self, rules: np.ndarray) -> str:
        """int64 [N, 1]: the first of some rules that fires; the number of rules when none does."""
        graph, columns = self._graph, [*rules.tolist(), self._n_rules]
        chosen = graph.op("Gather", self._fires, graph.integers(columns), axis=1)
        return graph.op("Gather", graph.integers(columns), graph.op("ArgMax", chosen, axis=1, keepdims=1))

    def _total(self, label: int) -> str:
        """[N, 1]: the weights of a class's rules that fire, added rule after rule."""
        graph = self._graph
        total = self._lowering.rows_like(graph.number(0.0))
        for rule in np.flatnonzero(self._predictor.scores == label).tolist():
            weight = graph.number(float(self._predictor.weights[rule]))
            total = graph.op("Add", total, graph.op("Where", self._conditions[rule], weight, graph.number(0.0)))
        return total

    def _fires_at_all(self, rule: str) -> str:
        return self._graph.op("Less", rule, self._graph.integers([[self._n_rules]]))

    def _winner(self) -> str:
        graph = self._graph
        if not self._is_sum:
            first = self._first(self._order)
            return graph.op("Gather", graph.integers([*self._predictor.scores.tolist(), self._default]), first)
        speaks = graph.op("Concat", *(self._fires_at_all(rule) for rule in self._rules_of_classes), axis=1)
        best = graph.op("ArgMax", graph.op("Where", speaks, self._totals, graph.number(-math.inf)), axis=1, keepdims=1)
        return graph.op("Where", self._fires_at_all(self._first(self._order)), best, graph.integers([[self._default]]))

    def rule(self) -> str:
        """int64 [N, 1]: the rule that speaks for the winning class; the number of rules for the default."""
        return self.rule_of(self.winner) if self._is_sum else self._first(self._order)

    def rule_of(self, position: str) -> str:
        """int64 [N, 1]: the rule that speaks for the class at a position; the number of rules for none."""
        none = self._lowering.rows_like(self._graph.integers([[self._n_rules]]))
        each = self._graph.op("Concat", *self._rules_of_classes, none, axis=1)
        return self._graph.op("GatherElements", each, position, axis=1)

    def rank_scores(self) -> str:
        """[N, C]: what classes are ranked by; NaN for one that no rule speaks for, but for the default of no rule."""
        graph = self._graph
        if self._is_sum:
            speaks = graph.op("Concat", *(self._fires_at_all(rule) for rule in self._rules_of_classes), axis=1)
            scores = graph.op("Where", speaks, self._totals, graph.number(math.nan))
        else:
            places = np.full(self._n_rules + 1, math.nan)
            places[self._order] = -np.arange(self._n_rules)
            table = graph.reals(places)
            scores = graph.op("Concat", *(graph.op("Gather", table, rule) for rule in self._rules_of_classes), axis=1)
        if self._default == self._n_classes:
            return scores
        default = np.full((1, self._n_classes), math.nan)
        default[0, self._default] = 0.0
        return graph.op("Where", self._fires_at_all(self._first(self._order)), scores, graph.reals(default))

    def confidences(self) -> str:
        """[N, C]: 0 for a class that no rule speaks for."""
        graph = self._graph
        if self._is_sum:
            columns = graph.integers(list(range(self._n_rules)))
            fired = graph.op("Gather", self._fires, columns, axis=1)
            count = graph.op("Cast", graph.op("ReduceSum", fired, graph.integers([1]), keepdims=1), to=graph.real_type)
            confidences = graph.op("Div", self._totals, graph.op("Max", count, graph.number(1.0)))
        else:
            table = graph.reals([*self._predictor.confidences.tolist(), 0.0])
            columns_of_classes = [graph.op("Gather", table, rule) for rule in self._rules_of_classes]
            confidences = graph.op("Concat", *columns_of_classes, axis=1)
        default = np.full((1, self._n_classes), 0.0 if self._predictor.default_score >= 0 else math.nan)
        if self._predictor.default_score >= 0:
            default[0, self._predictor.default_score] = self._predictor.default_confidence
        return graph.op("Where", self._fires_at_all(self._first(self._order)), confidences, graph.reals(default))

    def probabilities(self, rule: str) -> str | None:
        """[N, C]: the shares of the classes where the winner's rule fired; ``None`` where they are known of no rule."""
        predictor, unknown = self._predictor, np.full((1, self._n_classes), math.nan)
        if predictor.distributions is None and predictor.default_distribution is None:
            return None
        own = np.repeat(unknown, self._n_rules, axis=0) if predictor.distributions is None else predictor.distributions
        default = unknown if predictor.default_distribution is None else predictor.default_distribution[None]
        table = self._graph.reals(np.concatenate([own, default]))
        return self._graph.op("Squeeze", self._graph.op("Gather", table, rule), self._graph.integers([1]))
