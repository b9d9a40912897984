"""Documents of old versions and unusual habits: what they leave out, and how they write it."""

from __future__ import annotations

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError
from modelport_runtime.pmml import read_pmml

VERSIONS = ("3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "4.3", "4.4")
DOCUMENT = """<PMML xmlns="{namespace}" version="{version}">{head}<Header copyright="c"/><DataDictionary {dictionary}>
<DataField name="x" optype="continuous" {x}/><DataField name="c" optype="categorical" dataType="string"/>
<DataField name="y" optype="{kind}"/></DataDictionary>{models}</PMML>"""


def document(models, *, version="4.4", namespace=None, kind='continuous" dataType="double', **changes):
    filled = {"head": "", "dictionary": "", "x": 'dataType="double"'} | changes
    namespace = f"http://www.dmg.org/PMML-{version.replace('.', '_')}" if namespace is None else namespace
    return DOCUMENT.format(version=version, namespace=namespace, models=models, kind=kind, **filled).encode()


def scored(text, engine="reference", **columns):
    frame = pd.DataFrame(columns or {"x": [1.0, 2.0]})
    return modelport_runtime.load(text, engine=engine).score(frame)


TREE = """<TreeModel functionName="regression" {attributes}><MiningSchema><MiningField name="x"/><MiningField name="c"/>
<MiningField name="y" usageType="predicted"/></MiningSchema>{extra}<Node score="0"><True/>
<Node score="{first}">{predicate}</Node><Node score="2"><True/></Node></Node></TreeModel>"""
BELOW = '<SimplePredicate field="x" operator="lessThan" value="{}"/>'


def tree(predicate=None, attributes="", extra="", first="1"):
    predicate = BELOW.format("1.5") if predicate is None else predicate
    return TREE.format(attributes=attributes, extra=extra, predicate=predicate, first=first)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_type_that_is_not_given_follows_from_the_operational_type(version):
    assert scored(document(tree(), version=version, x=""))["y"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "namespace",
    ["", "http://www.dmg.org/PMML-3_0", "https://www.dmg.org/PMML-4_4", "http://dmg.org/PMML-4_4", "urn:mine", "PMML"],
)
@pytest.mark.parametrize("prefix", ["", "p:"])
def test_namespaces(namespace, prefix):
    text = document(tree(), namespace=namespace)
    if prefix:
        if not namespace:
            pytest.skip("a prefix needs a namespace")
        text = text.replace(b"<", b"<p:").replace(b"<p:/", b"</p:").replace(b"xmlns=", b"xmlns:p=")
    assert scored(text)["y"].tolist() == [1.0, 2.0]


def test_elements_of_other_namespaces_are_not_ours():
    inside = '<q:Extra xmlns:q="urn:other"><q:Node/></q:Extra>'
    with pytest.raises(modelport_runtime.UnsupportedModelError, match="Extra"):
        read_pmml(document(tree(extra=inside), namespace="urn:mine"))


EXTENSION = '<Extension name="n" value="v"><Any><thing attribute="1">text</thing></Any></Extension>'


@pytest.mark.parametrize("engine", ["reference", "onnx"])
def test_extensions_stand_anywhere(engine):
    text = document(tree(extra=EXTENSION), head=EXTENSION).decode()
    for tag in ("<DataField", "<MiningField", "<SimplePredicate", '<Node score="2">', "</TreeModel>", "</PMML>"):
        text = text.replace(tag, EXTENSION + tag if not tag.startswith("<Simple") else tag, 1)
    assert scored(text.encode(), engine)["y"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "expected"), [(" 1.5 ", [1, 2]), ("1.5e0", [1, 2]), ("+1.5", [1, 2]), ("INF", [1, 1])]
)
def test_numbers_as_xml_schema_writes_them(value, expected):
    assert scored(document(tree(BELOW.format(value))))["y"].tolist() == expected


@pytest.mark.parametrize("value", ["1,5", "1.000,5", "1_5", "0x1", "one", ""])
def test_what_is_no_number_is_refused_with_its_line(value):
    with pytest.raises(ArtifactError, match=rf":5: .*'{value}' is no value of field 'x'|is not a number"):
        read_pmml(document(tree(BELOW.format(value))))
    with pytest.raises(ArtifactError, match=f"score='{value}' of a regression tree is not a number"):
        read_pmml(document(tree(first=value)))


