"""Functions: both engines refuse the same calls in the same words, and agree on dates and on texts beside numbers."""

from __future__ import annotations

import datetime
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.executors.reference._functions import FUNCTIONS
from modelport_runtime.hub import (
    Apply,
    Card,
    Cast,
    Characteristic,
    Constant,
    DataField,
    DataType,
    DerivedField,
    Document,
    Expression,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    OutputField,
    ResultFeature,
    Scorecard,
    ScorecardAttribute,
)
from tests.executors.test_reference_equals_onnx import PROPERTY, listed

FIELDS = {
    "x": DataType.DOUBLE,
    "n": DataType.INTEGER,
    "single": DataType.FLOAT,
    "flag": DataType.BOOLEAN,
    "text": DataType.STRING,
    "day": DataType.DATE,
    "moment": DataType.DATE_TIME,
    "clock": DataType.TIME,
    "days": DataType.DATE_DAYS_SINCE_1960,
    "seconds": DataType.DATE_TIME_SECONDS_SINCE_1980,
}


def document(expression: Expression, data_type: DataType, predictor: object = None) -> Document:
    """A document that shows an expression."""
    derived = DerivedField(name="d", data_type=data_type, op_type=OpType.CONTINUOUS, expression=expression)
    shown = OutputField(
        name="shown",
        feature=ResultFeature.TRANSFORMED_VALUE,
        data_type=data_type,
        expression=FieldRef(field="d"),
    )
    return Document(
        data_fields=tuple(
            DataField(name=name, data_type=kind, op_type=OpType.CONTINUOUS) for name, kind in FIELDS.items()
        ),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=predictor,
            mining_fields=tuple(MiningField(name=name) for name in FIELDS),
            derived_fields=(derived,),
            outputs=(shown,),
        ),
        card=Card(),
    )


def apply(function: str, *arguments: Expression) -> Apply:
    return Apply(function=function, arguments=arguments)


def constant(value: float | str) -> Constant:
    kinds = {str: DataType.STRING, int: DataType.INTEGER, float: DataType.DOUBLE}
    return Constant(value=value, data_type=kinds[type(value)])


def ref(name: str) -> FieldRef:
    return FieldRef(field=name)


def refusal(executor: type, source: Document) -> str:
    with pytest.raises(UnsupportedModelError) as caught:
        executor(source)
    return str(caught.value)


@pytest.mark.parametrize("name", sorted([*FUNCTIONS, "if"]))
def test_a_wrong_number_of_arguments_is_refused_in_the_same_words(name: str) -> None:
    fewest, most = (2, 3) if name == "if" else (FUNCTIONS[name].min_arguments, FUNCTIONS[name].max_arguments)
    counts = [count for count in range(6) if count < fewest or (most is not None and count > most)]
    assert counts
    for count in counts:
        call = apply(name, *[ref("x")] * count)
        inside = Scorecard(
            characteristics=(Characteristic(attributes=(ScorecardAttribute(predicate=call, partial_score=1.0),)),)
        )
        for source in (document(call, DataType.DOUBLE), document(ref("x"), DataType.DOUBLE, inside)):
            said = refusal(ReferenceExecutor, source)
            assert f"function {name!r} with {count} argument(s)" in said
            assert refusal(OnnxExecutor, source) == said


def test_a_constant_inside_a_predictor_that_its_type_cannot_hold_is_refused_by_both() -> None:
    wrong = apply("equal", ref("n"), Constant(value="many", data_type=DataType.INTEGER))
    inside = Scorecard(
        characteristics=(Characteristic(attributes=(ScorecardAttribute(predicate=wrong, partial_score=1.0),)),)
    )
    said = refusal(ReferenceExecutor, document(ref("x"), DataType.DOUBLE, inside))
    assert "'many'" in said
    assert refusal(OnnxExecutor, document(ref("x"), DataType.DOUBLE, inside)) == said


def results(source: Document, table: Table) -> list[object]:
    """What both engines show, which is the same."""
    reference, graph = (executor(source).score(table)["shown"] for executor in (ReferenceExecutor, OnnxExecutor))
    assert graph.data_type is reference.data_type
    assert listed(graph) == listed(reference)
    return listed(reference)


