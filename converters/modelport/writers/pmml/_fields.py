"""DataDictionary, MiningSchema, Targets and Output."""

from __future__ import annotations

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._expressions import write_expression, write_interval
from modelport.writers.pmml._scalars import data_type_of, number_text, optional_text, scalar_text
from modelport_runtime.hub import (
    DataField,
    DataType,
    Document,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    Model,
    OpType,
    OutlierTreatment,
    OutputField,
    ResultFeature,
    Target,
    TargetValue,
    UsageType,
)

__all__ = ["write_data_dictionary", "write_mining_schema", "write_output", "write_targets"]

_NUMERIC_FEATURES = {
    ResultFeature.PROBABILITY,
    ResultFeature.CONFIDENCE,
    ResultFeature.AFFINITY,
    ResultFeature.RESIDUAL,
    ResultFeature.STANDARD_ERROR,
    ResultFeature.STANDARD_DEVIATION,
    ResultFeature.CLUSTER_AFFINITY,
    ResultFeature.ENTITY_AFFINITY,
    ResultFeature.SUPPORT,
    ResultFeature.LIFT,
    ResultFeature.LEVERAGE,
}


def write_data_dictionary(context: Context, document: Document) -> None:
    """Write the data dictionary (PMML 4.4, DataDictionary)."""
    with context.xml.element("DataDictionary", {"numberOfFields": str(len(document.data_fields))}):
        for field in document.data_fields:
            _write_data_field(context, field)


def _write_data_field(context: Context, field: DataField) -> None:
    attributes = {
        "name": field.name,
        "displayName": field.display_name,
        "optype": field.op_type.value,
        "dataType": field.data_type.value,
        "isCyclic": "1" if field.is_cyclic else None,
    }
    values = _value_attributes(field)
    if not values and not field.intervals:
        context.xml.empty("DataField", attributes)
        return
    with context.xml.element("DataField", attributes):
        for interval in field.intervals:
            write_interval(context, interval)
        for value in values:
            context.xml.empty("Value", value)


def _value_attributes(field: DataField) -> list[dict[str, str | None]]:
    display = {(type(value), value): text for value, text in field.display_values}
    written: list[dict[str, str | None]] = []
    for kind, values in (("valid", field.values), ("invalid", field.invalid_values), ("missing", field.missing_values)):
        for value in values:
            text = scalar_text(value, None if kind == "missing" else field.data_type)
            shown = display.get((type(value), value))
            given = {"value": text, "displayValue": shown, "property": None if kind == "valid" else kind}
            written.append(given)
    return written


def write_mining_schema(context: Context, fields: tuple[MiningField, ...]) -> None:
    """Write a mining schema; what equals PMML's default is left out (PMML 4.4, MiningSchema)."""
    if not fields:
        context.xml.empty("MiningSchema")
        return
    with context.xml.element("MiningSchema"):
        for field in fields:
            context.xml.empty("MiningField", _mining_field_attributes(field, context.data_types.get(field.name)))


def _mining_field_attributes(field: MiningField, data_type: DataType | None) -> dict[str, str | None]:
    missing, invalid, outliers = (
        field.missing_value_treatment,
        field.invalid_value_treatment,
        field.outlier_treatment,
    )
    return {
        "name": field.name,
        "usageType": None if field.usage_type is UsageType.ACTIVE else field.usage_type.value,
        "optype": field.op_type.value if field.op_type else None,
        "importance": optional_text(field.importance),
        "outliers": None if outliers is OutlierTreatment.AS_IS else outliers.value,
        "lowValue": optional_text(field.low_value),
        "highValue": optional_text(field.high_value),
        "missingValueReplacement": optional_text(field.missing_value_replacement, data_type),
        "missingValueTreatment": None if missing is MissingValueTreatment.AS_IS else missing.value,
        "invalidValueTreatment": None if invalid is InvalidValueTreatment.RETURN_INVALID else invalid.value,
        "invalidValueReplacement": optional_text(field.invalid_value_replacement, data_type),
    }


def write_targets(context: Context, model: Model) -> None:
    """Write what is done to raw predictions (PMML 4.4, Targets)."""
    if not model.targets:
        return
    with context.xml.element("Targets"):
        for target in model.targets:
            _write_target(context, target, model)


def _write_target(context: Context, target: Target, model: Model) -> None:
    attributes = {
        "field": target.field or (model.target_names[0] if len(model.target_names) == 1 else None),
        "optype": target.op_type.value if target.op_type else None,
        "castInteger": target.cast_integer,
        "min": optional_text(target.min),
        "max": optional_text(target.max),
        "rescaleConstant": number_text(target.rescale_constant) if target.rescale_constant != 0 else None,
        "rescaleFactor": number_text(target.rescale_factor) if target.rescale_factor != 1 else None,
    }
    if not target.values:
        context.xml.empty("Target", attributes)
        return
    with context.xml.element("Target", attributes):
        for value in target.values:
            _write_target_value(context, value)


def _write_target_value(context: Context, value: TargetValue) -> None:
    attributes = {
        "value": optional_text(value.value),
        "displayValue": value.display_value,
        "priorProbability": optional_text(value.prior_probability),
        "defaultValue": optional_text(value.default_value),
    }
    context.xml.empty("TargetValue", attributes)


def write_output(context: Context, model: Model) -> None:
    """Write result columns (PMML 4.4, Output)."""
    if not model.outputs:
        return
    with context.xml.element("Output"):
        for field in model.outputs:
            with context.within(f"OutputField[{field.name}]"):
                _write_output_field(context, field, model)


def _write_output_field(context: Context, field: OutputField, model: Model) -> None:
    data_type = field.data_type or _output_type(context, field, model)
    if field.report_field is not None:
        context.unsupported(f"a report on field {field.report_field!r}", "drop this output field")
    context.data_types.setdefault(field.name, data_type)
    attributes = {
        "name": field.name,
        "displayName": field.display_name,
        "optype": (field.op_type or _op_type(data_type)).value,
        "dataType": data_type.value,
        "targetField": field.target_field,
        "feature": field.feature.value,
        "value": optional_text(field.value),
        "rank": str(field.rank) if field.rank != 1 else None,
        "rankOrder": field.rank_order if field.rank_order != "descending" else None,
        "segmentId": field.segment_id,
        "isFinalResult": None if field.is_final else "false",
    }
    if field.expression is None:
        context.xml.empty("OutputField", attributes)
        return
    with context.xml.element("OutputField", attributes):
        write_expression(context, field.expression, context.present_in_output.get(field.name, frozenset()))


def _output_type(context: Context, field: OutputField, model: Model) -> DataType:
    if field.feature in _NUMERIC_FEATURES:
        return DataType.DOUBLE
    if field.feature is ResultFeature.PREDICTED_VALUE:
        target = field.target_field or model.target_name
        return context.data_types.get(target or "", DataType.DOUBLE)
    if field.feature in (ResultFeature.TRANSFORMED_VALUE, ResultFeature.DECISION):
        return DataType.DOUBLE if field.value is None else data_type_of(field.value)
    return DataType.STRING


def _op_type(data_type: DataType) -> OpType:
    return OpType.CONTINUOUS if data_type in (DataType.DOUBLE, DataType.FLOAT) else OpType.CATEGORICAL
