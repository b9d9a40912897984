"""RuleSetModel by the worked example of PMML 4.4, RuleSet, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import MiningFunction, RuleSelectionMethod, RuleSet
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

HEAD = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="BP" optype="categorical" dataType="string"/><DataField name="K" optype="continuous" dataType="double"/>
<DataField name="Age" optype="continuous" dataType="integer"/>
<DataField name="Na" optype="continuous" dataType="double"/>
<DataField name="drug" optype="categorical" dataType="string"><Value value="drugA"/><Value value="drugB"/>
<Value value="drugY"/></DataField></DataDictionary>
<RuleSetModel modelName="drug" functionName="classification"><MiningSchema>
<MiningField name="BP"/><MiningField name="K"/>
<MiningField name="Age"/><MiningField name="Na"/><MiningField name="drug" usageType="target"/></MiningSchema>"""
OUTPUT = """<Output><OutputField name="rule" feature="entityId"/><OutputField name="confidence" feature="confidence"/>
<OutputField name="A" feature="confidence" value="drugA"/><OutputField name="B" feature="confidence" value="drugB"/>
<OutputField name="p" feature="probability" value="drugA"/>
<OutputField name="second" feature="predictedValue" rank="2"/>
<OutputField name="second rule" feature="entityId" rank="2"/>
<OutputField name="second confidence" feature="confidence" rank="2"/>
<OutputField name="last" feature="predictedValue" rankOrder="ascending"/>
<OutputField name="third" feature="entityId" rank="3"/></Output>"""

# The rules of PMML 4.4, RuleSet, which the same page scores: of a patient of 36 with high blood pressure, K = 0.0621
# and Na = 0.5023 all three fire.
HIGH = '<SimplePredicate field="BP" operator="equal" value="HIGH"/>'
YOUNG = '<SimplePredicate field="Age" operator="lessOrEqual" value="50"/>'
K1 = '<SimplePredicate field="K" operator="greaterThan" value="0.045804001"/>'
K2 = '<SimplePredicate field="K" operator="greaterThan" value="0.057789002"/>'
NA1 = '<SimplePredicate field="Na" operator="lessOrEqual" value="0.77240998"/>'
NA2 = '<SimplePredicate field="Na" operator="greaterThan" value="0.21"/>'


def conjunction(*predicates):
    return f'<CompoundPredicate booleanOperator="and">{"".join(predicates)}</CompoundPredicate>'


def rule(number, score, confidence, predicate, inside=""):
    attributes = f'id="RULE{number}" score="{score}" confidence="{confidence}" weight="{confidence}"'
    return f"<SimpleRule {attributes}>{predicate}{inside}</SimpleRule>"


DISTRIBUTION = '<ScoreDistribution value="drugA" recordCount="2"/><ScoreDistribution value="drugB" recordCount="6"/>'
SIMPLE = (
    rule(1, "drugB", 0.9, conjunction(HIGH, K1, YOUNG, NA1), DISTRIBUTION)
    + rule(2, "drugA", 0.6, conjunction(K2, HIGH, YOUNG))
    + rule(3, "drugA", 0.36, conjunction(HIGH, NA2))
)
COMPOUND = (
    f"<CompoundRule>{HIGH}<CompoundRule>{YOUNG}"
    + rule(1, "drugB", 0.9, conjunction(K1, NA1), DISTRIBUTION)
    + rule(2, "drugA", 0.6, K2)
    + "</CompoundRule>"
    + rule(3, "drugA", 0.36, NA2)
    + "</CompoundRule>"
)
DEFAULT = 'defaultScore="drugY" defaultConfidence="0.1"'


def document(rules, method="firstHit", attributes=DEFAULT, output=OUTPUT, head=HEAD):
    methods = "".join(f'<RuleSelectionMethod criterion="{name}"/>' for name in method.split())
    return f"{head}{output}<RuleSet {attributes}>{methods}{rules}</RuleSet></RuleSetModel></PMML>".encode()


PATIENTS = pd.DataFrame(
    {
        "BP": ["HIGH", "HIGH", "LOW", None, "HIGH"],
        "K": [0.0621, 0.01, 0.0621, 0.0621, np.nan],
        "Age": [36.0, 36, 36, 36, 36],
        "Na": [0.5023, 0.5023, 0.5023, 0.5023, 0.9],
    }
)


def score(content, frame=PATIENTS, engine="reference"):
    return modelport_runtime.load(content, engine=engine).score(frame)


