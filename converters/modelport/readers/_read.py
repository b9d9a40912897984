"""``read_model``: a fitted model becomes a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._dispatch import class_key, find, read_predictor, read_transformer
from modelport.readers._document import predictor_document, transformer_document
from modelport.readers._inputs import input_features
from modelport.readers._references import reachable, referenced_fields
from modelport.readers._table import TARGET_COUNTS, TRANSFORMERS
from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import Document

__all__ = ["read_model"]

_LARGEST_INTEGER = 2**53


def read_model(model: Any, data: Any = None, target: str | Sequence[str] | None = None) -> Document:
    """Read a fitted model.

    Args:
        model: A fitted estimator or pipeline of a supported framework.
        data: A few rows as the model was trained on (pandas, polars, Arrow or an array): says which columns are text,
            whole numbers or float32. Without it every input is a double, or text where an encoder of text reads it.
        target: Name of the target, or names when the model predicts several; ``y`` (``y1``, ``y2``, ...) by default.

    Returns:
        The model as a hub document, with a card that names its source and carries every notice.

    Raises:
        UnsupportedModelError: The model cannot be read; lists every cause.
        InputError: The sample does not fit the model.
    """
    _refuse_unfitted(model)
    context = Context()
    inputs = input_features(model, data, context)
    context.taken_names.update(feature.name for feature in inputs)
    context.target_names = _target_names(model, target, context)
    if _only_transforms(model):
        features = read_transformer(model, inputs, context, _root_path(model))
        _refuse_inputs(inputs, context, {feature.name for feature in features})
        context.raise_if_unsupported()
        return transformer_document(model, inputs, features, context)
    try:
        prediction = read_predictor(model, inputs, context, _root_path(model))
    except UnsupportedModelError as error:
        causes = [*context.causes, *(cause for cause in error.causes if cause not in context.causes)]
        raise UnsupportedModelError(causes) from None
    roots = referenced_fields(prediction.predictor) | referenced_fields(prediction.outputs)
    _refuse_inputs(inputs, context, roots)
    _refuse_labels(prediction, context)
    context.raise_if_unsupported()
    return predictor_document(model, inputs, prediction, context)


def _refuse_labels(prediction: Prediction, context: Context) -> None:
    """Note class labels that no field of a model can hold exactly."""
    for target in prediction.targets:
        for label in target.classes:
            if not isinstance(label, str | bool | int | float):
                kind = type(label).__name__
                context.unsupported(
                    f"target {target.name!r}", f"class label {label!r} is {kind}", "use text or numbers"
                )
            elif isinstance(label, int) and abs(label) > _LARGEST_INTEGER:
                what = f"class label {label} is beyond 2**53, where doubles cannot tell whole numbers apart"
                context.unsupported(f"target {target.name!r}", what, "use text labels")


def _refuse_unfitted(model: Any) -> None:
    if not hasattr(model, "fit"):
        return
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        cause = UnsupportedCause(where=class_key(model)[1], what="the model is not fitted", remedy="call fit first")
        raise UnsupportedModelError(cause) from None


def _only_transforms(model: Any) -> bool:
    return not hasattr(model, "predict") and find(TRANSFORMERS, model) is not None


def _root_path(model: Any) -> str:
    name = class_key(model)[1]
    return "" if name == "Pipeline" else name


def _target_names(model: Any, target: str | Sequence[str] | None, context: Context) -> tuple[str, ...]:
    count = _target_count(model)
    given = (target,) if isinstance(target, str) else tuple(target or ())
    if given and len(given) != count:
        context.unsupported("target", f"{len(given)} target name(s) given, the model predicts {count}")
        context.raise_if_unsupported()
    clash = [name for name in given if name in context.taken_names]
    if clash:
        context.unsupported("target", f"{clash[0]!r} is also an input of the model", "choose another target name")
    names = given or (("y",) if count == 1 else tuple(f"y{i + 1}" for i in range(count)))
    if not given:
        names = tuple(_free(name, context.taken_names) for name in names)
    context.taken_names.update(names)
    return names


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _target_count(model: Any) -> int:
    """How many targets a fitted model predicts; a pipeline and a search know by their last estimator."""
    while True:
        if hasattr(model, "steps") and model.steps:
            model = model.steps[-1][1]
        elif hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif class_key(model) == ("sklearn", "FrozenEstimator"):
            model = model.estimator
        elif class_key(model) in (("sklearn", "RFE"), ("sklearn", "RFECV")):
            model = model.estimator_
        else:
            break
    return _own_target_count(model)


def _own_target_count(model: Any) -> int:
    own = find(TARGET_COUNTS, model)
    if own is not None:
        return int(own(model))
    outputs = getattr(model, "n_outputs_", None)
    if isinstance(outputs, int):
        return outputs
    classes = getattr(model, "classes_", None)
    if isinstance(classes, list) and classes and hasattr(classes[0], "__len__") and not isinstance(classes[0], str):
        return len(classes)
    if classes is not None:
        return 1
    coefficients = getattr(model, "coef_", None)
    if coefficients is not None and np.ndim(coefficients) == 2:
        return len(coefficients)
    return int(getattr(model, "n_targets_", 1) or 1)


def _refuse_inputs(inputs: Sequence[Feature], context: Context, roots: set[str]) -> None:
    """Note the inputs that are read although their type has no counterpart."""
    _, needed = reachable(context.derived_fields, roots)
    for feature in inputs:
        what = context.input_refusals.get(feature.name)
        if what is not None and feature.name in needed:
            context.unsupported(f"input {feature.name!r}", what, "convert the column to numbers or text first")
