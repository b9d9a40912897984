"""Expressions of documents: values worked out by hand from PMML 4.4, Transformations and Functions."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" xmlns:d="http://example.org/cells" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="s" optype="categorical" dataType="string"/></DataDictionary>
<TransformationDictionary>{dictionary}</TransformationDictionary>
<RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="s"/></MiningSchema>
<Output><OutputField name="result" feature="transformedValue" dataType="{data_type}" optype="{op_type}">{expression}
</OutputField></Output><RegressionTable intercept="1"/></RegressionModel></PMML>"""


def document(expression, data_type="double", dictionary=""):
    op_type = "categorical" if data_type == "string" else "continuous"
    text = DOCUMENT.format(expression=expression, data_type=data_type, op_type=op_type, dictionary=dictionary)
    return text.encode()


def evaluate(expression, data_type="double", dictionary="", x=math.nan, s=None):
    scorer = modelport_runtime.load(document(expression, data_type, dictionary), engine="reference")
    frame = pd.DataFrame({"x": pd.Series([x], dtype="float64"), "s": pd.Series([s], dtype="object")})
    value = scorer.score(frame)["result"].tolist()[0]
    return None if value is None or value != value else value


NORM = """<NormContinuous field="x" {}><LinearNorm orig="10" norm="0"/><LinearNorm orig="20" norm="1"/>
<LinearNorm orig="40" norm="2"/></NormContinuous>"""
AGES = """<Discretize field="x" mapMissingTo="unknown" defaultValue="other">
<DiscretizeBin binValue="young"><Interval closure="openClosed" rightMargin="30"/></DiscretizeBin>
<DiscretizeBin binValue="old"><Interval closure="openOpen" leftMargin="30" rightMargin="99"/></DiscretizeBin>
</Discretize>"""
SEXES = """<MapValues outputColumn="d:long" defaultValue="other" mapMissingTo="unknown">
<FieldColumnPair field="s" column="d:short"/><InlineTable>
<row><d:short>m</d:short><d:long>male</d:long></row><row><d:short>f</d:short><d:long>female</d:long></row>
</InlineTable></MapValues>"""


