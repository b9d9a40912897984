"""AssociationModel (PMML 4.4, Association Rules)."""

from __future__ import annotations

import numpy as np

from modelport_runtime.hub import AssociationModel
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._items import Identified, read_items, read_itemsets
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["check_rule_outputs", "read_association"]

_MEASURES = ("confidence", "support", "lift", "leverage", "affinity")
_CHOICES = {
    "algorithm": ("recommendation", "exclusiveRecommendation", "ruleAssociation"),
    "rankBasis": _MEASURES,
    "rankOrder": ("descending", "ascending"),
    "ruleFeature": ("antecedent", "consequent", "rule", "ruleId", *_MEASURES),
}
"""What an output field of rules may say (PMML 4.4, Output)."""


def read_association(reading: Reading, element: Element, context: ModelContext) -> AssociationModel:
    """Read the items, itemsets and rules of an ``AssociationModel``."""
    check_rule_outputs(element)
    items, item_ids = read_items(reading, element, context)
    itemsets, itemset_ids = read_itemsets(reading, element, item_ids)
    rules = element.all("AssociationRule")
    for rule in rules:
        reading.expect(rule, ())
    return AssociationModel(
        items=items,
        itemset_offsets=np.cumsum([0, *map(len, itemsets)], dtype=np.int64),
        itemset_items=np.array([item for members in itemsets for item in members], dtype=np.int32),
        antecedents=np.array([itemset_ids.find(rule, "antecedent") for rule in rules], dtype=np.int32),
        consequents=np.array([itemset_ids.find(rule, "consequent") for rule in rules], dtype=np.int32),
        ids=_rule_ids(rules),
        supports=np.array([rule.number("support") for rule in rules], dtype=np.float64),
        confidences=np.array([rule.number("confidence") for rule in rules], dtype=np.float64),
        lifts=_known(rules, "lift"),
        leverages=_known(rules, "leverage"),
        affinities=_known(rules, "affinity"),
    )


def _rule_ids(rules: list[Element]) -> tuple[str, ...]:
    given = Identified("AssociationRule")
    for rule in rules:
        if rule.get("id"):
            given.add(rule)
    return tuple(rule.get("id") or str(number) for number, rule in enumerate(rules, 1))


def _known(rules: list[Element], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([rule.number(name, float("nan")) for rule in rules], dtype=np.float64)


def check_rule_outputs(model: Element) -> None:
    """Check what output fields say of rules and their ranks.

    Raises:
        ArtifactError: A name is unknown, or a rank is no rank.
    """
    output = model.child("Output")
    for field in () if output is None else output.all("OutputField"):
        for attribute, known in _CHOICES.items():
            value = field.get(attribute)
            if value is not None and value not in known:
                raise field.error(f"{attribute}={value!r} is unknown; known are {', '.join(known)}")
        if field.integer("rank", 1) < (0 if field.boolean("isMultiValued", False) else 1):
            raise field.error("rank is below 1; only a field with isMultiValued='1' may have 0, which means all")
