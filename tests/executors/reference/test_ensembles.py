"""Ensembles: how members' results become one (PMML 4.4, Multiple Models)."""

from __future__ import annotations

import pytest

from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    DataType,
    DerivedField,
    Ensemble,
    MiningField,
    MiningFunction,
    MissingPredictionTreatment,
    MultipleModelMethod,
    NormalizationMethod,
    OpType,
    OutputField,
    RegressionModel,
    ResultFeature,
    Segment,
    Target,
    UsageType,
)
from tests.executors.reference.hub_models import (
    apply,
    constant,
    document,
    evaluated,
    field,
    identity,
    linear,
    listed,
    model,
    number,
    ref,
    table,
)

Method, Treatment = MultipleModelMethod, MissingPredictionTreatment
FIELDS = (field("x"), field("z"), field("w"), field("y"))


def constant_model(value, **options):
    return model(RegressionModel(tables=(linear(value),)), **options)


def combined(method, members, rows, *, treatment=Treatment.CONTINUE, threshold=1.0, outputs=(), fields=FIELDS):
    segments = tuple(
        Segment(id=str(index), model=member, predicate=predicate, weight=weight)
        for index, (member, predicate, weight) in enumerate(members, 1)
    )
    predictor = Ensemble(
        method=method, segments=segments, missing_prediction_treatment=treatment, missing_threshold=threshold
    )
    whole = model(predictor, "x", "z", "w", outputs=outputs)
    return ReferenceExecutor(document(whole, fields)).score(rows)


ONE, X = constant_model(1.0), model(identity("x"), "x")
ROWS = table(x=number(2.0, 6.0), z=number(0.0, 1.0), w=number(3.0, 1.0))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.AVERAGE, [(1 + 2 + 9) / 3, (1 + 6 + 9) / 3]),
        (Method.SUM, [12.0, 16.0]),
        (Method.MAX, [9.0, 9.0]),
        (Method.MEDIAN, [2.0, 6.0]),
        (Method.WEIGHTED_AVERAGE, [(2 * 1 + 3 * 2 + 9) / 6, (2 * 1 + 1 * 6 + 9) / 4]),
        (Method.WEIGHTED_SUM, [2 * 1 + 3 * 2 + 9, 2 * 1 + 1 * 6 + 9]),
    ],
)
def test_numbers(method, expected):
    # The second member's weight is the field w.
    members = [(ONE, None, 2.0), (X, None, "w"), (constant_model(9.0), None, 1.0)]
    assert listed(combined(method, members, ROWS)["y"]) == expected


def test_the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle():
    members = [(constant_model(value), None, 1.0) for value in (1.0, 9.0, 4.0, 2.0)]
    assert listed(combined(Method.MEDIAN, members, ROWS)["y"]) == [3.0, 3.0]


IS_ZERO = apply("equal", ref("z"), constant(0.0))


def test_a_member_counts_where_its_predicate_is_true_and_not_where_it_is_unknown():
    rows = table(x=number(2.0, 6.0, 8.0), z=number(0.0, 1.0, None))
    members = [(ONE, None, 1.0), (X, IS_ZERO, 1.0)]
    assert listed(combined(Method.AVERAGE, members, rows)["y"]) == [1.5, 1.0, 1.0]


def test_no_member_no_prediction():
    assert listed(combined(Method.AVERAGE, [(ONE, IS_ZERO, 1.0)], ROWS)["y"]) == [1.0, None]


@pytest.mark.parametrize(
    ("treatment", "threshold", "expected"),
    [
        (Treatment.RETURN_MISSING, 1.0, [None, 3.5]),
        (Treatment.SKIP_SEGMENT, 1.0, [1.0, 3.5]),
        (Treatment.SKIP_SEGMENT, 0.4, [None, 3.5]),
        (Treatment.SKIP_SEGMENT, 0.5, [1.0, 3.5]),
    ],
)
def test_a_member_without_a_prediction(treatment, threshold, expected):
    # PMML 4.4, Multiple Models, missingPredictionTreatment and missingThreshold.
    rows = table(x=number(None, 6.0))
    members = [(ONE, None, 1.0), (X, None, 1.0)]
    result = combined(Method.AVERAGE, members, rows, treatment=treatment, threshold=threshold)
    assert listed(result["y"]) == expected


