"""Output fields."""

from __future__ import annotations

from modelport_runtime.hub import DataType, MiningFunction, OpType, OutputField, ResultFeature
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import EXPRESSIONS, find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast

__all__ = ["read_outputs", "read_result_fields"]

_CLASS_FEATURES = (ResultFeature.PROBABILITY, ResultFeature.CONFIDENCE, ResultFeature.AFFINITY, ResultFeature.RESIDUAL)
_BOUNDS = (ResultFeature.CONFIDENCE_INTERVAL_LOWER, ResultFeature.CONFIDENCE_INTERVAL_UPPER)
_TARGET_FEATURES = (ResultFeature.PREDICTED_VALUE,)
_LABELLING = (MiningFunction.CLASSIFICATION, MiningFunction.CLUSTERING)
_TEXT_FEATURES = (
    ResultFeature.PREDICTED_DISPLAY_VALUE,
    ResultFeature.ENTITY_ID,
    ResultFeature.CLUSTER_ID,
    ResultFeature.REASON_CODE,
    ResultFeature.RULE_VALUE,
    ResultFeature.WARNING,
)


def read_outputs(reading: Reading, model: Element, scope: Scope, context: ModelContext) -> tuple[OutputField, ...]:
    """Read the ``Output`` of a model and make its fields known.

    Args:
        reading: The document being read.
        model: The model's element.
        scope: Fields that expressions may name; the output fields join them, in order.
        context: The model.
    """
    element = model.child("Output")
    if element is None:
        return ()
    reading.expect_content(element)
    found = (_read_output_field(reading, child, scope, context) for child in element.all("OutputField"))
    return tuple(field for field in found if field is not None)


def read_result_fields(
    reading: Reading, model: Element, scope: Scope, context: ModelContext
) -> tuple[OutputField, ...]:
    """Read the ``ResultField`` elements of an embedded model; arguments as for ``read_outputs``."""
    found = (_read_output_field(reading, child, scope, context) for child in model.all("ResultField"))
    return tuple(field for field in found if field is not None)


def _read_output_field(reading: Reading, element: Element, scope: Scope, context: ModelContext) -> OutputField | None:
    name = element.require("name")
    if not name:
        raise element.error("name is empty, so the result has no column; name it")
    if "datatype" in element.attributes:
        # So spelt in the examples of PMML 3.0 to 3.2, Output.
        element.attributes.setdefault("dataType", element.attributes["datatype"])
    feature_text = element.get("feature") or "predictedValue"
    is_final = element.boolean("isFinalResult", True)
    if feature_text == "x-report":
        # JPMML's trace of a computation, as MathML for people: no value of the model depends on it.
        reading.notice(element, "report-skipped", f"output field {name!r} (x-report) is not computed")
        return None
    if feature_text not in set(ResultFeature):
        if is_final:
            known = ", ".join(ResultFeature)
            reading.refuse(element, f"feature {feature_text!r} is not supported", f"remove it; known are {known}")
        return None
    feature = ResultFeature(feature_text)
    data_type = data_type_of(element, DataType.STRING) if "dataType" in element.attributes else None
    target_field = element.get("targetField")
    result = _result_type(feature, scope, target_field, context)
    text = element.get("value")
    expression = None
    if feature in (ResultFeature.TRANSFORMED_VALUE, ResultFeature.DECISION) and _has_expression(element):
        expression = find_expression(reading, element, scope, data_type)
    elif feature is ResultFeature.TRANSFORMED_VALUE and "segmentId" not in element.attributes:
        raise element.error("feature transformedValue needs an expression; add one, or remove the field")
    if feature in _BOUNDS and text is not None and not 0.0 < element.number("value") < 100.0:
        raise element.error(f"value={text!r} is no confidence in percent, such as 95; correct the document")
    is_class = feature in _CLASS_FEATURES and text is not None
    class_type = _result_type(ResultFeature.PREDICTED_VALUE, scope, target_field, context).data_type
    scope.add(name, result if data_type is None else FieldType(data_type, result.op_type, result.values))
    return OutputField(
        name=name,
        feature=feature,
        target_field=target_field,
        value=cast(element, text or "", class_type) if is_class else text,
        rank=element.integer("rank", 1),
        rank_order=element.get("rankOrder") or "descending",
        segment_id=element.get("segmentId"),
        data_type=data_type,
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
        expression=expression,
        is_final=is_final,
        display_name=element.get("displayName"),
        rank_basis=element.get("rankBasis") or "confidence",
        algorithm=element.get("algorithm") or "exclusiveRecommendation",
        rule_feature=element.get("ruleFeature"),
        is_multi_valued=element.boolean("isMultiValued", False),
        report_field=element.get("reportField", "x-reportField"),
    )


def _has_expression(element: Element) -> bool:
    return any(child.tag in EXPRESSIONS for child in element.children)


def _result_type(feature: ResultFeature, scope: Scope, target: str | None, context: ModelContext) -> FieldType:
    if feature in _TARGET_FEATURES:
        kind = scope.find(target) if target is not None else context.target_type
        if kind is not None:
            return kind
    elif feature not in _TEXT_FEATURES:
        return FieldType(DataType.DOUBLE, OpType.CONTINUOUS)
    if feature in _TARGET_FEATURES and context.function not in _LABELLING:
        return FieldType(DataType.DOUBLE, OpType.CONTINUOUS)
    return FieldType(DataType.STRING, OpType.CATEGORICAL)
