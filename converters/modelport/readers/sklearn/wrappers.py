"""Estimators that only hold another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers._dispatch import read_predictor, read_transformer
from modelport.readers.sklearn._expressions import join
from modelport.readers.sklearn.selection import read_selector

__all__ = [
    "predict_after_selection",
    "predict_best_estimator",
    "predict_frozen",
    "transform_best_estimator",
    "transform_frozen",
]


def predict_best_estimator(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """A search predicts with its best estimator (sklearn/model_selection/_search.py)."""
    _refuse_without_refit(model, context, path)
    return read_predictor(model.best_estimator_, features, context, join(path, "best_estimator_"))


def transform_best_estimator(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """A search transforms with its best estimator."""
    _refuse_without_refit(model, context, path)
    return read_transformer(model.best_estimator_, features, context, join(path, "best_estimator_"))


def predict_frozen(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """``FrozenEstimator`` predicts as the estimator that it holds."""
    return read_predictor(model.estimator, features, context, join(path, "estimator"))


def transform_frozen(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """``FrozenEstimator`` transforms as the estimator that it holds."""
    return read_transformer(model.estimator, features, context, join(path, "estimator"))


def predict_after_selection(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """``RFE`` predicts with its estimator from the columns that it selects."""
    selected = read_selector(model, features, context, path)
    return read_predictor(model.estimator_, selected, context, join(path, "estimator_"))


def _refuse_without_refit(model: Any, context: Context, path: str) -> None:
    if not hasattr(model, "best_estimator_"):
        context.unsupported(path, f"refit={model.refit!r}: the search kept no fitted model", "search with refit=True")
        context.raise_if_unsupported()
