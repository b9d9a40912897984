"""Raw values become a model's inputs (PMML 4.4, DataDictionary and MiningSchema).

The order: cast to the field's type; values that stand for missing; invalid values and their treatment; outliers and
theirs; at last the replacement of what is missing. A replacement is neither invalid nor an outlier.
"""

from __future__ import annotations

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast, cast_checked
from modelport_runtime.executors.reference._scalars import limit, physical
from modelport_runtime.executors.reference._values import Mask, Value, missing_column, replace, union
from modelport_runtime.hub import (
    DataField,
    Interval,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    OutlierTreatment,
    Scalar,
)

__all__ = ["in_interval", "invalid_rows", "is_any_of", "treat_inner", "treat_raw"]


def treat_raw(column: Column, field: DataField, mining_field: MiningField) -> Value:
    """A raw column as a model sees it, and the rows that it declares invalid."""
    typed, uncastable = cast_checked(column, field.data_type)
    if field.missing_values:
        stands_for_missing = is_any_of(typed, field.missing_values)
        if stands_for_missing.any():
            typed = replace(typed, stands_for_missing, None)
        if uncastable is not None and isinstance(column, TextColumn):
            # A marker such as "N/A" need not be of the field's type.
            uncastable = uncastable & ~is_any_of(column, field.missing_values)
    invalid = union((uncastable, _outside(typed, field)))
    rejected: Mask | None = None
    if invalid is not None:
        typed, rejected = _treat_invalid(typed, invalid, mining_field)
    typed = _treat_outliers(typed, mining_field, None if invalid is None else ~invalid)
    typed, missing = _treat_missing(typed, mining_field, rejected)
    return Value(typed, union((rejected, missing)))


def invalid_rows(column: Column | None, n_rows: int, field: DataField, mining_field: MiningField) -> Mask | None:
    """Rows of a raw column (``None``: missing in all) whose results its field makes invalid."""
    raw = missing_column(field.data_type, n_rows) if column is None else column
    return treat_raw(raw, field, mining_field).invalid


def treat_inner(value: Value, mining_field: MiningField, field: DataField | None) -> Value:
    """A column of the surrounding model as a nested model sees it.

    What the surrounding model let through is not declared invalid again: ``returnInvalid`` is also what a mining
    field says that says nothing.
    """
    column = value.column
    if field is not None and mining_field.invalid_value_treatment in (
        InvalidValueTreatment.AS_MISSING,
        InvalidValueTreatment.AS_VALUE,
    ):
        outside = _outside(column, field)
        if outside is not None:
            column, _ = _treat_invalid(column, outside, mining_field)
    column = _treat_outliers(column, mining_field, None)
    column, missing = _treat_missing(column, mining_field, None)
    return Value(column, union((value.invalid, missing)))


def is_any_of(column: Column, values: tuple[Scalar, ...]) -> Mask:
    """Where the column holds one of the constants, read as the column's type."""
    known = []
    for value in values:
        try:
            known.append(physical(value, column.data_type))
        except ValueError:
            continue  # a constant that the type cannot hold is in no row
    if isinstance(column, TextColumn):
        wanted = set(known)
        table = np.array([*(category in wanted for category in column.categories), False])
        result: Mask = table[column.codes]
        return result
    numbers = np.array([value for value in known if isinstance(value, float)])
    return np.isin(column.values, numbers)


def in_interval(column: Column, interval: Interval) -> Mask:
    """Where the number lies in the interval, whose margins have the column's precision."""
    values = column.values if isinstance(column, NumberColumn) else np.full(len(column), np.nan)
    inside = ~np.isnan(values)
    if interval.left is not None:
        left = limit(interval.left, column.data_type)
        inside &= values >= left if interval.left_closed else values > left
    if interval.right is not None:
        right = limit(interval.right, column.data_type)
        inside &= values <= right if interval.right_closed else values < right
    return inside


def _outside(column: Column, field: DataField) -> Mask | None:
    """Where a value that is not missing is not among the field's valid ones."""
    invalid: Mask | None = None
    if field.values or field.intervals:
        valid = column.missing
        if field.values:
            valid = valid | is_any_of(column, field.values)
        for interval in field.intervals:
            valid = valid | in_interval(column, interval)
        if not valid.all():
            invalid = ~valid
    if field.invalid_values:
        declared = is_any_of(column, field.invalid_values)
        if declared.any():
            invalid = union((invalid, declared))
    return invalid


def _treat_invalid(column: Column, invalid: Mask, field: MiningField) -> tuple[Column, Mask | None]:
    """The column after treatment and the rows whose result is to be invalid."""
    match field.invalid_value_treatment:
        case InvalidValueTreatment.AS_IS:
            return column, None
        case InvalidValueTreatment.AS_MISSING:
            return replace(column, invalid, None), None
        case InvalidValueTreatment.AS_VALUE:
            return replace(column, invalid, field.invalid_value_replacement), None
    return column, invalid


def _treat_outliers(column: Column, field: MiningField, valid: Mask | None) -> Column:
    if field.outlier_treatment is OutlierTreatment.AS_IS or isinstance(column, TextColumn):
        return column
    low = -np.inf if field.low_value is None else limit(field.low_value, column.data_type)
    high = np.inf if field.high_value is None else limit(field.high_value, column.data_type)
    values = column.values
    if field.outlier_treatment is OutlierTreatment.AS_EXTREME_VALUES:
        treated = np.clip(values, low, high)
    else:
        treated = np.where((values < low) | (values > high), np.nan, values)
    return NumberColumn(treated if valid is None else np.where(valid, treated, values), column.data_type)


def _treat_missing(column: Column, field: MiningField, rejected: Mask | None) -> tuple[Column, Mask | None]:
    """The column after treatment and the rows that are invalid because a value is missing."""
    if field.missing_value_treatment is MissingValueTreatment.RETURN_INVALID:
        missing = column.missing
        return column, missing if missing.any() else None
    if field.missing_value_replacement is None:
        return column, None
    missing = column.missing if rejected is None else column.missing & ~rejected
    return (replace(column, missing, field.missing_value_replacement) if missing.any() else column), None


def cast_to_field(column: Column, field: DataField) -> Column:
    """A raw column of a field that the model does not use: only its type."""
    return cast(column, field.data_type)
