"""The JVM engines score the model that is asked for, verify it, and tell of invalid values, as the others do."""

from __future__ import annotations

import pandas as pd
import pytest

import modelport_runtime
from tests.pmml.several_models import THREE_MODELS, document, model
from tests.scoring.test_invalid_values import PMML, ROWS, TEXTS, listed


@pytest.mark.parametrize(
    ("name", "expected"), [(None, {"y": [11.0]}), ("first", {"y": [11.0]}), ("second", {"z": [21.0]})]
)
def test_the_model_of_a_name(engine, name, expected):
    scorer = modelport_runtime.load(THREE_MODELS, engine=engine, model_name=name)
    assert scorer.score(pd.DataFrame({"x": [1.0]})).to_dict("list") == expected
    assert scorer.verify().is_equal


def test_the_first_model_that_may_be_scored(engine):
    text = document(model(1, "y", ' isScorable="false"'), model(2, "y"))
    assert modelport_runtime.load(text, engine=engine).score(pd.DataFrame({"x": [1.0]}))["y"].tolist() == [3.0]


def test_differences(engine):
    report = modelport_runtime.load(document(model(10, "y", expected=12.5)), engine=engine).verify()
    assert [str(difference) for difference in report.differences] == ["row 0, y: expected 12.5, found 11.0"]


def test_invalid_values(engine):
    scorer = modelport_runtime.load(PMML, engine=engine)
    result = scorer.score(ROWS, on_invalid="report")
    assert listed(result["invalid"]) == TEXTS
    assert listed(result["y"]) == [12.0, None, None, None, None]