@pytest.mark.parametrize(
    ("expression", "data_type", "inputs", "expected"),
    [
        pytest.param('<Constant dataType="double">2.5</Constant>', "double", {}, 2.5, id="constant"),
        pytest.param('<Constant dataType="string"> 7 </Constant>', "string", {}, " 7 ", id="text constant"),
        pytest.param("<Constant>7</Constant>", "double", {}, 7.0, id="constant without a type"),
        pytest.param('<Constant dataType="double" missing="true"/>', "double", {}, None, id="missing constant"),
        pytest.param('<FieldRef field="x"/>', "double", {"x": 3.0}, 3.0, id="field"),
        pytest.param('<FieldRef field="x"/>', "double", {}, None, id="missing field"),
        pytest.param('<FieldRef field="x" mapMissingTo="-1"/>', "double", {}, -1.0, id="missing field replaced"),
        # 15 is half way between 10 and 20; below 10 the first segment goes on with slope 0.1, above 40 the last: 0.05.
        pytest.param(NORM.format(""), "double", {"x": 15.0}, 0.5, id="norm"),
        pytest.param(NORM.format(""), "double", {"x": 5.0}, -0.5, id="norm below, as is"),
        pytest.param(NORM.format(""), "double", {"x": 60.0}, 3.0, id="norm above, as is"),
        pytest.param(NORM.format('outliers="asExtremeValues"'), "double", {"x": 60.0}, 2.0, id="norm above, extreme"),
        pytest.param(NORM.format('outliers="asMissingValues"'), "double", {"x": 5.0}, None, id="norm below, missing"),
        pytest.param(NORM.format('mapMissingTo="0.25"'), "double", {}, 0.25, id="norm of missing"),
        pytest.param('<NormDiscrete field="s" value="a"/>', "double", {"s": "a"}, 1.0, id="indicator"),
        pytest.param('<NormDiscrete field="s" value="a"/>', "double", {"s": "b"}, 0.0, id="other indicator"),
        pytest.param('<NormDiscrete field="s" value="a" mapMissingTo="0.5"/>', "double", {}, 0.5, id="no indicator"),
        # The margins belong to the interval only where its closure says so.
        pytest.param(AGES, "string", {"x": 30.0}, "young", id="bin with its margin"),
        pytest.param(AGES, "string", {"x": 30.5}, "old", id="bin"),
        pytest.param(AGES, "string", {"x": 99.0}, "other", id="no bin"),
        pytest.param(AGES, "string", {}, "unknown", id="bin of missing"),
        pytest.param(SEXES, "string", {"s": "f"}, "female", id="table"),
        pytest.param(SEXES, "string", {"s": "n"}, "other", id="no row of the table"),
        pytest.param(SEXES, "string", {}, "unknown", id="table of missing"),
        pytest.param(
            '<Apply function="+"><FieldRef field="x"/><Constant>1</Constant></Apply>',
            "double",
            {"x": 2.0},
            3.0,
            id="sum",
        ),
        pytest.param(
            '<Apply function="+" mapMissingTo="9"><FieldRef field="x"/><Constant>1</Constant></Apply>',
            "double",
            {},
            9.0,
            id="mapMissingTo of a function",
        ),
        pytest.param(
            '<Apply function="+" defaultValue="8"><FieldRef field="x"/><Constant>1</Constant></Apply>',
            "double",
            {},
            8.0,
            id="defaultValue of a function",
        ),
        pytest.param(
            '<Apply function="/" invalidValueTreatment="asMissing"><Constant>1</Constant><FieldRef field="x"/></Apply>',
            "double",
            {"x": 0.0},
            None,
            id="division by zero as missing",
        ),
        # "sun" stands twice in the text: as "Sun" and, without its punctuation, as "sun.".
        pytest.param(
            '<TextIndex textField="s"><Constant>sun</Constant></TextIndex>',
            "double",
            {"s": "Sun and moon; and sun. Sunny"},
            2.0,
            id="term frequency",
        ),
        pytest.param(
            '<TextIndex textField="s" isCaseSensitive="true" localTermWeights="logarithmic"><Constant>sun</Constant>'
            "</TextIndex>",
            "double",
            {"s": "sun Sun sun"},
            math.log10(3),
            id="logarithmic",
        ),
        pytest.param(
            '<TextIndex textField="s" localTermWeights="binary"><Constant>and sun</Constant></TextIndex>',
            "double",
            {"s": "sun and moon and sun"},
            1.0,
            id="two words",
        ),
    ],
)
def test_expression(expression, data_type, inputs, expected):
    found = evaluate(expression, data_type, **inputs)
    assert found == (pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else expected)


DOUBLED = """<DefineFunction name="doubled" optype="continuous" dataType="double">
<ParameterField name="p" dataType="double"/><Apply function="*"><FieldRef field="p"/><Constant>2</Constant></Apply>
</DefineFunction>"""
CALL = '<Apply function="{}"><FieldRef field="x"/></Apply>'


def test_function_of_the_document():
    assert evaluate(CALL.format("doubled"), dictionary=DOUBLED, x=4.0) == 8.0


def derived(name, used):
    return f"""<DerivedField name="{name}" optype="continuous" dataType="double"><Apply function="+">
<FieldRef field="{used}"/><Constant>1</Constant></Apply></DerivedField>"""


def test_derived_fields_may_be_used_before_they_stand():
    dictionary = derived("a", "b") + derived("b", "c") + derived("c", "x")
    assert [
        field.name for field in read_pmml(document("<Constant>1</Constant>", dictionary=dictionary)).derived_fields
    ] == [
        "c",
        "b",
        "a",
    ]
    assert evaluate('<FieldRef field="a"/>', dictionary=dictionary, x=1.0) == 4.0


@pytest.mark.parametrize(
    ("circle", "lost"),
    [
        (derived("own", "own"), ["own"]),
        (derived("own", "b") + derived("b", "own"), ["own", "b"]),
        (derived("b", "own") + derived("own", "own") + derived("c", "b"), ["b", "own", "c"]),
    ],
)
def test_a_field_defined_by_itself_is_refused_where_it_is_used(circle, lost):
    dictionary = circle + derived("a", "x")
    read = read_pmml(document('<FieldRef field="a"/>', dictionary=dictionary))
    assert [(n.code, n.message.split("'")[1]) for n in read.card.notices] == [("field-without-value", n) for n in lost]
    assert evaluate('<FieldRef field="a"/>', dictionary=dictionary, x=1.0) == 2.0
    for name in lost:
        with pytest.raises(ArtifactError, match=f"{name!r} is not defined, or is defined by itself"):
            read_pmml(document(f'<FieldRef field="{name}"/>', dictionary=dictionary))


