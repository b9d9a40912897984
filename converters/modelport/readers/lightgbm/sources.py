"""LightGBM's own answer for boosters, which are no scikit-learn estimators."""

from __future__ import annotations

from typing import Any

from modelport.readers._booster_results import booster_rows, booster_table
from modelport_runtime.columns import Table
from modelport_runtime.hub import Document

__all__ = ["predict_booster"]


def predict_booster(booster: Any, frame: Any, document: Document) -> Table:
    """Score rows with a ``lightgbm.Booster``.

    Args:
        booster: The booster that ``document`` was read from.
        frame: Rows (pandas, polars, Arrow or an array) with its columns.
        document: What was read of it: names and types of the results.
    """
    return booster_table(document, booster.predict(booster_rows(frame, booster.feature_name())))
