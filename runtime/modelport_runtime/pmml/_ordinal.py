"""Order of ordinal values: that in which the field declares them (PMML 4.4, DataDictionary, ordinal)."""

from __future__ import annotations

from modelport_runtime.hub import DataType, OpType, Scalar
from modelport_runtime.pmml._reading import FieldType

__all__ = ["ORDER_OPERATORS", "is_ordered_by_values", "values_that_compare"]

ORDER_OPERATORS = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")


def is_ordered_by_values(kind: FieldType | None) -> bool:
    """Whether a comparison of the field asks where its values are declared, rather than for what they are."""
    if kind is None or kind.op_type is not OpType.ORDINAL or not kind.values:
        return False
    if kind.data_type is DataType.STRING:
        return True
    numbers = [value for value in kind.values if isinstance(value, int | float)]
    return len(numbers) == len(kind.values) and numbers != sorted(numbers)


def values_that_compare(kind: FieldType, operator: str, value: Scalar) -> tuple[Scalar, ...]:
    """The declared values for which the comparison with one of them holds.

    Raises:
        ValueError: The value is not declared.
    """
    place = kind.values.index(value)
    if operator == "lessThan":
        return kind.values[:place]
    if operator == "lessOrEqual":
        return kind.values[: place + 1]
    return kind.values[place + 1 :] if operator == "greaterThan" else kind.values[place:]
