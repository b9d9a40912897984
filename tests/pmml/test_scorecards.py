"""Scorecard by hand, with the scorecard of PMML 4.4, Scorecard, Scoring Procedure, as the worked example."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import ReasonCodeAlgorithm, Scorecard
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="a" optype="continuous" dataType="double"/><DataField name="b" optype="continuous" dataType="double"/>
<DataField name="c" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary><Scorecard functionName="regression" {attributes}><MiningSchema><MiningField name="a"/>
<MiningField name="b"/><MiningField name="c"/><MiningField name="y" usageType="target"/></MiningSchema>{output}
<Characteristics>{characteristics}</Characteristics></Scorecard></PMML>"""
REASONS = "".join(f'<OutputField name="r{rank}" feature="reasonCode" rank="{rank}"/>' for rank in (1, 2, 3, 4))


def attribute(test, score, inside="", code=None):
    given = "" if score is None else f'partialScore="{score}"'
    reason = "" if code is None else f'reasonCode="{code}"'
    return f"<Attribute {given} {reason}>{test}{inside}</Attribute>"


def equals(field, value):
    return f'<SimplePredicate field="{field}" operator="equal" value="{value}"/>'


def characteristic(field, code="", baseline="3", attributes=None):
    """Points equal to the value of the field, from 1 to 5."""
    inside = attributes or "".join(attribute(equals(field, points), points) for points in range(1, 6))
    own = (f'reasonCode="{code}" ' if code else "") + (f'baselineScore="{baseline}"' if baseline else "")
    return f'<Characteristic name="of {field}" {own}>{inside}</Characteristic>'


THREE = characteristic("a", "RA") + characteristic("b", "RB") + characteristic("c", "RC")


def document(characteristics=THREE, attributes="", output=REASONS):
    shown = f"<Output>{output}</Output>" if output else ""
    return DOCUMENT.format(characteristics=characteristics, attributes=attributes, output=shown).encode()


def rows(*points):
    return pd.DataFrame(points, columns=["a", "b", "c"], dtype=float)


def score(content, frame):
    return modelport_runtime.load(content, engine="reference").score(frame)


def reasons(content, frame):
    result = score(content, frame)
    return [tuple(row) for row in result[["r1", "r2", "r3", "r4"]].itertuples(index=False)]


def test_the_points_and_the_initial_score_are_added():
    assert score(document(attributes='initialScore="100"'), rows((1, 2, 4), (5, 5, 5)))["y"].tolist() == [107.0, 115.0]


@pytest.mark.parametrize(
    ("algorithm", "points", "expected"),
    [
        # a is 2 below its baseline, b is 1 below; the last reason is repeated.
        ("pointsBelow", (1, 2, 4), ("RA", "RB", "RB", "RB")),
        ("pointsAbove", (1, 2, 4), ("RC", "RC", "RC", "RC")),
        # b is 2 below, a and c are 1 below: of equals the one that stands first.
        ("pointsBelow", (2, 1, 2), ("RB", "RA", "RC", "RC")),
        # On the baseline or on its other side nothing is a reason.
        ("pointsBelow", (3, 4, 5), (None, None, None, None)),
        ("pointsAbove", (3, 4, 5), ("RC", "RB", "RB", "RB")),
    ],
)
def test_reasons_are_ranked_by_their_distance_from_the_baseline(algorithm, points, expected):
    assert reasons(document(attributes=f'reasonCodeAlgorithm="{algorithm}"'), rows(points)) == [expected]


def test_points_below_is_the_default_and_the_scorecard_may_hold_the_baseline():
    content = document(
        characteristic("a", "RA", "") + characteristic("b", "RB", "1"), attributes='baselineScore="2"', output=REASONS
    )
    # a is 1 below the scorecard's 2; b is 0 below its own 1.
    assert reasons(content, rows((1, 1, 0))) == [("RA",) * 4]


def test_distances_of_one_code_are_added():
    content = document(characteristic("a", "R1") + characteristic("b", "R2") + characteristic("c", "R1"))
    # R1: 1 + 1 below, R2: 1 below; then R1: 2 below and 2 above, R2: 1 below.
    assert reasons(content, rows((2, 2, 2), (1, 2, 5))) == [("R1", "R2", "R2", "R2"), ("R2",) * 4]


def test_of_equal_distances_the_code_that_is_given_first_comes_first():
    # "RB" stands first in the document, but in this row "X" is given before it.
    first = characteristic("a", "RB", attributes=attribute(equals("a", 1), 1, code="X") + attribute(equals("a", 2), 2))
    content = document(first + characteristic("b", "RB"))
    assert reasons(content, rows((1, 1, 0))) == [("X", "RB", "RB", "RB")]


def test_an_attribute_may_have_a_code_of_its_own():
    first = characteristic("a", "RA", attributes=attribute(equals("a", 1), 1, code="X") + attribute(equals("a", 2), 2))
    second = characteristic("b", attributes=attribute(equals("b", 1), 1, code="Y") + attribute(equals("b", 2), 2))
    assert reasons(document(first + second), rows((1, 1, 0), (2, 2, 0))) == [("X", "Y", "Y", "Y"), ("RA",) * 4]


def test_the_first_attribute_that_holds_counts():
    below = '<SimplePredicate field="a" operator="lessThan" value="2"/>'
    content = document(characteristic("a", "RA", "1", attribute(below, 7) + attribute("<True/>", 9)), output="")
    frame = rows((1, 0, 0), (2, 0, 0), (np.nan, 0, 0))
    assert score(content, frame)["y"].tolist() == [7.0, 9.0, 9.0]


