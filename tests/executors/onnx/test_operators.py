"""Each function against numpy's, on numbers where a careless formula fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.hub import (
    Apply,
    Card,
    DataField,
    DataType,
    Document,
    FieldRef,
    InvalidValueTreatment,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    OutputField,
    ResultFeature,
)

UNITS_IN_LAST_PLACE = 4
"""By which elementary functions of numpy and ONNX Runtime may differ."""

X = np.array(
    [-750.0, -20.0, -1.5, -1.0, -1e-3, -1e-9, -1e-300, 0.0, 1e-300, 1e-17, 1e-9, 0.3, 0.5, 1.0, 2.5, 20.0, 700.0]
)
X = np.append(X, [-np.inf, np.inf, np.nan])

UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "abs": np.abs,
    "rint": np.rint,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": lambda x: np.floor(x) + (x - np.floor(x) >= 0.5),
    "ln": np.log,
    "log10": np.log10,
    "ln1p": np.log1p,
    "exp": np.exp,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "-": np.negative,
}
BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "modulo": np.mod,
    "hypot": np.hypot,
}


def scored(function: str, *columns: np.ndarray) -> np.ndarray:
    names = [f"x{index}" for index in range(len(columns))]
    expression = Apply(
        function=function,
        arguments=tuple(FieldRef(field=name) for name in names),
        invalid_value_treatment=InvalidValueTreatment.AS_IS,
    )
    document = Document(
        data_fields=tuple(DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in names),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=None,
            mining_fields=tuple(MiningField(name=name) for name in names),
            outputs=(
                OutputField(
                    name="result",
                    feature=ResultFeature.TRANSFORMED_VALUE,
                    data_type=DataType.DOUBLE,
                    expression=expression,
                ),
            ),
        ),
        card=Card(),
    )
    table = Table({name: NumberColumn(column) for name, column in zip(names, columns, strict=True)}, len(columns[0]))
    result = OnnxExecutor(document, n_threads=1).score(table)["result"]
    assert isinstance(result, NumberColumn)
    return result.values


def assert_close(result: np.ndarray, expected: np.ndarray, units: int = UNITS_IN_LAST_PLACE) -> None:
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(result[~finite], expected[~finite])
    distance = np.abs(result[finite] - expected[finite])
    assert (distance <= units * np.spacing(np.abs(expected[finite]))).all()


@pytest.mark.parametrize("function", UNARY)
def test_functions_of_one_number(function: str) -> None:
    with np.errstate(all="ignore"):
        expected = UNARY[function](X)
    # A tangent is a quotient of two functions, whose errors add up.
    assert_close(scored(function, X), expected, UNITS_IN_LAST_PLACE * (2 if function == "tan" else 1))


@pytest.mark.parametrize("function", BINARY)
def test_functions_of_two_numbers(function: str) -> None:
    left, right = (side.ravel() for side in np.meshgrid(X, X))
    with np.errstate(all="ignore"):
        expected = BINARY[function](left, right)
    expected[np.isnan(left) | np.isnan(right)] = np.nan
    assert_close(scored(function, left, right), expected)


def test_powers() -> None:
    base, exponent = (
        np.array([2.0, -2.0, 0.0, 4.0, np.nan, 1.0, 2.0]),
        np.array([10.0, 3.0, 0.0, 0.5, 0.0, np.nan, -1.0]),
    )
    expected = np.array([1024.0, -8.0, 1.0, 2.0, np.nan, np.nan, 0.5])
    assert_close(scored("pow", base, exponent), expected)
