"""Every expression of the hub gives the same value in PMML4S, JPMML-Evaluator and after reading back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modelport_runtime.hub import (
    Apply,
    Cast,
    Constant,
    DataType,
    Discretize,
    DiscretizeBin,
    FieldRef,
    Function,
    FunctionParameter,
    Interval,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    TextIndex,
)

from ._written import ENGINES, derived, derived_document, number_field, score, text_field, written

NAN = np.nan
ROWS = pd.DataFrame({"x": [0.1, 2.5, NAN, -2.5], "s": pd.Series(["a", " b", None, 'q"\\<'], dtype="str")})
X, S = FieldRef(field="x"), FieldRef(field="s")


def apply(function, *arguments, **options):
    return Apply(function=function, arguments=arguments, **options)


def number(value):
    return Constant(value=value, data_type=DataType.DOUBLE)


ZERO, ABOVE = number(0.0), apply("greaterThan", X, number(0.0))
HAS_TEXT = apply("isNotMissing", S)
TABLE = MapValues(
    fields=("s",),
    keys=(("a",), (" b",), ('q"\\<',)),
    results=(1.0, 2.0, 3.5),
    data_type=DataType.DOUBLE,
    map_missing_to=-2.0,
)
POINTS = {"field": "x", "original": np.array([0.0, 1.0]), "norm": np.array([0.0, 2.0])}
BINS = (
    DiscretizeBin(value=1, interval=Interval(right=0.1)),
    DiscretizeBin(value=2, interval=Interval(left=0.1, right=2.5, left_closed=False, right_closed=False)),
)
# Expected values follow the specification: PMML 4.4, Transformations and Functions.
NUMBERS = {
    "arithmetic": (apply("-", apply("*", X, number(3.0)), number(0.1)), [0.1 * 3.0 - 0.1, 7.4, NAN, -7.6]),
    "strict function": (apply("exp", X), [np.exp(0.1), np.exp(2.5), NAN, np.exp(-2.5)]),
    "function of arithmetic": (apply("abs", apply("+", X, number(0.5))), [0.6, 3.0, NAN, 2.0]),
    "condition that may be missing": (apply("if", ABOVE, number(1.0), number(2.0)), [1, 1, NAN, 2]),
    "map missing": (apply("+", X, number(1.0), map_missing_to=7.0), [1.1, 3.5, 7, -1.5]),
    "default value": (apply("exp", X, default_value=9.0), [np.exp(0.1), np.exp(2.5), 9, np.exp(-2.5)]),
    "missing constant": (
        apply("if", apply("isMissing", X), number(5.0), Constant(value=None, data_type=DataType.DOUBLE)),
        [NAN, NAN, 5, NAN],
    ),
    "surrogate": (apply("surrogate", X, number(4.0)), [0.1, 2.5, 4, -2.5]),
    "maximum leaves missing out": (apply("max", X, number(1.0)), [1, 2.5, 1, 1]),
    "float32": (Cast(expression=X, data_type=DataType.FLOAT), [float(np.float32(0.1)), 2.5, NAN, -2.5]),
    "float32 inside": (
        apply("+", Cast(expression=apply("*", X, number(3.3)), data_type=DataType.FLOAT), number(0.1)),
        [
            float(np.float32(0.1 * 3.3)) + 0.1,
            float(np.float32(2.5 * 3.3)) + 0.1,
            NAN,
            float(np.float32(-2.5 * 3.3)) + 0.1,
        ],
    ),
    "interpolation": (
        NormContinuous(**POINTS, outlier_treatment=OutlierTreatment.AS_EXTREME_VALUES, map_missing_to=5.0),
        [0.2, 2, 5, 0],
    ),
    "indicator": (NormDiscrete(field="s", value='q"\\<'), [0, 0, NAN, 1]),
    "indicator of missing": (NormDiscrete(field="s", value=" b", map_missing_to=0.0), [0, 1, 0, 0]),
    "look-up": (TABLE, [1, 2, -2, 3.5]),
    "bins": (Discretize(field="x", bins=BINS, data_type=DataType.DOUBLE), [1, NAN, NAN, 1]),
    "bins, default and missing": (
        Discretize(field="x", bins=BINS, data_type=DataType.DOUBLE, default_value=8.0, map_missing_to=9.0),
        [1, 8, 9, 1],
    ),
    "bins and default": (
        Discretize(field="x", bins=BINS, data_type=DataType.DOUBLE, default_value=8.0),
        [1, 8, NAN, 1],
    ),
    "own function": (apply("twice", X), [0.2, 5, NAN, -5]),
    "very small and very large": (apply("*", X, number(1.2345678901234567e-300)), None),
}
TWICE = Function(
    name="twice",
    parameters=(FunctionParameter(name="p"),),
    expression=apply("+", FieldRef(field="p"), FieldRef(field="p")),
    data_type=DataType.DOUBLE,
)


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers(engine):
    fields = tuple(derived(name, expression) for name, (expression, _) in NUMBERS.items())
    document = derived_document((number_field("x"), text_field("s")), fields, (TWICE,))
    results = score(written(document)[0], document, ROWS, engine)
    for name, (expression, expected) in NUMBERS.items():
        if expected is None:
            expected = ROWS["x"] * expression.arguments[1].value
        np.testing.assert_allclose(results[f"out {name}"], expected, rtol=1e-15, atol=1e-16, err_msg=name)


TRUTHS = {
    "and": (apply("and", ABOVE, HAS_TEXT), [1, 1, 0, 0]),
    "or": (apply("or", ABOVE, HAS_TEXT), [1, 1, NAN, 1]),
    "not": (apply("not", ABOVE), [0, 0, NAN, 1]),
    "xor": (apply("xor", ABOVE, HAS_TEXT), [0, 0, NAN, 1]),
    "equal": (apply("equal", S, Constant(value=" b", data_type=DataType.STRING)), [0, 1, NAN, 0]),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_three_valued_logic(engine):
    one, two = number(1.0), number(0.0)
    fields = tuple(derived(name, apply("if", expression, one, two)) for name, (expression, _) in TRUTHS.items())
    document = derived_document((number_field("x"), text_field("s")), fields)
    results = score(written(document)[0], document, ROWS, engine)
    for name, (_, expected) in TRUTHS.items():
        np.testing.assert_array_equal(results[f"out {name}"], np.array(expected, dtype=float), err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
def test_float32_rounding_in_doubles_is_exact(engine):
    """Midpoints between neighbouring float32s go to the even one; the results are those of numpy's cast."""
    random = np.random.default_rng(0)
    single = (random.standard_normal(500) * 10.0 ** random.integers(-20, 20, 500)).astype(np.float32)
    middle = (single.astype(float) + np.nextafter(single, np.float32(np.inf)).astype(float)) / 2
    values = np.concatenate([middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf), [0.0, 1e38, 1e-30]])
    document = derived_document(
        (number_field("x"),), (derived("rounded", Cast(expression=X, data_type=DataType.FLOAT)),)
    )
    results = score(written(document)[0], document, pd.DataFrame({"x": values}), engine)
    np.testing.assert_array_equal(results["out rounded"], values.astype(np.float32).astype(float))


@pytest.mark.parametrize("engine", ENGINES)
def test_term_counts(engine):
    text = pd.DataFrame({"s": pd.Series(["the cat, the hat", "no such", "The end"], dtype="str")})
    term = Constant(value="the", data_type=DataType.STRING)
    index = TextIndex(text_field="s", term=term, is_case_sensitive=True, word_separator_character_re=r"[\s,]+")
    document = derived_document((text_field("s"),), (derived("count", index),))
    results = score(written(document)[0], document, text, engine)
    np.testing.assert_array_equal(results["out count"], [2, 0, 0])