def test_without_an_attribute_that_holds_there_is_no_score_and_no_reason():
    result = score(document(), rows((9, 1, 1), (np.nan, 1, 1), (1, 1, 1)))
    assert result["y"].isna().tolist() == [True, True, False]
    assert result["r1"].tolist() == [None, None, "RA"]


def test_a_complex_partial_score_is_computed_and_wins_over_the_plain_one():
    # 0.03 a + 11 for a up to 1000, as in PMML 4.4, Scorecard.
    expression = """<ComplexPartialScore><Apply function="+"><Apply function="*"><Constant>0.03</Constant>
    <FieldRef field="a"/></Apply><Constant>11</Constant></Apply></ComplexPartialScore>"""
    below = '<SimplePredicate field="a" operator="lessOrEqual" value="1000"/>'
    parts = attribute(below, 26, expression) + attribute("<True/>", None, expression.replace('field="a"', 'field="b"'))
    result = score(
        document(characteristic("a", "RA", "20", parts)), rows((500, 0, 0), (2000, 100, 0), (2000, np.nan, 0))
    )
    assert result["y"].tolist()[:2] == [26.0, 14.0]
    assert np.isnan(result["y"].iloc[2])
    assert result["r1"].tolist() == [None, "RA", None]  # 26 is above the baseline of 20, 14 below


def test_the_worked_example():
    department = "".join(
        attribute(f'<SimplePredicate field="a" operator="equal" value="{value}"/>', points)
        for value, points in ((1, 19), (2, 3), (3, 6))
    )
    age = attribute('<SimplePredicate field="b" operator="lessOrEqual" value="18"/>', -3) + attribute(
        '<CompoundPredicate booleanOperator="and"><SimplePredicate field="b" operator="greaterThan" value="18"/>'
        '<SimplePredicate field="b" operator="lessOrEqual" value="29"/></CompoundPredicate>',
        0,
        code="RC2_3",
    )
    income = attribute('<SimplePredicate field="c" operator="lessOrEqual" value="1000"/>', 26)
    content = document(
        characteristic("a", "RC1", "19", department)
        + characteristic("b", "RC2", "18", age)
        + characteristic("c", "RC3", "10", income)
    )
    # An engineer (2) of 25 with an income of 500: 3 + 0 + 26; 16 and 18 below, 16 above.
    frame = rows((2, 25, 500))
    assert score(content, frame)["y"].tolist() == [29.0]
    assert reasons(content, frame) == [("RC2_3", "RC1", "RC1", "RC1")]


def test_float_arithmetic_rounds_every_sum():
    content = document(attributes='x-mathContext="float" initialScore="16777216"', output="")
    # In float32 16777216 + 1 is 16777216, each time.
    assert score(content, rows((1, 1, 1)))["y"].tolist() == [16777216.0]
    assert score(document(attributes='initialScore="16777216"', output=""), rows((1, 1, 1)))["y"].tolist() == [
        16777219.0
    ]


def test_the_reader_fills_the_hub_and_the_hub_file_holds_it():
    content = document(attributes='reasonCodeAlgorithm="pointsAbove" baselineMethod="max"')
    read = read_pmml(content)
    card = read.model.predictor
    assert isinstance(card, Scorecard)
    assert card.reason_code_algorithm is ReasonCodeAlgorithm.POINTS_ABOVE
    assert card.reason_codes == ("RA", "RB", "RC")
    assert (card.baseline_method, len(card.characteristics), card.characteristics[1].name) == ("max", 3, "of b")
    frame = rows((1, 2, 4))
    pd.testing.assert_frame_equal(score(load_document(document_bytes(read)), frame), score(content, frame))


def test_a_baseline_is_needed_only_for_reasons():
    plain = document(characteristic("a", "RA", ""), output="")
    assert score(plain, rows((4, 0, 0)))["y"].tolist() == [4.0]
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: .*Characteristic: baselineScore is missing"):
        read_pmml(document(characteristic("a", "RA", "")))


@pytest.mark.parametrize(
    ("characteristics", "attributes", "message"),
    [
        ("", "", "Characteristics is empty"),
        ("<Characteristic/>", "", "Characteristic has no Attribute"),
        ("<Characteristic><Attribute partialScore='1'/></Characteristic>", "", "Attribute has no predicate"),
        ("<Characteristic><Attribute><True/></Attribute></Characteristic>", "", "Attribute has no partialScore"),
        (THREE, 'reasonCodeAlgorithm="pointsUp"', "reasonCodeAlgorithm='pointsUp' is unknown"),
        (THREE, 'baselineMethod="median"', "baselineMethod='median' is unknown"),
        (THREE, 'useReasonCodes="false"', "useReasonCodes='false'"),
        (THREE, 'initialScore="many"', "'many' is not a number"),
    ],
)
def test_what_is_not_correct_is_an_error_with_its_line(characteristics, attributes, message):
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: ") as caught:
        read_pmml(document(characteristics, attributes))
    assert message in str(caught.value)


def test_unknown_elements_are_refused():
    inside = attribute("<True/>", 1, "<Points/>")
    with pytest.raises(UnsupportedModelError, match="element Points is not supported in Attribute"):
        read_pmml(document(characteristic("a", "RA", "1", inside)))
