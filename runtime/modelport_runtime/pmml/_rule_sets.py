"""RuleSetModel (PMML 4.4, RuleSet)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import Apply, DataType, Expression, RuleSelectionMethod, RuleSet, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._predicates import PREDICATES, read_predicate
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_rule_set"]

_RULES = ("SimpleRule", "CompoundRule")


@dataclass(slots=True)
class _Rules:
    """The simple rules met so far, with the predicates around them."""

    elements: list[Element] = field(default_factory=list)
    predicates: list[Expression] = field(default_factory=list)


def read_rule_set(reading: Reading, element: Element, context: ModelContext) -> RuleSet:
    """Read the rules of a ``RuleSetModel``; nested ones become rules with all predicates around them."""
    rule_set = element.require_child("RuleSet")
    reading.expect(rule_set, {"RuleSelectionMethod", "ScoreDistribution", *_RULES})
    rules = _Rules()
    for child in rule_set.all(*_RULES):
        _read_rules(reading, child, context, (), rules)
    score_type = context.class_type if context.is_classification else DataType.DOUBLE
    scores = [cast(rule, rule.require("score"), score_type) for rule in rules.elements]
    default = rule_set.get("defaultScore")
    default_score = None if default is None else cast(rule_set, default, score_type)
    defaults = () if default_score is None else (default_score,)
    classes = _classes(rule_set, rules, context, score_type, (*scores, *defaults))
    if not scores and default_score is None:
        raise rule_set.error("RuleSet has no rule and no defaultScore; correct the document or export it again")
    position = {label: index for index, label in enumerate(classes)}
    return RuleSet(
        selection_method=_selection_method(reading, rule_set),
        classes=classes,
        predicates=tuple(rules.predicates),
        scores=np.array([position[score] for score in scores], dtype=np.int32),
        weights=_numbers(rules.elements, "weight", 1.0),
        confidences=_numbers(rules.elements, "confidence", 1.0),
        ids=_ids(rules.elements),
        distributions=_distributions(rules.elements, position, score_type),
        default_score=-1 if default_score is None else position[default_score],
        default_confidence=rule_set.number("defaultConfidence", float("nan")),
        default_distribution=_distribution(rule_set, position, score_type),
        record_counts=_known_numbers(rules.elements, "recordCount"),
        correct_counts=_known_numbers(rules.elements, "nbCorrect"),
    )


def _selection_method(reading: Reading, element: Element) -> RuleSelectionMethod:
    """The first method is the one to use; the others are for programs that let people choose (PMML 4.4, RuleSet)."""
    method = element.child("RuleSelectionMethod")
    if method is None:
        reading.notice(element, "rule-selection-inferred", "RuleSelectionMethod is missing; read as firstHit")
        return RuleSelectionMethod.FIRST_HIT
    return method.choice("criterion", RuleSelectionMethod)


def _read_rules(
    reading: Reading, element: Element, context: ModelContext, around: tuple[Expression, ...], rules: _Rules
) -> None:
    inner = _RULES if element.tag == "CompoundRule" else ("ScoreDistribution",)
    reading.expect(element, {*PREDICATES, *inner})
    predicate = element.child(*PREDICATES)
    if predicate is None:
        raise element.error(f"{element.tag} has no predicate; add True, or export it again")
    predicates = (*around, read_predicate(reading, predicate, context.scope))
    if element.tag == "CompoundRule":
        for child in element.all(*_RULES):
            _read_rules(reading, child, context, predicates, rules)
        return
    rules.elements.append(element)
    rules.predicates.append(predicates[0] if len(predicates) == 1 else Apply(function="and", arguments=predicates))


def _classes(
    element: Element, rules: _Rules, context: ModelContext, score_type: DataType, scores: Sequence[Scalar]
) -> tuple[Scalar, ...]:
    """The target's declared values, then whatever else a rule predicts or has met."""
    declared = context.target_type.values if context.target_type is not None and context.is_classification else ()
    met = [
        cast(child, child.require("value"), score_type)
        for owner in (element, *rules.elements)
        for child in owner.all("ScoreDistribution")
    ]
    return tuple(dict.fromkeys([*declared, *scores, *met]))


def _ids(rules: Sequence[Element]) -> tuple[str, ...]:
    ids: list[str] = []
    given: set[str] = set()
    for number, rule in enumerate(rules, 1):
        own = rule.get("id")
        if own in given:
            raise rule.error(f"another rule has the id {own!r} too; give each its own")
        if own:
            given.add(own)
        ids.append(own or str(number))
    return tuple(ids)


def _numbers(rules: Sequence[Element], name: str, default: float) -> NDArray[np.float64]:
    return np.array([rule.number(name, default) for rule in rules], dtype=np.float64)


def _known_numbers(rules: Sequence[Element], name: str) -> NDArray[np.float64] | None:
    return _numbers(rules, name, float("nan")) if any(name in rule.attributes for rule in rules) else None


def _distributions(
    rules: Sequence[Element], position: dict[Scalar, int], score_type: DataType
) -> NDArray[np.float64] | None:
    rows = [_distribution(rule, position, score_type) for rule in rules]
    if all(row is None for row in rows):
        return None
    unknown = np.full(len(position), np.nan)
    return np.stack([unknown if row is None else row for row in rows])


def _distribution(element: Element, position: dict[Scalar, int], score_type: DataType) -> NDArray[np.float64] | None:
    """The shares of the classes, from the probabilities or else the record counts; ``None`` where neither is given."""
    children = element.all("ScoreDistribution")
    if not children:
        return None
    name = "probability" if all("probability" in child.attributes for child in children) else "recordCount"
    shares = np.zeros(len(position))
    for child in children:
        shares[position[cast(child, child.require("value"), score_type)]] += child.number(name, 0.0)
    if name == "probability":
        return shares
    total = float(shares.sum())
    return shares / total if total > 0 else None
