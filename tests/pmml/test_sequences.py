"""SequenceModel by hand: transactions in time, and the sequences of sets that are found in them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.columns import NumberColumn, TextColumn
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.executors.reference._groups import group_rows
from modelport_runtime.executors.reference._transactions import Step, Transactions, transactions_of
from modelport_runtime.hub import Sequence, SequenceModel, TimeConstraints
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

FIELDS = """<DataField name="who" optype="categorical" dataType="string"/>
<DataField name="day" optype="continuous" dataType="integer"/>
<DataField name="item" optype="categorical" dataType="string"/>
"""
SCHEMA = """<MiningField name="who" usageType="group"/><MiningField name="day" usageType="order"/>
<MiningField name="item"/>"""
ITEMS = "".join(f'<Item id="{name}" value="{name}"/>' for name in "abcd")
SETS = "".join(f'<Itemset id="{name}"><ItemRef itemRef="{name}"/></Itemset>' for name in "abcd") + (
    '<Itemset id="ab" numberOfItems="2"><ItemRef itemRef="a"/><ItemRef itemRef="b"/></Itemset>'
)


def delimiter(window="acrossTimeWindows", gap="true"):
    return f'<Delimiter delimiter="{window}" gap="{gap}"/>'


ACROSS = delimiter()


def sequence(name, *sets, between=ACROSS):
    return f'<Sequence id="{name}">{between.join(f"""<SetReference setId="{item}"/>""" for item in sets)}</Sequence>'


def rule(name, antecedent, consequent, confidence, between=ACROSS, **attributes):
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return (
        f'<SequenceRule id="{name}" numberOfSets="2" occurrence="1" support="0.5" confidence="{confidence}"{more}>'
        f'<AntecedentSequence><SequenceReference seqId="{antecedent}"/></AntecedentSequence>{between}'
        f'<ConsequentSequence><SequenceReference seqId="{consequent}"/></ConsequentSequence></SequenceRule>'
    )


SEQUENCES = "".join(sequence(f"s{name}", name) for name in ("a", "b", "c", "d", "ab")) + sequence("a then b", "a", "b")


def document(rules, sequences=SEQUENCES, constraints="", sets=SETS, output=None, schema=SCHEMA, items=ITEMS):
    fields = output or (
        '<OutputField name="rules" feature="ruleId" algorithm="recommendation" rank="0" isMultiValued="1"/>'
        '<OutputField name="new" feature="ruleId" rank="0" isMultiValued="1"/>'
        '<OutputField name="seen" feature="ruleId" algorithm="ruleAssociation" rank="0" isMultiValued="1"/>'
    )
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{FIELDS}</DataDictionary><SequenceModel functionName="sequences">
<MiningSchema>{schema}</MiningSchema><Output>{fields}</Output>{constraints}{items}{sets}{sequences}{rules}</SequenceModel></PMML>""".encode()


def visits(*rows):
    return pd.DataFrame(rows, columns=["who", "day", "item"])


def score(content, frame):
    return modelport_runtime.load(content).score(frame)


def test_a_rule_applies_where_its_antecedent_is_found_in_order():
    content = document(rule("r", "a then b", "sc", 0.9))
    frame = visits(
        ("x", 1, "a"), ("x", 3, "b"),
        ("y", 1, "b"), ("y", 3, "a"),
        ("z", 2, "c"), ("z", 1, "b"), ("z", 0, "a"),  # rows need not be in order of time
        ("w", 1, "a"), ("w", 1, "b"),
    )  # fmt: skip
    result = score(content, frame)
    assert result.columns.tolist() == ["who", "predictedValue", "rules", "new", "seen"]
    assert result["who"].tolist() == ["x", "y", "z", "w"]
    assert result["rules"].tolist() == [["r"], [], ["r"], []]
    assert result["new"].tolist() == [["r"], [], [], []]
    assert result["seen"].tolist() == [[], [], ["r"], []]
    assert result["predictedValue"].tolist() == [["c"], None, None, None]


def test_rows_of_one_time_are_one_transaction():
    content = document(rule("r", "sab", "sc", 0.9))
    frame = visits(("x", 1, "a"), ("x", 1, "b"), ("y", 1, "a"), ("y", 2, "b"))
    assert score(content, frame)["rules"].tolist() == [["r"], []]


def test_without_an_order_every_row_is_a_transaction():
    content = document(
        rule("r", "a then b", "sc", 0.9), schema=SCHEMA.replace('<MiningField name="day" usageType="order"/>', "")
    )
    frame = visits(("x", 9, "a"), ("y", 0, "b"), ("x", 1, "b"), ("y", 0, "a"))
    assert score(content, frame)["rules"].tolist() == [["r"], []]


