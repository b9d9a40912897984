"""Treatments of inputs, by PMML 4.4, DataDictionary and MiningSchema."""

from __future__ import annotations

import pytest

from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import InvalidValue, ReferenceExecutor
from modelport_runtime.hub import (
    DataType,
    Interval,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    OutlierTreatment,
    OutputField,
    ResultFeature,
)
from tests.executors.reference.hub_models import document, field, identity, listed, model, number, table, text

Invalid, Missing, Outlier = InvalidValueTreatment, MissingValueTreatment, OutlierTreatment


def seen(data_field, mining_field, column):
    """The values that the model sees, and whether each row has a result."""
    from tests.executors.reference.hub_models import ref

    output = OutputField(
        name="seen", feature=ResultFeature.TRANSFORMED_VALUE, data_type=data_field.data_type, expression=ref("x")
    )
    if data_field.data_type is DataType.STRING:
        bare = model(None, mining_field, target=None, outputs=(output,))
    else:
        bare = model(identity(), mining_field, outputs=(output,))
    return listed(ReferenceExecutor(document(bare, (data_field, field("y")))).score(table(x=column))["seen"])


RANGE = {"intervals": (Interval(left=0.0, right=10.0, right_closed=False),)}


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ({}, [0.0, None, None, None]),
        ({"invalid_value_treatment": Invalid.AS_IS}, [0.0, 10.0, -1.0, None]),
        ({"invalid_value_treatment": Invalid.AS_MISSING}, [0.0, None, None, None]),
        ({"invalid_value_treatment": Invalid.AS_MISSING, "missing_value_replacement": 5}, [0.0, 5.0, 5.0, 5.0]),
        ({"invalid_value_treatment": Invalid.AS_VALUE, "invalid_value_replacement": 7}, [0.0, 7.0, 7.0, None]),
        # A replaced missing value does not rescue an invalid row.
        ({"missing_value_replacement": 5}, [0.0, None, None, 5.0]),
    ],
)
def test_values_outside_the_declared_intervals(treatment, expected):
    assert seen(field("x", **RANGE), MiningField(name="x", **treatment), number(0.0, 10.0, -1.0, None)) == expected


def test_declared_values_of_a_category():
    color = field("x", DataType.STRING, values=("red", "blue"))
    column = text("red", "green", None)
    assert seen(color, MiningField(name="x"), column) == ["red", None, None]
    as_missing = MiningField(name="x", invalid_value_treatment=Invalid.AS_MISSING, missing_value_replacement="blue")
    assert seen(color, as_missing, column) == ["red", "blue", "blue"]


def test_values_that_stand_for_missing_come_before_the_check_for_validity():
    coded = field("x", missing_values=(-999,), **RANGE)
    replaced = MiningField(name="x", missing_value_replacement=3)
    assert seen(coded, replaced, number(-999.0, 1.0)) == [3.0, 1.0]


def test_values_declared_invalid():
    declared = field("x", invalid_values=(0,))
    asked = MiningField(name="x", invalid_value_treatment=Invalid.AS_VALUE, invalid_value_replacement=1)
    assert seen(declared, asked, number(0.0, 2.0)) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("treatment", "replacement", "expected"),
    [
        (Outlier.AS_IS, None, [-5.0, 5.0, 50.0, None]),
        (Outlier.AS_EXTREME_VALUES, None, [0.0, 5.0, 10.0, None]),
        (Outlier.AS_MISSING_VALUES, None, [None, 5.0, None, None]),
        # An outlier that becomes missing is replaced as one.
        (Outlier.AS_MISSING_VALUES, 4, [4.0, 5.0, 4.0, 4.0]),
        # A replacement is no outlier.
        (Outlier.AS_EXTREME_VALUES, 99, [0.0, 5.0, 10.0, 99.0]),
    ],
)
def test_outliers(treatment, replacement, expected):
    mining = MiningField(
        name="x", outlier_treatment=treatment, low_value=0.0, high_value=10.0, missing_value_replacement=replacement
    )
    assert seen(field("x"), mining, number(-5.0, 5.0, 50.0, None)) == expected


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        # PMML4S gives the extremes as they are, and both JVM engines leave what is between them.
        (Outlier.AS_EXTREME_VALUES, [0.5, 1.0, 2.0, 2.5, None]),
        (Outlier.AS_MISSING_VALUES, [None, 1.0, 2.0, None, None]),
    ],
)
def test_integers_are_compared_with_fractions(treatment, expected):
    mining = MiningField(name="x", outlier_treatment=treatment, low_value=0.5, high_value=2.5)
    assert seen(field("x", DataType.INTEGER), mining, number(0.0, 1.0, 2.0, 3.0, None)) == expected