def test_a_field_may_have_the_name_of_what_it_uses():
    # The inner field hides the input from then on; it is not defined by itself.
    assert evaluate('<FieldRef field="x"/>', dictionary=derived("x", "x"), x=1.0) == 2.0


def test_a_field_that_needs_a_function_without_end_is_refused_where_it_is_used():
    call = '<Apply function="f"><FieldRef field="x"/></Apply>'
    lost = f'<DerivedField name="lost" optype="continuous" dataType="double">{call}</DerivedField>'
    dictionary = function("f", "g") + function("g", "f") + function("h", "g") + lost
    assert evaluate("<Constant>1</Constant>", dictionary=dictionary, x=1.0) == 1.0
    for name in "fgh":
        with pytest.raises(UnsupportedModelError, match=f"{name!r} calls itself"):
            read_pmml(document(call.replace('"f"', f'"{name}"'), dictionary=dictionary))
    with pytest.raises(ArtifactError, match="'lost' is not defined, or is defined by itself"):
        read_pmml(document('<FieldRef field="lost"/>', dictionary=dictionary))


def function(name, *called):
    calls = "".join(f'<Apply function="{other}"><FieldRef field="p"/></Apply>' for other in called)
    return f"""<DefineFunction name="{name}" optype="continuous"><ParameterField name="p"/><Apply function="+">{calls}
<FieldRef field="p"/></Apply></DefineFunction>"""


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        pytest.param(
            "".join(function(f"f{i}", f"f{i + 1}", f"f{i + 1}") for i in range(40)) + function("f40"),
            "too many calls",
            id="doubling calls",
        ),
        pytest.param(
            "".join(function(f"f{i}", f"f{i + 1}") for i in range(100)) + function("f100"), "too many calls", id="deep"
        ),
    ],
)
def test_functions_that_take_too_long_are_refused(functions, message):
    with pytest.raises(UnsupportedModelError, match=message):
        read_pmml(document("<Constant>1</Constant>", dictionary=functions))


def test_causes_of_one_kind_are_counted():
    unknown = '<Apply function="+">' + 3 * CALL.format("mystery") + "</Apply>"
    with pytest.raises(UnsupportedModelError, match="'mystery' is unknown, met 3 times, here first") as caught:
        read_pmml(document(unknown))
    assert len(caught.value.causes) == 1


LOCATED = '<MapValues outputColumn="o"><FieldColumnPair field="s" column="i"/><TableLocator/></MapValues>'
STEMS = '<TextIndex textField="s"><TextIndexNormalization><TableLocator/></TextIndexNormalization>{}</TextIndex>'


@pytest.mark.parametrize("expression", [LOCATED, STEMS.format("<Constant>a</Constant>")])
def test_tables_outside_the_document_are_refused(expression):
    with pytest.raises(UnsupportedModelError, match=r"TableLocator \(line \d\): .*write the rows as an InlineTable"):
        read_pmml(document(expression))


def test_a_table_is_needed():
    without = '<MapValues outputColumn="o"><FieldColumnPair field="s" column="i"/></MapValues>'
    with pytest.raises(ArtifactError, match="InlineTable or TableLocator is missing"):
        read_pmml(document(without))


TAXONOMY = """<Taxonomy name="t"><ChildParent childField="c" parentField="p"><InlineTable><row><c>a</c><p>b</p></row>
</InlineTable></ChildParent></Taxonomy></DataDictionary>"""


def test_a_taxonomy_bears_on_rules_over_items_only():
    text = document("<Constant>1</Constant>").replace(b"</DataDictionary>", TAXONOMY.encode())
    read = read_pmml(text.replace(b'name="s"', b'name="s" taxonomy="t"', 1))
    assert [notice.code for notice in read.card.notices] == ["taxonomy-skipped"]
