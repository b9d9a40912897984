"""Loading a model from every kind of source, on every engine name."""

from __future__ import annotations

import gzip
import io
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime import ArtifactError, EngineError, InputError, UnsafeArtifactError
from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.hub import DataType
from modelport_runtime.hub._native import document_bytes
from modelport_runtime.pmml import read_pmml
from modelport_runtime.results import ResultField

PMML = b"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="unused" optype="continuous" dataType="double"/>
  <DataField name="y" optype="categorical" dataType="string"><Value value="no"/><Value value="yes"/></DataField>
</DataDictionary>
<RegressionModel functionName="classification" normalizationMethod="logit">
  <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
  <Output><OutputField name="probability(yes)" optype="continuous" dataType="double" feature="probability"
    value="yes"/></Output>
  <RegressionTable intercept="0.5" targetCategory="yes"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
  <RegressionTable intercept="0" targetCategory="no"/>
</RegressionModel></PMML>"""
FRAME = pd.DataFrame({"x": [0.0, -1.0, None]}, index=[7, 8, 9])
PROBABILITIES = [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(1.5))]


def check(scorer):
    result = scorer.score(FRAME)
    assert list(result.columns) == ["y", "probability(yes)"]
    assert list(result.index) == [7, 8, 9]
    assert result["y"].tolist() == ["yes", "no", None]
    assert result["probability(yes)"][:2].tolist() == pytest.approx(PROBABILITIES, rel=1e-15)
    assert math.isnan(result["probability(yes)"].iloc[2])


@pytest.mark.parametrize("suffix", [".pmml", ".xml", ".pmml.gz", ".modelport", ".bin"])
def test_files(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    data = gzip.compress(PMML) if suffix.endswith(".gz") else PMML
    path.write_bytes(document_bytes(read_pmml(PMML)) if suffix == ".modelport" else data)
    check(modelport_runtime.load(path, engine="reference"))
    check(modelport_runtime.load(str(path), engine="reference"))


@pytest.mark.parametrize(
    "source",
    [PMML, b"\xef\xbb\xbf" + PMML, gzip.compress(PMML), bytearray(PMML), document_bytes(read_pmml(PMML))],
    ids=["pmml", "byte order mark", "gzip", "bytearray", "native"],
)
def test_bytes_and_file_objects(source):
    check(modelport_runtime.load(source, engine="reference"))
    check(modelport_runtime.load(io.BytesIO(source), engine="reference"))


def test_a_scorer_says_what_it_takes_and_gives():
    scorer = modelport_runtime.load(read_pmml(PMML), engine="reference")
    check(scorer)
    assert [each.name for each in scorer.inputs] == ["x"]
    assert scorer.outputs == (ResultField("y", DataType.STRING), ResultField("probability(yes)", DataType.DOUBLE))
    assert scorer.engine == "reference"
    assert scorer.card == read_pmml(PMML).card
    assert "1 inputs" in repr(scorer)
    table = scorer.score_table(Table({"x": NumberColumn(np.array([0.0]))}, 1))
    assert table["probability(yes)"].values.tolist() == pytest.approx(PROBABILITIES[:1])


def test_many_threads_score_as_one():
    scorer = modelport_runtime.load(PMML, engine="reference")
    frames = [pd.DataFrame({"x": np.linspace(-start, 1.0, 500)}) for start in range(16)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(scorer.score, frames))
    for frame, result in zip(frames, together, strict=True):
        pd.testing.assert_frame_equal(result, scorer.score(frame))


@pytest.mark.parametrize("frame", [pd.DataFrame({"unused": [1.0]}), pd.DataFrame({"y": ["yes"]})])
def test_a_frame_without_any_input_is_refused(frame):
    with pytest.raises(InputError, match="expected 'x'"):
        modelport_runtime.load(PMML, engine="reference").score(frame)


def test_no_rows():
    assert modelport_runtime.load(PMML, engine="reference").score(FRAME[:0]).shape == (0, 2)


def test_unknown_engines_are_told_the_known_ones():
    with pytest.raises(EngineError, match="'gpu': choose one of auto, reference, onnx, pmml4s, jpmml"):
        modelport_runtime.load(PMML, engine="gpu")


def test_jvm_engines_need_pmml():
    with pytest.raises(EngineError, match="pmml4s scores PMML"):
        modelport_runtime.load(read_pmml(PMML), engine="pmml4s")


TWO_MODELS = PMML.replace(
    b"</PMML>",
    b"""<RegressionModel modelName="second" functionName="regression">
  <MiningSchema><MiningField name="x"/></MiningSchema>
  <RegressionTable intercept="7"/>
</RegressionModel></PMML>""",
).replace(b"<RegressionModel functionName", b'<RegressionModel modelName="first" functionName')


def test_a_model_is_chosen_by_its_name():
    assert modelport_runtime.load(TWO_MODELS).score(FRAME).columns.tolist() == ["y", "probability(yes)"]
    assert modelport_runtime.load(TWO_MODELS, model_name="second").score(FRAME).iloc[0].tolist() == [7.0]


@pytest.mark.parametrize("source", [read_pmml(PMML), document_bytes(read_pmml(PMML)), b"\x08\x08"])
def test_one_model_has_no_name_to_ask_for(source):
    with pytest.raises(ArtifactError, match="leave out model_name='second'"):
        modelport_runtime.load(source, model_name="second")


def external_model(path, location):
    """An ONNX file that adds to x a number that stands in another file."""
    number = onnx.helper.make_tensor("c", onnx.TensorProto.DOUBLE, [1], np.array([2.5]).tobytes(), raw=True)
    number.ClearField("raw_data")
    number.data_location = onnx.TensorProto.EXTERNAL
    number.external_data.add(key="location", value=location)
    column = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, ["N", 1]) for name in "xy"]
    node = onnx.helper.make_node("Add", ["x", "c"], ["y"])
    graph = onnx.helper.make_graph([node], "g", column[:1], column[1:], [number])
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())


def test_an_onnx_file_with_its_tensors_beside_it(tmp_path):
    external_model(tmp_path / "m.onnx", "m.data")
    (tmp_path / "m.data").write_bytes(np.array([2.5]).tobytes())
    result = modelport_runtime.load(tmp_path / "m.onnx").score(pd.DataFrame({"x": [1.0, -2.5]}))
    assert result["y"].tolist() == [3.5, 0.0]


def test_an_onnx_file_with_its_tensors_elsewhere_is_refused(tmp_path):
    (tmp_path / "m.data").write_bytes(np.array([2.5]).tobytes())
    (tmp_path / "inner").mkdir()
    external_model(tmp_path / "inner" / "m.onnx", "../m.data")
    with pytest.raises(UnsafeArtifactError, match="outside its folder"):
        modelport_runtime.load(tmp_path / "inner" / "m.onnx")


def test_an_unknown_file_is_named(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ArtifactError, match=r"model\.bin is neither PMML, ONNX nor a modelport file"):
        modelport_runtime.load(path)


def test_onnx_files_run_on_onnx_runtime_only():
    with pytest.raises(EngineError, match="reference does not run ONNX files"):
        modelport_runtime.load(b"\x08\x08", engine="reference")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no/such/file.pmml", "does not exist"),
        ("no/such/file", "cannot be opened"),
        (b"PK\x03\x04", "neither PMML, ONNX nor a modelport file"),
        (b"", "neither PMML, ONNX nor a modelport file"),
        (io.StringIO("<PMML/>"), "binary mode"),
        (42, "cannot load a int"),
    ],
)
def test_what_is_no_model_says_so(source, message):
    with pytest.raises(ArtifactError, match=message):
        modelport_runtime.load(source)
