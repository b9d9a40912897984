"""Members of a MiningModel and how they become one (PMML 4.4, Multiple Models), on both engines.

Expectations are computed by hand from the shares that stand in the documents; JPMML-Evaluator 1.7.7 gives the same.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import DataType, Ensemble, TreeEnsemble
from modelport_runtime.pmml import read_pmml

ENGINES = ("reference", "onnx")
DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
<DataField name="t" optype="categorical" dataType="string"/></DataDictionary>
<MiningModel functionName="{function}" {attributes}><MiningSchema><MiningField name="x"/>
<MiningField name="{target}" usageType="target"/></MiningSchema>{extra}<Segmentation multipleModelMethod="{method}"
missingPredictionTreatment="{treatment}" missingThreshold="{threshold}">{members}</Segmentation></MiningModel></PMML>"""
SHOWN = "<Output>{}</Output>".format(
    "".join(f'<OutputField name="p{label}" feature="probability" value="{label}"/>' for label in "abc")
)


def member(score=None, shares=None, *, weight=1, active=True, function="classification", attributes="", extra=""):
    """A tree of one score; ``None`` predicts nothing."""
    if score is None:
        node = '<Node><True/><Node score="1"><False/></Node></Node>'
    else:
        counts = "".join(
            f'<ScoreDistribution value="{label}" recordCount="{count}"/>'
            for label, count in zip("abc", shares or (), strict=bool(shares))
        )
        node = f'<Node score="{score}"><True/>{counts}</Node>'
    predicate = "<True/>" if active else "<False/>"
    return f"""<Segment weight="{weight}">{predicate}<TreeModel functionName="{function}" {attributes}>
<MiningSchema><MiningField name="x"/></MiningSchema>{extra}{node}</TreeModel></Segment>"""


def number(value=None, **changes):
    return member(value, function="regression", **changes)


def document(method, members, *, classes=False, treatment="continue", threshold=1, attributes="", extra=""):
    return DOCUMENT.format(
        function="classification" if classes else "regression",
        target="t" if classes else "y",
        method=method,
        members="".join(members),
        treatment=treatment,
        threshold=threshold,
        attributes=attributes,
        extra=SHOWN + extra if classes else extra,
    ).encode()


def scored(text, engine):
    result = modelport_runtime.load(text, engine=engine).score(pd.DataFrame({"x": [1.0]}))
    return {name: None if value is None or value != value else value for name, value in result.iloc[0].items()}


def numbers(method, members, engine, **changes):
    return scored(document(method, members, **changes), engine)["y"]


def shares(method, members, engine, **changes):
    result = scored(document(method, members, classes=True, **changes), engine)
    return result["t"], [result[f"p{label}"] for label in "abc"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["majorityVote", "weightedMajorityVote"])
@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ("a", "a"),
        ("aa-", "a"),
        ("-a", "a"),  # as many for none as for a: a
        ("--a", None),  # more for none than for any class
        ("ab--", None),
        ("ab-b", "b"),
    ],
)
def test_a_member_without_a_prediction_votes_for_none(method, votes, expected, engine):
    members = [member(None if vote == "-" else vote) for vote in votes]
    label, probabilities = shares(method, members, engine)
    assert label == expected
    if expected is not None:
        cast = votes.replace("-", "")
        assert probabilities == pytest.approx([cast.count(each) / len(cast) for each in "abc"])
    # Where a missing prediction is passed over, the others decide.
    label, _ = shares(method, members, engine, treatment="skipSegment")
    assert label == max(sorted(set(votes) - {"-"}), key=votes.count)


@pytest.mark.parametrize("engine", ENGINES)
def test_votes_for_none_have_their_weight(engine):
    members = [member("a", weight=2), member(None, weight=3), member("b", weight=2)]
    assert shares("weightedMajorityVote", members, engine)[0] is None
    assert shares("majorityVote", members, engine)[0] == "a"