def test_select_first():
    members = [(X, IS_ZERO, 1.0), (ONE, None, 1.0)]
    assert listed(combined(Method.SELECT_FIRST, members, ROWS)["y"]) == [2.0, 1.0]
    rows = table(x=number(None), z=number(0.0))
    assert listed(combined(Method.SELECT_FIRST, members, rows)["y"]) == [None]
    skipped = combined(Method.SELECT_FIRST, members, rows, treatment=Treatment.SKIP_SEGMENT)
    assert listed(skipped["y"]) == [1.0]


def test_a_member_that_divides_by_zero_elsewhere_harms_no_row():
    quotient = DerivedField(
        name="q", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, expression=apply("/", constant(1.0), ref("z"))
    )
    inverse = model(identity("q"), "z", derived=(quotient,))
    rows = table(x=number(2.0, 6.0), z=number(0.0, 4.0))
    members = [(X, IS_ZERO, 1.0), (inverse, None, 1.0)]
    assert listed(combined(Method.SELECT_FIRST, members, rows)["y"]) == [2.0, 0.25]


def shown(name="p"):
    return OutputField(name=name, feature=ResultFeature.PREDICTED_VALUE, data_type=DataType.DOUBLE)


def test_a_chain_hands_on_output_fields_and_gives_its_last_members_prediction():
    first = model(RegressionModel(tables=(linear(1.0, None, x=2.0),)), "x", target=None, outputs=(shown(),))
    second = model(RegressionModel(tables=(linear(0.5, None, p=10.0),)), "p")
    result = combined(Method.MODEL_CHAIN, [(first, None, 1.0), (second, None, 1.0)], ROWS)
    assert listed(result["y"]) == [50.5, 130.5]
    assert listed(result["p"]) == [5.0, 13.0]  # a member's final output field is a result too
    assert list(result) == ["y", "p"]


def test_exclusive_members_of_a_chain_may_give_one_field_between_them():
    low = model(RegressionModel(tables=(linear(-1.0),)), target=None, outputs=(shown(),))
    high = model(RegressionModel(tables=(linear(1.0),)), target=None, outputs=(shown(),))
    is_one = apply("equal", ref("z"), constant(1.0))
    last = model(RegressionModel(tables=(linear(0.0, None, p=3.0),)), "p")
    result = combined(Method.MODEL_CHAIN, [(low, IS_ZERO, 1.0), (high, is_one, 1.0), (last, None, 1.0)], ROWS)
    assert listed(result["y"]) == [-3.0, 3.0]


def test_a_chain_whose_last_member_does_not_apply_has_no_prediction():
    first = model(RegressionModel(tables=(linear(1.0),)), target=None, outputs=(shown(),))
    members = [(first, None, 1.0), (model(identity("p"), "p"), IS_ZERO, 1.0)]
    assert listed(combined(Method.MODEL_CHAIN, members, ROWS)["y"]) == [1.0, None]


def test_a_chain_of_several_targets():
    members = (
        Segment(id="1", model=constant_model(1.0, target="y")),
        Segment(id="2", model=model(RegressionModel(tables=(linear(0.0, None, y=5.0),)), "y", target="t")),
    )
    chain = Ensemble(method=Method.MULTI_MODEL_CHAIN, segments=members)
    whole = model(chain, "x", MiningField(name="y", usage_type=UsageType.TARGET), target="t")
    result = ReferenceExecutor(document(whole, (*FIELDS, field("t")))).score(ROWS)
    assert {name: listed(column) for name, column in result.items()} == {"y": [1.0, 1.0], "t": [5.0, 5.0]}


def test_output_fields_of_one_segment():
    output = OutputField(name="first", feature=ResultFeature.PREDICTED_VALUE, segment_id="1")
    result = combined(Method.SUM, [(X, None, 1.0), (ONE, None, 1.0)], ROWS, outputs=(output,))
    assert listed(result["first"]) == [2.0, 6.0]


def test_members_replace_missing_values_for_themselves_only():
    replacing = model(identity("x"), MiningField(name="x", missing_value_replacement=10.0))
    members = [(replacing, None, 1.0), (X, None, 1.0)]
    result = combined(Method.SUM, members, table(x=number(None, 1.0)), treatment=Treatment.SKIP_SEGMENT)
    assert listed(result["y"]) == [10.0, 2.0]


