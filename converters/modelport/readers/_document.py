"""Assembles the document: fields, treatments, the model, its standard outputs and the card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction, TargetClasses
from modelport.readers._dispatch import class_key
from modelport.readers._references import reachable, referenced_fields, where_missing_counts
from modelport.readers._table import FRAMEWORKS
from modelport_runtime import __version__
from modelport_runtime.hub import (
    Card,
    DataField,
    DataType,
    Document,
    FieldRef,
    MiningField,
    MiningFunction,
    MissingValueTreatment,
    Model,
    Notice,
    OpType,
    OutputField,
    ResultFeature,
    Scalar,
    UsageType,
)

__all__ = ["label_text", "predictor_document", "python_scalars", "transformer_document"]


def python_scalars(values: Sequence[object] | np.ndarray[tuple[int], np.dtype[np.generic]]) -> tuple[Scalar, ...]:
    """Labels or categories as Python's own ``str``, ``bool``, ``int`` and ``float``."""
    plain = (value.item() if isinstance(value, np.generic) else value for value in values)
    return tuple(value if isinstance(value, str | bool | int | float) else str(value) for value in plain)


def label_text(label: Scalar) -> str:
    """A label as it stands in the name of a result column."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def predictor_document(model: object, inputs: Sequence[Feature], prediction: Prediction, context: Context) -> Document:
    """The document of a model that predicts."""
    roots = referenced_fields(prediction.predictor) | referenced_fields(prediction.outputs)
    derived, needed = reachable(context.derived_fields, roots)
    required = where_missing_counts(context.required, context.derived_fields)
    used = _used(inputs, needed | required | set(context.restrictions))
    targets = tuple(_target_field(target) for target in prediction.targets)
    mining = tuple(_mining_field(feature.name, required) for feature in used)
    outputs = prediction.outputs
    if prediction.has_probabilities:
        outputs = (*_probability_outputs(prediction.targets), *outputs)
    return Document(
        data_fields=(*(_data_field(feature, context) for feature in used), *targets),
        model=Model(
            function=prediction.function,
            predictor=prediction.predictor,
            mining_fields=(*mining, *(MiningField(name=t.name, usage_type=UsageType.TARGET) for t in targets)),
            targets=prediction.adjustments,
            outputs=outputs,
        ),
        derived_fields=derived,
        card=_card(model, context, inputs, used),
    )


def transformer_document(
    model: object, inputs: Sequence[Feature], features: Sequence[Feature], context: Context
) -> Document:
    """The document of a model that only transforms: one result column for each column that it makes."""
    outputs = tuple(_transformed_output(feature) for feature in features)
    derived, needed = reachable(context.derived_fields, referenced_fields(outputs))
    required = where_missing_counts(context.required, context.derived_fields)
    used = _used(inputs, needed | required | set(context.restrictions))
    return Document(
        data_fields=tuple(_data_field(feature, context) for feature in used),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=None,
            mining_fields=tuple(_mining_field(feature.name, required) for feature in used),
            outputs=outputs,
        ),
        derived_fields=derived,
        card=_card(model, context, inputs, used),
    )


def _used(inputs: Sequence[Feature], needed: set[str]) -> list[Feature]:
    """The inputs that matter: those read, and those whose values may make a row invalid."""
    return [feature for feature in inputs if feature.name in needed] or list(inputs)


def _transformed_output(feature: Feature) -> OutputField:
    return OutputField(
        name=f"transform({feature.label})",  # the label alone is often the name of an input
        feature=ResultFeature.TRANSFORMED_VALUE,
        data_type=feature.data_type,
        op_type=feature.op_type,
        expression=FieldRef(field=feature.name),
    )


def _data_field(feature: Feature, context: Context) -> DataField:
    kind = context.input_types.get(feature.name, feature.data_type)
    values = context.restrictions.get(feature.name, ())
    text = kind in (DataType.STRING, DataType.BOOLEAN) or bool(values)
    return DataField(
        name=feature.name,
        data_type=kind,
        op_type=OpType.CATEGORICAL if text else OpType.CONTINUOUS,
        values=values,
    )


def _mining_field(name: str, required: set[str]) -> MiningField:
    if name in required:
        return MiningField(name=name, missing_value_treatment=MissingValueTreatment.RETURN_INVALID)
    return MiningField(name=name)


def _target_field(target: TargetClasses) -> DataField:
    if not target.classes:
        return DataField(name=target.name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)
    return DataField(
        name=target.name,
        data_type=_label_type(target.classes),
        op_type=OpType.CATEGORICAL,
        values=target.classes,
    )


def _label_type(classes: Sequence[Scalar]) -> DataType:
    if all(isinstance(label, bool) for label in classes):
        return DataType.BOOLEAN
    if all(isinstance(label, int) and not isinstance(label, bool) for label in classes):
        return DataType.INTEGER
    if all(isinstance(label, int | float) and not isinstance(label, bool) for label in classes):
        return DataType.DOUBLE
    return DataType.STRING


def _probability_outputs(targets: Sequence[TargetClasses]) -> tuple[OutputField, ...]:
    several = len(targets) > 1
    return tuple(
        OutputField(
            name=f"probability({target.name}, {label_text(label)})" if several else f"probability({label_text(label)})",
            feature=ResultFeature.PROBABILITY,
            target_field=target.name if several else None,
            value=label,
            data_type=DataType.DOUBLE,
            op_type=OpType.CONTINUOUS,
        )
        for target in targets
        for label in target.classes
    )


def _card(model: object, context: Context, inputs: Sequence[Feature], used: Sequence[Feature]) -> Card:
    package, name = class_key(model)
    framework = FRAMEWORKS.get(package)
    installed = _installed_version("scikit-learn" if package == "sklearn" else package)
    notices = list(context.notices)
    if framework is not None and installed and _short(installed) > framework.newest:
        newest = ".".join(map(str, framework.newest))
        notices.append(
            Notice(
                code="untested-version",
                message=f"{framework.title} {installed} is newer than {newest}, the newest version tested; "
                "check the result with `modelport parity`",
            )
        )
    return Card(
        name=name,
        source_framework=framework.title if framework else package,
        source_version=installed,
        application="modelport",
        application_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        training_columns=_training_columns(inputs, context) if len(used) < len(inputs) else (),
        notices=tuple(notices),
    )


def _training_columns(inputs: Sequence[Feature], context: Context) -> tuple[tuple[str, DataType], ...]:
    return tuple((feature.name, _data_field(feature, context).data_type) for feature in inputs)


def _installed_version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _short(text: str) -> tuple[int, int]:
    parts = [*text.split("."), "0"][:2]
    return int(parts[0]), int("".join(filter(str.isdigit, parts[1])) or 0)