def test_intervals_of_integers_may_end_between_two():
    between = field("x", DataType.INTEGER, intervals=(Interval(left=0.5, right=2.5),))
    assert seen(between, MiningField(name="x"), number(0.0, 1.0, 2.0, 3.0)) == [None, 1.0, 2.0, None]


@pytest.mark.parametrize("executor", [ReferenceExecutor, OnnxExecutor, AutoExecutor])
@pytest.mark.parametrize(
    "treatment",
    [
        {"missing_value_replacement": 1.5},
        {"invalid_value_treatment": Invalid.AS_VALUE, "invalid_value_replacement": "many"},
    ],
)
def test_a_replacement_that_the_field_cannot_hold_is_refused_at_once(executor, treatment):
    mining = MiningField(name="x", **treatment)
    whole = field("x", DataType.INTEGER, values=(1, 2))
    with pytest.raises(UnsupportedModelError, match=r"not an integer|many"):
        executor(document(model(identity(), mining), (whole, field("y"))))


def test_a_missing_value_can_be_asked_to_be_invalid():
    mining = MiningField(name="x", missing_value_treatment=Missing.RETURN_INVALID)
    assert seen(field("x"), mining, number(1.0, None)) == [1.0, None]


def test_text_that_is_no_number_is_invalid():
    column = text("1.5", "many", None, "")
    assert seen(field("x"), MiningField(name="x"), column) == [1.5, None, None, None]
    replaced = MiningField(name="x", invalid_value_treatment=Invalid.AS_VALUE, invalid_value_replacement=9)
    assert seen(field("x"), replaced, column) == [1.5, 9.0, None, None]


def test_a_real_number_in_an_integer_field_is_invalid():
    mining = MiningField(name="x", invalid_value_treatment=Invalid.AS_VALUE, invalid_value_replacement=-1)
    assert seen(field("x", DataType.INTEGER), mining, number(2.0, 2.5)) == [2.0, -1.0]


def test_interval_margins_take_the_fields_type():
    # In float32 0.1 the value and 0.1 the margin are the same number.
    ratio = field("x", DataType.FLOAT, intervals=(Interval(left=0.1, right=1.0),))
    assert seen(ratio, MiningField(name="x"), number(0.1)) == [pytest.approx(0.1, rel=1e-7)]


def test_an_invalid_value_is_named_and_the_batch_goes_on():
    executor = ReferenceExecutor(document(model(identity(), "x", "z"), (field("x", **RANGE), field("z"), field("y"))))
    rows = table(x=number(1.0, 11.0, 2.0), z=number(0.0, 0.0, 0.0))
    assert listed(executor.score(rows)["y"]) == [1.0, None, 2.0]
    assert executor.invalid_values(rows) == (InvalidValue(row=1, field="x", value=11.0),)


def test_a_field_that_the_model_does_not_use_invalidates_nothing():
    executor = ReferenceExecutor(document(model(identity(), "x"), (field("x"), field("z", **RANGE), field("y"))))
    assert listed(executor.score(table(x=number(1.0), z=number(-5.0)))["y"]) == [1.0]


def test_absent_columns_are_missing():
    executor = ReferenceExecutor(
        document(model(identity(), MiningField(name="x", missing_value_replacement=2.5)), (field("x"), field("y")))
    )
    assert listed(executor.score(table(other=number(1.0, 2.0)))["y"]) == [2.5, 2.5]
