"""Several models in one document, chosen by name."""

from __future__ import annotations

import pandas as pd
import pytest

import modelport_runtime
from modelport.parity import check_parity
from modelport_runtime.errors import ArtifactError, InputError
from modelport_runtime.pmml import OnlyModel, clean_bytes, read_model_names, read_pmml
from tests.pmml.several_models import THREE_MODELS, document, model

ROWS = pd.DataFrame({"x": [1.0, 2.0]})


@pytest.mark.parametrize("engine", ["reference", "onnx", "auto"])
@pytest.mark.parametrize(
    ("name", "expected"), [(None, {"y": [11.0, 12.0]}), ("first", {"y": [11.0, 12.0]}), ("second", {"z": [21.0, 22.0]})]
)
def test_the_model_of_a_name(engine, name, expected):
    scorer = modelport_runtime.load(THREE_MODELS, engine=engine, model_name=name)
    assert scorer.score(ROWS).to_dict("list") == expected
    assert scorer.verify().is_equal
    assert scorer.card.name == (name or "first")


def test_names():
    assert read_model_names(THREE_MODELS) == ("first", "second", None)


@pytest.mark.parametrize("engine", ["reference", "onnx", "auto", "pmml4s", "jpmml"])
def test_names_that_choose_nothing_or_too_much(engine):
    with pytest.raises(ArtifactError, match="no model named 'third'; known are 'first', 'second', None"):
        modelport_runtime.load(THREE_MODELS, engine=engine, model_name="third")
    twice = document(model(1, "y", ' modelName="m"'), model(2, "y", ' modelName="m"'))
    with pytest.raises(ArtifactError, match="2 models are named 'm'"):
        modelport_runtime.load(twice, engine=engine, model_name="m")


def test_an_engine_that_chooses_by_itself_gets_one_model():
    for name, intercept in ((None, 10), ("first", 10), ("second", 20)):
        left = clean_bytes(THREE_MODELS, OnlyModel(name))
        assert left.count(b"<RegressionModel") == 1
        assert read_pmml(left).model.predictor.tables[0].intercept == intercept
        # What else the document holds stays as it is.
        assert clean_bytes(THREE_MODELS).split(b"<RegressionModel")[0] == left.split(b"<RegressionModel")[0]
    unscorable = document(model(1, "y", ' isScorable="false"'), model(2, "y"), model(3, "y"))
    assert read_pmml(clean_bytes(unscorable, OnlyModel())).model.predictor.tables[0].intercept == 2
    assert read_pmml(unscorable).model.predictor.tables[0].intercept == 2


def test_parity_of_one_model_of_several(tmp_path):
    import modelport

    source, target = tmp_path / "three.pmml", tmp_path / "second.onnx"
    source.write_bytes(THREE_MODELS)
    modelport.convert(source, target, model_name="second")
    report = check_parity(source, target, ROWS, ["onnx"], model_name="second")
    assert report.is_equal
    assert {column.name for column in report.comparisons[0].columns} == {"z"}
    assert not check_parity(source, target, ROWS, ["onnx"]).is_equal
    single = tmp_path / "one.pmml"
    single.write_bytes(document(model(1, "y")))
    with pytest.raises(InputError, match="no document here holds several models"):
        check_parity(single, single, ROWS, ["reference"], model_name="second")
