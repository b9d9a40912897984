"""Rows with an input value that the model declares invalid: left missing, refused, or reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import modelport
import modelport_runtime
from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import EngineError, InputError

ENGINES = ("reference", "auto", "onnx")
PMML = b"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="age" optype="continuous" dataType="double"><Interval closure="closedOpen" leftMargin="0"/>
</DataField>
<DataField name="colour" optype="categorical" dataType="string"><Value value="red"/><Value value="blue"/></DataField>
<DataField name="kept" optype="continuous" dataType="double"><Interval closure="closedOpen" leftMargin="0"/>
</DataField>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression"><MiningSchema><MiningField name="age"/>
<MiningField name="colour" missingValueTreatment="returnInvalid"/>
<MiningField name="kept" invalidValueTreatment="asMissing" missingValueReplacement="100"/>
<MiningField name="y" usageType="target"/></MiningSchema><RegressionTable intercept="1">
<NumericPredictor name="age" coefficient="1"/><NumericPredictor name="kept" coefficient="1"/>
<CategoricalPredictor name="colour" value="red" coefficient="10"/></RegressionTable></RegressionModel></PMML>"""
ROWS = pd.DataFrame(
    {
        "age": [1.0, -5.0, 2.0, -0.5, np.nan],
        "colour": ["red", "red", "mauve", None, "blue"],
        "kept": [0.0, 0.0, 0.0, 0.0, -1.0],
    }
)
TEXTS = [None, "age = -5", "colour = 'mauve'", "age = -0.5; colour is missing", None]


@pytest.fixture(params=ENGINES)
def scorer(request):
    return modelport_runtime.load(PMML, engine=request.param)


def listed(column):
    return [None if value is None or value != value else value for value in column]


def test_results_are_missing(scorer):
    result = scorer.score(ROWS)
    assert list(result.columns) == ["y"]
    # Only the first row has all it needs: a missing age is valid, and leaves the sum without a value.
    assert listed(result["y"]) == [12.0, None, None, None, None]


def test_the_report_names_every_field_and_value(scorer):
    result = scorer.score(ROWS, on_invalid="report")
    assert list(result.columns) == ["y", "invalid"]
    assert listed(result["y"]) == [12.0, None, None, None, None]
    assert listed(result["invalid"]) == TEXTS
    assert scorer.score(pl.from_pandas(ROWS), "report")["invalid"].to_list() == TEXTS
    assert listed(scorer.score(ROWS.head(1), "report")["invalid"]) == [None]


def test_an_error_names_field_value_and_row(scorer):
    with pytest.raises(InputError) as caught:
        scorer.score(ROWS, on_invalid="raise", first_row=100)
    assert "3 of 5 rows" in str(caught.value)
    assert "row 101 (counted from 0): age = -5; row 102 (counted from 0): colour = 'mauve'" in str(caught.value)
    valid = ROWS.iloc[[0, 4]]
    assert listed(scorer.score(valid, on_invalid="raise")["y"]) == [12.0, None]


def test_a_value_that_is_none_of_its_type_is_invalid(scorer):
    rows = ROWS.astype({"age": object})
    rows.loc[0, "age"] = "young"
    result = scorer.score(rows, on_invalid="report")
    assert listed(result["invalid"]) == ["age = 'young'", *TEXTS[1:]]
    assert listed(result["y"]) == [None] * 5
    with pytest.raises(InputError, match="age = 'young'"):
        scorer.score(rows, on_invalid="raise")


def test_a_column_that_is_absent_is_missing(scorer):
    result = scorer.score(ROWS[["age"]].head(2), on_invalid="report")
    assert listed(result["invalid"]) == ["colour is missing", "age = -5; colour is missing"]


def test_unknown_ways_are_refused(scorer):
    with pytest.raises(InputError, match="on_invalid='ignore' is unknown: choose one of missing, raise, report"):
        scorer.score(ROWS, on_invalid="ignore")


def test_many_rows_have_their_texts():
    rng = np.random.default_rng(1)
    n_rows = 50_000
    age, code = rng.integers(-3, 3, n_rows), rng.integers(-1, 3, n_rows)
    table = Table(
        {
            "age": NumberColumn(age.astype(np.float64)),
            "colour": TextColumn(code.astype(np.int32), ("red", "blue", "mauve")),
        },
        n_rows,
    )
    column = modelport_runtime.load(PMML, engine="reference").score_table(table, "report")["invalid"]
    for row in range(0, n_rows, 997):
        said = [f"age = {age[row]}"] if age[row] < 0 else []
        said += {2: ["colour = 'mauve'"], -1: ["colour is missing"]}.get(int(code[row]), [])
        found = column.categories[column.codes[row]] if column.codes[row] >= 0 else ""
        assert found == "; ".join(said)


def test_a_result_of_that_name_is_refused():
    output = b'</MiningSchema><Output><OutputField name="invalid" feature="predictedValue"/></Output>'
    scorer = modelport_runtime.load(PMML.replace(b"</MiningSchema>", output))
    with pytest.raises(InputError, match="a result of the model is named 'invalid'"):
        scorer.score(ROWS, on_invalid="report")


def test_onnx_files_say_what_is_invalid(tmp_path):
    source, target = tmp_path / "m.pmml", tmp_path / "m.onnx"
    source.write_bytes(PMML)
    modelport.convert(source, target)
    scorer = modelport_runtime.load(target)
    assert listed(scorer.score(ROWS, on_invalid="report")["invalid"]) == TEXTS


def test_onnx_files_of_others_do_not(tmp_path):
    import onnx

    source, target = tmp_path / "m.pmml", tmp_path / "m.onnx"
    source.write_bytes(PMML)
    modelport.convert(source, target)
    model = onnx.load(target)
    kept = [entry for entry in model.metadata_props if entry.key != "modelport.mining_fields"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    scorer = modelport_runtime.load(model.SerializeToString())
    assert listed(scorer.score(ROWS)["y"])[0] == 12.0
    with pytest.raises(EngineError, match="does not say which input values are invalid"):
        scorer.score(ROWS, on_invalid="report")