_DAYS = (0.0, -1.0, 59.0, 60.0, 19782.0, -719163.0, -719528.0, 2932897.0)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows = draw(st.integers(1, 20))
    columns = {}
    for name, kind in FIELDS.items():
        if kind is DataType.STRING:
            texts = ("1", "1.0", "01", "true", "x", "", "2024-02-29", "0.1")
            columns[name] = TextColumn(random.integers(-1, len(texts), n_rows).astype(np.int32), texts)
            continue
        values = random.choice([0.0, 1.0, -1.0, 2.5, 0.1, 1970.0, 2024.0, np.inf], n_rows)
        if kind is DataType.FLOAT:
            values = values.astype(np.float32).astype(np.float64)
        if kind is DataType.INTEGER:
            values = random.choice([0.0, 1.0, -1.0, 1600.0, 1900.0, 1970.0, 2000.0, 2024.0, 1e6, 1e6 + 1], n_rows)
        if kind is DataType.BOOLEAN:
            values = random.choice([0.0, 1.0], n_rows)
        if name in ("day", "days"):
            values = random.choice(_DAYS, n_rows)
        if name in ("moment", "seconds", "clock"):
            values = random.choice(_DAYS, n_rows) * 86400.0 + random.choice([0.0, 0.5, 3661.25, 86399.999], n_rows)
        columns[name] = NumberColumn(np.where(random.random(n_rows) < 0.2, np.nan, values), kind)
    return Table(columns, n_rows)


_MOMENTS = ("day", "moment", "days", "seconds")
_DATE_CALLS = (
    *(apply("dateDaysSinceYear", ref(field), ref("n")) for field in _MOMENTS),
    *(apply("dateSecondsSinceYear", ref(field), ref("n")) for field in _MOMENTS),
    *(apply("dateDaysSinceYear", ref(field), constant(year)) for field in _MOMENTS for year in (1, 1960, 2024)),
    *(apply("dateSecondsSinceMidnight", ref(field)) for field in (*_MOMENTS, "clock")),
    *(Cast(expression=ref(field), data_type=FIELDS[other]) for field in _MOMENTS for other in _MOMENTS),
    *(Cast(expression=ref("x"), data_type=FIELDS[other]) for other in (*_MOMENTS, "clock")),
    apply("-", ref("day"), ref("days")),
)


@PROPERTY
@given(tables(), st.sampled_from(_DATE_CALLS))
def test_dates(table: Table, expression: Expression) -> None:
    results(document(expression, DataType.DOUBLE), table)


@pytest.mark.parametrize("year", [1, 1600, 1900, 1960, 1970, 2000, 2023, 2024, 9999])
def test_days_since_a_year_are_those_of_the_calendar(year: int) -> None:
    days = [datetime.date(2024, 2, 29), datetime.date(1970, 1, 1), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]
    epoch = datetime.date(1970, 1, 1)
    table = Table(
        {
            "day": NumberColumn(np.array([float((day - epoch).days) for day in days]), DataType.DATE),
            "n": NumberColumn(np.full(len(days), float(year)), DataType.INTEGER),
        },
        len(days),
    )
    expected = [(day - datetime.date(year, 1, 1)).days for day in days]
    call = apply("dateDaysSinceYear", ref("day"), ref("n"))
    assert results(document(call, DataType.INTEGER), table) == expected


_COMPARED = tuple(
    apply(name, *pair)
    for name in ("equal", "notEqual", "isIn", "isNotIn", "lessThan", "greaterOrEqual")
    for field, value in itertools.product(
        ("x", "n", "single", "flag", "day"), ("1", "1.0", "01", "true", "x", "", "2024-02-29", "0.1", "1e0")
    )
    for pair in ((ref(field), constant(value)), (constant(value), ref(field)))
)


@PROPERTY
@given(tables(), st.lists(st.sampled_from(_COMPARED), min_size=10, max_size=10))
def test_constant_texts_beside_numbers(table: Table, expressions: list[Expression]) -> None:
    for expression in expressions:
        results(document(expression, DataType.BOOLEAN), table)


def test_a_number_equals_its_own_text() -> None:
    values = np.array([1.0, 2.0])
    table = Table({"n": NumberColumn(values, DataType.INTEGER), "x": NumberColumn(values)}, 2)
    for field, text, expected in (("n", "1", [1, 0]), ("n", "1.0", [0, 0]), ("x", "1", [0, 0]), ("x", "1.0", [1, 0])):
        assert results(document(apply("equal", ref(field), constant(text)), DataType.BOOLEAN), table) == expected