@pytest.mark.parametrize("rules", [SIMPLE, COMPOUND], ids=["simple", "compound"])
@pytest.mark.parametrize(
    ("method", "winner", "confidence", "rule_id"),
    [
        ("firstHit", "drugB", 0.9, "RULE1"),
        ("weightedMax", "drugB", 0.9, "RULE1"),
        ("weightedSum", "drugA", (0.6 + 0.36) / 3, "RULE2"),
        ("weightedSum weightedMax firstHit", "drugA", 0.32, "RULE2"),
    ],
)
def test_the_worked_example(rules, method, winner, confidence, rule_id):
    first = score(document(rules, method)).iloc[0]
    assert (first["drug"], first["rule"]) == (winner, rule_id)
    assert first["confidence"] == pytest.approx(confidence, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "classes"),
    [("firstHit", (0.6, 0.9)), ("weightedMax", (0.6, 0.9)), ("weightedSum", (0.32, 0.3))],
)
def test_every_class_has_the_confidence_of_the_rule_that_speaks_for_it(method, classes):
    result = score(document(SIMPLE, method))
    assert result.loc[0, ["A", "B"]].tolist() == pytest.approx(classes, rel=1e-12)
    # Where only rule 3 fires, the class of rule 1 has none; weightedSum divides by the one rule that fires.
    assert result.loc[1, ["A", "B"]].tolist() == [0.36, 0.0]


def test_ranks_go_on_to_the_next_rule_that_predicts_another_class():
    result = score(document(SIMPLE))
    assert result["second"].tolist() == ["drugA", None, None, None, None]
    assert result["second rule"].tolist() == ["RULE2", None, None, None, None]
    assert result["second confidence"].iloc[0] == 0.6
    assert result["last"].tolist() == ["drugA", "drugA", "drugY", "drugY", "drugA"]
    assert result["third"].isna().all()


def test_where_no_rule_fires_there_is_the_default_score_and_an_unknown_predicate_does_not_fire():
    result = score(document(SIMPLE))
    assert result["drug"].tolist() == ["drugB", "drugA", "drugY", "drugY", "drugA"]
    assert result["rule"].tolist() == ["RULE1", "RULE3", None, None, "RULE3"]
    assert result["confidence"].tolist() == [0.9, 0.36, 0.1, 0.1, 0.36]


def test_without_a_default_score_there_is_no_prediction():
    result = score(document(SIMPLE, attributes=""))
    assert result["drug"].tolist() == ["drugB", "drugA", None, None, "drugA"]
    assert result["confidence"].isna().tolist() == [False, False, True, True, False]


def test_probabilities_are_the_training_shares_of_the_rule_that_fires():
    result = score(document(SIMPLE))
    assert result["p"].iloc[0] == 0.25
    assert math.isnan(result["p"].iloc[1])
    default = score(document(DISTRIBUTION + SIMPLE))
    assert default["p"].iloc[2] == 0.25


def test_equal_sums_go_to_the_class_that_the_data_dictionary_names_first():
    rules = rule(1, "drugB", 0.5, HIGH) + rule(2, "drugA", 0.5, HIGH)
    assert score(document(rules, "weightedSum"))["drug"].iloc[0] == "drugA"
    assert score(document(rules, "weightedMax"))["drug"].iloc[0] == "drugB"


def test_the_heavier_of_two_rules_counts_also_when_it_stands_later():
    rules = rule(1, "drugA", 0.2, HIGH) + rule(2, "drugB", 0.7, HIGH) + rule(3, "drugA", 0.7, HIGH)
    result = score(document(rules, "weightedMax")).iloc[0]
    assert (result["drug"], result["rule"], result["second rule"]) == ("drugB", "RULE2", "RULE3")


def test_rules_without_ids_are_numbered_and_nested_ones_too():
    content = document(COMPOUND).replace(b'id="RULE1" ', b"").replace(b'id="RULE3" ', b"")
    assert score(content)["rule"].tolist()[:2] == ["1", "3"]


def test_confidence_and_weight_are_one_by_default():
    rules = f'<SimpleRule score="drugA">{HIGH}</SimpleRule>' + rule(2, "drugB", 0.9, HIGH)
    result = score(document(rules, "weightedMax")).iloc[0]
    assert (result["drug"], result["confidence"]) == ("drugA", 1.0)


@pytest.mark.parametrize(
    ("operator", "fires"),
    [("or", [True, True, False]), ("xor", [False, False, False]), ("surrogate", [True, True, False])],
)
def test_compound_predicates_are_three_valued(operator, fires):
    # K > 0.05 and Na > 0.4 of: both true; K unknown and Na true; K false and Na unknown.
    predicate = (
        f'<CompoundPredicate booleanOperator="{operator}">'
        '<SimplePredicate field="K" operator="greaterThan" value="0.05"/>'
        '<SimplePredicate field="Na" operator="greaterThan" value="0.4"/></CompoundPredicate>'
    )
    frame = pd.DataFrame({"K": [0.1, np.nan, 0.01], "Na": [0.5, 0.5, np.nan], "Age": [1.0] * 3, "BP": ["LOW"] * 3})
    assert (score(document(rule(1, "drugA", 1, predicate)), frame)["drug"] == "drugA").tolist() == fires