@pytest.mark.parametrize("value", ["1", "true", "TRUE", " true "])
def test_truth_values_as_numbers_and_words(value):
    shown = f'<Output><OutputField name="z" feature="predictedValue" isFinalResult="{value}"/></Output>'
    assert list(scored(document(tree(attributes=f'isScorable="{value}"', extra=shown))).columns) == ["y", "z"]


@pytest.mark.parametrize("value", ["0", "false", "False"])
def test_truth_values_that_are_not(value):
    shown = f'<Output><OutputField name="z" feature="predictedValue" isFinalResult="{value}"/></Output>'
    assert list(scored(document(tree(extra=shown))).columns) == ["y"]


SET = '<SimpleSetPredicate field="c" booleanOperator="isIn"><Array n="3" type="string">{}</Array></SimpleSetPredicate>'


@pytest.mark.parametrize("engine", ["reference", "onnx"])
@pytest.mark.parametrize(
    ("items", "members"),
    [
        ("red blue green", ["red", "blue", "green"]),
        ('"red" "blue"\n\t"green"', ["red", "blue", "green"]),
        ('"dark red" blue', ["dark red", "blue"]),
        (r'"a \"quoted\" word" "back\\slash" ""', ['a "quoted" word', "back\\slash", ""]),
        ("&lt;5 &amp;c &quot;x y&quot;", ["<5", "&c", "x y"]),
        ("don't", ["don't"]),
    ],
)
def test_arrays_of_text(items, members, engine):
    others = ["other", "red blue"]
    result = scored(document(tree(SET.format(items))), engine, c=[*members, *others])
    # An empty text in a frame is text; a CSV file's empty cell is not.
    assert result["y"].tolist() == [1.0] * len(members) + [2.0] * len(others)


@pytest.mark.parametrize("version", VERSIONS)
def test_counts_are_not_needed(version):
    nodes = """<Node score="a"><True/><ScoreDistribution value="a" probability="0.75"/>
<ScoreDistribution value="b" probability="0.25"/></Node>"""
    shown = '<Output><OutputField name="p" feature="probability" value="b"/></Output>'
    text = f"""<TreeModel functionName="classification"><MiningSchema><MiningField name="x"/>
<MiningField name="y" usageType="predicted"/></MiningSchema>{shown}{nodes}</TreeModel>"""
    result = scored(
        document(text, version=version, kind='categorical" dataType="string', dictionary='numberOfFields="9"')
    )
    assert result.iloc[0].tolist() == ["a", 0.25]


REGRESSION = """<RegressionModel functionName="{function}" targetFieldName="y" {attributes}><MiningSchema>
<MiningField name="x"/>{target}</MiningSchema>{tables}</RegressionModel>"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_target_that_only_the_model_names(version):
    table = '<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>'
    text = REGRESSION.format(function="regression", attributes="", target="", tables=table)
    assert scored(document(text, version=version))["y"].tolist() == [3.0, 5.0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("engine", ["reference", "onnx"])
def test_logistic_regression_by_its_type(version, engine):
    tables = (
        """<RegressionTable intercept="1" targetCategory="a"/><RegressionTable intercept="0" targetCategory="b"/>"""
    )
    attributes = 'modelType="logisticRegression"'
    text = REGRESSION.format(function="classification", attributes=attributes, target="", tables=tables).replace(
        "</MiningSchema>", '</MiningSchema><Output><OutputField name="p" feature="probability" value="a"/></Output>'
    )
    result = scored(document(text, version=version, kind='categorical" dataType="string'), engine)
    assert result["p"].tolist() == pytest.approx([2.718281828459045 / (1 + 2.718281828459045)] * 2)


@pytest.mark.parametrize("version", VERSIONS[:4])
def test_types_as_the_examples_of_version_3_spell_them(version):
    # PMML 3.0, Output: <OutputField ... datatype="xs:double" .../>
    shown = (
        '<Output><OutputField name="z" optype="categorical" datatype="xs:string" feature="predictedValue"/></Output>'
    )
    assert scored(document(tree(extra=shown, first="1.5"), version=version))["z"].tolist() == ["1.5", "2.0"]


def test_the_text_shown_for_a_target_in_version_3_0():
    targets = '<Targets><Target field="y"><TargetValue value="a" rawDataValue="Alpha"/></Target></Targets>'
    shown = '<Output><OutputField name="z" feature="predictedDisplayValue"/></Output>'
    text = (
        tree(extra=shown + targets, first="a").replace('score="2"', 'score="b"').replace("regression", "classification")
    )
    result = scored(document(text, version="3.0", kind='categorical" dataType="string'))
    assert result["z"].tolist() == ["Alpha", "b"]
