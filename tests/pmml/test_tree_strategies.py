"""What a tree does with missing values, and where no child is true (PMML 4.4, TreeModel).

The golfing tree, its rows and its results are the specification's. Other expectations are computed by hand from the
record counts that stand in the documents; those of penalties and multi-way splits are JPMML-Evaluator's too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError

# The tree by which PMML 4.4, TreeModel, explains its missing value strategies.
GOLFING = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="temperature" optype="continuous" dataType="double"/>
<DataField name="humidity" optype="continuous" dataType="double"/>
<DataField name="outlook" optype="categorical" dataType="string"/>
<DataField name="whatIdo" optype="categorical" dataType="string"/></DataDictionary>
<TreeModel functionName="classification" missingValueStrategy="{strategy}" missingValuePenalty="{penalty}">
<MiningSchema><MiningField name="temperature"/><MiningField name="humidity"/><MiningField name="outlook"/>
<MiningField name="whatIdo" usageType="target"/></MiningSchema>
<Output><OutputField name="node" feature="entityId"/>
<OutputField name="will play" feature="confidence" value="will play"/>
<OutputField name="may play" feature="confidence" value="may play"/>
<OutputField name="no play" feature="confidence" value="no play"/></Output>
<Node id="1" score="will play" recordCount="100" defaultChild="2"><True/>
<ScoreDistribution value="will play" recordCount="60" confidence="0.6"/>
<ScoreDistribution value="may play" recordCount="30" confidence="0.3"/>
<ScoreDistribution value="no play" recordCount="10" confidence="0.1"/>
<Node id="2" score="will play" recordCount="50" defaultChild="3">
<SimplePredicate field="outlook" operator="equal" value="sunny"/>
<ScoreDistribution value="will play" recordCount="40" confidence="0.8"/>
<ScoreDistribution value="may play" recordCount="2" confidence="0.04"/>
<ScoreDistribution value="no play" recordCount="8" confidence="0.16"/>
<Node id="3" score="will play" recordCount="40"><CompoundPredicate booleanOperator="surrogate">
<SimplePredicate field="temperature" operator="greaterOrEqual" value="50"/>
<SimplePredicate field="humidity" operator="lessThan" value="80"/></CompoundPredicate>
<ScoreDistribution value="will play" recordCount="36" confidence="0.9"/>
<ScoreDistribution value="may play" recordCount="2" confidence="0.05"/>
<ScoreDistribution value="no play" recordCount="2" confidence="0.05"/></Node>
<Node id="4" score="no play" recordCount="10"><CompoundPredicate booleanOperator="surrogate">
<SimplePredicate field="temperature" operator="lessThan" value="50"/>
<SimplePredicate field="humidity" operator="greaterOrEqual" value="80"/></CompoundPredicate>
<ScoreDistribution value="will play" recordCount="4" confidence="0.4"/>
<ScoreDistribution value="may play" recordCount="0" confidence="0.0"/>
<ScoreDistribution value="no play" recordCount="6" confidence="0.6"/></Node></Node>
<Node id="5" score="may play" recordCount="50"><CompoundPredicate booleanOperator="or">
<SimplePredicate field="outlook" operator="equal" value="overcast"/>
<SimplePredicate field="outlook" operator="equal" value="rain"/></CompoundPredicate>
<ScoreDistribution value="will play" recordCount="20" confidence="0.4"/>
<ScoreDistribution value="may play" recordCount="28" confidence="0.56"/>
<ScoreDistribution value="no play" recordCount="2" confidence="0.04"/></Node></Node></TreeModel></PMML>"""


PLAY = ("will play", "may play", "no play")


def same_everywhere(content, rows):
    """The results of all rows, which are the same to the last bit on both engines."""
    reference, graph = (modelport_runtime.load(content, engine=name).score(rows) for name in ("reference", "onnx"))
    pd.testing.assert_frame_equal(graph, reference, check_exact=True)
    return reference


def golfing(strategy, *, penalty="1.0", outlook=None, temperature=np.nan, humidity=np.nan):
    """The prediction, the confidences of all classes and the node reached."""
    content = GOLFING.format(strategy=strategy, penalty=penalty).encode()
    row = pd.DataFrame({"outlook": [outlook], "temperature": [temperature], "humidity": [humidity]})
    result = same_everywhere(content, row.astype({"outlook": object, "temperature": float, "humidity": float})).iloc[0]
    return result["whatIdo"], [result[label] for label in PLAY], result["node"]


