"""Order of ordinal values is that of their declaration (PMML 4.4, DataDictionary); JPMML-Evaluator gives the same."""

from __future__ import annotations

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="s" optype="{op_type}" dataType="{data_type}">{values}</DataField>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>{body}</PMML>"""
SIZES = "".join(f'<Value value="{value}"/>' for value in ("low", "medium", "high"))
SCHEMA = '<MiningSchema><MiningField name="s"/><MiningField name="y" usageType="target"/></MiningSchema>'
TREE = f"""<TreeModel functionName="regression" splitCharacteristic="multiSplit">{SCHEMA}<Node score="0"><True/>
<Node score="1"><SimplePredicate field="s" operator="{{}}" value="{{}}"/></Node><Node score="2"><True/></Node></Node>
</TreeModel>"""
SEGMENTS = f"""<MiningModel functionName="regression">{SCHEMA}<Segmentation multipleModelMethod="selectFirst">
<Segment><SimplePredicate field="s" operator="{{}}" value="{{}}"/><RegressionModel functionName="regression">{SCHEMA}
<RegressionTable intercept="1"/></RegressionModel></Segment><Segment><True/><RegressionModel functionName="regression">
{SCHEMA}<RegressionTable intercept="2"/></RegressionModel></Segment></Segmentation></MiningModel>"""
APPLY = f"""<RegressionModel functionName="regression">{SCHEMA}<Output><OutputField name="y2" feature="transformedValue"
dataType="boolean" optype="categorical"><Apply function="{{}}">{{}}</Apply></OutputField></Output>
<RegressionTable intercept="1"/></RegressionModel>"""
HOLDS = {
    ("lessThan", "medium"): ["low"],
    ("lessThan", "low"): [],
    ("lessOrEqual", "medium"): ["low", "medium"],
    ("greaterThan", "medium"): ["high"],
    ("greaterThan", "high"): [],
    ("greaterOrEqual", "medium"): ["medium", "high"],
}


def load(body, values=SIZES, op_type="ordinal", data_type="string", engine="auto"):
    text = DOCUMENT.format(body=body, values=values, op_type=op_type, data_type=data_type)
    return modelport_runtime.load(text.encode(), engine=engine)


@pytest.mark.parametrize("engine", ["reference", "auto"])
@pytest.mark.parametrize("body", [TREE, SEGMENTS])
@pytest.mark.parametrize(("operator", "value"), HOLDS)
def test_predicates(body, operator, value, engine):
    rows = ["low", "medium", "high", None]
    found = load(body.format(operator, value), engine=engine).score(pd.DataFrame({"s": rows}))["y"].tolist()
    assert found == [1 if row in HOLDS[operator, value] else 2 for row in rows]


@pytest.mark.parametrize("engine", ["reference", "auto"])
@pytest.mark.parametrize(("operator", "value"), HOLDS)
def test_functions(operator, value, engine):
    rows = ["low", "medium", "high", None]
    parts = ('<FieldRef field="s"/>', f"<Constant>{value}</Constant>")
    mirrored = operator.replace("less", "G").replace("greater", "less").replace("G", "greater")
    for name, arguments in ((operator, parts), (mirrored, parts[::-1])):
        scorer = load(APPLY.format(name, "".join(arguments)), engine=engine)
        found = scorer.score(pd.DataFrame({"s": rows}))["y2"].tolist()
        assert found == [*(row in HOLDS[operator, value] for row in rows[:3]), pd.NA]


def test_numbers_that_are_declared_in_another_order():
    values = "".join(f'<Value value="{value}"/>' for value in (3, 1, 2))
    found = load(SEGMENTS.format("lessThan", "2"), values, data_type="integer").score(pd.DataFrame({"s": [1, 2, 3]}))
    assert found["y"].tolist() == [1, 2, 1]


@pytest.mark.parametrize("body", [TREE, SEGMENTS])
def test_a_value_that_is_not_declared(body):
    with pytest.raises(
        ArtifactError, match=r"'huge' is no value of the ordinal field; known are 'low', 'medium', 'high'"
    ):
        load(body.format("lessThan", "huge"))


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_texts_that_look_like_numbers(engine):
    values = "".join(f'<Value value="{value}"/>' for value in (10, 9, 8))
    for operator, expected in (("lessThan", [1, 2, 2, 2]), ("greaterOrEqual", [2, 1, 1, 2])):
        scorer = load(TREE.format(operator, "9"), values, engine=engine)
        assert scorer.score(pd.DataFrame({"s": ["10", "9", "8", None]}))["y"].tolist() == expected


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_a_tree_that_tests_nothing(engine):
    body = TREE.replace('<SimplePredicate field="s" operator="{}" value="{}"/>', "<False/>")
    assert load(body, engine=engine).score(pd.DataFrame({"s": ["low", None]}))["y"].tolist() == [2, 2]
