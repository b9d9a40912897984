"""Treatments of missing, invalid and outlying values (PMML 4.4, MiningSchema)."""

from __future__ import annotations

from modelport_runtime.executors.onnx._lowering import Lowering, ScopedValue
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.executors.reference._scalars import limit, physical
from modelport_runtime.hub import (
    DataField,
    Interval,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    OutlierTreatment,
    Scalar,
)

__all__ = ["inside", "treat_inner", "treat_raw"]

_REPLACING = (InvalidValueTreatment.AS_MISSING, InvalidValueTreatment.AS_VALUE)


def treat_raw(lowering: Lowering, field: MiningField, data_field: DataField, value: Value) -> ScopedValue:
    """A raw column as the outermost model sees it, and the rows that it declares invalid."""
    if data_field.missing_values:
        value = lowering.make_missing(value, _equals_any(lowering, value, data_field.missing_values))
    invalid = _outside(lowering, data_field, value)
    rejected = None
    if invalid is not None:
        if field.invalid_value_treatment is InvalidValueTreatment.RETURN_INVALID:
            rejected = invalid
        else:
            value = _treat_invalid(lowering, field, value, invalid)
    value = _treat_outliers(lowering, field, value, invalid)
    value, absent = _treat_missing(lowering, field, value)
    return ScopedValue(value, lowering.any_of(rejected, absent))


def treat_inner(
    lowering: Lowering, field: MiningField, data_field: DataField | None, outer: ScopedValue
) -> ScopedValue:
    """A column of the surrounding model as a nested model sees it.

    What the surrounding model let through is not declared invalid again: ``returnInvalid`` is also what a mining
    field says that says nothing.
    """
    value = outer.value
    if data_field is not None and field.invalid_value_treatment in _REPLACING:
        invalid = _outside(lowering, data_field, value)
        if invalid is not None:
            value = _treat_invalid(lowering, field, value, invalid)
    value = _treat_outliers(lowering, field, value, None)
    value, absent = _treat_missing(lowering, field, value)
    return ScopedValue(value, lowering.any_of(outer.invalid, absent))


def _outside(lowering: Lowering, data_field: DataField, value: Value) -> str | None:
    """Condition under which a value is present but not valid; ``None`` when every value is valid."""
    conditions = []
    if data_field.values or data_field.intervals:
        valid = [lowering.is_missing(value)]
        if data_field.values:
            valid.append(_equals_any(lowering, value, data_field.values))
        if isinstance(value, Number):
            valid.extend(inside(lowering, value, interval) for interval in data_field.intervals)
        conditions.append(lowering.negate(str(lowering.any_of(*valid))))
    if data_field.invalid_values:
        conditions.append(_equals_any(lowering, value, data_field.invalid_values))
    return lowering.any_of(*conditions)


def _treat_invalid(lowering: Lowering, field: MiningField, value: Value, invalid: str) -> Value:
    if field.invalid_value_treatment is InvalidValueTreatment.AS_IS:
        return value
    if field.invalid_value_treatment is InvalidValueTreatment.AS_MISSING:
        return lowering.make_missing(value, invalid)
    return lowering.choose(invalid, lowering.scalar(field.invalid_value_replacement, value.data_type), value)


def _treat_outliers(lowering: Lowering, field: MiningField, value: Value, invalid: str | None) -> Value:
    """The column with its outliers treated; an invalid value is no outlier."""
    treatment = field.outlier_treatment
    if treatment is OutlierTreatment.AS_IS or isinstance(value, Text):
        return value
    result: Value = value
    for bound, operator in ((field.low_value, "Less"), (field.high_value, "Greater")):
        if bound is None:
            continue
        extreme = lowering.number(limit(bound, value.data_type), value.data_type)
        outlier = lowering.compare(operator, value.name, extreme.name)
        if invalid is not None:
            outlier = lowering.all_of(outlier, lowering.negate(invalid))
        is_missing = treatment is OutlierTreatment.AS_MISSING_VALUES
        result = lowering.make_missing(result, outlier) if is_missing else lowering.choose(outlier, extreme, result)
    return result


def _treat_missing(lowering: Lowering, field: MiningField, value: Value) -> tuple[Value, str | None]:
    if field.missing_value_treatment is MissingValueTreatment.RETURN_INVALID:
        return value, lowering.is_missing(value)
    if field.missing_value_replacement is None:
        return value, None
    return lowering.replace_missing(value, lowering.scalar(field.missing_value_replacement, value.data_type)), None


def _equals_any(lowering: Lowering, value: Value, constants: tuple[Scalar, ...]) -> str:
    """Condition under which a value is present and one of the constants, read as the column's type."""
    known: dict[float | str, None] = {}
    for constant in constants:
        try:
            held = physical(constant, value.data_type)
        except ValueError:
            continue  # a constant that the type cannot hold is in no row
        if held is not None:
            known[held] = None
    if not known:
        return lowering.never()
    position = position_of(lowering, value, list(known))
    return lowering.compare("Less", position, lowering.graph.integers([[len(known)]]))


def inside(lowering: Lowering, value: Number, interval: Interval) -> str:
    """Condition under which a number is present and lies in an interval."""
    conditions = []
    if interval.left is not None:
        operator = "GreaterOrEqual" if interval.left_closed else "Greater"
        conditions.append(lowering.compare(operator, value.name, _margin(lowering, value, interval.left)))
    if interval.right is not None:
        operator = "LessOrEqual" if interval.right_closed else "Less"
        conditions.append(lowering.compare(operator, value.name, _margin(lowering, value, interval.right)))
    if not conditions:
        return lowering.compare("Equal", value.name, value.name)
    return lowering.all_of(*conditions)


def _margin(lowering: Lowering, value: Number, margin: float) -> str:
    """An interval's margin in the field's own precision, as its values are."""
    return lowering.number(limit(margin, value.data_type)).name
