"""Regression: expectations from the formulas of PMML 4.4, Regression, written out with the math module."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    CategoricalTerm,
    DataType,
    InteractionTerm,
    MiningFunction,
    NormalizationMethod,
    NumericTerm,
    OutputField,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    Target,
    TargetValue,
)
from tests.executors.reference.hub_models import document, field, identity, linear, listed, model, number, table, text

Method = NormalizationMethod
CLASSIFICATION = MiningFunction.CLASSIFICATION


def probability(label):
    return OutputField(name=f"p({label})", feature=ResultFeature.PROBABILITY, value=label, data_type=DataType.DOUBLE)


def classified(predictor, classes, *x):
    """Labels and probabilities, one row a class, for values of the only input."""
    fields = (field("x"), field("y", DataType.STRING))
    outputs = tuple(map(probability, classes))
    result = ReferenceExecutor(document(model(predictor, "x", function=CLASSIFICATION, outputs=outputs), fields)).score(
        table(x=number(*x))
    )
    return listed(result["y"]), [listed(result[f"p({label})"]) for label in classes]


def test_the_specifications_linear_regression():
    # PMML 4.4, Regression, "Linear Regression": claims = 132.37 + 7.1 age + 0.01 salary + 41.1 or 325.03.
    terms = (
        NumericTerm(field="age"),
        NumericTerm(field="salary"),
        CategoricalTerm(field="car_location", value="carpark"),
        CategoricalTerm(field="car_location", value="street"),
    )
    predictor = RegressionModel(
        tables=(RegressionTable(intercept=132.37, terms=terms, coefficients=np.array([7.1, 0.01, 41.1, 325.03])),)
    )
    fields = (field("age"), field("salary"), field("car_location", DataType.STRING), field("y"))
    executor = ReferenceExecutor(document(model(predictor, "age", "salary", "car_location"), fields))
    result = executor.score(
        table(
            age=number(30, 30, 30, 30, None),
            salary=number(1000, 1000, 1000, 1000, 1000),
            car_location=text("carpark", "street", "garage", None, "street"),
        )
    )
    # A category that no term names and a missing one add nothing; a missing number leaves no prediction.
    expected = [132.37 + 213 + 10 + 41.1, 132.37 + 213 + 10 + 325.03, 355.37, 355.37, None]
    assert listed(result["y"]) == [pytest.approx(value) if value is not None else None for value in expected]


def test_exponents_and_interactions():
    terms = (NumericTerm(field="x", exponent=2), InteractionTerm(fields=("x", "z")))
    predictor = RegressionModel(
        tables=(RegressionTable(intercept=1.0, terms=terms, coefficients=np.array([3.0, 5.0])),)
    )
    fields = (field("x"), field("z"), field("y"))
    result = ReferenceExecutor(document(model(predictor, "x", "z"), fields)).score(
        table(x=number(2.0, 2.0, math.inf), z=number(7.0, None, 0.0))
    )
    # Infinity times zero is undefined, so missing.
    assert listed(result["y"]) == [1.0 + 3.0 * 4.0 + 5.0 * 14.0, None, None]


INVERSE_LINKS = {
    Method.NONE: lambda y: y,
    Method.SOFTMAX: lambda y: 1 / (1 + math.exp(-y)),
    Method.LOGIT: lambda y: 1 / (1 + math.exp(-y)),
    Method.PROBIT: NormalDist().cdf,
    Method.CLOGLOG: lambda y: 1 - math.exp(-math.exp(y)),
    Method.EXP: math.exp,
    Method.LOGLOG: lambda y: math.exp(-math.exp(-y)),
    Method.CAUCHIT: lambda y: 0.5 + math.atan(y) / math.pi,
}


@pytest.mark.parametrize("method", INVERSE_LINKS)
def test_normalization_of_a_regression(method):
    predictor = RegressionModel(tables=identity().tables, normalization_method=method)
    values = [-2.5, -0.5, 0.0, 0.25, 3.0]
    result = ReferenceExecutor(document(model(predictor, "x"), (field("x"), field("y")))).score(
        table(x=number(*values))
    )
    assert listed(result["y"]) == pytest.approx([INVERSE_LINKS[method](value) for value in values], rel=1e-14)


@pytest.mark.parametrize("method", [Method.LOGIT, Method.PROBIT, Method.CLOGLOG, Method.LOGLOG, Method.CAUCHIT])
def test_two_classes_are_complements(method):
    tables = (linear(0.5, "yes", x=2.0), linear(0.0, "no"))
    labels, (yes, no) = classified(
        RegressionModel(tables=tables, normalization_method=method), ("yes", "no"), 1.0, -3.0
    )
    expected = [INVERSE_LINKS[method](2.5), INVERSE_LINKS[method](-5.5)]
    assert yes == pytest.approx(expected, rel=1e-13)
    assert no == pytest.approx([1 - value for value in expected], rel=1e-13)
    assert labels == ["yes", "no"]


THREE = (linear(0.1, "a", x=1.0), linear(0.2, "b", x=-1.0), linear(0.3, "c"))


def test_softmax_over_three_classes():
    labels, probabilities = classified(
        RegressionModel(tables=THREE, normalization_method=Method.SOFTMAX), ("a", "b", "c"), 1.0, None
    )
    exponentials = [math.exp(1.1), math.exp(-0.8), math.exp(0.3)]
    assert [column[0] for column in probabilities] == pytest.approx([e / sum(exponentials) for e in exponentials])
    assert [column[1] for column in probabilities] == [None, None, None]
    assert labels == ["a", None]


def test_softmax_of_huge_scores_does_not_overflow():
    tables = (linear(0.0, "a", x=1.0), linear(0.0, "b"))
    _, (a, b) = classified(RegressionModel(tables=tables, normalization_method=Method.SOFTMAX), ("a", "b"), 2000.0)
    assert (a, b) == ([1.0], [0.0])


def test_simplemax_divides_by_the_sum():
    _, probabilities = classified(
        RegressionModel(tables=THREE, normalization_method=Method.SIMPLEMAX), ("a", "b", "c"), 0.0
    )
    assert [column[0] for column in probabilities] == pytest.approx([0.1 / 0.6, 0.2 / 0.6, 0.3 / 0.6])


def test_none_leaves_the_last_class_what_the_others_leave():
    _, probabilities = classified(RegressionModel(tables=THREE), ("a", "b", "c"), 0.0)
    assert [column[0] for column in probabilities] == pytest.approx([0.1, 0.2, 0.7])


def test_one_versus_rest_divides_by_the_sum():
    predictor = RegressionModel(tables=THREE, normalization_method=Method.LOGIT, renormalize=True)
    _, probabilities = classified(predictor, ("a", "b", "c"), 1.0)
    each = [1 / (1 + math.exp(-score)) for score in (1.1, -0.8, 0.3)]
    assert [column[0] for column in probabilities] == pytest.approx([value / sum(each) for value in each])


def test_ordinal_classes_are_differences_of_cumulative_probabilities():
    # PMML 4.4, Regression: F(y1) = p1, F(y2) = p1 + p2, the last class has the rest.
    tables = (linear(-1.0, "low", x=1.0), linear(0.5, "middle", x=1.0), linear(0.0, "high"))
    predictor = RegressionModel(tables=tables, normalization_method=Method.LOGIT, ordinal=True)
    labels, probabilities = classified(predictor, ("low", "middle", "high"), 0.25)
    first, second = (1 / (1 + math.exp(-score)) for score in (-0.75, 0.75))
    assert [column[0] for column in probabilities] == pytest.approx([first, second - first, 1 - second])
    assert labels == ["middle"]


@pytest.mark.parametrize(("last", "expected"), [(False, "a"), (True, "b")])
def test_ties(last, expected):
    tables = (linear(0.0, "a", x=1.0), linear(0.0, "b"))
    predictor = RegressionModel(tables=tables, normalization_method=Method.LOGIT, tie_goes_to_last=last)
    assert classified(predictor, ("a", "b"), 0.0)[0] == [expected]


def test_float_sums_round_after_every_step():
    terms = (NumericTerm(field="x"), NumericTerm(field="z"))
    predictor = RegressionModel(
        tables=(RegressionTable(intercept=0.3, terms=terms, coefficients=np.array([0.1, 0.7])),),
        sum_type=DataType.FLOAT,
    )
    fields = (field("x"), field("z"), field("y"))
    result = ReferenceExecutor(document(model(predictor, "x", "z"), fields)).score(table(x=number(1e4), z=number(1.1)))
    f = np.float32
    assert listed(result["y"]) == [float((f(1e4) * f(0.1) + f(1.1) * f(0.7)) + f(0.3))]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(min=0.0, max=10.0), [0.0, 2.718, 10.0, None]),
        (Target(rescale_factor=3.14, rescale_constant=10.0), [10 - 3.14 * 2.89, 10 + 3.14 * 2.718, 72.8, None]),
        (Target(cast_integer="round"), [-3.0, 3.0, 20.0, None]),
        (Target(cast_integer="ceiling"), [-2.0, 3.0, 20.0, None]),
        (Target(cast_integer="floor"), [-3.0, 2.0, 20.0, None]),
        # min and max before the factor, the factor before the constant, the cast at the end
        (
            Target(min=0.0, max=10.0, rescale_factor=2.0, rescale_constant=0.25, cast_integer="ceiling"),
            [1, 6, 21, None],
        ),
        (Target(values=(TargetValue(default_value=432.21),)), [-2.89, 2.718, 20.0, 432.21]),
    ],
)
def test_targets_adjust_numbers(target, expected):
    # PMML 4.4, Targets: 2.718 and -2.89 are its examples of rounding.
    adjusted = model(identity(), "x", targets=(target,))
    result = ReferenceExecutor(document(adjusted, (field("x"), field("y")))).score(
        table(x=number(-2.89, 2.718, 20.0, None))
    )
    assert listed(result["y"]) == [value if value is None else pytest.approx(value) for value in expected]


def test_priors_stand_in_for_a_missing_class():
    # PMML 4.4, Targets, priorProbability.
    tables = (linear(0.0, "YES", x=1.0), linear(0.0, "NO"))
    priors = (TargetValue(value="YES", prior_probability=0.02), TargetValue(value="NO", prior_probability=0.98))
    predictor = RegressionModel(tables=tables, normalization_method=Method.LOGIT)
    with_priors = model(
        predictor, "x", function=CLASSIFICATION, targets=(Target(values=priors),), outputs=(probability("YES"),)
    )
    executor = ReferenceExecutor(document(with_priors, (field("x"), field("y", DataType.STRING))))
    result = executor.score(table(x=number(None, 0.5)))
    assert listed(result["y"]) == ["NO", "YES"]
    assert listed(result["p(YES)"]) == pytest.approx([0.02, 1 / (1 + math.exp(-0.5))])
