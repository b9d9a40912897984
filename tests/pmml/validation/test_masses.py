"""Elements in masses are summed up before they are looked at: the summaries, and that nothing is missed by them."""

from __future__ import annotations

import pytest

from modelport_runtime.pmml.validation import validate
from modelport_runtime.pmml.validation._document import parse_document
from modelport_runtime.pmml.validation._few import MASSES
from modelport_runtime.pmml.validation._scopes import Scopes

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header/>
  <DataDictionary>
    <DataField name="x" optype="continuous" dataType="double"/>
    <DataField name="y" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/></DataField>
  </DataDictionary>
  <MiningModel functionName="classification">
    <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
    <Segmentation multipleModelMethod="majorityVote">
      <Segment id="1"><SimplePredicate field="x" operator="lessThan" value="9"/>{first}</Segment>
      <Segment id="2"><True/>{second}</Segment>
    </Segmentation>
  </MiningModel>
</PMML>
"""
TREE = """<TreeModel functionName="classification">
    <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
    <Node id="0"><True/>
      <Node id="1" score="a"><SimplePredicate field="x" operator="lessThan" value="1.5"/>
        <ScoreDistribution value="a" recordCount="3"/><ScoreDistribution value="b" recordCount="1"/></Node>
      <Node id="2" score="b"><SimplePredicate field="x" operator="greaterOrEqual" value="1.5"/>
        <ScoreDistribution value="b" recordCount="2"/></Node>
    </Node></TreeModel>"""


def scopes_of(first=TREE, second=TREE):
    return Scopes(parse_document(DOCUMENT.format(first=first, second=second).encode()))


def test_comparisons_are_those_of_each_model():
    scopes = scopes_of(second=TREE.replace("1.5", "2.5").replace("greaterOrEqual", "isMissing"))
    outer, first, second = scopes.models
    assert scopes.comparisons(outer) == {("x", "lessThan"): {"9"}}
    assert scopes.comparisons(first) == {("x", "lessThan"): {"1.5"}, ("x", "greaterOrEqual"): {"1.5"}}
    assert scopes.comparisons(second) == {("x", "lessThan"): {"2.5"}, ("x", "isMissing"): {"2.5"}}


def test_nodes_and_distributions_are_those_of_each_model():
    scopes = scopes_of(second=TREE.replace('id="2" score="b"', 'id="1" score="c" recordCount="2" defaultChild="3"'))
    outer, first, second = scopes.models
    assert (scopes.nodes(outer).scores, scopes.distributions(outer).classes) == (set(), set())
    said = scopes.nodes(first)
    assert (said.scores, said.has_default, said.has_count, said.has_twins) == ({"a", "b"}, False, False, False)
    said = scopes.nodes(second)
    assert (said.scores, said.has_default, said.has_count, said.has_twins) == ({"a", "c"}, True, True, True)
    assert scopes.distributions(first).classes == {"a", "b"}


@pytest.mark.parametrize(
    ("wrong", "shares", "twins"),
    [
        (TREE, False, False),
        (TREE.replace('value="b" recordCount="1"', 'value="a" recordCount="1"'), False, True),
        (TREE.replace('recordCount="2"', 'recordCount="2" probability="1"'), True, False),
        (TREE.replace('recordCount="2"', 'recordCount="2" confidence="1"'), True, False),
    ],
)
def test_distributions_of_one_node_follow_each_other(wrong, shares, twins):
    """A class of one node and the same of the next are no twins."""
    scopes = scopes_of(first=wrong)
    said = scopes.distributions(scopes.models[1])
    assert (said.has_shares, said.has_twins) == (shares, twins)


def test_few_and_many_elements_are_found_in_the_order_of_the_document():
    document = parse_document(DOCUMENT.format(first=TREE, second=TREE).encode())
    few = ("Segment", "MiningField", "DataField")
    assert MASSES.isdisjoint(few)
    found = [(element.tag, element.get("id") or element.get("name")) for element in document.all(*few)]
    walked = [
        (element.tag, element.get("id") or element.get("name"))
        for element in document.root.iter(*(document.tag(name) for name in few))
    ]
    assert found == walked
    assert len(found) == 10
    assert [element.get("id") for element in document.all("Node")] == ["0", "1", "2", "0", "1", "2"]


def test_elements_in_nodes_are_found_with_a_model_embedded_and_without():
    targets = '<Targets><Target field="y"/></Targets>'
    inner = f'<DecisionTree functionName="classification">{targets}<Node><True/></Node></DecisionTree>'
    embedded = TREE.replace('<ScoreDistribution value="b" recordCount="2"/></Node>', f"{inner}</Node>", 1)
    partition = TREE.replace('<ScoreDistribution value="a" recordCount="3"/>', '<Partition name="p"/>', 1)
    assert [e.get("field") for e in scopes_of(first=embedded).document.all("Target")] == ["y"]
    assert [e.get("name") for e in scopes_of(first=partition).document.all("Partition")] == ["p"]
    scopes = scopes_of(first=embedded)
    assert [len(list(scopes.own_elements(scope, "Target"))) for scope in scopes.models] == [0, 1, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("INF", True), ("I&#78;F", True), ("In F", False)],
    ids=["as it is", "as a reference", "not"],
)
def test_a_document_may_mention_what_it_may_hide(text, said):
    document = parse_document(DOCUMENT.format(first=TREE.replace("1.5", text), second=TREE).encode())
    assert document.may_mention("INF", "NaN") is said


def test_a_document_mentions_what_lies_between_two_chunks():
    first, _, second = DOCUMENT.format(first=TREE.replace("1.5", "INF"), second=TREE).encode().partition(b"NF")
    document = parse_document(first + b"NF" + second)
    document._chunks = [first, b"NF" + second]
    assert document.may_mention("INF")
    assert not document.may_mention("NaN")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_an_encoding_of_wide_letters_may_mention_anything(encoding):
    text = '<?xml version="1.0" encoding="utf-16"?>' + DOCUMENT.format(first=TREE, second=TREE)
    document = parse_document(DOCUMENT.format(first=TREE, second=TREE).encode())
    document._chunks = [text.encode(encoding)]
    assert document.may_mention("INF")


def test_infinity_is_found_however_it_is_written():
    wrong = TREE.replace('recordCount="3"', 'recordCount="&#73;NF"')
    report = validate(DOCUMENT.format(first=wrong, second=TREE).encode())
    assert [finding.rule for finding in report.findings] == ["number/not-finite"]
