"""Sequence rules: the transactions of a group to the sequences that follow (PMML 4.4, Sequence Rules).

A rule applies where the group holds its antecedent; what the output field's algorithm asks of the consequent is asked
of the consequent after the antecedent (PMML 4.4, Output, algorithm, which speaks of sets).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Series
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn
from modelport_runtime.executors.reference._groups import Groups, group_rows
from modelport_runtime.executors.reference._item_matching import ItemMatcher, Membership, hold_sets
from modelport_runtime.executors.reference._lists import take_lists
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._ranked_rules import (
    ALGORITHMS,
    FiringRules,
    RuleTables,
    firing_rules,
    set_text,
    text_column,
)
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._transactions import Step, Transactions, transactions_of
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataField, Model, OutputField, Sequence, SequenceModel
from modelport_runtime.results import RULE_FEATURES

__all__ = ["SequenceEvaluator", "make_sequences"]

_BLOCK_CELLS = 1 << 26
"""Pairs of a transaction and an item or a set held at once, so that memory does not grow with the transactions."""


def make_sequences(
    predictor: SequenceModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """Sequence rules ready to run."""
    return SequenceEvaluator(predictor).evaluate


class SequenceEvaluator:
    """Sequence rules with what is shown of them made once. Safe to use from many threads."""

    def __init__(self, model: SequenceModel) -> None:
        self._model = model
        self._matcher = ItemMatcher(model.items)
        self._set_texts = _set_texts(model)
        self._tables = RuleTables(self._columns())
        self._consequents = self._lists_of_sets()

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """The sequence that the best rule foresees, one item a set, and the rules for output fields."""
        if model.group_field is None:
            raise TypeError("the model has no group field")
        groups = group_rows(scope.column(model.group_field))
        order = None if self._model.order_field is None else scope.column(self._model.order_field)
        transactions = transactions_of(groups, order)
        membership = self._matcher.match(scope, transactions.of_rows)
        antecedent, both = self._found(membership, transactions, groups)

        def firing(algorithm: str) -> FiringRules:
            return firing_rules(ALGORITHMS[algorithm](antecedent, both))

        def answer(field: OutputField) -> ResultColumn:
            return self._tables.show(field, firing(field.algorithm))

        best = firing("exclusiveRecommendation").ranked(self._tables.positions("confidence", "descending"))
        prediction = Prediction(
            target=model.target_name,
            lists=take_lists(self._consequents, best.at_rank(1)),
            answers=dict.fromkeys(RULE_FEATURES, answer),
        )
        return ModelResult(predictions=(prediction,), groups=groups)

    def _found(
        self, membership: Membership, transactions: Transactions, groups: Groups
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """bool, shape (R, n_groups): which groups hold a rule's antecedent, and which its consequent after that."""
        model = self._model
        antecedent = np.zeros((len(model.ids), len(groups)), dtype=np.bool_)
        both = antecedent.copy()
        for first, last in self._blocks(transactions):
            part = transactions.part(first, last)
            holds = hold_sets(model.itemset_offsets, model.itemset_items, membership.block(first, last))
            begun = {
                position: self._match(part, holds, model.sequences[position])
                for position in set(model.antecedents.tolist())
            }
            for rule, (left, right) in enumerate(
                zip(model.antecedents.tolist(), model.consequents.tolist(), strict=True)
            ):
                starts = begun[left]
                antecedent[rule, part.groups[self._in_time(part, starts)]] = True
                starts = self._go_on(part, starts, holds, model.sequences[right], self._step_of_rule(rule))
                both[rule, part.groups[self._in_time(part, starts)]] = True
        return antecedent, both

    def _blocks(self, transactions: Transactions) -> list[tuple[int, int]]:
        """Bounds of blocks of transactions that end where a group ends."""
        step = max(1, _BLOCK_CELLS // (self._matcher.n_items + len(self._model.itemset_offsets)))
        ends = np.append(np.flatnonzero(np.diff(transactions.groups)) + 1, len(transactions))
        bounds, start = [], 0
        while start < len(transactions):
            within = int(np.searchsorted(ends, start + step, side="right")) - 1
            first = int(np.searchsorted(ends, start, side="right"))
            stop = int(ends[max(within, first)])
            bounds.append((start, stop))
            start = stop
        return bounds

    def _match(self, part: Transactions, holds: NDArray[np.bool_], sequence: Sequence) -> Numbers:
        """The latest start of the sequence where it ends in each transaction; ``-inf`` for none."""
        return self._rest(part, part.begin(holds[sequence.sets[0]]), holds, sequence)

    def _go_on(
        self, part: Transactions, starts: Numbers, holds: NDArray[np.bool_], sequence: Sequence, step: Step
    ) -> Numbers:
        return self._rest(part, part.follow(starts, holds[sequence.sets[0]], step), holds, sequence)

    def _rest(self, part: Transactions, starts: Numbers, holds: NDArray[np.bool_], sequence: Sequence) -> Numbers:
        limits = self._model.constraints
        for position, same, adjacent in zip(sequence.sets[1:], sequence.same_window, sequence.adjacent, strict=True):
            step = Step(same, adjacent, limits.minimum_separation, limits.maximum_separation)
            starts = part.follow(starts, holds[position], step)
        return starts

    def _step_of_rule(self, rule: int) -> Step:
        model, limits = self._model, self._model.constraints
        return Step(
            bool(model.same_window[rule]),
            bool(model.adjacent[rule]),
            limits.minimum_rule_separation,
            limits.maximum_rule_separation,
        )

    def _in_time(self, part: Transactions, starts: Numbers) -> NDArray[np.bool_]:
        limit = self._model.constraints.maximum_total
        found = starts > -np.inf
        return found if limit is None else found & (part.times - starts <= limit)

    def _columns(self) -> dict[str, Column]:
        model = self._model
        texts = [" -> ".join(self._set_texts[position] for position in sequence.sets) for sequence in model.sequences]
        left, right = (
            [texts[position] for position in side.tolist()] for side in (model.antecedents, model.consequents)
        )
        unknown = NumberColumn(np.full(len(model.ids), np.nan))
        return {
            "ruleId": text_column(model.ids),
            "antecedent": text_column(left),
            "consequent": text_column(right),
            "rule": text_column([f"{before} => {after}" for before, after in zip(left, right, strict=True)]),
            "support": NumberColumn(model.supports),
            "confidence": NumberColumn(model.confidences),
            "lift": NumberColumn(model.lifts),
            "leverage": unknown,
            "affinity": unknown,
        }

    def _lists_of_sets(self) -> ListColumn:
        """Of each rule the sets of its consequent, each as a text."""
        sequences = [self._model.sequences[position].sets for position in self._model.consequents.tolist()]
        texts = text_column([self._set_texts[position] for sets in sequences for position in sets])
        offsets = np.cumsum([0, *map(len, sequences)], dtype=np.int64)
        return ListColumn(texts, offsets, np.zeros(len(sequences), dtype=np.bool_))


def _set_texts(model: SequenceModel) -> Series[str]:
    values = model.items.values
    members, offsets = model.itemset_items.tolist(), model.itemset_offsets.tolist()
    return [set_text([values[item] for item in members[start:stop]]) for start, stop in pairwise(offsets)]
