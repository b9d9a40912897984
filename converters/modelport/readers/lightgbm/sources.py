"""LightGBM's own answer: boosters are no scikit-learn estimators, and the wrappers keep names without blanks."""

from __future__ import annotations

from typing import Any

from modelport.readers._booster_results import booster_rows, booster_table
from modelport_runtime.columns import Table
from modelport_runtime.hub import Document

__all__ = ["predict_booster", "predict_wrapper"]


def predict_booster(booster: Any, frame: Any, document: Document) -> Table:
    """Score rows with a ``lightgbm.Booster``.

    Args:
        booster: The booster that ``document`` was read from.
        frame: Rows (pandas, polars, Arrow or an array) with its columns.
        document: What was read of it: names and types of the results.
    """
    return booster_table(document, booster.predict(booster_rows(frame, booster.feature_name())))


def predict_wrapper(estimator: Any, frame: Any, document: Document) -> Table:
    """Score rows with an ``LGBMClassifier``, ``LGBMRegressor`` or ``LGBMRanker``."""
    rows = booster_rows(frame, estimator.booster_.feature_name())
    predict = getattr(estimator, "predict_proba", estimator.predict)
    return booster_table(document, predict(rows))
