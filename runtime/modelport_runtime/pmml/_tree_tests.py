"""Constants of tree tests, cast to the types of the fields that they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import DataType, TreeTest
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._ordinal import is_ordered_by_values, values_that_compare
from modelport_runtime.pmml._reading import FieldType, Reading, cast_text
from modelport_runtime.pmml._tree_nodes import TreeNodes
from modelport_runtime.pmml._tree_predicates import OPERATORS

__all__ = ["TreeTests", "read_tests"]

_ORDER_TESTS = (
    TreeTest.LESS_OR_EQUAL,
    TreeTest.LESS_THAN,
    TreeTest.GREATER_OR_EQUAL,
    TreeTest.GREATER_THAN,
)


@dataclass(slots=True)
class TreeTests:
    """Typed constants of all tests; see the attributes of ``TreeEnsemble``."""

    threshold: NDArray[np.float64]
    categories: tuple[tuple[str, ...] | None, ...]
    set_index: NDArray[np.int32] | None
    set_offsets: NDArray[np.int64] | None
    set_members: NDArray[np.float64] | None


def read_tests(
    reading: Reading,
    element: Element,
    nodes: TreeNodes,
    context: ModelContext,
    test: NDArray[np.uint8],
    feature: NDArray[np.int32],
) -> TreeTests:
    """Type the constants of a tree.

    Raises:
        ArtifactError: A field is not defined, or a constant is no value of its field's type.
    """
    types = [_type_of(element, name, context) for name in nodes.fields]
    _order_as_sets(element, nodes, context, test, feature)
    names = list(nodes.fields)
    categories: list[dict[str, float] | None] = [{} if kind is DataType.STRING else None for kind in types]
    threshold = np.array(nodes.threshold, dtype=np.float64)
    singles = np.array([kind is DataType.FLOAT for kind in types], dtype=bool)
    if singles.any():
        rounded = (feature >= 0) & singles[feature]
        threshold[rounded] = threshold[rounded].astype(np.float32)

    def constant(text: str, line: int, index: int) -> float:
        known = categories[index]
        if known is not None:
            return known.setdefault(text, float(len(known)))
        try:
            return _number(text, types[index])
        except ValueError:
            fault = Element("SimplePredicate", {}, line, element)
            raise fault.error(f"{text!r} is no value of field {names[index]!r}, whose type is {types[index]}") from None

    for position, (text, line) in nodes.texts.items():
        threshold[position] = constant(text, line, feature[position])
    _refuse_ordered_texts(reading, element, nodes, test, feature, types)
    members = [[constant(t, line, feature[p]) for t in texts] for p, (texts, line) in nodes.sets.items()]
    set_index = np.full(len(test), -1, dtype=np.int32)
    set_index[list(nodes.sets)] = np.arange(len(members))
    return TreeTests(
        threshold=threshold,
        categories=tuple(None if known is None else tuple(known) for known in categories),
        set_index=set_index if members else None,
        set_offsets=np.cumsum([0, *map(len, members)]) if members else None,
        set_members=np.array([m for group in members for m in group], dtype=np.float64) if members else None,
    )


def _number(text: str, data_type: DataType) -> float:
    """A constant as the number that a column of the type holds; R compares booleans with 0.5."""
    try:
        return float(cast_text(text, data_type))
    except ValueError:
        if data_type is DataType.BOOLEAN:
            return parse_number(text)
        raise


def _type_of(element: Element, name: str, context: ModelContext) -> DataType:
    kind = context.scope.find(name)
    if kind is None:
        raise element.error(f"field {name!r} of a predicate is not defined; define it, or correct the name")
    return kind.data_type


def _order_as_sets(
    element: Element,
    nodes: TreeNodes,
    context: ModelContext,
    test: NDArray[np.uint8],
    feature: NDArray[np.int32],
) -> None:
    """Turn comparisons with an ordinal text into sets of the values that the field declares before or after it."""
    kinds = {index: context.scope.find(name) for index, name in enumerate(nodes.fields)}
    ordinal = {index: kind for index, kind in kinds.items() if kind is not None and is_ordered_by_values(kind)}
    if not ordinal:
        return
    for position in np.flatnonzero(np.isin(test, _ORDER_TESTS) & np.isin(feature, list(ordinal))).tolist():
        kind = ordinal[int(feature[position])]
        if kind.data_type is not DataType.STRING:
            continue  # numbers stand in their order, or are compared as what they are
        text, line = nodes.texts.pop(position, (_text_of(kind, nodes.threshold[position]), element.line))
        operator = next(name for name, code in OPERATORS.items() if code == test[position])
        try:
            members = values_that_compare(kind, operator, text)
        except ValueError:
            fault = Element("SimplePredicate", {}, line, element)
            known = ", ".join(map(repr, kind.values))
            raise fault.error(f"{text!r} is no value of the ordinal field; known are {known}") from None
        nodes.sets[position] = (tuple(map(str, members)), line)
        test[position] = TreeTest.IN_SET


def _text_of(kind: FieldType, number: float) -> str:
    """The declared text that reads as a number; what a comparison by order was given is kept as a number only."""
    for value in kind.values:
        try:
            if parse_number(str(value)) == number:
                return str(value)
        except ValueError:
            continue
    return repr(number)


def _refuse_ordered_texts(
    reading: Reading,
    element: Element,
    nodes: TreeNodes,
    test: NDArray[np.uint8],
    feature: NDArray[np.int32],
    types: list[DataType],
) -> None:
    is_text = np.array([kind is DataType.STRING for kind in types], dtype=bool)
    if not is_text.any():
        return
    bad = np.isin(test, _ORDER_TESTS) & is_text[feature]
    for index in np.unique(feature[bad]):
        name = list(nodes.fields)[index]
        reading.refuse(element, f"order comparison of the text field {name!r} is not supported", "test sets of values")