FOUR = [(8, 2, 0), (4, 3, 3), (1, 1, 8), (5, 5, 0)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("method", "members", "expected"),
    [
        # a reaches 0.8 first: the first member alone gives it, though the third is as sure of c.
        ("max", FOUR[:3], [0.8, 0.2, 0.0]),
        ("max", [(8, 2, 0), (8, 0, 2), (4, 6, 0)], [0.8, 0.1, 0.1]),
        # Medians 0.4, 0.2 and 0.3: the second member is in the middle for a.
        ("median", FOUR[:3], [0.4, 0.3, 0.3]),
        # Of 0.1, 0.4, 0.5 and 0.8 the second and the fourth member are in the middle.
        ("median", FOUR, [0.45, 0.4, 0.15]),
        ("median", [(8, 1, 1), (8, 2, 0), (8, 0, 2)], [0.8, 0.1, 0.1]),
        # The middle member for a is surer of b, which so is the prediction.
        ("median", [(4, 6, 0), (9, 1, 0), (1, 0, 9)], [0.4, 0.6, 0.0]),
        ("average", FOUR[:2], [0.6, 0.25, 0.15]),
    ],
)
def test_probabilities_are_those_of_the_members_that_decide(method, members, expected, engine):
    label, found = shares(method, [member("a", each) for each in members], engine)
    assert found == pytest.approx(expected)
    assert label == "abc"[int(np.argmax(expected))]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["average", "weightedAverage"])
def test_the_average_of_one_member_is_decided_by_its_probabilities(method, engine):
    assert shares(method, [member("a", (1, 2, 3))], engine) == ("c", pytest.approx([1 / 6, 2 / 6, 3 / 6]))
    assert shares("majorityVote", [member("a", (1, 2, 3))], engine) == ("a", [1, 0, 0])


@pytest.mark.parametrize(
    ("weights", "expected"),
    [((1, 1), 10), ((1, 2), 20), ((2, 1), 10), ((1, 1, 2), 20), ((1, 1, 1, 1), 20), ((1, 5, 1), 20)],
)
@pytest.mark.parametrize("method", ["weightedMedian", "x-weightedMedian"])
@pytest.mark.parametrize("engine", ["reference", "onnx"])
def test_a_weighted_median_is_the_lower_one(method, weights, expected, engine):
    members = [number(10 * (i + 1), weight=weight) for i, weight in enumerate(weights)]
    assert numbers(method, members, engine) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_a_median_of_an_even_number_is_between_the_two(engine):
    assert numbers("median", [number(10), number(20)], engine) == 15


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["sum", "average", "weightedAverage", "median"])
@pytest.mark.parametrize(
    ("threshold", "weights", "is_kept"),
    [(1, (1, 1), True), (0.5, (1, 1), True), (0.49, (1, 1), False), (0.3, (3, 1), True), (0.7, (1, 3), False)],
)
def test_the_threshold_counts_the_members_own_weights(method, threshold, weights, is_kept, engine):
    members = [number(2, weight=weights[0]), number(None, weight=weights[1]), number(6, weight=99, active=False)]
    found = numbers(method, members, engine, treatment="skipSegment", threshold=threshold)
    assert found == (2 if is_kept else None)


def test_votes_on_numbers_are_refused_at_once():
    with pytest.raises(UnsupportedModelError, match="majorityVote of a member that predicts a number"):
        modelport_runtime.load(document("majorityVote", [number(1), number(2)]), engine="reference")


def test_members_of_two_kinds_are_not_combined():
    members = [member("a", (1, 2, 3)), number(2)]
    with pytest.raises(UnsupportedModelError, match="average of members for classification and for regression"):
        modelport_runtime.load(document("average", members, classes=True), engine="auto")
    assert scored(document("selectFirst", members, classes=True), "reference")["t"] == "a"


