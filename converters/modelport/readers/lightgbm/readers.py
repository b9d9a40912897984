"""Readers of LightGBM's objects: the wrappers of scikit-learn's interface, boosters, and models parsed from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers.lightgbm._ensemble import BINARY, MULTICLASS, read_ensemble
from modelport.readers.lightgbm._model import LightGBMModel, parse_model
from modelport_runtime.hub import Scalar

__all__ = ["booster_input_names", "read_booster", "read_classifier", "read_parsed_model", "read_regressor"]


def read_classifier(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read an ``LGBMClassifier``, with its labels; its best iterations only, as it predicts."""
    labels = tuple(np.asarray(estimator.classes_).tolist())
    return read_ensemble(_exported(estimator.booster_), labels, features, context, step)


def read_regressor(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read an ``LGBMRegressor`` or ``LGBMRanker``; its best iterations only, as it predicts."""
    return read_ensemble(_exported(estimator.booster_), (), features, context, step)


def read_booster(booster: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read a ``lightgbm.Booster``; its best iterations only, as it predicts."""
    return read_parsed_model(_exported(booster), features, context, step)


def read_parsed_model(model: LightGBMModel, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read the contents of a model file; classes are numbered from 0."""
    classes: tuple[Scalar, ...] = ()
    if model.objective in MULTICLASS:
        classes = tuple(range(model.n_columns))
    elif model.objective == BINARY:
        classes = (0, 1)
    return read_ensemble(model, classes, features, context, step)


def booster_input_names(booster: Any) -> list[str]:
    """Names of a booster's columns; ``Column_0``, ... when it never saw names."""
    return list(booster.feature_name())


def _exported(booster: Any) -> LightGBMModel:
    """The model as ``Booster.predict`` uses it: up to ``best_iteration`` where early stopping found one."""
    return parse_model(booster.model_to_string())
