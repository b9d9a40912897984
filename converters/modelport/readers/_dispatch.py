"""From a fitted object to its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._table import FRAMEWORKS, PREDICTORS, TRANSFORMERS
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import DataType, OpType

__all__ = ["class_key", "find", "placeholders", "read_predictor", "read_transformer"]

_HARMLESS_OVERRIDES = frozenset(
    {
        *("__init__", "__repr__", "fit", "fit_transform", "partial_fit", "score", "get_params", "set_params"),
        *("set_fit_request", "set_score_request", "get_metadata_routing", "_parameter_constraints"),
        *("__sklearn_tags__", "_get_tags", "_more_tags", "_repr_html_", "_repr_html_inner", "_repr_mimebundle_"),
        *("__doc__", "__module__", "__qualname__", "__annotations__", "__dict__", "__weakref__", "__slots__"),
        *("__firstlineno__", "__static_attributes__", "__abstractmethods__", "_abc_impl"),
        "_sklearn_auto_wrap_output_keys",
    }
)
"""What a user's subclass may define anew without changing what it predicts."""


def class_key(model: object) -> tuple[str, str]:
    """The table key of an object: the package of its class and the class's name."""
    return _key(type(model))


def find(table: Mapping[tuple[str, str], str], model: object) -> Callable[..., Any] | None:
    """The function that a table names for an object's class, imported now; ``None`` when there is none.

    A user's subclass of a known class is read as that class when it overrides nothing that decides a prediction.
    """
    for ancestor in type(model).__mro__:
        target = table.get(_key(ancestor))
        if target is not None:
            module, function = target.split(":")
            return getattr(import_module(module), function)  # type: ignore[no-any-return]
        if ancestor.__module__.split(".")[0] in FRAMEWORKS or not _keeps_predictions(ancestor):
            return None
    return None


def read_transformer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Read a fitted transformer; when there is no reader, note so and go on with made-up columns."""
    reader = find(TRANSFORMERS, model)
    if reader is None:
        _note_unknown(model, context, path, TRANSFORMERS, "transformer")
        return placeholders(model, len(features))
    result: list[Feature] = reader(model, features, context, path)
    return result


def read_predictor(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """Read a fitted estimator.

    Raises:
        UnsupportedModelError: There is no reader for it, or something before it could not be read: every cause.
    """
    reader = find(PREDICTORS, model)
    if reader is None:
        _note_unknown(model, context, path, PREDICTORS, "estimator")
        raise UnsupportedModelError(context.causes)
    prediction: Prediction = reader(model, features, context, path)
    return prediction


def placeholders(model: Any, fallback: int) -> list[Feature]:
    """Columns that stand for what an unreadable step makes, so that the steps after it are looked at too."""
    try:
        labels = [str(label) for label in model.get_feature_names_out()]
    except Exception:  # any failure of foreign code: these names go nowhere, a cause is noted already
        labels = [f"column{i}" for i in range(fallback)]
    return [Feature(name=label, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, label=label) for label in labels]


def _key(cls: type) -> tuple[str, str]:
    return cls.__module__.split(".")[0], cls.__name__


def _keeps_predictions(cls: type) -> bool:
    inherited = {name for base in cls.__mro__[1:] for name in vars(base)}
    return not (set(vars(cls)) & inherited) - _HARMLESS_OVERRIDES


def _note_unknown(model: object, context: Context, path: str, table: Mapping[tuple[str, str], str], role: str) -> None:
    package, name = class_key(model)
    what = f"{package}.{name} has no reader as {role}"
    known = next((base.__name__ for base in type(model).__mro__[1:] if _key(base) in table), None)
    if known is not None:
        remedy = f"it changes how {known} works; use {known} itself, or override nothing but fit"
    else:
        names = sorted({key[1] for key in table if key[0] == package} or {key[1] for key in table})
        remedy = "use one of: " + ", ".join(names)
    context.unsupported(path, what, remedy)