def test_members_that_predict_fewer_targets_are_not_combined():
    text = document("max", [number(1), number(2)])
    text = text.replace(
        b'<MiningField name="x"/>\n<MiningField name="y"',
        b'<MiningField name="x" usageType="target"/><MiningField name="y"',
        1,
    )
    with pytest.raises(UnsupportedModelError, match=r"1 target\(s\) of a member where the ensemble has 2"):
        modelport_runtime.load(text.replace(b"<TreeModel", b'<TreeModel noTrueChildStrategy="returnLastPrediction"', 1))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("value", "expected"), [("0.5", 1), ("1.5", None), ("1", None)])
def test_a_predicate_may_compare_whole_numbers_with_a_fraction(value, expected, engine):
    predicate = f'<SimplePredicate field="x" operator="greaterThan" value="{value}"/>'
    text = document("selectFirst", [number(1).replace("<True/>", predicate, 1)])
    text = text.replace(
        b'name="x" optype="continuous" dataType="double"', b'name="x" optype="continuous" dataType="integer"'
    )
    assert scored(text, engine)["y"] == expected


def test_a_regression_table_of_no_class():
    tables = '<RegressionTable intercept="1" targetCategory="a"/><RegressionTable intercept="0"/>'
    text = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="t" optype="categorical" dataType="string"/></DataDictionary><RegressionModel
