"""General regression and naive Bayes: the reference and ONNX Runtime give the same on random models and rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime.columns import Table
from modelport_runtime.hub import (
    BaselineStratum,
    ContinuousBayesInput,
    CovariateFactor,
    DiscreteBayesInput,
    Distribution,
    GeneralParameter,
    GeneralRegressionModel,
    GeneralRegressionType,
    IndicatorFactor,
    LinkFunction,
    NaiveBayesModel,
    NormalizationMethod,
)
from tests import strategies
from tests.executors.test_reference_equals_onnx import PROPERTY, SUM_TOLERANCE, assert_equal

_SMALL = st.sampled_from([-1.5, -0.5, 0.0, 0.25, 1.0, 2.0])
_NUMBERS = st.sampled_from(("x0", "x1", "single", "d0"))


@st.composite
def factors(draw: st.DrawFn):
    if draw(st.booleans()):
        return CovariateFactor(field=draw(_NUMBERS), exponent=draw(st.sampled_from([0.0, 1.0, 2.0])))
    field, pool = draw(st.sampled_from([("s0", strategies.TEXTS), ("whole", (-1, 0, 1, 2)), ("flag", (False, True))]))
    categories = tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True)))
    values = draw(st.lists(_SMALL, min_size=len(categories), max_size=len(categories)))
    return IndicatorFactor(field=field, categories=categories, values=np.array(values), is_contrast=draw(st.booleans()))


@st.composite
def general_regressions(draw: st.DrawFn, classes: tuple[object, ...]):
    count = draw(st.integers(1, 4))
    parameters = tuple(
        GeneralParameter(
            name=f"p{index}",
            factors=tuple(draw(st.lists(factors(), max_size=2))),
            reference_point=draw(st.sampled_from([0.0, 0.5])),
        )
        for index in range(count)
    )
    if not classes:
        kinds = [GeneralRegressionType.GENERAL_LINEAR, GeneralRegressionType.GENERALIZED_LINEAR]
        equations = 1
    elif len(classes) == 2:
        kinds, equations = [GeneralRegressionType.GENERALIZED_LINEAR], 1
    else:
        kinds = [GeneralRegressionType.MULTINOMIAL_LOGISTIC, GeneralRegressionType.ORDINAL_MULTINOMIAL]
        equations = len(classes) - 1
    links = [LinkFunction.LOGIT, LinkFunction.CLOGLOG, LinkFunction.LOGLOG]
    links += [] if classes else [LinkFunction.IDENTITY, LinkFunction.LOG, LinkFunction.LOGC]
    betas = draw(st.lists(_SMALL, min_size=equations * count, max_size=equations * count))
    return GeneralRegressionModel(
        model_type=draw(st.sampled_from(kinds)),
        parameters=parameters,
        coefficients=np.array(betas).reshape(equations, count),
        classes=classes,
        equation_classes=np.arange(equations, dtype=np.int32) if classes else None,
        link_function=draw(st.sampled_from(links)),
        cumulative_link=draw(st.sampled_from([NormalizationMethod.LOGIT, NormalizationMethod.CLOGLOG])),
        offset=draw(st.sampled_from([0.0, 1.5, "x0"])),
        trials=None if classes else draw(st.sampled_from([None, 3.0, "x1"])),
    )


@st.composite
def hazards(draw: st.DrawFn):
    """Cox regressions, with and without strata, some of which no row can be in."""
    model = draw(general_regressions(()))
    strata = draw(st.sampled_from([None, ("s0", ("a", "Ä", "?")), ("whole", (1, 0, 2)), ("flag", (True, "neither"))]))
    step = st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0, 2.0, 2.5])

    def stratum(value: object) -> BaselineStratum:
        times = sorted(draw(st.lists(step, max_size=5)))
        level = st.sampled_from([0.0, 0.1, 0.3, 2.0])
        hazards = sorted(draw(st.lists(level, min_size=len(times), max_size=len(times))))
        return BaselineStratum(
            value=value,
            max_time=draw(st.sampled_from([0.5, 2.0, np.inf])),
            times=np.array(times),
            hazards=np.array(hazards),
        )

    return replace(
        model,
        model_type=GeneralRegressionType.COX_REGRESSION,
        trials=None,
        end_time=draw(st.sampled_from(["x1", "single", "whole"])),
        strata=None if strata is None else strata[0],
        baseline=tuple(stratum(value) for value in (strata[1] if strata else [None])),
    )


@st.composite
def naive_bayes_models(draw: st.DrawFn, classes: tuple[object, ...]):
    n_classes = len(classes)
    counts = st.lists(st.sampled_from([0.0, 1.0, 3.0, 7.0]), min_size=n_classes, max_size=n_classes)
    discrete = DiscreteBayesInput(
        field="s0", values=("a", "b", "Ä"), counts=np.array([draw(counts), draw(counts), [2.0] * n_classes])
    )
    variance = st.sampled_from([0.25, 1.0, 4.0])
    numbers = {
        Distribution.GAUSSIAN: st.tuples(_SMALL, variance),
        Distribution.POISSON: st.tuples(st.sampled_from([0.25, 1.0, 40.0]), st.just(np.nan)),
        Distribution.UNIFORM: st.tuples(st.just(-1.0), variance),
        None: st.just((np.nan, np.nan)),
    }
    kinds = draw(st.lists(st.sampled_from(list(numbers)), min_size=n_classes, max_size=n_classes))
    parameters = np.array([draw(numbers[kind]) for kind in kinds])
    continuous = ContinuousBayesInput(
        field="x0",
        distributions=tuple(kinds),
        parameters=parameters,
        is_floored=draw(st.booleans()),
    )
    return NaiveBayesModel(
        classes=classes,
        class_counts=np.arange(1.0, n_classes + 1),
        inputs=(discrete, continuous),
        threshold=draw(st.sampled_from([0.001, 0.25])),
    )


@pytest.mark.parametrize("classes", [(), ("no", "yes"), (3, 1, 2)], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_general_regressions(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    predictor = data.draw(general_regressions(classes), label="general regression")
    assert_equal(data.draw(strategies.documents(predictor, classes), label="document"), table, SUM_TOLERANCE)


@PROPERTY
@given(st.data(), strategies.tables())
def test_hazards(data: st.DataObject, table: Table) -> None:
    predictor = data.draw(hazards(), label="Cox regression")
    assert_equal(data.draw(strategies.documents(predictor), label="document"), table, SUM_TOLERANCE)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_naive_bayes(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    predictor = data.draw(naive_bayes_models(classes), label="naive Bayes")
    assert_equal(data.draw(strategies.documents(predictor, classes), label="document"), table, SUM_TOLERANCE)
