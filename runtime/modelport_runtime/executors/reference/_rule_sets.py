"""Rule sets: from the rules that fire to a class (PMML 4.4, RuleSet)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._outputs import ranked_class
from modelport_runtime.executors.reference._predicate_sets import PredicateSet
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    DataField,
    MiningFunction,
    Model,
    OutputField,
    ResultFeature,
    RuleSelectionMethod,
    RuleSet,
)

__all__ = ["RuleSetEvaluator", "make_rule_set"]


def make_rule_set(
    predictor: RuleSet, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A rule set ready to run."""
    return RuleSetEvaluator(predictor).evaluate


class RuleSetEvaluator:
    """A rule set with the common parts of its predicates found once. Safe to use from many threads."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rule_set = rule_set
        self._predicates = PredicateSet(rule_set.predicates)
        # Which of two rules for one class stands for it: the earlier one, or the heavier one and then the earlier.
        by_weight = np.argsort(-rule_set.weights, kind="stable")
        is_first_hit = rule_set.selection_method is RuleSelectionMethod.FIRST_HIT
        self._order: NDArray[np.int64] = np.arange(len(rule_set.ids)) if is_first_hit else by_weight

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """The class, its confidence and the rule that speaks for it."""
        rules, totals, fired = self._fire(scope)
        rank_scores = self._rank_scores(rules, totals)
        winner = np.where(fired > 0, _best(rank_scores), self._rule_set.default_score).astype(np.int32)
        rank_scores = self._with_default(rank_scores, fired, winner)
        confidences = self._confidences(rules, totals, fired, winner)
        prediction = self._prediction(model, winner, rank_scores, confidences)
        prediction.probabilities = self._probabilities(rules, winner)
        answer = self._entity_ids(rules, rank_scores)
        prediction.entity_ids = answer(OutputField(name=""))
        prediction.answers = {ResultFeature.ENTITY_ID: answer}
        return ModelResult(predictions=(prediction,))

    def _fire(self, scope: Scope) -> tuple[NDArray[np.int32], Numbers, Numbers]:
        """The rule that stands for each class, shape (n_rows, C), -1 where none of it fires; the sums of the weights
        of those that fire, of the same shape; and how many rules fire, shape (n_rows,).
        """
        rule_set, n_classes = self._rule_set, len(self._rule_set.classes)
        rules = np.full((n_classes, scope.n_rows), -1, dtype=np.int32)
        totals = np.zeros((n_classes, scope.n_rows))
        fired = np.zeros(scope.n_rows)
        adds = rule_set.selection_method is RuleSelectionMethod.WEIGHTED_SUM
        truths = self._predicates.on(scope)
        for start in range(0, scope.n_rows, self._predicates.block_rows):
            rows = slice(start, min(start + self._predicates.block_rows, scope.n_rows))
            truths.block(rows.start, rows.stop)
            # From the last one to the first: the one that counts most overwrites the others.
            for rule in self._order[::-1].tolist():
                holds = truths.holds(rule)
                np.copyto(rules[rule_set.scores[rule], rows], np.int32(rule), where=holds)
            for rule in range(len(rule_set.ids)) if adds else ():
                holds = truths.holds(rule)
                totals[rule_set.scores[rule], rows] += np.where(holds, rule_set.weights[rule], 0.0)
                fired[rows] += holds
        if not adds and n_classes:
            fired[:] = (rules >= 0).any(axis=0)
        return rules.T, totals.T, fired

    def _rank_scores(self, rules: NDArray[np.int32], totals: Numbers) -> Numbers:
        """What classes are ranked by; NaN for one that no rule speaks for."""
        if self._rule_set.selection_method is RuleSelectionMethod.WEIGHTED_SUM:
            return np.where(rules < 0, np.nan, totals)
        position = np.empty(len(self._order) + 1)
        position[self._order] = -np.arange(len(self._order))
        position[-1] = np.nan
        scores: Numbers = position[rules]
        return scores

    def _with_default(self, rank_scores: Numbers, fired: Numbers, winner: NDArray[np.int32]) -> Numbers:
        unfired = np.flatnonzero((fired == 0) & (winner >= 0))
        rank_scores[unfired, winner[unfired]] = 0.0
        return rank_scores

    def _prediction(
        self, model: Model, winner: NDArray[np.int32], rank_scores: Numbers, confidences: Numbers
    ) -> Prediction:
        target = model.target_name
        classes = self._rule_set.classes
        if model.function is MiningFunction.CLASSIFICATION:
            return Prediction(
                target=target, classes=classes, winner=winner, rank_scores=rank_scores, confidences=confidences
            )
        table = np.array([*(float(score) for score in classes), np.nan])
        own = np.take_along_axis(confidences, np.maximum(winner, 0)[:, None], axis=1)
        return Prediction(target=target, value=table[winner], confidences=own)

    def _confidences(
        self, rules: NDArray[np.int32], totals: Numbers, fired: Numbers, winner: NDArray[np.int32]
    ) -> Numbers:
        """float64, shape (n_rows, C): 0 for a class that no rule speaks for."""
        if self._rule_set.selection_method is RuleSelectionMethod.WEIGHTED_SUM:
            confidences = totals / np.maximum(fired, 1.0)[:, None]
        else:
            confidences = np.append(self._rule_set.confidences, 0.0)[rules]
        unfired = np.flatnonzero(fired == 0)
        if len(unfired):
            confidences[unfired] = 0.0 if self._rule_set.default_score >= 0 else np.nan
            if self._rule_set.default_score >= 0:
                confidences[unfired, winner[unfired]] = self._rule_set.default_confidence
        return confidences

    def _probabilities(self, rules: NDArray[np.int32], winner: NDArray[np.int32]) -> Numbers | None:
        """The shares of the classes where the winner's rule fired; ``None`` where they are known of no rule."""
        rule_set = self._rule_set
        if rule_set.distributions is None and rule_set.default_distribution is None:
            return None  # the confidences are all that is known
        shape = (1, len(rule_set.classes))
        default = (
            np.full(shape, np.nan) if rule_set.default_distribution is None else rule_set.default_distribution[None]
        )
        own = (
            np.full((len(rule_set.ids), shape[1]), np.nan) if rule_set.distributions is None else rule_set.distributions
        )
        chosen = np.take_along_axis(rules, np.maximum(winner, 0)[:, None], axis=1)[:, 0]
        shares: Numbers = np.concatenate([own, default])[chosen]
        return shares

    def _entity_ids(self, rules: NDArray[np.int32], rank_scores: Numbers) -> Callable[[OutputField], Column]:
        distinct = tuple(dict.fromkeys(self._rule_set.ids))
        position = {rule_id: index for index, rule_id in enumerate(distinct)}
        codes = np.array([*(position[rule_id] for rule_id in self._rule_set.ids), -1], dtype=np.int32)
        ranked = Prediction(rank_scores=rank_scores)

        def answer(field: OutputField) -> Column:
            chosen = ranked_class(field, ranked, rank_scores)
            rule = np.take_along_axis(rules, np.maximum(chosen, 0)[:, None], axis=1)[:, 0]
            return TextColumn(codes[np.where(chosen < 0, -1, rule)], distinct)

        return answer


def _best(scores: Numbers) -> NDArray[np.int64]:
    """Position of the highest score in each row, of equal ones the first; NaN is lower than all."""
    return np.asarray(np.argmax(np.where(np.isnan(scores), -np.inf, scores), axis=1))
