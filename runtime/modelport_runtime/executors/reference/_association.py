"""Association rules: items of a record to the rules that apply (PMML 4.4, Association Rules; Output)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._groups import group_rows
from modelport_runtime.executors.reference._item_matching import ItemMatcher, Membership
from modelport_runtime.executors.reference._lists import take_lists
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._ranked_rules import FiringRules, RuleTables
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import take
from modelport_runtime.hub import AssociationModel, DataField, Model, OutputField
from modelport_runtime.results import RULE_FEATURES

__all__ = ["AssociationEvaluator", "make_association"]

_BLOCK_CELLS = 1 << 26
"""Pairs of a record and an item, an itemset or a rule held at once, so that memory does not grow with the records."""

_Masks = NDArray[np.bool_]
_ALGORITHMS: dict[str, Callable[[_Masks, _Masks], _Masks]] = {
    "recommendation": lambda antecedent, consequent: antecedent,
    "exclusiveRecommendation": lambda antecedent, consequent: antecedent & ~consequent,
    "ruleAssociation": lambda antecedent, consequent: antecedent & consequent,
}
"""Which rules an algorithm selects, from where the record holds all of the antecedent and all of the consequent."""


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
            target=model.target_names[0] if model.target_names else None,
            lists=take_lists(self._consequents, best.at_rank(1)),
            answers=dict.fromkeys(RULE_FEATURES, answer),
        )
        return ModelResult(predictions=(prediction,), groups=groups)

    def _fire(self, membership: Membership, n_records: int, algorithms: set[str]) -> dict[str, FiringRules]:
        """The rules of every record, by algorithm."""
        association = self._association
        found: dict[str, list[tuple[NDArray[np.intp], NDArray[np.intp]]]] = {name: [] for name in algorithms}
        cells = membership.n_items + len(association.itemset_offsets) + len(association.ids)
        step = max(1, _BLOCK_CELLS // cells)
        for start in range(0, n_records, step):
            holds = self._hold_sets(membership.block(start, min(start + step, n_records)))
            antecedent, consequent = holds[association.antecedents], holds[association.consequents]
            for name in algorithms:
                records, rules = np.nonzero(_ALGORITHMS[name](antecedent, consequent).T)
                found[name].append((records + start, rules))
        return {name: _firing(pairs, n_records) for name, pairs in found.items()}

    def _hold_sets(self, held: _Masks) -> _Masks:
        """bool, shape (S, n_records): which records hold all items of a set; an empty set is held by all."""
        members, offsets = self._association.itemset_items, self._association.itemset_offsets
        lengths = np.diff(offsets)
        holds = np.ones((len(lengths), held.shape[1]), dtype=np.bool_)
        for place in range(int(lengths.max(initial=0))):
            sets = np.flatnonzero(lengths > place)
            holds[sets] &= held[members[offsets[sets] + place]]
        return holds


def _firing(pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]], n_records: int) -> FiringRules:
    records = np.concatenate([np.zeros(0, dtype=np.intp), *(records for records, _ in pairs)])
    rules = np.concatenate([np.zeros(0, dtype=np.intp), *(rules for _, rules in pairs)])
    counts = np.bincount(records, minlength=n_records)
    return FiringRules(rules.astype(np.int32), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def _tables(association: AssociationModel) -> dict[str, Column]:
    """What output fields show of each rule, by the name of the rule feature."""
    itemsets = _itemsets(association)
    left = [itemsets[position] for position in association.antecedents.tolist()]
    right = [itemsets[position] for position in association.consequents.tolist()]
    return {
        "ruleId": _text_column(association.ids),
        "antecedent": _text_column([", ".join(items) for items in left]),
        "consequent": _text_column([", ".join(items) for items in right]),
        "rule": _text_column([f"{_set_text(a)} -> {_set_text(c)}" for a, c in zip(left, right, strict=True)]),
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


def _set_text(items: list[str]) -> str:
    """A set as a rule shows it: one item by itself, as in ``Cracker -> Water`` (PMML 4.4, Association Rules)."""
    return items[0] if len(items) == 1 else "{" + ", ".join(items) + "}"


def _text_column(texts: Sequence[str]) -> TextColumn:
    position: dict[str, int] = {}
    codes = [position.setdefault(text, len(position)) for text in texts]
    return TextColumn(np.array(codes, dtype=np.int32), tuple(position))


def _lists_of_items(association: AssociationModel, itemsets: NDArray[np.int32]) -> ListColumn:
    """The items of some sets, each as a list of texts."""
    items = take(_text_column(association.items.values), association.itemset_items)
    of_sets = ListColumn(items, association.itemset_offsets, np.zeros(len(association.itemset_offsets) - 1, dtype=bool))
    return take_lists(of_sets, itemsets)