@pytest.mark.parametrize(
    ("strategy", "row", "label"),
    [
        ("none", {"outlook": "sunny", "temperature": 60.0}, "will play"),
        ("none", {"outlook": "overcast"}, "may play"),
        # The surrogate decides where the temperature is missing.
        ("none", {"outlook": "sunny", "humidity": 90.0}, "no play"),
        # lastPrediction: the unknown outlook ends the search at the root, the current winner.
        ("lastPrediction", {"temperature": 45.0, "humidity": 60.0}, "will play"),
        ("nullPrediction", {"temperature": 45.0, "humidity": 60.0}, None),
        # defaultChild: it goes on to node 2, and there 45 < 50 leads to node 4.
        ("defaultChild", {"temperature": 45.0, "humidity": 60.0}, "no play"),
    ],
)
def test_missing_value_strategies(strategy, row, label):
    assert golfing(strategy, **row)[0] == label


@pytest.mark.parametrize("strategy", ["none", "weightedConfidence", "aggregateNodes"])
def test_explicit_confidences(strategy):
    # "Scoring with explicit confidences": temperature 45, outlook sunny, humidity 60 reaches node 4.
    label, confidences, node = golfing(strategy, temperature=45, humidity=60, outlook="sunny")
    assert (label, node) == ("no play", "4")
    assert confidences == pytest.approx([0.4, 0.0, 0.6])


def test_weighted_confidence_with_one_missing_value():
    # "Scoring with a missing value": with temperature and humidity unknown, nodes 3 and 4 weigh 40/50 and 10/50.
    label, confidences, node = golfing("weightedConfidence", outlook="sunny")
    assert (label, node) == ("will play", None)
    assert confidences == pytest.approx([0.9 * 0.8 + 0.4 * 0.2, 0.05 * 0.8, 0.05 * 0.8 + 0.6 * 0.2])


def test_weighted_confidence_with_all_values_missing():
    # "Scoring with multiple missing values": half of node 2's answer, half of node 5's.
    label, confidences, _ = golfing("weightedConfidence")
    assert label == "will play"
    assert confidences == pytest.approx([0.8 * 0.5 + 0.4 * 0.5, 0.04 * 0.5 + 0.56 * 0.5, 0.16 * 0.5 + 0.04 * 0.5])


def test_weighted_confidence_weighs_a_child_with_all_of_its_records():
    # outlook unknown: node 2 (50 records), of which only node 4 (10) is reached, still weighs 50/100.
    label, confidences, _ = golfing("weightedConfidence", temperature=45, humidity=90)
    assert confidences == pytest.approx([0.4 * 0.5 + 0.4 * 0.5, 0.56 * 0.5, 0.6 * 0.5 + 0.04 * 0.5])
    assert label == "will play"


def test_a_surrogate_that_is_known_leaves_nothing_to_weigh():
    label, confidences, node = golfing("weightedConfidence", outlook="sunny", humidity=60, penalty="0.8")
    assert (label, node) == ("will play", "3")
    assert confidences == pytest.approx([0.9 * 0.8, 0.05 * 0.8, 0.05 * 0.8])


def test_aggregate_nodes_adds_up_the_records_of_all_leaves_reached():
    # "Scoring with aggregateNodes": temperature 45, humidity 90: nodes 4 and 5, 60 records: 24, 28 and 8.
    label, confidences, _ = golfing("aggregateNodes", temperature=45, humidity=90)
    assert label == "may play"
    assert confidences == pytest.approx([24 / 60, 28 / 60, 8 / 60])


@pytest.mark.parametrize(
    ("strategy", "row", "factor", "confidence"),
    [
        # One default child on the way to node 4.
        ("defaultChild", {"temperature": 45.0, "humidity": 60.0}, 1, 0.4),
        # A default child, and at node 3 the surrogate humidity.
        ("defaultChild", {"humidity": 60.0}, 2, 0.9),
        # Two default children: what no surrogate could decide costs no more than what the default child decided.
        ("defaultChild", {}, 2, 0.9),
        # Node 3 is false and node 4 true, both by their surrogates.
        ("none", {"outlook": "sunny", "humidity": 90.0}, 2, 0.4),
        # An unknown part of "or" is no surrogate, and ending at a node is no choice of a child.
        ("lastPrediction", {}, 0, 0.6),
        ("none", {"outlook": "rain"}, 0, 0.4),
    ],
)
def test_missing_value_penalty(strategy, row, factor, confidence):
    # Each node that a surrogate rule or a default child decided costs the penalty once.
    _, confidences, _ = golfing(strategy, penalty="0.5", **row)
    assert confidences[0] == pytest.approx(confidence * 0.5**factor)


