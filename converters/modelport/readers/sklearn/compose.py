"""Pipelines, column transformers and unions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._dispatch import placeholders, read_predictor, read_transformer
from modelport.readers.sklearn._expressions import apply, join, number, number_value, rounded
from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import DataType

__all__ = ["predict_pipeline", "read_column_transformer", "read_feature_union", "transform_pipeline"]


def predict_pipeline(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """All steps but the last transform, the last one predicts."""
    columns = _transform(model.steps[:-1], features, context, path)
    name, last = model.steps[-1]
    if _is_passthrough(last):
        cause = UnsupportedCause(where=join(path, name), what="the last step does not predict")
        raise UnsupportedModelError(cause)
    return read_predictor(last, _expected(last, columns, context), context, join(path, name))


def transform_pipeline(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Steps one after another; ``None`` and ``passthrough`` do nothing."""
    return _transform(model.steps, features, context, path)


def read_column_transformer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Each transformer on its own columns, side by side (sklearn/compose/_column_transformer.py)."""
    weights = model.transformer_weights or {}
    parts = []
    for name, transformer, _ in model.transformers_:
        # What names, positions, slices, masks and callables came down to when the model was fitted.
        selected = [features[i] for i in model._transformer_to_input_indices.get(name, ())]
        if not selected or _is_drop(transformer):
            continue
        made = _one(transformer, selected, context, join(path, name))
        made = _weighted(made, weights.get(name), context, join(path, name))
        parts.append([replace(f, label=_label(model.verbose_feature_names_out, name, f.label)) for f in made])
    return _stacked(parts)


def read_feature_union(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Every transformer on all columns, side by side (sklearn/pipeline.py, FeatureUnion)."""
    weights = model.transformer_weights or {}
    verbose = getattr(model, "verbose_feature_names_out", True)
    parts = []
    for name, transformer in model.transformer_list:
        if _is_drop(transformer):
            continue
        made = _one(transformer, features, context, join(path, name))
        made = _weighted(made, weights.get(name), context, join(path, name))
        parts.append([replace(feature, label=_label(verbose, name, feature.label)) for feature in made])
    return _stacked(parts)


def _transform(
    steps: Sequence[tuple[str, Any]], features: Sequence[Feature], context: Context, path: str
) -> list[Feature]:
    columns = list(features)
    for name, step in steps:
        columns = _one(step, _expected(step, columns, context), context, join(path, name))
    return columns


def _one(transformer: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    if _is_passthrough(transformer):
        return list(features)
    return read_transformer(transformer, features, context, path)


def _expected(step: Any, features: Sequence[Feature], context: Context) -> list[Feature]:
    """The columns, or as many made-up ones as the step wants when an earlier step could not be read."""
    wanted = getattr(step, "n_features_in_", len(features))
    if context.causes and wanted != len(features):
        return placeholders(None, wanted)
    return list(features)


def _is_passthrough(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _is_drop(step: Any) -> bool:
    return isinstance(step, str) and step == "drop"


def _label(verbose: Any, name: str, label: str) -> str:
    if callable(verbose):
        return str(verbose(name, label))
    if isinstance(verbose, str):
        return verbose.format(transformer_name=name, feature_name=label)
    return f"{name}__{label}" if verbose else label


def _weighted(features: list[Feature], weight: float | None, context: Context, path: str) -> list[Feature]:
    if weight is None:
        return features
    made = []
    for feature in features:
        kind = DataType.FLOAT if feature.data_type is DataType.FLOAT else DataType.DOUBLE
        # numpy rounds the Python number to the array's own type first.
        factor = number(np.float32(weight) if kind is DataType.FLOAT else weight)
        value = rounded(apply("*", number_value(feature, context, path), factor), kind)
        made.append(context.derive(f"weigh({feature.name})", value, step=path, data_type=kind, label=feature.label))
    return made


def _stacked(parts: Sequence[Sequence[Feature]]) -> list[Feature]:
    """Columns side by side in one array: float32 among wider numbers is widened, its value unchanged."""
    columns = [feature for part in parts for feature in part]
    if all(feature.data_type is DataType.FLOAT for feature in columns):
        return columns
    widened = DataType.DOUBLE
    return [replace(f, data_type=widened) if f.data_type is DataType.FLOAT else f for f in columns]
