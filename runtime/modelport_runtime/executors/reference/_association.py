"""Association rules: items of a record to the rules that apply (PMML 4.4, Association Rules; Output)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn
from modelport_runtime.executors.reference._groups import group_rows
from modelport_runtime.executors.reference._item_matching import ItemMatcher, Membership, hold_sets
from modelport_runtime.executors.reference._lists import take_lists
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._ranked_rules import (
    ALGORITHMS,
    FiringRules,
    RuleTables,
    firing_rules,
    joined,
    set_text,
    text_column,
)
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import take
from modelport_runtime.hub import AssociationModel, DataField, Model, OutputField
from modelport_runtime.results import RULE_FEATURES

__all__ = ["AssociationEvaluator", "make_association"]

_BLOCK_CELLS = 1 << 26
"""Pairs of a record and an item, an itemset or a rule held at once, so that memory does not grow with the records."""


def make_association(
    predictor: AssociationModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """Association rules ready to run."""
    return AssociationEvaluator(predictor).evaluate


class AssociationEvaluator:
    """Association rules with what is shown of them made once. Safe to use from many threads."""

    def __init__(self, association: AssociationModel) -> None:
        self._association = association
        self._matcher = ItemMatcher(association.items)
        self._tables = RuleTables(_tables(association))
        self._consequents = _lists_of_items(association, association.consequents)

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """The items that the best rule recommends, and the rules for output fields.

        The best one is that of the highest confidence whose consequent the record does not hold wholly, as for an
        output field that says no more (PMML 4.4, Output, algorithm).
        """
        groups = None if model.group_field is None else group_rows(scope.column(model.group_field))
        records = np.arange(scope.n_rows) if groups is None else groups.of_rows
        n_records = scope.n_rows if groups is None else len(groups)
        membership = self._matcher.match(scope, records)
        asked = {field.algorithm for field in model.outputs} | {"exclusiveRecommendation"}
        firing = self._fire(membership, n_records, asked)

        def answer(field: OutputField) -> ResultColumn:
            known = firing.get(field.algorithm)
            if known is None:  # a field of the model around this one
                known = self._fire(membership, n_records, {field.algorithm})[field.algorithm]
            return self._tables.show(field, known)

        best = firing["exclusiveRecommendation"].ranked(self._tables.positions("confidence", "descending"))
        prediction = Prediction(
            target=model.target_name,
            lists=take_lists(self._consequents, best.at_rank(1)),
            answers=dict.fromkeys(RULE_FEATURES, answer),
        )
        return ModelResult(predictions=(prediction,), groups=groups)

    def _fire(self, membership: Membership, n_records: int, algorithms: set[str]) -> dict[str, FiringRules]:
        """The rules of every record, by algorithm."""
        association = self._association
        pairs: dict[str, list[FiringRules]] = {name: [] for name in algorithms}
        cells = membership.n_items + len(association.itemset_offsets) + len(association.ids)
        step = max(1, _BLOCK_CELLS // cells)
        for start in range(0, n_records, step):
            held = membership.block(start, min(start + step, n_records))
            holds = hold_sets(association.itemset_offsets, association.itemset_items, held)
            antecedent, consequent = holds[association.antecedents], holds[association.consequents]
            for name in algorithms:
                pairs[name].append(firing_rules(ALGORITHMS[name](antecedent, consequent)))
        return {name: joined(parts) for name, parts in pairs.items()}


def _tables(association: AssociationModel) -> dict[str, Column]:
    """What output fields show of each rule, by the name of the rule feature."""
    itemsets = _itemsets(association)
    left = [itemsets[position] for position in association.antecedents.tolist()]
    right = [itemsets[position] for position in association.consequents.tolist()]
    return {
        "ruleId": text_column(association.ids),
        "antecedent": text_column([", ".join(items) for items in left]),
        "consequent": text_column([", ".join(items) for items in right]),
        "rule": text_column([f"{set_text(a)} -> {set_text(c)}" for a, c in zip(left, right, strict=True)]),
        "support": NumberColumn(association.supports),
        "confidence": NumberColumn(association.confidences),
        "lift": NumberColumn(association.lifts),
        "leverage": NumberColumn(association.leverages),
        "affinity": NumberColumn(association.affinities),
    }


def _itemsets(association: AssociationModel) -> list[list[str]]:
    """The items of each set as texts."""
    values = association.items.values
    members, offsets = association.itemset_items.tolist(), association.itemset_offsets.tolist()
    return [[values[item] for item in members[start:stop]] for start, stop in pairwise(offsets)]


def _lists_of_items(association: AssociationModel, itemsets: NDArray[np.int32]) -> ListColumn:
    """The items of some sets, each as a list of texts."""
    items = take(text_column(association.items.values), association.itemset_items)
    of_sets = ListColumn(items, association.itemset_offsets, np.zeros(len(association.itemset_offsets) - 1, dtype=bool))
    return take_lists(of_sets, itemsets)
