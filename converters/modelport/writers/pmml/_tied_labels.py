"""The label among tied classes, where a consumer would take any of them.

PMML4S keeps the probabilities of more than four classes in a hash map, and of several highest ones takes whichever that
yields. So the label is written as an output field of the target's name that compares the probabilities itself: every
consumer then shows the class that the framework predicts, and one that returns output fields only shows a label at all.
"""

from __future__ import annotations

from dataclasses import replace

from modelport_runtime.hub import (
    Apply,
    Constant,
    DataField,
    DataType,
    Document,
    Ensemble,
    Expression,
    FieldRef,
    MiningFunction,
    OutputField,
    Predictor,
    RegressionModel,
    ResultFeature,
    Scalar,
    TreeEnsemble,
)

__all__ = ["with_tied_labels"]

_FEWEST, _MOST = 5, 200
"""Numbers of classes: up to four are kept in order; each further one nests the comparison one level deeper."""


def with_tied_labels(document: Document) -> Document:
    """The document with such an output field, if its model is a classifier that needs one."""
    model = document.model
    if model.function is not MiningFunction.CLASSIFICATION or len(model.target_names) != 1:
        return document
    target = next((field for field in document.data_fields if field.name == model.target_names[0]), None)
    found = _classes_in_order_of_preference(model.predictor)
    if target is None or found is None or not _FEWEST <= len(found) <= _MOST:
        return document
    probabilities = {
        output.value: output.name
        for output in model.outputs
        if output.feature is ResultFeature.PROBABILITY and output.segment_id is None and output.value is not None
    }
    if any(output.name == target.name for output in model.outputs) or any(c not in probabilities for c in found):
        return document
    names = [probabilities[label] for label in found]
    fields = _label_fields(document, target, found, names)
    return replace(document, model=replace(model, outputs=(*model.outputs, *fields)))


def _classes_in_order_of_preference(predictor: Predictor | None) -> tuple[Scalar, ...] | None:
    """The classes, the one first that wins a tie; ``None`` where the label is not the most probable class."""
    if isinstance(predictor, TreeEnsemble) and len(predictor.targets) == 1 and predictor.n_trees > 1:
        classes, is_last = predictor.targets[0].classes, predictor.targets[0].tie_goes_to_last
    elif isinstance(predictor, RegressionModel):
        labels = [table.target_category for table in predictor.tables]
        classes = tuple(label for label in labels if label is not None)
        is_last = predictor.tie_goes_to_last
    elif isinstance(predictor, Ensemble) and predictor.segments:
        return _classes_in_order_of_preference(predictor.segments[-1].model.predictor)
    else:
        return None
    return classes[::-1] if is_last else classes


def _label_fields(
    document: Document, target: DataField, classes: tuple[Scalar, ...], names: list[str]
) -> tuple[OutputField, OutputField]:
    """The highest probability, hidden, and the first class that has it."""
    taken = {field.name for field in document.data_fields} | {output.name for output in document.model.outputs}
    highest = "highest probability"
    while highest in taken:
        highest += "'"
    label: Expression | None = None
    for value, name in reversed(list(zip(classes, names, strict=True))):
        is_highest = Apply(function="equal", arguments=(FieldRef(field=name), FieldRef(field=highest)))
        this = Constant(value=value, data_type=target.data_type)
        rest = () if label is None else (label,)
        label = Apply(function="if", arguments=(is_highest, this, *rest))
    return (
        OutputField(
            name=highest,
            feature=ResultFeature.TRANSFORMED_VALUE,
            data_type=DataType.DOUBLE,
            expression=Apply(function="max", arguments=tuple(FieldRef(field=name) for name in names)),
            is_final=False,
        ),
        OutputField(
            name=target.name,
            feature=ResultFeature.TRANSFORMED_VALUE,
            data_type=target.data_type,
            op_type=target.op_type,
            expression=label,
        ),
    )
