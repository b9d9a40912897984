"""Fields: what a value may be, and what a model does with one that is missing, invalid or an outlier."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.hub._types import (
    DataType,
    InvalidValueTreatment,
    MissingValueTreatment,
    OpType,
    OutlierTreatment,
    Scalar,
    UsageType,
)

__all__ = ["DataField", "Interval", "MiningField"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A range of numbers; a margin of ``None`` is unbounded (PMML 4.4, DataDictionary, Interval)."""

    left: float | None = None
    right: float | None = None
    left_closed: bool = True
    right_closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DataField:
    """A field of the data dictionary (PMML 4.4, DataDictionary, DataField).

    Attributes:
        name: Name of the column.
        data_type: Type that raw values are cast to before anything else.
        op_type: Operational type.
        values: The valid values, in order, already of ``data_type``; empty when any value is valid.
        intervals: Valid ranges of a continuous field; empty when any number is valid.
        invalid_values: Values declared invalid.
        missing_values: Values that stand for missing, such as ``-999``.
        display_values: Pairs of a value and the text to show for it.
        display_name: A longer name, for people.
        is_cyclic: Whether the values form a cycle.
    """

    name: str
    data_type: DataType
    op_type: OpType
    values: tuple[Scalar, ...] = ()
    intervals: tuple[Interval, ...] = ()
    invalid_values: tuple[Scalar, ...] = ()
    missing_values: tuple[Scalar, ...] = ()
    display_values: tuple[tuple[Scalar, str], ...] = ()
    display_name: str | None = None
    is_cyclic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningField:
    """Use of a field by one model (PMML 4.4, MiningSchema, MiningField).

    Attributes:
        name: Name of a data field, or, inside an ensemble, of any field in scope.
        usage_type: Role of the field.
        op_type: Overrides the data field's when given.
        missing_value_treatment: Where ``missing_value_replacement`` came from, or ``returnInvalid``.
        missing_value_replacement: Replaces a missing value, when given.
        invalid_value_treatment: What becomes of an invalid value.
        invalid_value_replacement: Replaces an invalid value under ``asValue``.
        outlier_treatment: What becomes of a number outside [``low_value``, ``high_value``].
        low_value: Lowest number that is no outlier.
        high_value: Highest number that is no outlier.
        importance: Importance of the field in [0, 1], for information.
    """

    name: str
    usage_type: UsageType = UsageType.ACTIVE
    op_type: OpType | None = None
    missing_value_treatment: MissingValueTreatment = MissingValueTreatment.AS_IS
    missing_value_replacement: Scalar | None = None
    invalid_value_treatment: InvalidValueTreatment = InvalidValueTreatment.RETURN_INVALID
    invalid_value_replacement: Scalar | None = None
    outlier_treatment: OutlierTreatment = OutlierTreatment.AS_IS
    low_value: float | None = None
    high_value: float | None = None
    importance: float | None = None

    @property
    def is_target(self) -> bool:
        """Whether this is a field that the model predicts."""
        return self.usage_type in (UsageType.TARGET, UsageType.PREDICTED)
