"""Readers of XGBoost's objects: the wrappers of scikit-learn's interface, boosters, and models parsed from files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers.xgboost._ensemble import Usage, read_ensemble
from modelport.readers.xgboost._model import XGBoostModel, parse_model
from modelport.readers.xgboost._objectives import HINGE, is_multiclass
from modelport_runtime.hub import Notice

__all__ = [
    "booster_input_names",
    "read_booster",
    "read_classifier",
    "read_parsed_model",
    "read_regressor",
    "target_count",
]


def read_classifier(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read an ``XGBClassifier`` or ``XGBRFClassifier``."""
    return _read_wrapper(estimator, True, features, context, step)


def read_regressor(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read an ``XGBRegressor``, ``XGBRFRegressor`` or ``XGBRanker``."""
    return _read_wrapper(estimator, False, features, context, step)


def read_booster(booster: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read an ``xgboost.Booster``; it uses all of its trees, also after early stopping."""
    return read_parsed_model(parse_model(bytes(booster.save_raw("ubj"))), features, context, step)


def read_parsed_model(model: XGBoostModel, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read the contents of a model file as ``Booster.predict`` uses them."""
    if model.best_iteration is not None and model.best_iteration + 1 < model.n_iterations:
        message = (
            f"early stopping found round {model.best_iteration + 1} of {model.n_iterations} best; a booster predicts "
            "with all of them, XGBoost's scikit-learn wrappers with the best ones only: slice the booster, or convert "
            "the wrapper, to get those"
        )
        context.notices.append(Notice(code="all-iterations-used", message=message, where=step))
    usage = Usage(is_classifier=_predicts_classes(model.objective), n_iterations=model.n_iterations)
    return read_ensemble(model, usage, features, context, step)


def booster_input_names(booster: Any) -> list[str]:
    """Names of a booster's columns, or ``x1`` to ``xn``."""
    return booster.feature_names or [f"x{i + 1}" for i in range(booster.num_features())]


def target_count(model: Any) -> int:
    """How many targets a booster or a fitted wrapper predicts; 1 for several classes of one target."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    return max(int(json.loads(booster.save_config())["learner"]["learner_model_param"].get("num_target", 1)), 1)


def _read_wrapper(
    estimator: Any, is_classifier: bool, features: Sequence[Feature], context: Context, step: str
) -> Prediction:
    model = parse_model(bytes(estimator.get_booster().save_raw("ubj")))
    best = model.best_iteration
    usage = Usage(
        is_classifier=is_classifier,
        n_iterations=model.n_iterations if best is None else min(best + 1, model.n_iterations),
        missing=np.nan if estimator.missing is None else float(estimator.missing),
        in_place=True,
    )
    if callable(estimator.objective):
        context.unsupported(step, "objective given as a Python function", "use one of XGBoost's own objectives")
    return read_ensemble(model, usage, features, context, step)


def _predicts_classes(objective: str) -> bool:
    """Whether a booster of this objective gives probabilities or labels of classes; ``logitraw`` gives a margin."""
    return is_multiclass(objective) or objective in ("binary:logistic", HINGE)