def test_delimiters_ask_for_the_same_transaction_or_the_next_one():
    same = sequence("next", "a", "b", between=delimiter("sameTimeWindow"))
    adjacent = sequence("next", "a", "b", between=delimiter(gap="false"))
    frame = visits(
        ("x", 1, "a"), ("x", 1, "b"),
        ("y", 1, "a"), ("y", 5, "b"),
        ("z", 1, "a"), ("z", 2, "c"), ("z", 3, "b"),
    )  # fmt: skip
    assert score(document(rule("r", "next", "sd", 1), SEQUENCES + same), frame)["rules"].tolist() == [["r"], [], []]
    assert score(document(rule("r", "next", "sd", 1), SEQUENCES + adjacent), frame)["rules"].tolist() == [[], ["r"], []]
    between = delimiter(gap="false")
    assert score(document(rule("r", "sa", "sb", 1, between)), frame)["seen"].tolist() == [[], ["r"], []]


@pytest.mark.parametrize(
    ("constraint", "found"),
    [
        ('maximumItemsetSeparationTime="3"', ["x", "z"]),
        ('minimumItemsetSeparationTime="3"', ["x", "y", "z"]),
        ('maximumTotalSequenceTime="3"', ["x", "z"]),
        ('maximumTotalSequenceTime="2"', ["z"]),
    ],
)
def test_sets_are_no_further_apart_than_the_constraints_say(constraint, found):
    frame = visits(
        ("x", 1, "a"), ("x", 4, "b"),
        ("y", 1, "a"), ("y", 9, "b"),
        ("z", 1, "a"), ("z", 7, "a"), ("z", 9, "b"), ("z", 0, "b"),
    )  # fmt: skip
    content = document(rule("r", "a then b", "sc", 1), constraints=f"<Constraints {constraint}/>")
    result = score(content, frame)
    assert [who for who, rules in zip(result["who"], result["rules"], strict=True) if rules] == found


def test_the_consequent_may_have_limits_of_its_own():
    frame = visits(("x", 1, "a"), ("x", 3, "b"), ("y", 1, "a"), ("y", 9, "b"))
    near = document(rule("r", "sa", "sb", 1), constraints='<Constraints maximumAntConsSeparationTime="2"/>')
    assert score(near, frame)["seen"].tolist() == [["r"], []]
    far = document(rule("r", "sa", "sb", 1), constraints='<Constraints minimumAntConsSeparationTime="3"/>')
    assert score(far, frame)["seen"].tolist() == [[], ["r"]]


def test_a_set_predicate_is_a_set_of_values_of_a_field():
    predicate = (
        '<SetPredicate id="p" field="item" operator="supersetOf"><Array n="2" type="string">a b</Array></SetPredicate>'
    )
    content = document(rule("r", "sp", "sc", 1), SEQUENCES + sequence("sp", "p"), sets=SETS + predicate)
    frame = visits(("x", 1, "a"), ("x", 1, "b"), ("x", 1, "zzz"), ("y", 1, "a"))
    assert score(content, frame)["rules"].tolist() == [["r"], []]


def test_features_of_rules_and_their_ranks():
    output = "".join(
        f'<OutputField name="{feature}" feature="{feature}" rankBasis="lift"/>'
        for feature in ("ruleId", "rule", "antecedent", "consequent", "support", "confidence", "lift", "leverage")
    )
    rules = rule("low", "sa", "sd", 0.9, lift=1) + rule("high", "a then b", "sab", 0.5, lift=2)
    row = score(document(rules, output=output), visits(("x", 1, "a"), ("x", 2, "b"))).iloc[0]
    assert row["predictedValue"] == ["d"]  # by confidence
    assert (row["ruleId"], row["rule"]) == ("high", "a -> b => {a, b}")
    assert (row["antecedent"], row["consequent"]) == ("a -> b", "{a, b}")
    assert (row["support"], row["confidence"], row["lift"]) == (0.5, 0.5, 2.0)
    assert np.isnan(row["leverage"])