def test_sets_missing_values_and_fractions_among_integers():
    array = '<Array n="2" type="string">HIGH "very high"</Array>'
    inside = f'<SimpleSetPredicate field="BP" booleanOperator="isIn">{array}</SimpleSetPredicate>'
    outside = f'<SimpleSetPredicate field="BP" booleanOperator="isNotIn">{array}</SimpleSetPredicate>'
    missing = '<SimplePredicate field="BP" operator="isMissing"/>'
    young = '<SimplePredicate field="Age" operator="lessThan" value="36.5"/>'
    rules = "".join(
        rule(number, score, 1, predicate)
        for number, (score, predicate) in enumerate(
            [("drugA", conjunction(inside, young)), ("drugB", outside), ("drugY", missing)], 1
        )
    )
    frame = pd.DataFrame({"BP": ["HIGH", "very high", "HIGH", "LOW", None], "Age": [36.0, 36, 37, 37, 37]})
    result = score(document(rules, attributes=""), frame.assign(K=0.0, Na=0.0))
    assert result["rule"].tolist() == ["RULE1", "RULE1", None, "RULE2", "RULE3"]


def test_a_rule_set_may_predict_numbers():
    head = HEAD.replace(
        '<DataField name="drug" optype="categorical" dataType="string"><Value value="drugA"/><Value value="drugB"/>\n'
        '<Value value="drugY"/></DataField>',
        '<DataField name="drug" optype="continuous" dataType="double"/>',
    ).replace('functionName="classification"', 'functionName="regression"')
    rules = rule(1, "2.5", 0.9, HIGH) + rule(2, "7", 0.2, NA2)
    output = '<Output><OutputField name="confidence" feature="confidence"/></Output>'
    result = score(document(rules, attributes='defaultScore="-1" defaultConfidence="0"', output=output, head=head))
    assert result["drug"].tolist() == [2.5, 2.5, 7.0, 7.0, 2.5]
    assert result["confidence"].tolist() == [0.9, 0.9, 0.2, 0.2, 0.9]


def test_the_reader_fills_the_hub():
    model = read_pmml(document(SIMPLE + rule(4, "drugC", 1, "<False/>"), "weightedSum")).model
    rule_set = model.predictor
    assert isinstance(rule_set, RuleSet)
    assert model.function is MiningFunction.CLASSIFICATION
    assert rule_set.selection_method is RuleSelectionMethod.WEIGHTED_SUM
    assert rule_set.classes == ("drugA", "drugB", "drugY", "drugC")
    assert rule_set.scores.tolist() == [1, 0, 0, 3]
    assert rule_set.default_score == 2
    np.testing.assert_array_equal(rule_set.distributions[0], [0.25, 0.75, 0, 0])
    assert np.isnan(rule_set.distributions[1]).all()


def test_the_hub_file_holds_it():
    scored = score(load_document(document_bytes(read_pmml(document(COMPOUND, "weightedSum")))))
    pd.testing.assert_frame_equal(scored, score(document(COMPOUND, "weightedSum")))


@pytest.mark.parametrize(
    ("rules", "method", "attributes", "message"),
    [
        ("", "firstHit", "", "no rule and no defaultScore"),
        (SIMPLE, "lastHit", DEFAULT, "criterion='lastHit' is unknown"),
        ('<SimpleRule score="drugA"/>', "firstHit", DEFAULT, "SimpleRule has no predicate"),
        (f"<SimpleRule>{HIGH}</SimpleRule>", "firstHit", DEFAULT, "attribute 'score' is missing"),
        (rule(1, "drugA", 1, HIGH) * 2, "firstHit", DEFAULT, "another rule has the id 'RULE1' too"),
        (rule(1, "drugA", "high", HIGH), "firstHit", DEFAULT, "'high' is not a number"),
        (rule(1, "drugA", 1, HIGH.replace("BP", "BQ")), "firstHit", DEFAULT, "field 'BQ' is not defined"),
        (rule(1, "drugA", 1, YOUNG.replace("50", "fifty")), "firstHit", DEFAULT, "'fifty' is no value"),
    ],
)
def test_what_is_not_correct_is_an_error_with_its_line(rules, method, attributes, message):
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: ") as caught:
        read_pmml(document(rules, method, attributes))
    assert message in str(caught.value)


def test_unknown_elements_are_refused():
    with pytest.raises(UnsupportedModelError, match="element Weight is not supported in SimpleRule"):
        read_pmml(document(rule(1, "drugA", 1, HIGH, "<Weight/>")))
