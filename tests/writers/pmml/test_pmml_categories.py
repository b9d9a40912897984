"""Sets of categories that are numbers: no more text than the sets are long, and nothing made only to be refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modelport.readers import read_model
from modelport.writers.pmml import _trees
from modelport_runtime.errors import UnsupportedModelError

from ._written import ENGINES, score, written

RANDOM = np.random.default_rng(0)
ROWS = np.column_stack([RANDOM.normal(size=400), RANDOM.integers(0, 40, 400)])
TARGET = ROWS[:, 0] + np.isin(ROWS[:, 1], [1, 5, 33]) * 3
CODES = [0, 1, 1.7, 5, 5.999, 6 - 1e-9, 33, 34, -0.5, -1, 39, 40, 400, 2.0**24, 1e9, np.nan]


def boosted():
    xgboost = pytest.importorskip("xgboost")
    options = {"enable_categorical": True, "feature_types": ["q", "c"], "max_cat_to_onehot": 1}
    return xgboost.XGBRegressor(n_estimators=6, max_depth=6, random_state=0, n_jobs=1, **options).fit(ROWS, TARGET)


@pytest.mark.parametrize("engine", ENGINES)
def test_codes_that_xgboost_cuts_to_whole_numbers(engine):
    model = boosted()
    document = read_model(model)
    pmml = written(document)[0]
    assert len(pmml) < 500_000
    rows = np.concatenate([ROWS[:50], np.column_stack([np.zeros(len(CODES)), CODES])])
    frame = dict(zip(("x1", "x2"), rows.T, strict=True))
    results = score(pmml, document, pd.DataFrame(frame), engine)
    np.testing.assert_allclose(results["y"], model.predict(rows), rtol=2e-6, atol=2e-6)


def test_too_many_nodes_are_refused_before_any_is_written(monkeypatch):
    monkeypatch.setattr(_trees, "_NODE_LIMIT", 5)
    monkeypatch.setattr(_trees, "NodeWriter", None)
    with pytest.raises(UnsupportedModelError, match="nodes once each is written out"):
        written(read_model(boosted()))
