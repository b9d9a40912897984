"""With more than four classes the label among tied ones is written as a comparison of the probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import modelport
import modelport_runtime
from modelport_runtime.hub import MissingValueTreatment

ensemble = pytest.importorskip("sklearn.ensemble")
LABELS = {
    "text": np.array(["e", "d", "c", "b", "a", "f"]),
    "integers": np.array([50, 40, 30, 20, 10, 60]),
}


@pytest.fixture(scope="module", params=LABELS)
def fitted(request):
    """A forest whose every leaf holds two classes in equal numbers."""
    block = np.arange(60) // 10
    target = LABELS[request.param][(block + np.arange(60) % 2) % 6]
    rows = pd.DataFrame({"x": block.astype(float)})
    return ensemble.RandomForestClassifier(2, bootstrap=False, random_state=0).fit(rows, target), rows


@pytest.mark.parametrize("engine", ["reference", "onnx", "pmml4s", "jpmml"])
def test_every_engine_takes_the_frameworks_class(fitted, engine, tmp_path):
    model, rows = fitted
    probabilities = model.predict_proba(rows)
    tied = (probabilities == probabilities.max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert tied.all()
    modelport.convert(model, tmp_path / "model.pmml", data=rows)
    scored = modelport_runtime.load(tmp_path / "model.pmml", engine=engine).score(rows)
    assert list(scored.columns) == ["y", *(f"probability({label})" for label in model.classes_)]
    assert scored["y"].tolist() == model.predict(rows).tolist()


def test_pmml4s_alone_returns_the_label(fitted, tmp_path):
    pypmml = pytest.importorskip("pypmml")
    model, rows = fitted
    modelport.convert(model, tmp_path / "model.pmml", data=rows)
    alone = pypmml.Model.fromFile(str(tmp_path / "model.pmml")).predict(rows)
    assert alone["y"].tolist() == model.predict(rows).tolist()


@pytest.mark.parametrize("engine", ["reference", "onnx", "pmml4s", "jpmml"])
def test_a_row_without_a_prediction_has_no_label(fitted, engine, tmp_path):
    model, rows = fitted
    document = modelport.read(model, data=rows)
    fields = tuple(
        field if field.is_target else replace(field, missing_value_treatment=MissingValueTreatment.RETURN_INVALID)
        for field in document.model.mining_fields
    )
    modelport.write(replace(document, model=replace(document.model, mining_fields=fields)), tmp_path / "model.pmml")
    holed = rows.head(3).copy()
    holed.loc[1, "x"] = np.nan
    scored = modelport_runtime.load(tmp_path / "model.pmml", engine=engine).score(holed)
    assert scored["y"].isna().tolist() == [False, True, False]
