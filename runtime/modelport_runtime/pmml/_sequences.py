"""SequenceModel (PMML 4.4, Sequence Rules)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelport_runtime.hub import Items, Scalar, Sequence, SequenceModel, TimeConstraints, UsageType
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._association import check_rule_outputs
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._items import Identified, read_items, read_itemsets
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_sequences"]

_DELIMITERS = ("sameTimeWindow", "acrossTimeWindows")
_GAPS = ("true", "false", "unknown")


def read_sequences(reading: Reading, element: Element, context: ModelContext) -> SequenceModel:
    """Read the items, sets, sequences and rules of a ``SequenceModel``."""
    check_rule_outputs(element)
    if not any(field.usage_type is UsageType.GROUP for field in context.mining_fields):
        raise element.error("SequenceModel needs a field with usageType='group'; add it to the MiningSchema")
    items, item_ids = read_items(reading, element, context)
    sets, set_ids = read_itemsets(reading, element, item_ids)
    items = _read_set_predicates(reading, element, context, items, sets, set_ids)
    sequences, sequence_ids = _read_sequence_elements(reading, element, set_ids)
    rules = element.all("SequenceRule")
    rule_ids = Identified("SequenceRule")
    sides = [_read_sides(reading, rule, rule_ids, sequence_ids) for rule in rules]
    between = [_delimiter(rule.require_child("Delimiter")) for rule in rules]
    order = [field.name for field in context.mining_fields if field.usage_type is UsageType.ORDER]
    return SequenceModel(
        items=items,
        itemset_offsets=np.cumsum([0, *map(len, sets)], dtype=np.int64),
        itemset_items=np.array([item for members in sets for item in members], dtype=np.int32),
        order_field=order[0] if order else None,
        sequences=sequences,
        antecedents=np.array([left for left, _ in sides], dtype=np.int32),
        consequents=np.array([right for _, right in sides], dtype=np.int32),
        same_window=np.array([same for same, _ in between], dtype=np.uint8),
        adjacent=np.array([adjacent for _, adjacent in between], dtype=np.uint8),
        ids=tuple(rule.require("id") for rule in rules),
        supports=np.array([rule.number("support") for rule in rules], dtype=np.float64),
        confidences=np.array([rule.number("confidence") for rule in rules], dtype=np.float64),
        lifts=np.array([rule.number("lift", float("nan")) for rule in rules], dtype=np.float64),
        constraints=_read_constraints(reading, element),
    )


def _read_set_predicates(
    reading: Reading, model: Element, context: ModelContext, items: Items, sets: list[list[int]], set_ids: Identified
) -> Items:
    """A set predicate is a set of items too: all of its values are in one field of a transaction."""
    values, fields = list(items.values), list(items.fields)
    categories: list[Scalar | None] = list(items.categories)
    for element in model.all("SetPredicate"):
        reading.expect(element, {"Array"})
        set_ids.add(element)
        if element.get("operator") not in (None, "supersetOf"):
            raise element.error(f"operator={element.get('operator')!r} is unknown; known is supersetOf")
        name = element.require("field")
        kind = context.scope.find(name)
        if kind is None:
            raise element.error(f"field {name!r} is not defined; define it, or correct the name")
        members = []
        for text in read_array(element.require_child("Array")):
            members.append(len(values))
            values.append(text)
            fields.append(name)
            categories.append(cast(element, text, kind.data_type))
        sets.append(members)
    return replace(items, values=tuple(values), fields=tuple(fields), categories=tuple(categories))


def _read_sequence_elements(
    reading: Reading, model: Element, set_ids: Identified
) -> tuple[tuple[Sequence, ...], Identified]:
    ids = Identified("Sequence")
    sequences = []
    for element in model.all("Sequence"):
        reading.expect(element, {"SetReference", "Delimiter", "Time"})
        ids.add(element)
        references, delimiters = element.all("SetReference"), element.all("Delimiter")
        if len(delimiters) != len(references) - 1:
            raise element.error(f"{len(references)} SetReference need a Delimiter between every two of them")
        declared = element.integer("numberOfSets", len(references))
        if declared != len(references):
            raise element.error(f"numberOfSets={declared}, but there are {len(references)} SetReference")
        between = [_delimiter(child) for child in delimiters]
        sequences.append(
            Sequence(
                sets=tuple(set_ids.find(child, "setId") for child in references),
                same_window=tuple(same for same, _ in between),
                adjacent=tuple(adjacent for _, adjacent in between),
            )
        )
    return tuple(sequences), ids


def _delimiter(element: Element) -> tuple[bool, bool]:
    """Whether what follows is in the same transaction, or else in the very next one."""
    for name, known in (("delimiter", _DELIMITERS), ("gap", _GAPS)):
        if element.require(name) not in known:
            raise element.error(f"{name}={element.get(name)!r} is unknown; known are {', '.join(known)}")
    same = element.get("delimiter") == "sameTimeWindow"
    return same, not same and element.get("gap") == "false"


def _read_sides(reading: Reading, rule: Element, ids: Identified, sequences: Identified) -> tuple[int, int]:
    reading.expect(rule, {"AntecedentSequence", "ConsequentSequence", "Delimiter", "Time"})
    ids.add(rule)
    left, right = (rule.require_child(tag) for tag in ("AntecedentSequence", "ConsequentSequence"))
    return (
        sequences.find(left.require_child("SequenceReference"), "seqId"),
        sequences.find(right.require_child("SequenceReference"), "seqId"),
    )


def _read_constraints(reading: Reading, model: Element) -> TimeConstraints:
    element = model.child("Constraints")
    if element is None:
        return TimeConstraints()
    if element.number("minimumTotalSequenceTime", 0.0) > 0:
        reading.refuse(element, "minimumTotalSequenceTime is not supported", "remove it, or score with another program")
    return TimeConstraints(
        minimum_separation=element.number("minimumItemsetSeparationTime", 0.0),
        maximum_separation=element.optional_number("maximumItemsetSeparationTime"),
        minimum_rule_separation=element.number("minimumAntConsSeparationTime", 0.0),
        maximum_rule_separation=element.optional_number("maximumAntConsSeparationTime"),
        maximum_total=element.optional_number("maximumTotalSequenceTime"),
    )
