"""Averaged forests of scikit-learn: RandomForest and ExtraTrees, classifier and regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelport.readers._contract import Context, Feature, Prediction
from modelport.readers.sklearn.trees import read_trees
from modelport_runtime.hub import AggregationMethod

__all__ = ["read_forest"]


def read_forest(estimator: Any, features: Sequence[Feature], context: Context, step: str) -> Prediction:
    """Read a fitted forest: predictions are added in tree order, then divided by the number of trees.

    So ``predict`` of sklearn/ensemble/_forest.py does with ``n_jobs=1``; with more threads the order of its additions,
    and with it the last bit of a probability, is left to chance.
    """
    return read_trees(estimator, estimator.estimators_, AggregationMethod.AVERAGE, features, context, step)
