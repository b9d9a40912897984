"""Segmentation with selectAll: the list of what the members predict (PMML 4.4, Multiple Models), by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import modelport_runtime
from modelport_runtime.errors import EngineError, UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.pmml import read_pmml

FIELDS = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in ("x", "z", "y"))
SCHEMA = """<MiningSchema><MiningField name="x"/><MiningField name="z"/>
<MiningField name="y" usageType="target"/></MiningSchema>"""
POSITIVE = '<SimplePredicate field="x" operator="greaterThan" value="0"/>'


def segment(number, field, predicate="<True/>"):
    """Predicts its number plus the field."""
    table = (
        f'<RegressionTable intercept="{number}"><NumericPredictor name="{field}" coefficient="1"/></RegressionTable>'
    )
    model = f'<RegressionModel functionName="regression">{SCHEMA}{table}</RegressionModel>'
    return f'<Segment id="s{number}">{predicate}{model}</Segment>'


SEGMENTS = segment(1, "x") + segment(2, "x", POSITIVE) + segment(3, "z")


def document(attributes="", output="", segments=SEGMENTS):
    shown = f"<Output>{output}</Output>" if output else ""
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{FIELDS}</DataDictionary><MiningModel functionName="regression">{SCHEMA}{shown}
<Segmentation multipleModelMethod="selectAll" {attributes}>{segments}</Segmentation></MiningModel></PMML>""".encode()


ROWS = pd.DataFrame(
    {"x": [1.0, -1.0, 1.0, np.nan, np.nan], "z": [10.0, 10.0, np.nan, 10.0, np.nan]}, index=list("abcde")
)


def score(content, frame=ROWS, engine="reference"):
    return modelport_runtime.load(content, engine=engine).score(frame)


def test_the_members_that_apply_give_one_item_each_in_their_order():
    result = score(document())
    assert result.index.tolist() == list("abcde")
    assert result["y"].tolist() == [[2.0, 3.0, 13.0], [0.0, 13.0], [2.0, 3.0, None], [None, 13.0], [None, None]]


def test_a_missing_prediction_may_make_the_whole_missing_or_be_left_out():
    whole = score(document('missingPredictionTreatment="returnMissing"'))["y"].tolist()
    assert whole == [[2.0, 3.0, 13.0], [0.0, 13.0], None, None, None]
    skipped = score(document('missingPredictionTreatment="skipSegment"'))["y"].tolist()
    assert skipped == [[2.0, 3.0, 13.0], [0.0, 13.0], [2.0, 3.0], [13.0], None]


def test_where_no_member_applies_there_is_no_list():
    content = document(segments=segment(1, "x", POSITIVE) + segment(2, "z", POSITIVE))
    assert score(content)["y"].tolist() == [[2.0, 12.0], None, [2.0, None], None, None]


def test_output_fields_show_the_list_and_single_members():
    output = '<OutputField name="all" feature="predictedValue"/><OutputField name="second" segmentId="s2"/>'
    scorer = modelport_runtime.load(document(output=output))
    assert [(field.name, field.is_list) for field in scorer.outputs] == [("y", True), ("all", True), ("second", False)]
    result = scorer.score(ROWS)
    assert result["all"].tolist() == result["y"].tolist()
    assert result["second"].fillna(-9).tolist() == [3.0, -9.0, 3.0, -9.0, -9.0]


def test_labels_of_classes_are_items_too():
    def tree(number, low, high):
        split = "".join(
            f'<Node score="{label}"><SimplePredicate field="x" operator="{operator}" value="{number}"/></Node>'
            for label, operator in ((low, "lessThan"), (high, "greaterOrEqual"))
        )
        model = f'<TreeModel functionName="classification">{SCHEMA}<Node><True/>{split}</Node></TreeModel>'
        return f"<Segment><True/>{model}</Segment>"

    content = document(segments=tree(0, "a", "b") + tree(5, "c", "a")).replace(
        b'<DataField name="y" optype="continuous" dataType="double"/>',
        b'<DataField name="y" optype="categorical" dataType="string"/>',
    )
    content = content.replace(
        b'<MiningModel functionName="regression">', b'<MiningModel functionName="classification">'
    )
    table = score(content, pa.table({"x": [-1.0, 1.0, 9.0, None], "z": [0.0] * 4}))
    assert table.schema.field("y").type == pa.list_(pa.string())
    assert table.column("y").to_pylist() == [["a", "c"], ["b", "c"], ["b", "a"], [None, None]]


def test_an_expression_over_the_list_is_refused():
    output = '<OutputField name="o" feature="transformedValue"><FieldRef field="y"/></OutputField>'
    with pytest.raises(UnsupportedModelError, match="an expression over 'y', whose values are lists"):
        modelport_runtime.load(document(output=output))


def test_a_list_inside_another_ensemble_is_refused():
    inner = document().decode()
    inner = inner[inner.index("<MiningModel") : inner.index("</PMML>")]
    with pytest.raises(UnsupportedModelError, match="selectAll, whose result is a list, inside another ensemble"):
        modelport_runtime.load(document(segments=f"<Segment><True/>{inner}</Segment>"))


def test_graphs_and_jvm_engines_refuse_lists():
    with pytest.raises(UnsupportedModelError, match="selectAll"):
        OnnxExecutor(read_pmml(document()))
    with pytest.raises(EngineError, match="not lists, such as result 'y'"):
        modelport_runtime.load(document(), engine="jpmml")
