"""``isValid`` and ``isNotValid`` of a field, written as what the data dictionary declares of it.

A field whose invalid values are kept as they are (``invalidValueTreatment="asIs"``) has them in expressions too, where
these functions ask whether a value is among the declared ones (PMML 4.4, Built-in functions, isValid).
"""

from __future__ import annotations

from modelport_runtime.hub import Apply, Constant, DataField, DataType, Expression, FieldRef, Interval, Scalar
from modelport_runtime.pmml._reading import Scope

__all__ = ["VALIDITY_FUNCTIONS", "validity_of"]

VALIDITY_FUNCTIONS = ("isValid", "isNotValid")


def validity_of(function: str, arguments: tuple[Expression, ...], scope: Scope) -> Apply | None:
    """The function spelled out, or ``None`` for what declares no values."""
    if len(arguments) != 1 or not isinstance(arguments[0], FieldRef):
        return None
    field = arguments[0]
    kind = scope.find(field.field)
    declared = None if kind is None else kind.declared
    if declared is None or not (declared.values or declared.intervals or declared.invalid_values):
        return None
    present = _apply("isNotMissing", field)
    valid = _apply("and", *_conditions(field, declared))
    return _apply("and", present, valid if function == "isValid" else _apply("not", valid))


def _conditions(field: FieldRef, declared: DataField) -> list[Expression]:
    conditions: list[Expression] = []
    if declared.values or declared.intervals:
        within: list[Expression] = [_within(field, interval) for interval in declared.intervals]
        if declared.values:
            within.append(_apply("isIn", field, *(_constant(value, declared) for value in declared.values)))
        conditions.append(_apply("or", *within))
    usable = [value for value in declared.invalid_values if isinstance(value, str) == _is_text(declared)]
    if usable:
        conditions.append(_apply("isNotIn", field, *(_constant(value, declared) for value in usable)))
    return conditions or [_apply("isNotMissing", field)]


def _within(field: FieldRef, interval: Interval) -> Expression:
    sides: list[Expression] = [_apply("isNotMissing", field)]
    if interval.left is not None:
        operator = "greaterOrEqual" if interval.left_closed else "greaterThan"
        sides.append(_apply(operator, field, Constant(value=interval.left, data_type=DataType.DOUBLE)))
    if interval.right is not None:
        operator = "lessOrEqual" if interval.right_closed else "lessThan"
        sides.append(_apply(operator, field, Constant(value=interval.right, data_type=DataType.DOUBLE)))
    return _apply("and", *sides)


def _constant(value: Scalar, declared: DataField) -> Constant:
    return Constant(value=value, data_type=declared.data_type)


def _is_text(declared: DataField) -> bool:
    """Whether values are held as text, dates included."""
    return not (declared.data_type.is_number or declared.data_type is DataType.BOOLEAN)


def _apply(function: str, *arguments: Expression) -> Apply:
    return Apply(function=function, arguments=arguments)
