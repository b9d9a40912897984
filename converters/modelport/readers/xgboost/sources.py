"""XGBoost's own answer for models that are no scikit-learn estimators or do not predict like one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._booster_results import booster_rows, booster_table
from modelport.readers.xgboost._model import parse_model
from modelport_runtime.columns import Table
from modelport_runtime.hub import Document

__all__ = ["predict_booster", "predict_classifier"]


def predict_booster(booster: Any, frame: Any, document: Document) -> Table:
    """Score rows with an ``xgboost.Booster``.

    Args:
        booster: The booster that ``document`` was read from.
        frame: Rows (pandas, polars, Arrow or an array) with its columns.
        document: What was read of it: names and types of the results.
    """
    import xgboost

    rows = booster_rows(frame, booster.feature_names)
    names = {} if hasattr(rows, "iloc") else {"feature_names": booster.feature_names}
    types = {} if hasattr(rows, "iloc") else {"feature_types": booster.feature_types}
    matrix = xgboost.DMatrix(rows, enable_categorical=True, **names, **types)
    objective = parse_model(bytes(booster.save_raw("ubj"))).objective
    if objective == "multi:softmax":  # predicts labels only; the probabilities follow from its margins
        return booster_table(document, _softmax(booster.predict(matrix, output_margin=True)))
    return booster_table(document, booster.predict(matrix))


def predict_classifier(estimator: Any, frame: Any, document: Document) -> Table:
    """Score rows with an ``XGBClassifier``, also with several targets, each of two classes."""
    named = hasattr(estimator, "feature_names_in_")
    rows = booster_rows(frame, list(estimator.feature_names_in_) if named else None)
    return booster_table(document, estimator.predict_proba(rows))


def _softmax(margins: NDArray[np.float32]) -> NDArray[np.float32]:
    exponential = np.exp(margins - margins.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float32] = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities
