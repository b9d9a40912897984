"""Output fields and the card of documents, by hand from PMML 4.4, Output, Header and ModelVerification."""

from __future__ import annotations

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import DataType, GoldenColumn
from modelport_runtime.pmml import read_pmml

# Left of 0 the leaf has 1 record of "a", 1 of "b" and 2 of "c"; right of it 3 of "a" and 1 of "b".
DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" xmlns:d="http://example.org/cells" version="4.4">
<Header copyright="Someone" description="Of letters" modelVersion="7"><Application name="Writer" version="1.2"/>
<Timestamp>2024-05-06T07:08:09Z</Timestamp></Header>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="y" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/><Value value="c"/>
</DataField></DataDictionary>
<TreeModel modelName="letters" functionName="classification"><MiningSchema><MiningField name="x"/>
<MiningField name="y" usageType="target"/></MiningSchema>
<Output>{output}</Output>
<Node id="root"><True/>
<Node id="left" score="c"><SimplePredicate field="x" operator="lessThan" value="0"/>
<ScoreDistribution value="a" recordCount="1" confidence="0.2"/>
<ScoreDistribution value="b" recordCount="1" confidence="0.2"/>
<ScoreDistribution value="c" recordCount="2" confidence="0.4"/></Node>
<Node id="right" score="a"><SimplePredicate field="x" operator="greaterOrEqual" value="0"/>
<ScoreDistribution value="a" recordCount="3" confidence="0.7"/>
<ScoreDistribution value="b" recordCount="1" confidence="0.1"/>
<ScoreDistribution value="c" recordCount="0" confidence="0"/></Node></Node>{verification}</TreeModel></PMML>"""


def document(output="", verification=""):
    return DOCUMENT.format(output=output, verification=verification).encode()


def results(output):
    scorer = modelport_runtime.load(document(output), engine="reference")
    scored = scorer.score(pd.DataFrame({"x": [-1.0, 1.0]}))
    return {name: scored[name].tolist() for name in scored.columns}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('feature="predictedValue"', ["c", "a"]),
        ("", ["c", "a"]),
        ('feature="probability" value="b"', [0.25, 0.25]),
        ('feature="probability"', [0.5, 0.75]),
        ('feature="confidence" value="a"', [0.2, 0.7]),
        ('feature="confidence"', [0.4, 0.7]),
        ('feature="entityId"', ["left", "right"]),
    ],
)
def test_features(attributes, expected):
    assert results(f'<OutputField name="o" {attributes}/>') == {"y": ["c", "a"], "o": expected}


def test_an_expression_reads_earlier_outputs_and_hidden_ones_do_not_show():
    output = """<OutputField name="p" feature="probability" value="c" isFinalResult="false"/>
<OutputField name="percent" feature="transformedValue" dataType="double" optype="continuous"><Apply function="*">
<FieldRef field="p"/><Constant dataType="double">100</Constant></Apply></OutputField>"""
    assert results(output) == {"y": ["c", "a"], "percent": [50.0, 0.0]}


def test_the_type_of_an_output_is_cast_to():
    output = """<OutputField name="p" feature="probability" value="c" dataType="double" optype="continuous"/>
<OutputField name="n" feature="transformedValue" dataType="integer" optype="continuous"><Apply function="*">
<FieldRef field="p"/><Constant dataType="double">4</Constant></Apply></OutputField>"""
    found = results(output)
    assert found["p"] == [0.5, 0.0]
    assert found["n"] == [2, 0]


def test_unknown_features_are_refused_unless_they_are_hidden():
    with pytest.raises(UnsupportedModelError, match="'oracle' is not supported"):
        read_pmml(document('<OutputField name="o" feature="oracle"/>'))
    assert read_pmml(document('<OutputField name="o" feature="oracle" isFinalResult="false"/>')).model.outputs == ()


def test_the_card_comes_from_the_header():
    card = read_pmml(document()).card
    assert (card.name, card.version, card.description) == ("letters", "7", "Of letters")
    assert (card.application, card.application_version) == ("Writer", "1.2")
    assert (card.created, card.copyright) == ("2024-05-06T07:08:09Z", "Someone")
    assert card.golden_rows is None
    assert card.notices == ()


VERIFICATION = """<ModelVerification recordCount="2" fieldCount="3"><VerificationFields>
<VerificationField field="x" column="d:input"/><VerificationField field="y"/>
<VerificationField field="p" column="share" precision="1E-4" zeroThreshold="1E-8"/></VerificationFields>
<InlineTable><row><d:input>-2.5</d:input><y>c</y><share>0.5</share></row>
<row><y>a</y><share>0.75</share></row></InlineTable></ModelVerification>"""


def test_golden_rows_come_from_the_verification():
    rows = read_pmml(document('<OutputField name="p" feature="probability" value="c"/>', VERIFICATION)).card.golden_rows
    assert rows is not None
    assert rows.inputs == (GoldenColumn(name="x", data_type=DataType.DOUBLE, values=(-2.5, None)),)
    assert rows.outputs == (
        # What the specification says of a field that says nothing (PMML 4.4, ModelVerification).
        GoldenColumn(name="y", data_type=DataType.STRING, values=("c", "a"), precision=1e-6, zero_threshold=1e-16),
        GoldenColumn(name="p", data_type=DataType.DOUBLE, values=(0.5, 0.75), precision=1e-4, zero_threshold=1e-8),
    )
    assert (rows.precision, rows.zero_threshold) == (1e-6, 1e-16)


@pytest.mark.parametrize(
    ("intercept", "target", "output", "columns"),
    [
        ("0", "", "", ["twice"]),
        ("1", "", "", ["predictedValue", "twice"]),
        ("0", '<MiningField name="y" usageType="target"/>', "", ["y", "twice"]),
        ("0", "", '<OutputField name="p" feature="predictedValue"/>', ["predictedValue", "p", "twice"]),
    ],
)
def test_a_regression_of_nothing_that_nothing_names_is_no_result(intercept, target, output, columns):
    twice = """<OutputField name="twice" feature="transformedValue" dataType="double" optype="continuous">
<Apply function="*"><FieldRef field="x"/><Constant dataType="double">2</Constant></Apply></OutputField>"""
    pmml = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary><RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>{target}</MiningSchema>
<Output>{output}{twice}</Output><RegressionTable intercept="{intercept}"/></RegressionModel></PMML>"""
    scored = modelport_runtime.load(pmml.encode(), engine="reference").score(pd.DataFrame({"x": [1.5]}))
    assert list(scored.columns) == columns
    assert scored["twice"].tolist() == [3.0]
