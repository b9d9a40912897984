"""Data dictionary, mining schema and targets."""

from __future__ import annotations

from modelport_runtime.hub import (
    DataField,
    DataType,
    Interval,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    OpType,
    OutlierTreatment,
    Scalar,
    Target,
    TargetValue,
    UsageType,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast, cast_text

__all__ = ["data_type_of", "read_data_dictionary", "read_interval", "read_mining_schema", "read_targets"]

_CLOSURES = {
    "closedClosed": (True, True),
    "closedOpen": (True, False),
    "openClosed": (False, True),
    "openOpen": (False, False),
}


def data_type_of(element: Element, default: DataType | None = None) -> DataType:
    """The ``dataType`` of an element.

    Raises:
        ArtifactError: The type is unknown.
    """
    if default is None and "dataType" not in element.attributes:
        # PMML before 3.1 left the type to the reader (PMML 3.0, DataDictionary).
        return DataType.DOUBLE if element.get("optype") == "continuous" else DataType.STRING
    return element.choice("dataType", DataType, default)


def read_interval(element: Element) -> Interval:
    """Read an ``Interval``."""
    closure = element.get("closure") or "closedClosed"
    if closure not in _CLOSURES:
        raise element.error(f"closure={closure!r} is unknown; known are {', '.join(_CLOSURES)}")
    left_closed, right_closed = _CLOSURES[closure]
    return Interval(
        left=element.optional_number("leftMargin"),
        right=element.optional_number("rightMargin"),
        left_closed=left_closed,
        right_closed=right_closed,
    )


def read_data_dictionary(reading: Reading, element: Element, scope: Scope) -> tuple[DataField, ...]:
    """Read the ``DataDictionary`` and make its fields known."""
    reading.expect_content(element)
    for taxonomy in element.all("Taxonomy"):
        reading.refuse(taxonomy, "Taxonomy is not supported", "replace it by MapValues")
    fields = {}
    for child in element.all("DataField"):
        field = _read_data_field(reading, child)
        if field.name in fields:
            raise child.error(f"field {field.name!r} is defined twice; remove one")
        fields[field.name] = field
        scope.add(field.name, FieldType(field.data_type, field.op_type, field.values))
    return tuple(fields.values())


def _read_data_field(reading: Reading, element: Element) -> DataField:
    reading.expect_content(element)
    if "taxonomy" in element.attributes:
        reading.refuse(element, "attribute taxonomy is not supported", "replace the taxonomy by MapValues")
    data_type = data_type_of(element)
    by_property: dict[str, list[Scalar]] = {"valid": [], "invalid": [], "missing": []}
    display_values: list[tuple[Scalar, str]] = []
    for child in element.all("Value"):
        meaning, text = child.get("property") or "valid", child.require("value")
        if meaning not in by_property:
            raise child.error(f"property={meaning!r} is unknown; known are {', '.join(by_property)}")
        value = cast(child, text, data_type) if meaning == "valid" else _cast_or_text(text, data_type)
        by_property[meaning].append(value)
        if "displayValue" in child.attributes and meaning == "valid":
            display_values.append((value, child.attributes["displayValue"]))
    intervals = tuple(_cast_interval(read_interval(child), data_type) for child in element.all("Interval"))
    return DataField(
        name=element.require("name"),
        data_type=data_type,
        op_type=element.choice("optype", OpType, _default_op_type(data_type)),
        values=tuple(dict.fromkeys(by_property["valid"])),
        intervals=intervals,
        invalid_values=tuple(by_property["invalid"]),
        missing_values=tuple(by_property["missing"]),
        display_values=tuple(display_values),
        display_name=element.get("displayName"),
        is_cyclic=(element.get("isCyclic") or "0") in ("1", "true"),
    )


def _default_op_type(data_type: DataType) -> OpType:
    return OpType.CATEGORICAL if data_type in (DataType.STRING, DataType.BOOLEAN) else OpType.CONTINUOUS


def _cast_or_text(text: str, data_type: DataType) -> Scalar:
    """What stands for missing or invalid is often no value of the type, such as ``?`` in a column of numbers."""
    try:
        return cast_text(text, data_type)
    except ValueError:
        return text


def _cast_interval(interval: Interval, data_type: DataType) -> Interval:
    """Margins are values of the field's type: those of a float field are rounded as its values are."""
    if data_type is not DataType.FLOAT:
        return interval
    left, right = (None if m is None else cast_text(repr(m), data_type) for m in (interval.left, interval.right))
    return Interval(
        left=None if left is None else float(left),
        right=None if right is None else float(right),
        left_closed=interval.left_closed,
        right_closed=interval.right_closed,
    )


def read_mining_schema(reading: Reading, model: Element, scope: Scope) -> tuple[MiningField, ...]:
    """Read the ``MiningSchema`` of a model; ``targetFieldName`` stands in for a target that it does not name."""
    schema = model.child("MiningSchema")
    fields: list[MiningField] = []
    if schema is not None:
        reading.expect_content(schema)
        fields = [_read_mining_field(reading, child, scope) for child in schema.all("MiningField")]
    target = model.get("targetFieldName")
    if target is not None and scope.find(target) is not None and not any(field.is_target for field in fields):
        fields = [field for field in fields if field.name != target]
        fields.append(MiningField(name=target, usage_type=UsageType.TARGET))
    return tuple(fields)


def _read_mining_field(reading: Reading, element: Element, scope: Scope) -> MiningField:
    name = element.require("name")
    kind = scope.find(name)
    data_type = kind.data_type if kind is not None else DataType.STRING
    if kind is None and element.get("usageType") in (None, "active", "group", "order"):
        reading.refuse(element, f"field {name!r} is not defined", "define it in the DataDictionary")
    return MiningField(
        name=name,
        usage_type=element.choice("usageType", UsageType, UsageType.ACTIVE),
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
        missing_value_treatment=element.choice(
            "missingValueTreatment", MissingValueTreatment, MissingValueTreatment.AS_IS
        ),
        missing_value_replacement=_replacement(element, data_type, "missingValueReplacement"),
        invalid_value_treatment=element.choice(
            "invalidValueTreatment", InvalidValueTreatment, InvalidValueTreatment.RETURN_INVALID
        ),
        invalid_value_replacement=_replacement(element, data_type, "invalidValueReplacement"),
        outlier_treatment=element.choice("outliers", OutlierTreatment, OutlierTreatment.AS_IS),
        low_value=element.optional_number("lowValue"),
        high_value=element.optional_number("highValue"),
        importance=element.optional_number("importance"),
    )


def _replacement(element: Element, data_type: DataType, name: str) -> Scalar | None:
    text = element.get(name, f"x-{name}")
    return None if text is None else cast(element, text, data_type)


def read_targets(reading: Reading, model: Element, scope: Scope) -> tuple[Target, ...]:
    """Read the ``Targets`` of a model."""
    element = model.child("Targets")
    if element is None:
        return ()
    reading.expect_content(element)
    return tuple(_read_target(reading, child, scope) for child in element.all("Target"))


def _read_target(reading: Reading, element: Element, scope: Scope) -> Target:
    reading.expect_content(element)
    name = element.get("field")
    cast_integer = element.get("castInteger")
    if cast_integer not in (None, "round", "ceiling", "floor"):
        raise element.error(f"castInteger={cast_integer!r} is unknown; known are round, ceiling, floor")
    kind = scope.find(name)
    data_type = kind.data_type if kind is not None else DataType.STRING
    return Target(
        field=name,
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
        cast_integer=cast_integer,
        min=element.optional_number("min"),
        max=element.optional_number("max"),
        rescale_constant=element.number("rescaleConstant", 0.0),
        rescale_factor=element.number("rescaleFactor", 1.0),
        values=tuple(_read_target_value(reading, child, data_type) for child in element.all("TargetValue")),
    )


def _read_target_value(reading: Reading, element: Element, data_type: DataType) -> TargetValue:
    for child in element.all("Partition"):
        reading.notice(child, "statistics-skipped", "the statistics of a Partition are not kept")
    text = element.get("value")
    return TargetValue(
        value=None if text is None else cast(element, text, data_type),
        display_value=element.get("displayValue"),
        prior_probability=element.optional_number("priorProbability"),
        default_value=element.optional_number("defaultValue"),
    )
