"""The one schema of results that every engine obeys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelport_runtime.hub import (
    Aggregate,
    AnomalyAlgorithm,
    AnomalyDetectionModel,
    Apply,
    AssociationModel,
    Cast,
    Constant,
    DataField,
    DataType,
    DerivedField,
    Discretize,
    Document,
    Ensemble,
    Expression,
    FieldRef,
    Lag,
    MapValues,
    MiningFunction,
    Model,
    MultipleModelMethod,
    OutputField,
    RegressionModel,
    ResultFeature,
    Scalar,
    SequenceModel,
    TreeEnsemble,
)

__all__ = ["PREDICTED_VALUE", "RULE_FEATURES", "ResultField", "is_list_output", "predicts_lists", "result_fields"]

PREDICTED_VALUE = "predictedValue"
"""Name of the result of a document that names no target."""

_OUTPUTS_OF_MEMBERS = (
    MultipleModelMethod.MODEL_CHAIN,
    MultipleModelMethod.MULTI_MODEL_CHAIN,
    MultipleModelMethod.SELECT_FIRST,
)
_LABELS = (ResultFeature.PREDICTED_VALUE, ResultFeature.PREDICTED_DISPLAY_VALUE)
_TEXTS = (ResultFeature.ENTITY_ID, ResultFeature.CLUSTER_ID, ResultFeature.WARNING, ResultFeature.REASON_CODE)
RULE_FEATURES = frozenset(
    {
        ResultFeature.ENTITY_ID,
        ResultFeature.RULE_ID,
        ResultFeature.RULE,
        ResultFeature.RULE_VALUE,
        ResultFeature.ANTECEDENT,
        ResultFeature.CONSEQUENT,
        ResultFeature.SUPPORT,
        ResultFeature.CONFIDENCE,
        ResultFeature.LIFT,
        ResultFeature.LEVERAGE,
        ResultFeature.AFFINITY,
    }
)
"""What models of association rules show of a rule, or of several in a list (PMML 4.4, Output, isMultiValued)."""

_RULE_TEXTS = (ResultFeature.RULE_ID, ResultFeature.RULE, ResultFeature.ANTECEDENT, ResultFeature.CONSEQUENT)
_RULE_NUMBERS = ("support", "confidence", "lift", "leverage", "affinity")
_EXPRESSIONS = (ResultFeature.TRANSFORMED_VALUE, ResultFeature.DECISION)
_BOOLEAN_FUNCTIONS = frozenset(
    {"and", "or", "not", "xor", "equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"}
    | {"isIn", "isNotIn", "isMissing", "isNotMissing", "isValid", "isNotValid", "matches"}
)
_WHOLE_FUNCTIONS = frozenset(
    {"floor", "ceil", "round", "threshold", "stringLength"}
    | {"dateDaysSinceYear", "dateSecondsSinceYear", "dateSecondsSinceMidnight"}
)
_TEXT_FUNCTIONS = frozenset(
    ["uppercase", "lowercase", "substring", "trimBlanks", "concat", "replace", "formatNumber", "formatDatetime"]
)


@dataclass(frozen=True, slots=True)
class ResultField:
    """A result column: its name and the type of its values.

    Attributes:
        name: Name of the column.
        data_type: Type of the values, or of the items of lists.
        is_list: Whether each row holds a list of values.
    """

    name: str
    data_type: DataType
    is_list: bool = False


def result_fields(document: Document) -> tuple[ResultField, ...]:
    """Every target by its name, then every final output field by its name.

    A model of groups has the group first. A document with a predictor but no target field has ``predictedValue``. The
    output fields of the members of chains and selections are results too, before the model's own. A class label has its
    target field's type; a number predicted for an integer target is real unless the model's ``Targets`` cast it.
    """
    data_fields = {field.name: field for field in document.data_fields}
    fields: dict[str, ResultField] = {}
    model = document.model
    if model.group_field is not None:
        fields[model.group_field] = ResultField(model.group_field, data_fields[model.group_field].data_type)
    if model.predictor is not None:
        for name in model.target_names or (PREDICTED_VALUE,):
            fields[name] = ResultField(name, _target_type(model, name, data_fields), predicts_lists(model))
    for owner, output in _final_outputs(model):
        if output.name not in fields or output.data_type is not None:
            data_type = _output_type(owner, output, document, data_fields)
            fields.setdefault(output.name, ResultField(output.name, data_type, is_list_output(owner, output)))
    return tuple(fields.values())


def predicts_lists(model: Model) -> bool:
    """Whether the predicted value is a list in each row."""
    predictor = model.predictor
    is_selection = isinstance(predictor, Ensemble) and predictor.method is MultipleModelMethod.SELECT_ALL
    return is_selection or isinstance(predictor, AssociationModel | SequenceModel)


def is_list_output(model: Model, output: OutputField) -> bool:
    """Whether an output field of a model is a list in each row."""
    if isinstance(model.predictor, AssociationModel | SequenceModel) and output.feature in RULE_FEATURES:
        return output.is_multi_valued
    return output.feature in _LABELS and output.segment_id is None and predicts_lists(model)


def _final_outputs(model: Model) -> Iterator[tuple[Model, OutputField]]:
    if isinstance(model.predictor, Ensemble) and model.predictor.method in _OUTPUTS_OF_MEMBERS:
        for segment in model.predictor.segments:
            yield from _final_outputs(segment.model)
    for output in model.outputs:
        if output.is_final:
            yield model, output


def _target_type(model: Model, name: str | None, data_fields: dict[str, DataField]) -> DataType:
    if isinstance(model.predictor, AssociationModel | SequenceModel):
        return DataType.STRING
    declared = data_fields[name].data_type if name in data_fields else None
    if model.function is MiningFunction.CLASSIFICATION:
        if declared is not None:
            return declared
        return _label_type(_labels(model))
    if isinstance(model.predictor, AnomalyDetectionModel) and declared is None:
        return _score_type(model.predictor)
    if model.function is MiningFunction.CLUSTERING:
        return declared or DataType.STRING
    if declared is DataType.INTEGER and any(
        target.cast_integer is not None and target.field in (name, None) for target in model.targets
    ):
        return DataType.INTEGER
    if declared is not None and not declared.is_number:
        return declared
    return DataType.DOUBLE


def _score_type(predictor: AnomalyDetectionModel) -> DataType:
    """The type of an anomaly score: real, or whatever the other model predicts."""
    if predictor.algorithm in (AnomalyAlgorithm.OCSVM, AnomalyAlgorithm.OTHER):
        return _target_type(predictor.model, predictor.model.target_name, {})
    return DataType.DOUBLE


def _labels(model: Model) -> tuple[Scalar, ...]:
    match model.predictor:
        case RegressionModel():
            return tuple(table.target_category for table in model.predictor.tables if table.target_category is not None)
        case TreeEnsemble():
            return model.predictor.targets[0].classes
        case Ensemble() if model.predictor.segments:
            return _labels(model.predictor.segments[-1].model)
    labels: tuple[Scalar, ...] = getattr(model.predictor, "classes", ())
    return labels


def _label_type(labels: tuple[Scalar, ...]) -> DataType:
    if labels and all(isinstance(label, bool) for label in labels):
        return DataType.BOOLEAN
    if labels and all(isinstance(label, int) for label in labels):
        return DataType.INTEGER
    if labels and all(isinstance(label, int | float) for label in labels):
        return DataType.DOUBLE
    return DataType.STRING


def _output_type(model: Model, output: OutputField, document: Document, data_fields: dict[str, DataField]) -> DataType:
    if output.data_type is not None:
        return output.data_type
    if output.feature in _LABELS:
        if output.feature is ResultFeature.PREDICTED_DISPLAY_VALUE:
            return DataType.STRING
        name = output.target_field or model.target_name
        return _target_type(model, name, data_fields)
    if output.feature in _TEXTS or output.feature in _RULE_TEXTS:
        return DataType.STRING
    if output.feature is ResultFeature.RULE_VALUE:
        return DataType.DOUBLE if output.rule_feature in _RULE_NUMBERS else DataType.STRING
    if output.feature in _EXPRESSIONS and output.expression is not None:
        return _expression_type(output.expression, model, document)
    return DataType.DOUBLE


def _expression_type(expression: Expression, model: Model, document: Document) -> DataType:
    """The type that an expression gives when nothing declares it."""
    match expression:
        case Constant() | Cast() | Discretize() | MapValues():
            return expression.data_type
        case FieldRef():
            return _field_type(expression.field, model, document)
        case Apply() if any(function.name == expression.function for function in document.functions):
            own = next(function for function in document.functions if function.name == expression.function)
            return own.data_type or _expression_type(own.expression, model, document)
        case Apply(function="if"):
            return _expression_type(expression.arguments[1], model, document)
        case Apply() if expression.function in _BOOLEAN_FUNCTIONS:
            return DataType.BOOLEAN
        case Apply() if expression.function in _WHOLE_FUNCTIONS:
            return DataType.INTEGER
        case Aggregate(function="count"):
            return DataType.INTEGER
        case Lag(aggregate="none" | "min" | "max") | Aggregate(function="min" | "max"):
            return _field_type(expression.field, model, document)
        case Apply() if expression.function in _TEXT_FUNCTIONS:
            return DataType.STRING
    return DataType.DOUBLE


def _field_type(name: str, model: Model, document: Document) -> DataType:
    data_fields = {field.name: field for field in document.data_fields}
    if name in model.target_names:
        return _target_type(model, name, data_fields)
    named: list[DataField | DerivedField] = [*document.data_fields, *document.derived_fields, *model.derived_fields]
    for field in named:
        if field.name == name:
            return field.data_type
    for output in model.outputs:
        if output.name == name:
            return _output_type(model, output, document, data_fields)
    return DataType.DOUBLE
