"""Rule sets and scorecards: the reference executor and ONNX Runtime hold each other honest on random models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import modelport_runtime
from modelport_runtime.columns import Table
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.hub import (
    Characteristic,
    DataType,
    Document,
    OutputField,
    ReasonCodeAlgorithm,
    ResultFeature,
    RuleSelectionMethod,
    RuleSet,
    Scorecard,
    ScorecardAttribute,
)
from modelport_runtime.pmml import read_pmml
from tests import strategies
from tests.executors.test_reference_equals_onnx import PROPERTY, assert_equal
from tests.pmml.test_rule_sets import PATIENTS, SIMPLE
from tests.pmml.test_rule_sets import document as rule_set_document
from tests.pmml.test_scorecards import document as scorecard_document

_TENTHS = st.integers(min_value=-20, max_value=20).map(lambda number: number / 10)


@st.composite
def rule_sets(draw: st.DrawFn, classes: tuple[object, ...]) -> RuleSet:
    predicates = draw(st.lists(strategies.truth_expressions(2), max_size=6))
    count = len(predicates)

    def numbers() -> list[float]:
        return draw(st.lists(_TENTHS, min_size=count, max_size=count))

    shares = draw(st.none() | st.just(np.linspace(0, 1, count * len(classes)).reshape(count, len(classes))))
    return RuleSet(
        selection_method=draw(st.sampled_from(RuleSelectionMethod)),
        classes=classes,
        predicates=tuple(predicates),
        scores=draw(st.lists(st.integers(0, len(classes) - 1), min_size=count, max_size=count)),
        weights=numbers(),
        confidences=numbers(),
        ids=tuple(f"rule {number}" for number in range(count)),
        distributions=shares,
        default_score=draw(st.integers(-1, len(classes) - 1)),
        default_confidence=draw(st.sampled_from([0.25, float("nan")])),
        default_distribution=draw(st.none() | st.just(np.full(len(classes), 1 / len(classes)))),
    )


@st.composite
def scorecards(draw: st.DrawFn) -> Scorecard:
    def attribute() -> ScorecardAttribute:
        return ScorecardAttribute(
            predicate=draw(strategies.truth_expressions(1)),
            partial_score=draw(_TENTHS),
            complex_partial_score=draw(st.none() | strategies.number_expressions(1)),
            reason_code=draw(st.none() | codes),
        )

    codes = st.sampled_from(["first", "second", "third"])

    return Scorecard(
        characteristics=tuple(
            Characteristic(
                attributes=tuple(attribute() for _ in range(draw(st.integers(1, 3)))),
                reason_code=draw(st.none() | codes),
                baseline_score=draw(_TENTHS),
            )
            for _ in range(draw(st.integers(1, 4)))
        ),
        initial_score=draw(_TENTHS),
        use_reason_codes=draw(st.sampled_from([True, True, False])),
        reason_code_algorithm=draw(st.sampled_from(ReasonCodeAlgorithm)),
    )


def shown(document: Document, *fields: OutputField) -> Document:
    return replace(document, model=replace(document.model, outputs=fields))


def ranked(*features: ResultFeature) -> list[OutputField]:
    """Every feature at some ranks, from the highest on and from the lowest on."""
    return [
        OutputField(name=f"{feature} {order} {rank}", feature=feature, rank=rank, rank_order=order)
        for feature in features
        for order in ("descending", "ascending")
        for rank in (1, 2, 4)
    ]


@pytest.mark.parametrize("classes", [("no", "yes"), (3, 1, 2), (True, False)], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_rule_sets(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    rules = data.draw(rule_sets(classes), label="rules")
    document = data.draw(strategies.documents(rules, classes), label="document")
    fields = (
        OutputField(name="rule", feature=ResultFeature.ENTITY_ID),
        OutputField(name="confidence", feature=ResultFeature.CONFIDENCE),
        OutputField(name="first", feature=ResultFeature.CONFIDENCE, value=classes[0]),
        OutputField(name="probability", feature=ResultFeature.PROBABILITY),
        OutputField(name="share", feature=ResultFeature.PROBABILITY, value=classes[-1]),
        *ranked(ResultFeature.PREDICTED_VALUE, ResultFeature.CONFIDENCE, ResultFeature.ENTITY_ID),
    )
    assert_equal(shown(document, *fields), table)


@PROPERTY
@given(st.data(), strategies.tables())
def test_rule_sets_of_numbers(data: st.DataObject, table: Table) -> None:
    rules = data.draw(rule_sets((1.5, -2.0, 0.0)), label="rules")
    document = data.draw(strategies.documents(rules), label="document")
    fields = (
        OutputField(name="rule", feature=ResultFeature.ENTITY_ID),
        OutputField(name="confidence", feature=ResultFeature.CONFIDENCE),
        *ranked(ResultFeature.ENTITY_ID),
    )
    assert_equal(shown(document, *fields), table)


@pytest.mark.parametrize("math_type", [DataType.DOUBLE, DataType.FLOAT], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_scorecards(math_type: DataType, data: st.DataObject, table: Table) -> None:
    document = data.draw(strategies.documents(data.draw(scorecards(), label="scorecard")), label="document")
    document = replace(document, model=replace(document.model, math_type=math_type))
    assert_equal(shown(document, *ranked(ResultFeature.REASON_CODE)), table)


def test_a_graph_gives_the_reasons_and_ranks_of_the_worked_examples():
    applicants = pd.DataFrame({name: [1.0, 5.0, 2.0, None] for name in "abc"})
    for content, rows in ((scorecard_document(), applicants), (rule_set_document(SIMPLE), PATIENTS)):
        reference, graph = (modelport_runtime.load(content, engine=name).score(rows) for name in ("reference", "onnx"))
        pd.testing.assert_frame_equal(graph, reference, check_exact=True)


def test_a_graph_names_every_rule_that_it_cannot_say():
    unknown = '<SimplePredicate field="BP" operator="lessThan" value="HIGH"/>'
    rules = "".join(f'<SimpleRule id="{name}" score="drugA">{unknown}</SimpleRule>' for name in ("a", "b"))
    with pytest.raises(UnsupportedModelError) as caught:
        OnnxExecutor(read_pmml(rule_set_document(rules, output="")))
    assert [cause.where for cause in caught.value.causes] == [
        f"model/RuleSet/SimpleRule[{name}]/Apply[lessThan]" for name in "ab"
    ]


def test_a_graph_scores_the_worked_example_and_auto_does_without_one():
    content = rule_set_document(SIMPLE, output="")
    graph = modelport_runtime.load(content, engine="onnx").score(PATIENTS)
    pd.testing.assert_frame_equal(modelport_runtime.load(content).score(PATIENTS), graph)
    (step,) = AutoExecutor(read_pmml(content)).plan.steps
    assert step.engine == "reference"
    assert graph["drug"].tolist() == ["drugB", "drugA", "drugY", "drugY", "drugA"]