def classifier(score):
    """P(a) = score, P(b) = 1 - score."""
    return model(RegressionModel(tables=(linear(score, "a"), linear(0.0, "b"))), function=MiningFunction.CLASSIFICATION)


@pytest.mark.parametrize(
    ("method", "label", "probability"),
    [
        (Method.MAJORITY_VOTE, "b", 1 / 3),
        (Method.WEIGHTED_MAJORITY_VOTE, "a", 3 / 5),
        (Method.AVERAGE, "a", (0.9 + 0.4 + 0.3) / 3),
        (Method.WEIGHTED_AVERAGE, "a", (3 * 0.9 + 0.4 + 0.3) / 5),
        (Method.MAX, "a", 0.9),
        (Method.MEDIAN, "b", 0.4),
    ],
)
def test_classes(method, label, probability):
    members = tuple(
        Segment(id=str(index), model=classifier(score), weight=weight)
        for index, (score, weight) in enumerate([(0.9, 3.0), (0.4, 1.0), (0.3, 1.0)])
    )
    output = OutputField(name="p", feature=ResultFeature.PROBABILITY, value="a")
    whole = model(
        Ensemble(method=method, segments=members), "x", function=MiningFunction.CLASSIFICATION, outputs=(output,)
    )
    result = ReferenceExecutor(document(whole, (field("x"), field("y", DataType.STRING)))).score(table(x=number(0.0)))
    assert listed(result["y"]) == [label]
    assert listed(result["p"]) == [pytest.approx(probability)]


@pytest.mark.parametrize(
    ("method", "treatment", "expected"),
    [
        # PMML4S 1.5.8 and JPMML-Evaluator 1.7.7 agree: in a vote who has no prediction abstains, in a mean it counts.
        (Method.MAJORITY_VOTE, Treatment.CONTINUE, (["a"], 0.5)),
        (Method.WEIGHTED_MAJORITY_VOTE, Treatment.CONTINUE, (["a"], 0.75)),
        (Method.MAJORITY_VOTE, Treatment.RETURN_MISSING, ([None], None)),
        (Method.AVERAGE, Treatment.CONTINUE, ([None], None)),
        (Method.AVERAGE, Treatment.SKIP_SEGMENT, (["a"], 0.6)),
        (Method.WEIGHTED_AVERAGE, Treatment.SKIP_SEGMENT, (["a"], (3 * 0.9 + 0.3) / 4)),
        (Method.MAX, Treatment.SKIP_SEGMENT, (["a"], 0.9)),
    ],
)
def test_a_classifier_without_a_prediction(method, treatment, expected):
    silent = model(
        RegressionModel(tables=(linear(0.4, "a", x=1.0), linear(0.0, "b"))),
        "x",
        function=MiningFunction.CLASSIFICATION,
    )
    members = ((classifier(0.9), 3.0), (silent, 1.0), (classifier(0.3), 1.0))
    predictor = Ensemble(
        method=method,
        segments=tuple(
            Segment(id=str(index), model=member, weight=weight) for index, (member, weight) in enumerate(members)
        ),
        missing_prediction_treatment=treatment,
    )
    output = OutputField(name="p", feature=ResultFeature.PROBABILITY, value="a")
    whole = model(predictor, "x", function=MiningFunction.CLASSIFICATION, outputs=(output,))
    result = ReferenceExecutor(document(whole, (field("x"), field("y", DataType.STRING)))).score(table(x=number(None)))
    labels, probability = expected
    assert listed(result["y"]) == labels
    assert listed(result["p"]) == [None if probability is None else pytest.approx(probability)]


def test_everything_unsupported_is_named_at_once():
    inner = model(Ensemble(method=Method.SELECT_ALL, segments=(Segment(id="1", model=ONE),)), "x")
    chosen = Ensemble(
        method=Method.AVERAGE, segments=(Segment(id="1", model=inner, predicate=apply("frob", ref("x"))),)
    )
    reason = OutputField(name="why", feature=ResultFeature.REASON_CODE)
    whole = model(chosen, "x", outputs=(reason,))
    with pytest.raises(UnsupportedModelError) as caught:
        ReferenceExecutor(document(whole, FIELDS))
    assert [(cause.where, cause.what.split(",")[0]) for cause in caught.value.causes] == [
        ("model/output why", "feature reasonCode of this kind of model"),
        ("model/segment 1", "multipleModelMethod selectAll"),
        ("model/segment 1/predicate", "function 'frob'"),
    ]


