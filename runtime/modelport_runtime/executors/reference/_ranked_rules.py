"""Rules that apply to records, in an order of rank, and what output fields show of them (PMML 4.4, Output)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._values import Numbers, take
from modelport_runtime.hub import OutputField, ResultFeature

__all__ = ["ALGORITHMS", "FiringRules", "RuleTables", "firing_rules", "joined", "set_text", "text_column"]

_Masks = NDArray[np.bool_]

ALGORITHMS: dict[str, Callable[[_Masks, _Masks], _Masks]] = {
    "recommendation": lambda antecedent, consequent: antecedent,
    "exclusiveRecommendation": lambda antecedent, consequent: antecedent & ~consequent,
    "ruleAssociation": lambda antecedent, consequent: antecedent & consequent,
}
"""Which rules an algorithm selects, from where a record holds all of the antecedent and all of the consequent."""


@dataclass(frozen=True, slots=True)
class FiringRules:
    """The rules that apply to records, as pairs: record after record, in the order of the rules.

    Attributes:
        rules: int32: a rule.
        offsets: int64, shape (n_records + 1,): where each record's rules begin.
    """

    rules: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def ranked(self, positions: NDArray[np.int64]) -> FiringRules:
        """The same, each record's rules in order of their positions in a ranking, shape (n_rules,)."""
        records = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        order = np.argsort(records * max(len(positions), 1) + positions[self.rules])
        return FiringRules(self.rules[order], self.offsets)

    def at_rank(self, rank: int) -> NDArray[np.int32]:
        """int32, shape (n_records,): the rule at a rank, from 1; -1 where there are fewer."""
        places = self.offsets[:-1] + rank - 1
        known = places < self.offsets[1:]
        result = np.full(len(self), -1, dtype=np.int32)
        result[known] = self.rules[places[known]]
        return result

    def first(self, count: int) -> FiringRules:
        """The first rules of each record, at most so many; 0 means all."""
        if count < 1:
            return self
        lengths = np.diff(self.offsets)
        within = np.arange(len(self.rules)) - np.repeat(self.offsets[:-1], lengths)
        offsets = np.concatenate([[0], np.cumsum(np.minimum(lengths, count))])
        return FiringRules(self.rules[within < count], offsets.astype(np.int64))


def firing_rules(fires: _Masks) -> FiringRules:
    """From which rules apply to which records, shape (n_rules, n_records)."""
    records, rules = np.nonzero(fires.T)
    counts = np.bincount(records, minlength=fires.shape[1])
    return FiringRules(rules.astype(np.int32), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def joined(parts: Sequence[FiringRules]) -> FiringRules:
    """The rules of records, part after part."""
    counts = np.concatenate([np.zeros(0, dtype=np.int64), *(np.diff(part.offsets) for part in parts)])
    rules = np.concatenate([np.zeros(0, dtype=np.int32), *(part.rules for part in parts)])
    return FiringRules(rules, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


@dataclass(frozen=True, slots=True)
class RuleTables:
    """What is known of each rule.

    Attributes:
        columns: By the name of a rule feature, a column of R rows.
    """

    columns: Mapping[str, Column]

    def positions(self, basis: str, order: str) -> NDArray[np.int64]:
        """int64, shape (R,): each rule's place in a ranking; of equal ones the first rule, and unknown ones last."""
        column = self.columns[basis]
        if not isinstance(column, NumberColumn):
            raise TypeError(f"rules cannot be ranked by {basis}")
        keys: Numbers = column.values if order == "ascending" else -column.values
        positions = np.empty(len(keys), dtype=np.int64)
        positions[np.argsort(keys, kind="stable")] = np.arange(len(keys))
        return positions

    def show(self, field: OutputField, firing: FiringRules) -> ResultColumn:
        """An output field: the feature of the rule at a rank, or a list of the features of the rules up to it.

        Args:
            field: The field.
            firing: The rules of the field's algorithm.
        """
        column = self.columns[feature_name(field)]
        ranked = firing.ranked(self.positions(field.rank_basis, field.rank_order))
        if field.is_multi_valued:
            chosen = ranked.first(field.rank)
            return ListColumn(take(column, chosen.rules), chosen.offsets, np.zeros(len(firing), dtype=np.bool_))
        return taken_or_missing(column, ranked.at_rank(field.rank))


def feature_name(field: OutputField) -> str:
    """Name of the rule feature that a field shows; ``ruleValue`` names it apart (PMML 4.0 and 4.1)."""
    if field.feature is ResultFeature.RULE_VALUE:
        return field.rule_feature or "consequent"
    return "ruleId" if field.feature is ResultFeature.ENTITY_ID else str(field.feature)


def taken_or_missing(column: Column, rows: NDArray[np.int32]) -> Column:
    """The given rows of a column, missing for -1."""
    if isinstance(column, TextColumn):
        return TextColumn(np.append(column.codes, np.int32(-1))[rows], column.categories)
    return NumberColumn(np.append(column.values, np.nan)[rows], column.data_type)


def set_text(items: Sequence[str]) -> str:
    """A set as a rule shows it: one item by itself, as in ``Cracker -> Water`` (PMML 4.4, Association Rules)."""
    return items[0] if len(items) == 1 else "{" + ", ".join(items) + "}"


def text_column(texts: Sequence[str]) -> TextColumn:
    """Texts as a column, each distinct one held once."""
    position: dict[str, int] = {}
    codes = [position.setdefault(text, len(position)) for text in texts]
    return TextColumn(np.array(codes, dtype=np.int32), tuple(position))