functionName="classification"><MiningSchema><MiningField name="t" usageType="target"/></MiningSchema>{tables}
</RegressionModel></PMML>"""
    with pytest.raises(ArtifactError, match=r"RegressionTable\[2\]: attribute 'targetCategory' is missing"):
        read_pmml(text.encode())


def test_a_result_without_a_name():
    text = document("sum", [number(1)], extra='<Output><OutputField name="" feature="predictedValue"/></Output>')
    with pytest.raises(ArtifactError, match="name is empty"):
        read_pmml(text)


def test_a_classification_of_nothing():
    nothing = member(None).replace(' score="1"', "")
    with pytest.raises(ArtifactError, match="no Node has a score or a ScoreDistribution"):
        read_pmml(document("majorityVote", [nothing], classes=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_class_that_is_never_predicted_has_probability_zero(engine):
    unknown = '<OutputField name="pz" feature="probability" value="z"/>'
    text = document("average", [member("a", (1, 1, 2))], classes=True).replace(
        b"</Output>", unknown.encode() + b"</Output>"
    )
    assert scored(text, engine)["pz"] == 0.0
    text = document("average", [member(None)], classes=True).replace(b"</Output>", unknown.encode() + b"</Output>")
    assert scored(text, engine)["pz"] is None


def test_repeated_ids_matter_where_one_is_named():
    text = document("sum", [number(1), number(10)]).replace(b"<Segment ", b'<Segment id="s" ')
    assert [notice.code for notice in read_pmml(text).card.notices] == ["segment-id-repeated"]
    assert scored(text, "reference")["y"] == 11
    shown = '<Output><OutputField name="s" feature="predictedValue" segmentId="{}"/></Output>'
    text = document("sum", [number(1), number(10)], extra=shown.format("s")).replace(b"<Segment ", b'<Segment id="s" ')
    with pytest.raises(ArtifactError, match="2 segments have the id 's'"):
        read_pmml(text)
    # A segment without an id is named by its number.
    text = document("sum", [number(1), number(10)], extra=shown.format("2"))
    assert scored(text, "reference") == {"y": 11, "s": 10}
    text = document("sum", [number(1)], extra=shown.format("nowhere"))
    assert [notice.code for notice in read_pmml(text).card.notices] == ["segment-unknown"]
    assert scored(text, "reference") == {"y": 1, "s": None}


@pytest.mark.parametrize("value", ["false", "0"])
def test_the_first_model_that_may_be_scored(value):
    first, second = (document("sum", [number(each)], attributes='modelName="m"') for each in (1, 2))
    model = second[second.index(b"<MiningModel") : second.index(b"</PMML>")]
    unscorable = first.replace(b'modelName="m"', f'modelName="n" isScorable="{value}"'.encode())
    assert scored(unscorable.replace(b"</PMML>", model + b"</PMML>"), "reference")["y"] == 2
    with pytest.raises(UnsupportedModelError, match="isScorable='false'"):
        read_pmml(unscorable)
    with pytest.raises(UnsupportedModelError, match="isScorable='false'"):
        read_pmml(document("sum", [number(1, attributes=f'isScorable="{value}"')]))


# -- trees together in arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["weightedSum", "x-weightedSum"])
def test_a_weighted_sum_of_trees_is_one_ensemble(method, engine):
    text = document(method, [number(2, weight=3), number(0.1, weight=0.5)])
    assert isinstance(read_pmml(text).model.predictor, TreeEnsemble)
    assert scored(text, engine)["y"] == 2 * 3 + 0.1 * 0.5


def with_field(value, name, constant):
    added = f'<Apply function="+"><FieldRef field="x"/><Constant>{constant}</Constant></Apply>'
    derived = f'<DerivedField name="{name}" optype="continuous" dataType="double">{added}</DerivedField>'
    text = number(0, extra=f"<LocalTransformations>{derived}</LocalTransformations>")
    predicate = f'<SimplePredicate field="{name}" operator="greaterThan" value="5"/>'
    node = f'<Node><True/><Node score="{value}">{predicate}</Node><Node score="0"><True/></Node></Node>'
    return text[: text.index("<Node")] + node + "</TreeModel></Segment>"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("members", "is_folded"),
    [
        ([with_field(1, "u", 9), with_field(2, "v", 9)], True),
        ([with_field(1, "u", 9), with_field(2, "u", 9)], True),
        # One name for two things: each member keeps its own.
        ([with_field(1, "u", 9), with_field(2, "u", 0)], False),
        # A name that hides an input hides it from one member only.
        ([with_field(1, "x", 9), number(2)], False),
    ],
)
def test_derived_fields_of_members_may_be_those_of_all(members, is_folded, engine):
    text = document("sum", members)
    assert isinstance(read_pmml(text).model.predictor, TreeEnsemble if is_folded else Ensemble)
    # x is 1: with 9 added it is above 5, with 0 it is not.
    last = 0 if not is_folded and "<Constant>0</Constant>" in members[1] else 2
    assert scored(text, engine)["y"] == 1 + last


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sum_in_float32_begins_with_the_constant_of_its_target(engine):
    # XGBoost begins with the base score and rounds after each tree.
    values, base = [0.75, 0.75, 0.75], 16777216.0  # beyond it float32 has even numbers only
    total = np.float32(base)
    for value in values:
        total = np.float32(total + np.float32(value))
    assert (float(total), float(np.float32(sum(values) + base))) == (base, base + 2)
    targets = f'<Targets><Target field="y" rescaleConstant="{base}"/></Targets>'
    single = 'x-mathContext="float"'
    text = document("sum", [number(value, attributes=single) for value in values], attributes=single, extra=targets)
    model = read_pmml(text).model
    assert (model.targets, model.math_type, model.predictor.base_scores.tolist()) == ((), DataType.FLOAT, [base])
    assert scored(text, engine)["y"] == float(total)


# -- documents that leave things out ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ('<Node score="1.5"><True/></Node>', 1.5),
        ('<Node score="high"><True/></Node>', "high"),
        ('<Node score="1"><True/><ScoreDistribution value="1" recordCount="2"/></Node>', "1"),
    ],
)
def test_a_function_name_that_is_missing_follows_from_the_scores(node, expected):
    text = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
<TreeModel><MiningSchema><MiningField name="x"/></MiningSchema>{node}</TreeModel></PMML>""".encode()
    assert scored(text, "reference") == {"predictedValue": expected}
    assert [notice.code for notice in read_pmml(text).card.notices] == ["function-inferred"]