TREE = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="z" optype="continuous" dataType="double"/>
<DataField name="y" optype="categorical" dataType="string"/></DataDictionary>
<TreeModel functionName="classification" missingValueStrategy="{strategy}" noTrueChildStrategy="{last}">
<MiningSchema><MiningField name="x"/><MiningField name="z"/><MiningField name="y" usageType="target"/></MiningSchema>
<Output><OutputField name="p" feature="probability" value="a"/><OutputField name="c" feature="confidence" value="a"/>
<OutputField name="node" feature="entityId"/></Output>{nodes}</TreeModel></PMML>"""


def node(identifier, predicate, a, b, *children, records=None, extra=""):
    """A node of a and b records of two classes; ``records`` is what it says of their number."""
    label = "a" if a >= b else "b"
    count = f' recordCount="{a + b if records is None else records}"' if records != "" else ""
    shares = f'<ScoreDistribution value="a" recordCount="{a}"/><ScoreDistribution value="b" recordCount="{b}"/>'
    return f'<Node id="{identifier}" score="{label}"{count} {extra}>{predicate}{shares}{"".join(children)}</Node>'


def simple(field, operator, value):
    return f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'


def compound(operator, *parts):
    return f'<CompoundPredicate booleanOperator="{operator}">{"".join(parts)}</CompoundPredicate>'


def scored(nodes, rows, strategy, last="returnNullPrediction"):
    content = TREE.format(strategy=strategy, last=last, nodes=nodes).encode()
    result = same_everywhere(content, pd.DataFrame(rows, columns=["x", "z"]).astype(float))
    return {name: [None if v is None or v != v else v for v in result[name].tolist()] for name in result.columns}


MANY_WAYS = node(
    "r", "<True/>", 60, 40,
    node("1", simple("x", "lessThan", 0), 9, 1),
    node("2", simple("x", "lessThan", 5), 4, 16),
    node("3", simple("z", "greaterThan", 0), 27, 3),
    node("4", "<True/>", 10, 30),
    extra='defaultChild="2"',
)  # fmt: skip
ROWS = [(None, 1), (None, -1), (None, None), (7, None), (3, None)]


@pytest.mark.parametrize(
    ("strategy", "nodes"),
    [
        # The first unknown predicate ends the search, though a later child is true.
        ("lastPrediction", ["r", "r", "r", "r", "2"]),
        ("nullPrediction", [None, None, None, None, "2"]),
        ("defaultChild", ["2", "2", "2", "2", "2"]),
        # Unknown is false here, and the search goes on.
        ("none", ["3", "4", "4", "4", "2"]),
    ],
)
def test_many_ways(strategy, nodes):
    assert scored(MANY_WAYS, ROWS, strategy)["node"] == nodes


@pytest.mark.parametrize("strategy", ["weightedConfidence", "aggregateNodes"])
def test_many_ways_entered_at_once(strategy):
    # x missing: children 1 and 2 are unknown, and 3 is true (no later one can be chosen), or false, or unknown.
    # Shares weighed by records are records again: 9/10, 4/20, 27/30, 10/40 by 10, 20, 30, 40.
    expected = [(9 + 4 + 27) / 60, (9 + 4 + 10) / 70, 50 / 100, (27 + 10) / 70, 4 / 20]
    result = scored(MANY_WAYS, ROWS, strategy)
    assert result["p"] == pytest.approx(expected)
    assert result["node"] == [None, None, None, None, "2"]
    # At one half each, rounding decides.
    assert [result["y"][row] for row in (0, 1, 3, 4)] == ["a", "b", "a", "b"]


def test_aggregate_nodes_counts_records_and_weighted_confidence_weighs_nodes():
    # Node 1 says 10 records, its distribution 40: the distributions are added up, the nodes are weighed.
    nodes = node(
        "r", "<True/>", 1, 1,
        node("1", simple("x", "lessThan", 0), 36, 4, records=10),
        node("2", simple("x", "greaterOrEqual", 0), 4, 16),
    )  # fmt: skip
    assert scored(nodes, [(None, 0)], "aggregateNodes")["p"] == pytest.approx([40 / 60])
    assert scored(nodes, [(None, 0)], "weightedConfidence")["p"] == pytest.approx([(0.9 * 10 + 0.2 * 20) / 30])


def test_record_counts_that_are_absent_are_those_of_the_distribution():
    nodes = node(
        "r", "<True/>", 1, 1,
        node("1", simple("x", "lessThan", 0), 9, 1, records=""),
        node("2", simple("x", "greaterOrEqual", 0), 4, 16, records=""),
    )  # fmt: skip
    assert scored(nodes, [(None, 0)], "weightedConfidence")["p"] == pytest.approx([13 / 30])


@pytest.mark.parametrize(
    ("predicate", "row", "expected"),
    [
        # x unknown, z below 3: "and" is unknown, so both children are entered: (9 + 10) / (10 + 40).
        (compound("and", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 2), 19 / 50),
        # z is not below 3: "and" is false whatever x is, and child 2 alone is entered.
        (compound("and", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 4), 10 / 40),
        (compound("or", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 2), 9 / 10),
        (compound("or", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 4), 19 / 50),
        (compound("xor", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 4), 19 / 50),
        (compound("surrogate", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, 4), 10 / 40),
        (compound("surrogate", simple("x", "lessThan", 5), simple("z", "lessThan", 3)), (None, None), 19 / 50),
        (compound("surrogate", simple("x", "lessThan", 5), "<False/>"), (None, None), 10 / 40),
    ],
)
@pytest.mark.parametrize("strategy", ["weightedConfidence", "aggregateNodes"])
def test_compound_predicates_are_decided_as_a_whole(predicate, row, expected, strategy):
    nodes = node("r", "<True/>", 1, 1, node("1", predicate, 9, 1), node("2", "<True/>", 10, 30))
    assert scored(nodes, [row], strategy)["p"] == pytest.approx([expected])


@pytest.mark.parametrize("strategy", ["weightedConfidence", "aggregateNodes"])
def test_splits_below_splits(strategy):
    # x unknown at the root and z at child 1: all three leaves, weighed 10, 30 and 60 of 100 records.
    inner = (node("2", simple("z", "lessThan", 0), 8, 2), node("3", simple("z", "greaterOrEqual", 0), 12, 18))
    nodes = node(
        "r", "<True/>", 1, 1,
        node("1", simple("x", "lessThan", 0), 20, 20, *inner),
        node("4", simple("x", "greaterOrEqual", 0), 54, 6),
    )  # fmt: skip
    expected = [(8 + 12 + 54) / 100, 54 / 60]
    assert scored(nodes, [(None, None), (1, None)], strategy)["p"] == pytest.approx(expected)


@pytest.mark.parametrize("strategy", ["weightedConfidence", "aggregateNodes"])
def test_one_child_that_may_be_true_is_entered_for_certain(strategy):
    # Child 1 is false, child 2 unknown, and there is no other: its own node and label are the result.
    nodes = node(
        "r", simple("z", "notEqual", 99), 1, 1,
        node("1", compound("and", simple("x", "lessThan", 0), simple("z", "lessThan", 0)), 1, 9),
        node("2", simple("x", "greaterOrEqual", 0), 3, 1),
    )  # fmt: skip
    result = scored(nodes, [(None, 1), (-1, 1), (0, 99)], strategy)
    assert result["node"] == ["2", None, None]
    assert result["y"] == ["a", None, None]


@pytest.mark.parametrize(
    ("strategy", "unknown"),
    [("none", "2"), ("lastPrediction", "r"), ("nullPrediction", None), ("defaultChild", "2"), ("aggregateNodes", None)],
)
@pytest.mark.parametrize("parts", [("x", "z"), ("z", "x")])
def test_a_compound_predicate_of_unknown_and_true_is_unknown(strategy, unknown, parts):
    both = compound("and", *(simple(field, "lessThan", 5) for field in parts))
    nodes = node("r", "<True/>", 1, 1, node("1", both, 9, 1), node("2", "<True/>", 10, 30), extra='defaultChild="2"')
    result = scored(nodes, [(None, 2), (2, None), (2, 2), (None, 9)], strategy)
    assert result["node"] == [unknown, unknown, "1", "2"]


@pytest.mark.parametrize("strategy", ["none", "lastPrediction", "nullPrediction", "defaultChild"])
@pytest.mark.parametrize("last", ["returnNullPrediction", "returnLastPrediction"])
def test_no_true_child(strategy, last):
    nodes = node(
        "r", "<True/>", 60, 40,
        node("1", simple("x", "lessThan", 0), 9, 1),
        node("2", simple("x", "greaterThan", 5), 1, 9),
        extra='defaultChild="1"',
    )  # fmt: skip
    no_child = "r" if last == "returnLastPrediction" else None
    unknown = {"none": no_child, "lastPrediction": "r", "nullPrediction": None, "defaultChild": "1"}[strategy]
    result = scored(nodes, [(2, 0), (None, 0), (9, 0)], strategy, last)
    assert result["node"] == [no_child, unknown, "2"]


@pytest.mark.parametrize(
    ("attribute", "value"), [("missingValueStrategy", "skip"), ("noTrueChildStrategy", "returnFirstPrediction")]
)
def test_unknown_strategies(attribute, value):
    text = TREE.format(strategy="none", last="returnNullPrediction", nodes=MANY_WAYS)
    strategy = "none" if attribute == "missingValueStrategy" else "returnNullPrediction"
    with pytest.raises(ArtifactError, match=f"{attribute}='{value}' is unknown; known are"):
        modelport_runtime.load(text.replace(f'{attribute}="{strategy}"', f'{attribute}="{value}"').encode())
