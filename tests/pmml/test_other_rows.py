"""Lag and Aggregate: values worked out by hand; in each case JPMML-Evaluator gives the same for Lag."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

import modelport
import modelport_runtime
from modelport import _rows
from modelport.cli import main
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="{x_type}"/>
<DataField name="g" optype="categorical" dataType="string"/></DataDictionary>
<TransformationDictionary><DerivedField name="d" optype="{op_type}" dataType="{d_type}">{expression}</DerivedField>
</TransformationDictionary>
<RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="g"/></MiningSchema>
<Output><OutputField name="result" feature="transformedValue" dataType="{d_type}" optype="{op_type}">
<FieldRef field="d"/></OutputField></Output><RegressionTable intercept="1"/></RegressionModel></PMML>"""


def document(expression, x_type="double", d_type="double"):
    op_type = "categorical" if d_type == "string" else "continuous"
    return DOCUMENT.format(expression=expression, x_type=x_type, d_type=d_type, op_type=op_type).encode()


def evaluate(expression, x, g=None, **types):
    frame = pd.DataFrame({"x": x, "g": pd.Series([None] * len(x) if g is None else list(g), dtype="object")})
    found = modelport_runtime.load(document(expression, **types)).score(frame)["result"].tolist()
    return [None if value is None or value is pd.NA or value != value else value for value in found]


NAN = math.nan


@pytest.mark.parametrize(
    ("attributes", "x", "expected"),
    [
        ("", [1, 2, 3, 4], [None, 1, 2, 3]),
        ('n="2"', [1, 2, 3, 4], [None, None, 1, 2]),
        ('n="9"', [1, 2, 3, 4], [None] * 4),
        ("", [1, NAN, 3], [None, 1, None]),
        # Over the three values before; at the beginning over those that there are.
        ('n="3" aggregate="avg"', [1, 2, 3, 4, 5], [None, 1, 1.5, 2, 3]),
        ('n="3" aggregate="sum"', [1, 2, 3, 4, 5], [None, 1, 3, 6, 9]),
        ('n="3" aggregate="product"', [1, 2, 3, 4, 5], [None, 1, 2, 6, 24]),
        ('n="3" aggregate="min"', [3, 1, 2, 5, 4], [None, 3, 1, 1, 1]),
        ('n="3" aggregate="max"', [3, 1, 2, 5, 4], [None, 3, 3, 3, 5]),
        ('n="3" aggregate="median"', [1, 2, 9, 4, 5], [None, 1, 1.5, 2, 4]),
        # Of a sample: of one value it is 0, of 1 and 2 the root of 0.5, of 1, 2, 3 it is 1.
        ('n="3" aggregate="stddev"', [1, 2, 3, 4], [None, 0, math.sqrt(0.5), 1]),
        ('n="2" aggregate="avg"', [1, NAN, NAN, 4, 5], [None, 1, 1, None, 4]),
    ],
)
def test_lag(attributes, x, expected):
    found = evaluate(f'<Lag field="x" {attributes}/>', [float(value) for value in x])
    assert found == [None if value is None else pytest.approx(value, rel=1e-15) for value in expected]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", [None, 1, None, 3, 2, 4, 5, 6]),
        ('n="2"', [None, None, None, None, 1, 3, 2, 4]),
        ('n="3" aggregate="sum"', [None, 1, None, 3, 3, 7, 8, 13]),
    ],
)
def test_blocks_are_told_apart_by_value(attributes, expected):
    lag = f'<Lag field="x" {attributes}><BlockIndicator field="g"/></Lag>'
    assert evaluate(lag, [float(value) for value in range(1, 9)], "aabbabab") == expected


def test_a_missing_block_value_is_a_block_of_its_own():
    lag = '<Lag field="x"><BlockIndicator field="g"/></Lag>'
    assert evaluate(lag, [1.0, 2.0, 3.0, 4.0], ["a", None, "a", None]) == [None, None, 1, 2]


def test_lag_of_text_and_whole_numbers():
    assert evaluate('<Lag field="g"/>', [1.0, 2.0, 3.0], ["a", "b", None], d_type="string") == [None, "a", "b"]
    assert evaluate('<Lag field="x"/>', [1, 2, 3], x_type="integer", d_type="integer") == [None, 1, 2]


def test_a_long_window_in_parts(monkeypatch):
    from modelport_runtime.executors.reference import _row_history

    x = np.random.default_rng(7).normal(size=500)
    lag = '<Lag field="x" n="60" aggregate="median"/>'
    whole = evaluate(lag, x)
    monkeypatch.setattr(_row_history, "_CELLS", 60 * 11)
    assert evaluate(lag, x) == whole
    assert whole[1:] == pd.Series(x).rolling(60, min_periods=1).median().shift(1).tolist()[1:]


def test_members_that_see_some_rows_look_back_over_all_of_them():
    text = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="g" optype="categorical" dataType="string"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<MiningModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="g"/>
