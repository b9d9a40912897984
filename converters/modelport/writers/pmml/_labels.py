"""Labels of many classes as output fields that are computed from the probabilities.

PMML4S keeps the probabilities of a prediction in a Scala map, which is a hash map from five entries on; so of equal
probabilities it takes any class. An output field by the target's name says which class it is, in standard elements: of
two halves of the classes the one with the larger maximum, and so on. That is K log K references for K classes, and a
depth of log K.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._trees import is_plain_forest
from modelport.writers.pmml._xml import needs_references
from modelport_runtime.hub import (
    Apply,
    Constant,
    DataType,
    Expression,
    FieldRef,
    MiningFunction,
    Model,
    NormalizationMethod,
    OpType,
    OutputField,
    RegressionModel,
    ResultFeature,
    Scalar,
    TreeEnsemble,
)

__all__ = ["SELF_CONTAINED", "computed_label", "hashed_classes", "predicted_target", "with_target_output"]

SELF_CONTAINED = (NormalizationMethod.NONE, NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX)
"""Normalizations for which PMML4S takes the labels from the regression tables."""
_MOST_IN_ORDER = 4
"""Scala's maps of up to four entries keep the order in which they were made."""


def hashed_classes(model: Model) -> tuple[Scalar, ...]:
    """Classes, the preferred first, of a model whose label PMML4S takes from a hash map; empty for any other model."""
    predictor = model.predictor
    if model.targets or len(model.target_names) != 1:
        return ()
    if isinstance(predictor, TreeEnsemble) and is_plain_forest(predictor):
        classes, last = predictor.targets[0].classes, predictor.targets[0].tie_goes_to_last
    elif isinstance(predictor, RegressionModel) and predictor.normalization_method in SELF_CONTAINED:
        labels = [table.target_category for table in predictor.tables]
        classes, last = tuple(label for label in labels if label is not None), predictor.tie_goes_to_last
    else:
        return ()
    # PMML4S loses a constant that is not one piece of text; then a label that ties has to do.
    if len(classes) <= _MOST_IN_ORDER or any(isinstance(label, str) and needs_references(label) for label in classes):
        return ()
    return classes[::-1] if last else classes


def predicted_target(context: Context, model: Model, name: str) -> OutputField:
    """What a model predicts for a target, as an output field of the target's name."""
    is_class = model.function is MiningFunction.CLASSIFICATION
    data_type = context.data_types.get(name, DataType.DOUBLE)
    if data_type is DataType.INTEGER and not is_class:
        data_type = DataType.DOUBLE  # of an integer target a regression predicts a number that is none
    return OutputField(
        name=name,
        target_field=name,
        data_type=data_type,
        op_type=OpType.CATEGORICAL if is_class else None,  # also where labels are numbers
    )


def with_target_output(context: Context, model: Model) -> Model:
    """A model by itself that has output fields, or a label that PMML4S would take of any, with one for its target.

    PMML4S returns output fields only, once there are any.
    """
    names = model.target_names
    if len(names) != 1 or names[0] in {output.name for output in model.outputs}:
        return model
    classes = hashed_classes(model)
    if classes:
        added = computed_label(context, model.outputs, (names[0], None), classes)
        return replace(model, outputs=(*model.outputs, *added))
    if model.outputs and model.function in (MiningFunction.CLASSIFICATION, MiningFunction.REGRESSION):
        return replace(model, outputs=(predicted_target(context, model, names[0]), *model.outputs))
    return model


def computed_label(
    context: Context,
    outputs: Sequence[OutputField],
    target_fields: tuple[str, *tuple[None, ...]],
    classes: tuple[Scalar, ...],
) -> tuple[OutputField, ...]:
    """Output fields to add behind others: hidden probabilities that are lacking, and the label by the target's name.

    Args:
        context: Gives new names.
        outputs: Those there are.
        target_fields: Name of the target, and ``None`` where an output that names no target means this one.
        classes: Its classes, the preferred first.
    """
    target = target_fields[0]
    shown = {
        output.value: output.name
        for output in outputs
        if output.feature is ResultFeature.PROBABILITY and output.target_field in target_fields
    }
    hidden = {
        label: OutputField(
            name=context.unique_name(f"probability({target}, {label})"),
            feature=ResultFeature.PROBABILITY,
            target_field=target,
            value=label,
            data_type=DataType.DOUBLE,
            op_type=OpType.CONTINUOUS,
            is_final=False,
        )
        for label in classes
        if label not in shown
    }
    names = [shown[label] if label in shown else hidden[label].name for label in classes]
    data_type = context.data_types.get(target, DataType.STRING)
    constants = [Constant(value=label, data_type=data_type) for label in classes]
    # Probabilities are missing together, so the expression looks at one of them.
    context.present_in_output[target] = frozenset(names)
    some = _apply("isNotMissing", FieldRef(field=names[0]))
    label = OutputField(
        name=target,
        feature=ResultFeature.TRANSFORMED_VALUE,
        data_type=data_type,
        op_type=OpType.CATEGORICAL,
        expression=_apply("if", some, _label_of_largest(names, constants)),
    )
    return (*hidden.values(), label)


def _label_of_largest(names: Sequence[str], labels: Sequence[Constant]) -> Expression:
    """The label of the largest field, the first of equals."""
    if len(labels) == 1:
        return labels[0]
    half = (len(labels) + 1) // 2
    first_is_larger = _apply("greaterOrEqual", _largest(names[:half]), _largest(names[half:]))
    return _apply(
        "if",
        first_is_larger,
        _label_of_largest(names[:half], labels[:half]),
        _label_of_largest(names[half:], labels[half:]),
    )


def _largest(names: Sequence[str]) -> Expression:
    fields = tuple(FieldRef(field=name) for name in names)
    return fields[0] if len(fields) == 1 else _apply("max", *fields)


def _apply(function: str, *arguments: Expression) -> Apply:
    return Apply(function=function, arguments=arguments)
