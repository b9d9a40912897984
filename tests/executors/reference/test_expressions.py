"""Expressions: expectations by hand from PMML 4.4, Transformations, Functions and Built-in functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    Cast,
    Constant,
    DataType,
    DerivedField,
    Discretize,
    DiscretizeBin,
    FieldRef,
    Function,
    FunctionParameter,
    Interval,
    InvalidValueTreatment,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OpType,
    OutlierTreatment,
    TextIndex,
    TextIndexNormalization,
)
from tests.executors.reference.hub_models import (
    apply,
    constant,
    document,
    evaluated,
    field,
    identity,
    listed,
    model,
    number,
    ref,
    table,
    text,
)

DOUBLE, STRING, BOOLEAN, INTEGER = DataType.DOUBLE, DataType.STRING, DataType.BOOLEAN, DataType.INTEGER
X = (field("x"),)
S = (field("s", STRING),)
MISSING = Constant(value=None, data_type=DOUBLE)
UNKNOWN = Constant(value=None, data_type=BOOLEAN)


def of_constants(expression, data_type):
    return evaluated(expression, table(x=number(0.0)), X, data_type)[0]


# A = 2.5, B = 4 and C = 1.5 are the examples of the specification.
@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        ("-", (2.5, 4.0), -1.5),
        ("+", (2.5, 4.0), 6.5),
        ("*", (2.5, 4.0), 10.0),
        ("/", (7, 2), 3.5),
        ("min", (2.5, 4.0, 1.5), 1.5),
        ("max", (2.5, 4.0, 1.5), 4.0),
        ("sum", (2.5, 4.0, 1.5), 8.0),
        ("avg", (2.5, 4.0, 1.0), 2.5),
        ("median", (2.5, 4.0, 1.5), 2.5),
        ("median", (3.0, 5.0, 1.0, 9.0), 4.0),
        ("product", (2.5, 4.0, 2.0), 20.0),
        ("log10", (1000.0,), 3.0),
        ("ln", (math.e,), 1.0),
        ("sqrt", (6.25,), 2.5),
        ("abs", (-2.5,), 2.5),
        ("exp", (1.0,), math.e),
        ("pow", (2.0, 10.0), 1024.0),
        ("threshold", (3.0, 2.0), 1.0),
        ("threshold", (3.0, 3.0), 0.0),
        ("floor", (-1.5,), -2.0),
        ("ceil", (-1.5,), -1.0),
        ("round", (2.5,), 3.0),
        ("round", (-2.5,), -2.0),  # halves towards positive infinity, as fn:round of XQuery
        ("rint", (2.5,), 2.0),
        ("modulo", (11.0, 5.0), 1.0),
        ("modulo", (-7.0, 3.0), 2.0),
        ("modulo", (7.0, -3.0), -2.0),
        ("expm1", (1e-10,), 1.00000000005e-10),
        ("ln1p", (1e-10,), 9.9999999995e-11),
        ("hypot", (3.0, 4.0), 5.0),
        ("sin", (math.pi / 2,), 1.0),
        ("atan", (1.0,), math.pi / 4),
        ("tanh", (0.5,), math.tanh(0.5)),
        ("erf", (0.5,), 0.5204998778130465),  # Abramowitz and Stegun, table 7.1
        ("stdNormalCDF", (1.959963984540054,), 0.975),
        ("normalCDF", (3.0, 1.0, 2.0), 0.8413447460685429),
        ("stdNormalPDF", (0.0,), 0.3989422804014327),
        ("normalPDF", (1.0, 1.0, 2.0), 0.19947114020071635),
        ("stdNormalIDF", (0.975,), 1.959963984540054),
        ("normalIDF", (0.8413447460685429, 1.0, 2.0), 3.0),
    ],
)
def test_mathematics(function, arguments, expected):
    result = of_constants(apply(function, *map(constant, arguments)), DOUBLE)
    assert result == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("function", "arguments", "data_type", "expected"),
    [
        ("uppercase", ("aBc9",), STRING, "ABC9"),
        ("lowercase", ("aBc9",), STRING, "abc9"),
        ("substring", ("aBc9x", 2, 3), STRING, "Bc9"),
        ("trimBlanks", (" aBc9x  ",), STRING, "aBc9x"),
        ("concat", ("Feb", "-", 2000), STRING, "Feb-2000"),
        ("replace", ("BBBB", "B+", "c"), STRING, "c"),
        ("replace", ("abc", "(b)", "[$1]"), STRING, "a[b]c"),
        ("matches", ("abcd", "bc"), BOOLEAN, True),
        ("matches", ("abcd", "^bc"), BOOLEAN, False),
        ("stringLength", ("aBc9x",), INTEGER, 5),
        ("formatNumber", (2, "%3d"), STRING, "  2"),
        ("isIn", (2.0, 1.0, 2.0), BOOLEAN, True),
        ("isNotIn", (2.0, 1.0, 2.0), BOOLEAN, False),
        ("equal", ("1", 1), BOOLEAN, True),
        ("equal", ("1", 1.0), BOOLEAN, False),
        ("lessThan", ("10", "9"), BOOLEAN, True),
        ("greaterOrEqual", (2.0, 2), BOOLEAN, True),
    ],
)
def test_text_and_comparison(function, arguments, data_type, expected):
    assert of_constants(apply(function, *map(constant, arguments)), data_type) == expected


@pytest.mark.parametrize(
    ("function", "value", "kind", "rest", "data_type", "expected"),
    [
        ("dateDaysSinceYear", "2003-04-01", DataType.DATE, (constant(1960),), INTEGER, 15796),
        ("dateSecondsSinceYear", "1960-01-03T03:30:03", DataType.DATE_TIME, (constant(1960),), INTEGER, 185403),
        ("dateSecondsSinceMidnight", "1960-01-03T03:30:03", DataType.DATE_TIME, (), INTEGER, 12603),
        ("formatDatetime", "2004-08-20", DataType.DATE, (constant("%m/%d/%y"),), STRING, "08/20/04"),
    ],
)
def test_dates(function, value, kind, rest, data_type, expected):
    assert of_constants(apply(function, constant(value, kind), *rest), data_type) == expected


@pytest.mark.parametrize(
    ("value", "data_type", "expected"),
    [
        ("1960-01-02", DataType.DATE_DAYS_SINCE_1960, 1),
        ("1970-01-01", DataType.DATE_DAYS_SINCE_1960, 3653),
        ("0001-01-01", DataType.DATE_DAYS_SINCE_0, 366),  # year 0 is a leap year
        ("1980-01-01T00:01:00", DataType.DATE_TIME_SECONDS_SINCE_1980, 60),
        ("00:01:30", DataType.TIME_SECONDS, 90),
        ("-00:01:30", DataType.TIME_SECONDS, -90),
        ("100:00:00", DataType.TIME_SECONDS, 360000),
    ],
)
def test_moments_count_from_their_types_epoch(value, data_type, expected):
    # The raw number behind a date: the difference from the type's own epoch.
    zero = constant(0, data_type)
    assert of_constants(apply("-", constant(value, data_type), zero), DOUBLE) == expected


TRUE, FALSE = constant(True), constant(False)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        ("and", (UNKNOWN, FALSE), False),
        ("and", (UNKNOWN, TRUE), None),
        ("or", (UNKNOWN, TRUE), True),
        ("or", (UNKNOWN, FALSE), None),
        ("not", (UNKNOWN,), None),
        ("xor", (TRUE, TRUE, TRUE), True),
        ("xor", (TRUE, UNKNOWN), None),
        ("surrogate", (UNKNOWN, FALSE), False),
        ("surrogate", (UNKNOWN, UNKNOWN), None),
        ("isMissing", (MISSING,), True),
        ("isNotMissing", (MISSING,), False),
        ("equal", (MISSING, constant(1.0)), None),
        ("isIn", (MISSING, constant(1.0), constant(2.0)), None),
        ("isNotValid", (MISSING,), False),
    ],
)
def test_three_valued_logic(function, arguments, expected):
    # PMML 4.4, TreeModel, CompoundPredicate, and Built-in functions.
    assert of_constants(apply(function, *arguments), BOOLEAN) == expected


def test_missing_arguments_give_missing_unless_the_function_passes_them_over():
    x = table(x=number(None, 2.0))
    assert evaluated(apply("+", ref("x"), constant(1.0)), x, X, DOUBLE) == [None, 3.0]
    assert evaluated(apply("pow", ref("x"), constant(0.0)), x, X, DOUBLE) == [None, 1.0]
    assert evaluated(apply("sum", ref("x"), constant(1.0)), x, X, DOUBLE) == [1.0, 3.0]
    assert evaluated(apply("sum", ref("x"), ref("x")), x, X, DOUBLE) == [None, 4.0]


def test_map_missing_to_speaks_of_arguments_and_default_value_of_results():
    x = table(x=number(None, -1.0, 1.0))
    root = apply("sqrt", ref("x"), map_missing_to=7.0, invalid_value_treatment=InvalidValueTreatment.AS_MISSING)
    assert evaluated(root, x, X, DOUBLE) == [7.0, None, 1.0]
    root = apply("sqrt", ref("x"), default_value=9.0, invalid_value_treatment=InvalidValueTreatment.AS_MISSING)
    assert evaluated(root, x, X, DOUBLE) == [9.0, 9.0, 1.0]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        (InvalidValueTreatment.RETURN_INVALID, [None, 2.0, None]),
        (InvalidValueTreatment.AS_MISSING, [None, 2.0, None]),
        (InvalidValueTreatment.AS_IS, [math.inf, 2.0, None]),
    ],
)
def test_division_by_zero_is_undefined(treatment, expected):
    quotient = apply("/", constant(1.0), ref("x"), invalid_value_treatment=treatment)
    assert evaluated(quotient, table(x=number(0.0, 0.5, None)), X, DOUBLE) == expected


def test_if_does_not_suffer_from_the_branch_not_taken():
    quotient = apply("/", constant(1.0), ref("x"))
    guarded = apply("if", apply("equal", ref("x"), constant(0.0)), constant(-1.0), quotient)
    assert evaluated(guarded, table(x=number(0.0, 4.0, None)), X, DOUBLE) == [-1.0, 0.25, None]


def test_if_without_a_second_branch_is_missing_there():
    only = apply("if", apply("greaterThan", ref("x"), constant(0.0)), constant("high"))
    assert evaluated(only, table(x=number(1.0, -1.0, None)), X, STRING) == ["high", None, None]


def test_arithmetic_on_float_fields_rounds_once_an_operation():
    fields = (field("x", DataType.FLOAT),)
    x = table(x=number(float(np.float32(0.1)), data_type=DataType.FLOAT))
    product = evaluated(apply("*", ref("x"), ref("x")), x, fields, DOUBLE)
    assert product == [float(np.float32(0.1) * np.float32(0.1))]
    # With a double operand the operation is in double.
    product = evaluated(apply("*", ref("x"), constant(0.1)), x, fields, DOUBLE)
    assert product == [float(np.float32(0.1)) * 0.1]


def test_casts():
    x = table(x=number(2.5, -2.5, 0.1, None))
    assert evaluated(Cast(expression=ref("x"), data_type=INTEGER), x, X, INTEGER) == [3, -2, 0, None]
    as_float = evaluated(Cast(expression=ref("x"), data_type=DataType.FLOAT), x, X, DOUBLE)
    assert as_float == [2.5, -2.5, float(np.float32(0.1)), None]
    assert evaluated(Cast(expression=ref("x"), data_type=STRING), x, X, STRING) == ["2.5", "-2.5", "0.1", None]
    s = table(s=text("12", "twelve", "", None))
    assert evaluated(Cast(expression=ref("s"), data_type=DOUBLE), s, S, DOUBLE) == [12.0, None, None, None]


def test_norm_continuous():
    # PMML 4.4, Transformations, NormContinuous: linear between points, by each outlier treatment beyond them.
    x = table(x=number(0.0, 15.0, 25.0, 30.0, 50.0, None))

    def norm(treatment, missing=None):
        points = {"original": np.array([10.0, 20.0, 40.0]), "norm": np.array([0.0, 1.0, 2.0])}
        expression = NormContinuous(field="x", outlier_treatment=treatment, map_missing_to=missing, **points)
        return evaluated(expression, x, X, DOUBLE)

    assert norm(OutlierTreatment.AS_IS) == [-1.0, 0.5, 1.25, 1.5, 2.5, None]
    assert norm(OutlierTreatment.AS_MISSING_VALUES) == [None, 0.5, 1.25, 1.5, None, None]
    assert norm(OutlierTreatment.AS_EXTREME_VALUES, 0.25) == [0.0, 0.5, 1.25, 1.5, 2.0, 0.25]


def test_norm_discrete():
    s = table(s=text("red", "blue", None))
    assert evaluated(NormDiscrete(field="s", value="red"), s, S, DOUBLE) == [1.0, 0.0, None]
    assert evaluated(NormDiscrete(field="s", value="red", map_missing_to=0.5), s, S, DOUBLE) == [1.0, 0.0, 0.5]


def test_discretize_takes_the_first_bin_and_else_the_default():
    bins = (
        DiscretizeBin(value="negative", interval=Interval(right=0.0, right_closed=False)),
        DiscretizeBin(value="low", interval=Interval(left=0.0, right=1.0)),
        DiscretizeBin(value="more", interval=Interval(left=1.0, right=2.0)),
    )
    expression = Discretize(field="x", bins=bins, data_type=STRING, default_value="far", map_missing_to="none")
    x = table(x=number(-1.0, 0.0, 1.0, 2.0, 3.0, None))
    assert evaluated(expression, x, X, STRING) == ["negative", "low", "low", "more", "far", "none"]


def test_discretize_reads_margins_as_the_fields_type():
    # In float32, 0.1 is the margin that the document's author meant.
    fields = (field("x", DataType.FLOAT),)
    bins = (DiscretizeBin(value="in", interval=Interval(right=0.1)),)
    x = table(x=number(float(np.float32(0.1)), data_type=DataType.FLOAT))
    assert evaluated(Discretize(field="x", bins=bins, data_type=STRING), x, fields, STRING) == ["in"]


def test_map_values_by_two_keys_with_an_empty_cell_that_matches_anything():
    # PMML 4.4, Transformations, MapValues.
    fields = (field("band"), field("state", STRING))
    expression = MapValues(
        fields=("band", "state"),
        keys=((1, "MN"), (1, "IL"), (2, None)),
        results=(10000, 12000, 20000),
        data_type=INTEGER,
        default_value=-1,
        map_missing_to=-2,
    )
    rows = table(band=number(1, 1, 2, 3, None), state=text("MN", "IL", "NY", "MN", "MN"))
    assert evaluated(expression, rows, fields, INTEGER) == [10000, 12000, 20000, -1, -2]


def test_map_values_takes_the_first_row_that_matches():
    fields = (field("x"), field("s", STRING), field("k", INTEGER))
    keys = ((1, "a", 7), (None, "b", None), (1, "b", 7), (1, "a", 7), (2, None, 8), ("never", "a", 7), (2, "b", 9))
    expression = MapValues(fields=("x", "s", "k"), keys=keys, results=tuple("ABCDEFG"), data_type=STRING)
    rows = [(1, "a", 7), (1, "b", 7), (2, "c", 8), (2, "b", 8), (2, "a", 7), (3, "b", 0), (1, "z", 7), (2, "a", 8)]
    x, s, k = zip(*rows, strict=True)

    def expected(row):
        matching = (i for i, key in enumerate(keys) if all(a in (None, b) for a, b in zip(key, row, strict=True)))
        position = next(matching, None)
        return None if position is None else "ABCDEFG"[position]

    columns = table(x=number(*x), s=text(*s), k=number(*k, data_type=INTEGER))
    assert evaluated(expression, columns, fields, STRING) == [expected(row) for row in rows]


def test_field_ref_maps_missing():
    reference = FieldRef(field="x", map_missing_to=4.0)
    assert evaluated(reference, table(x=number(1.0, None)), X, DOUBLE) == [1.0, 4.0]


def test_functions_of_the_document_see_their_parameters_only():
    # PMML 4.4, Functions, the example AMPM: a time in seconds of the day.
    am_pm = Function(
        name="AMPM",
        parameters=(FunctionParameter(name="TimeVal", data_type=INTEGER),),
        data_type=STRING,
        expression=Discretize(
            field="TimeVal",
            data_type=STRING,
            bins=(
                DiscretizeBin(value="AM", interval=Interval(left=0, right=43199)),
                DiscretizeBin(value="PM", interval=Interval(left=43200, right=86399)),
            ),
        ),
    )
    x = table(x=number(0.0, 43199.0, 43200.0, None))
    assert evaluated(apply("AMPM", ref("x")), x, X, STRING, (am_pm,)) == ["AM", "AM", "PM", None]


SENTENCE = (
    "The Sun was setting while the captain's son reached the bounty island, minutes after their ship had sunk to the "
    "bottom of the ocean."
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 1.0),
        ({"is_case_sensitive": True}, 0.0),
        ({"max_levenshtein_distance": 1}, 3.0),  # Sun, son, sunk
        ({"max_levenshtein_distance": 1, "count_hits": "bestHits"}, 1.0),
        ({"max_levenshtein_distance": 1, "local_term_weights": "binary"}, 1.0),
        ({"max_levenshtein_distance": 1, "local_term_weights": "logarithmic"}, math.log10(4.0)),
    ],
)
def test_text_index(options, expected):
    # The sentence is the example of PMML 4.4, Transformations, TextIndex.
    expression = TextIndex(text_field="s", term=constant("sun"), **options)
    assert evaluated(expression, table(s=text(SENTENCE, None)), S, DOUBLE) == [pytest.approx(expected), None]


def test_text_index_normalizes_the_text_first():
    # PMML 4.4, TextIndexNormalization: regular expressions in one table, then the phrase built from it in another.
    user_friendly = (
        TextIndexNormalization(rows=((r"interfaces?", "interface", True), (r"[Uu]ser[- ]?friend(?:ly)?", "ui", True))),
        TextIndexNormalization(rows=(("ui is good", "ui_good", False),), is_case_sensitive=False),
    )
    expression = TextIndex(text_field="s", term=constant("ui_good"), normalizations=user_friendly)
    rows = table(s=text("The user-friendly is good", "The interface is good"))
    assert evaluated(expression, rows, S, DOUBLE) == [1.0, 0.0]


def test_a_long_chain_of_derived_fields():
    def plus_one(name, field_name):
        expression = apply("+", ref(field_name), constant(1.0))
        return DerivedField(name=name, data_type=DOUBLE, op_type=OpType.CONTINUOUS, expression=expression)

    # In reverse order of need: a document may define fields in any order (PMML 4.4, Field scope).
    chain = tuple(reversed([plus_one(f"d{i}", f"d{i - 1}" if i else "x") for i in range(3000)]))
    executor = ReferenceExecutor(document(model(identity("d2999"), "x"), (*X, field("y")), chain))
    assert listed(executor.score(table(x=number(0.5, None)))["y"]) == [3000.5, None]