<MiningField name="y" usageType="target"/></MiningSchema><Segmentation multipleModelMethod="selectFirst">
<Segment><SimplePredicate field="g" operator="equal" value="a"/>
<RegressionModel functionName="regression">
<MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
<LocalTransformations>
<DerivedField name="d" optype="continuous" dataType="double"><Lag field="x"/></DerivedField></LocalTransformations>
<RegressionTable intercept="0"><NumericPredictor name="d" coefficient="1"/></RegressionTable></RegressionModel>
</Segment></Segmentation></MiningModel></PMML>"""
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "g": list("abab")})
    found = modelport_runtime.load(text.encode()).score(frame)["y"].tolist()
    assert found[2] == 2.0
    assert [index for index, value in enumerate(found) if value != value] == [0, 1, 3]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("count", [2, 1, 2, None, 1]),
        ("sum", [4, 7, 4, None, 7]),
        ("average", [2, 7, 2, None, 7]),
        ("min", [1, 7, 1, None, 7]),
        ("max", [3, 7, 3, None, 7]),
    ],
)
def test_aggregate_of_a_group(function, expected):
    # As SELECT function(x) ... GROUP BY g: rows without a group are ignored, and so are missing values.
    aggregate = f'<Aggregate field="x" function="{function}" groupField="g"/>'
    assert evaluate(aggregate, [1.0, 7.0, 3.0, 9.0, NAN], ["a", "b", "a", None, "b"]) == expected


def test_aggregate_of_all_rows():
    assert evaluate('<Aggregate field="x" function="sum"/>', [1.0, 2.0, NAN]) == [3, 3, 3]
    assert evaluate('<Aggregate field="x" function="min"/>', [NAN, NAN]) == [None, None]


@pytest.mark.parametrize(
    ("expression", "error", "message"),
    [
        ('<Lag field="z"/>', ArtifactError, "'z' is not defined"),
        ('<Lag field="x" n="0"/>', ArtifactError, "n=0 is no number of rows before"),
        ('<Lag field="x" aggregate="mode"/>', ArtifactError, "aggregate='mode' is unknown"),
        ('<Lag field="g" aggregate="sum"/>', ArtifactError, "of text"),
        ('<Lag field="x"><BlockIndicator field="z"/></Lag>', ArtifactError, "'z' is not defined"),
        ('<Aggregate field="x" function="sum" groupField="z"/>', ArtifactError, "'z' is not defined"),
        ('<Aggregate field="x" function="mode"/>', ArtifactError, "function='mode' is unknown"),
        ('<Aggregate field="x" function="multiset"/>', UnsupportedModelError, "multiset gives a set of values"),
        ('<Aggregate field="x" function="sum" sqlWhere="x &gt; 1"/>', UnsupportedModelError, "does not say which SQL"),
    ],
)
def test_malformed(expression, error, message):
    with pytest.raises(error, match=message):
        read_pmml(document(expression))


BOTH = """<Apply function="+"><Lag field="x" n="2" aggregate="sum"><BlockIndicator field="g"/></Lag>
<Aggregate field="x" function="max" groupField="g"/></Apply>"""


def test_a_graph_refuses_what_other_rows_decide():
    with pytest.raises(UnsupportedModelError, match="a graph scores each row by itself"):
        OnnxExecutor(read_pmml(document(BOTH)))


def test_files_of_our_own_and_pmml_again(tmp_path):
    read = read_pmml(document(BOTH))
    assert equal(load_document(document_bytes(read)), read)
    written = tmp_path / "written.pmml"
    modelport.convert(read, written)
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "g": list("abab")})
    # Sums of the two rows before in the group, and the group's largest: 3 and 4.
    expected = [None, None, 1 + 3, 2 + 4]
    for source in (read, written):
        scorer = modelport_runtime.load(source)
        assert scorer.needs_all_rows
        found = scorer.score(frame)["result"].tolist()
        assert [None if value != value else value for value in found] == expected


def test_the_command_line_scores_rows_of_a_series_together(tmp_path, monkeypatch):
    monkeypatch.setattr(_rows, "BATCH_ROWS", 2)
    model, data, output = tmp_path / "m.pmml", tmp_path / "d.parquet", tmp_path / "o.parquet"
    model.write_bytes(document('<Lag field="x"/>'))
    table = pa.table({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "g": ["a", "b", None, "a", "b"]})
    pyarrow.parquet.write_table(table, data)
    assert len(list(_rows.read_batches(data))) == 3
    with pytest.raises(SystemExit) as left:
        main(["score", str(model), str(data), "--output", str(output)])
    assert left.value.code == 0
    assert pyarrow.parquet.read_table(output).column("result").to_pylist()[1:] == [1.0, 2.0, 3.0, 4.0]


def test_other_models_are_scored_in_batches():
    assert not modelport_runtime.load(document('<FieldRef field="x"/>')).needs_all_rows