def test_a_function_with_too_few_arguments_is_refused_before_scoring():
    with pytest.raises(UnsupportedModelError, match="function 'pow' with 1 argument"):
        evaluated(apply("pow", constant(1.0)), ROWS, FIELDS, DataType.DOUBLE)


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor])
def test_outputs_rank_residual_and_display_value(executor):
    # PMML 4.4, Output: rank, residual, predictedDisplayValue, transformedValue over earlier outputs.
    tables = (linear(0.2, "a"), linear(0.5, "b"), linear(0.3, "c"))
    predictor = RegressionModel(tables=tables, normalization_method=NormalizationMethod.SIMPLEMAX)
    outputs = (
        OutputField(name="second", feature=ResultFeature.PREDICTED_VALUE, rank=2, data_type=DataType.STRING),
        OutputField(name="p2", feature=ResultFeature.PROBABILITY, rank=2),
        OutputField(name="least", feature=ResultFeature.PROBABILITY, rank_order="ascending"),
        OutputField(name="residual", feature=ResultFeature.RESIDUAL, value="b"),
        OutputField(name="shown", feature=ResultFeature.PREDICTED_DISPLAY_VALUE),
        OutputField(name="hidden", feature=ResultFeature.PROBABILITY, value="c", is_final=False),
        OutputField(
            name="double", feature=ResultFeature.TRANSFORMED_VALUE, expression=apply("*", ref("hidden"), constant(2.0))
        ),
    )
    target = field("y", DataType.STRING, values=("a", "b", "c"), display_values=(("b", "Bee"),))
    whole = model(predictor, "x", function=MiningFunction.CLASSIFICATION, outputs=outputs)
    from tests.executors.reference.hub_models import text

    result = executor(document(whole, (field("x"), target))).score(table(x=number(0.0, 0.0), y=text("b", "a")))
    assert list(result) == ["y", "second", "p2", "least", "residual", "shown", "double"]
    assert listed(result["second"]) == ["c", "c"]
    assert listed(result["p2"]) == pytest.approx([0.3, 0.3])
    assert listed(result["least"]) == pytest.approx([0.2, 0.2])
    assert listed(result["residual"]) == pytest.approx([0.5, -0.5])
    assert listed(result["shown"]) == ["Bee", "Bee"]
    assert listed(result["double"]) == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor])
def test_an_output_hides_an_input_from_later_outputs_only(executor):
    # PMML 4.4, Scope of Fields: a derived field sees inputs and other derived fields; an output is no input of it.
    outputs = (
        OutputField(name="x", feature=ResultFeature.TRANSFORMED_VALUE, expression=constant(100.0)),
        OutputField(name="from_output", feature=ResultFeature.TRANSFORMED_VALUE, expression=ref("x")),
        OutputField(name="from_input", feature=ResultFeature.TRANSFORMED_VALUE, expression=ref("late")),
    )
    late = DerivedField(
        name="late", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, expression=apply("+", ref("x"), constant(1))
    )
    whole = model(identity(), "x", derived=(late,), outputs=outputs)
    result = executor(document(whole, (field("x"), field("y")))).score(table(x=number(3.0)))
    shown = {name: listed(column)[0] for name, column in result.items()}
    assert shown == {"y": 3.0, "x": 100.0, "from_output": 100.0, "from_input": 4.0}


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor])
def test_a_residual_takes_the_actual_value_as_it_was_given(executor):
    # PMML 4.4, Output, residual: actual minus predicted; the target may be treated, its actual value is not.
    outputs = (OutputField(name="residual", feature=ResultFeature.RESIDUAL),)
    whole = model(identity(), "x", outputs=outputs, targets=(Target(field="y", rescale_factor=2.0),))
    result = executor(document(whole, (field("x"), field("y")))).score(table(x=number(3.0), y=number(10.0)))
    assert listed(result["residual"]) == [4.0]