def test_random_sequences_against_a_search_by_hand():
    random = np.random.default_rng(3)
    limits = {"minimumItemsetSeparationTime": 2, "maximumItemsetSeparationTime": 5, "maximumTotalSequenceTime": 8}
    constraints = "<Constraints " + " ".join(f'{name}="{value}"' for name, value in limits.items()) + "/>"
    content = document(rule("r", "long", "sd", 1), SEQUENCES + sequence("long", "a", "b", "a"), constraints)
    frame = pd.DataFrame(
        {
            "who": random.integers(0, 60, 600),
            "day": random.integers(0, 25, 600),
            "item": random.choice(list("abc"), 600),
        }
    )
    expected = {}
    for who, rows in frame.groupby("who"):
        days = [set(rows.loc[rows["item"] == item, "day"]) for item in "aba"]
        expected[str(who)] = any(
            2 <= second - first <= 5 and 2 <= third - second <= 5 and third - first <= 8
            for first, second, third in itertools.product(*days)
        )
    result = score(content, frame)
    assert {who: bool(rules) for who, rules in zip(result["who"], result["rules"], strict=True)} == expected
    assert 10 < sum(expected.values()) < 50


def test_blocks_of_transactions_give_what_all_at_once_gives(monkeypatch):
    from modelport_runtime.executors.reference import _sequences

    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "who": random.integers(0, 40, 400),
            "day": random.integers(0, 9, 400),
            "item": random.choice(list("abcd"), 400),
        }
    )
    content = document(rule("r", "a then b", "sc", 1) + rule("q", "sc", "a then b", 0.5))
    whole = score(content, frame)
    monkeypatch.setattr(_sequences, "_BLOCK_CELLS", 50)
    pd.testing.assert_frame_equal(score(content, frame), whole)


def test_transactions_without_a_time_are_left_out_and_texts_are_in_alphabetical_order():
    groups = group_rows(TextColumn(np.zeros(4, dtype=np.int32), ("g",)))
    by_number = transactions_of(groups, NumberColumn(np.array([2.0, np.nan, 1.0, 2.0])))
    assert by_number.of_rows.tolist() == [1, -1, 0, 1]
    by_text = transactions_of(groups, TextColumn(np.array([0, 1, 2, -1], dtype=np.int32), ("b", "c", "a")))
    assert by_text.of_rows.tolist() == [1, 2, 0, -1]


def test_the_latest_start_is_kept():
    part = Transactions(np.zeros(0, dtype=np.int64), np.array([0, 0, 0, 1]), np.array([0.0, 1.0, 5.0, 6.0]))
    starts = part.begin(np.array([True, True, False, False]))
    following = part.follow(starts, np.array([False, True, True, True]), Step(False, False, 0.0, None))
    assert following.tolist() == [-np.inf, 0.0, 1.0, -np.inf]


def test_the_reader_fills_the_hub_and_the_hub_file_holds_it():
    content = document(rule("r", "a then b", "sc", 0.9), constraints='<Constraints maximumTotalSequenceTime="7"/>')
    read = read_pmml(content)
    model = read.model.predictor
    assert isinstance(model, SequenceModel)
    assert (model.order_field, read.model.group_field) == ("day", "who")
    assert model.sequences[-1] == Sequence(sets=(0, 1), same_window=(False,), adjacent=(False,))
    assert model.constraints == TimeConstraints(maximum_total=7.0)
    frame = visits(("x", 1, "a"), ("x", 3, "b"))
    pd.testing.assert_frame_equal(score(load_document(document_bytes(read)), frame), score(content, frame))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"rules": rule("r", "sz", "sc", 1)}, "there is no Sequence with the id 'sz'"),
        ({"rules": rule("r", "sa", "sc", 1) * 2}, "another SequenceRule has the id 'r' too"),
        ({"rules": "", "sequences": sequence("s", "z")}, "there is no Itemset with the id 'z'"),
        ({"rules": "", "sequences": sequence("s", "a", "b", between="")}, "need a Delimiter between every two"),
        (
            {"rules": "", "sequences": sequence("s", "a", "b", between=delimiter("later"))},
            "delimiter='later' is unknown",
        ),
        ({"rules": "", "sequences": sequence("s", "a", "b", between=delimiter(gap="2"))}, "gap='2' is unknown"),
        ({"rules": "", "schema": '<MiningField name="item"/>'}, "needs a field with usageType='group'"),
        ({"rules": "", "sets": SETS + '<SetPredicate id="p" field="q"><Array>a</Array></SetPredicate>'}, "field 'q'"),
    ],
)
def test_what_is_not_correct_is_an_error_with_its_line(parts, message):
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: ") as caught:
        read_pmml(document(**parts))
    assert message in str(caught.value)


def test_a_least_total_time_is_refused():
    with pytest.raises(UnsupportedModelError, match="minimumTotalSequenceTime is not supported"):
        read_pmml(document("", constraints='<Constraints minimumTotalSequenceTime="2"/>'))
