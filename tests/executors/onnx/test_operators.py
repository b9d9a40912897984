"""Each function against numpy's, on numbers where a careless formula fails."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats

from modelport.parity._tolerances import TOLERANCES
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
    NormalizationMethod,
    NumericTerm,
    OpType,
    OutputField,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    UsageType,
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
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
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


BRANCHES = [sign * edge for edge in (0.41421356, 2.41421356, 0.46875, 4.0, 30.0, 26.54, 38.4) for sign in (-1, 1)]
DENSE = np.concatenate(
    [
        np.linspace(-40, 40, 40001),
        np.random.default_rng(0).uniform(-3, 3, 40000),
        np.random.default_rng(1).standard_normal(20000) * 10.0 ** np.random.default_rng(2).integers(-300, 300, 20000),
        *(np.nextafter(edge, side) for edge in BRANCHES for side in ([-np.inf], [edge], [np.inf])),
        X,
        [-0.0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308],
    ]
)
"""Dense, random, over all magnitudes, and around the points at which one approximation takes over from another."""
PROBABILITIES = np.concatenate(
    [np.linspace(0, 1, 50001), 10.0 ** np.linspace(-320, 0, 20001), 1 - 2.0 ** -np.arange(1, 54), [-0.1, 1.1, np.nan]]
)


def element_by_element(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.asarray(np.frompyfunc(function, 1, 1)(x), dtype=np.float64)


SPECIAL: dict[str, tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, int]] = {
    "atan": (element_by_element(math.atan), DENSE, 3),
    "asin": (np.arcsin, np.clip(DENSE, -1, 1), 4),
    "acos": (np.arccos, np.clip(DENSE, -1, 1), 4),
    "erf": (element_by_element(math.erf), DENSE, 4),
    "stdNormalCDF": (lambda x: element_by_element(math.erfc)(-x / math.sqrt(2)) / 2, DENSE, 8),
    "stdNormalIDF": (special.ndtri, PROBABILITIES, 8),
}
"""The C library's or scipy's function, the numbers, and by how many units in the last place results may differ."""


@pytest.mark.parametrize("function", SPECIAL)
def test_functions_without_a_kernel_of_their_own(function: str) -> None:
    reference, numbers, units = SPECIAL[function]
    with np.errstate(all="ignore"):
        expected = reference(numbers)
    result = scored(function, numbers)
    # Below the normal range a double has too few digits to count in; 1e-300 is nothing beside 1e-12, the tolerance.
    tiny = np.abs(expected) < 1e-300
    assert_close(np.where(tiny, expected, result), expected, units)
    assert (np.abs(result[tiny] - expected[tiny]) < 1e-300).all()


def test_normal_distributions_of_any_mean_and_deviation() -> None:
    x, mean, deviation = np.array([[1.0, -2.0, 7.5, np.nan], [0.5, 3.0, 7.0, 0.0], [2.0, 2.5, 0.125, 1.0]])
    assert_close(scored("normalCDF", x, mean, deviation), stats.norm.cdf(x, mean, deviation), 8)
    share = np.array([0.1, 0.999, 0.5, np.nan])
    assert_close(scored("normalIDF", share, mean, deviation), stats.norm.ppf(share, mean, deviation), 8)


@pytest.mark.parametrize("method", [NormalizationMethod.PROBIT, NormalizationMethod.CAUCHIT])
def test_links_of_a_regression(method: NormalizationMethod) -> None:
    distribution = stats.norm if method is NormalizationMethod.PROBIT else stats.cauchy
    x = np.concatenate([np.linspace(-40, 40, 4001), [-1e300, 1e300, np.nan]])
    table = RegressionTable(intercept=0.5, terms=(NumericTerm(field="x"),), coefficients=np.ones(1))
    document = Document(
        data_fields=tuple(DataField(name=n, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for n in "xy"),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=RegressionModel(tables=(table,), normalization_method=method),
            mining_fields=(MiningField(name="x"), MiningField(name="y", usage_type=UsageType.TARGET)),
        ),
        card=Card(),
    )
    result = OnnxExecutor(document, n_threads=1).score(Table({"x": NumberColumn(x)}, len(x)))["y"]
    assert isinstance(result, NumberColumn)
    tolerance = TOLERANCES["float64-sum"]
    np.testing.assert_allclose(
        result.values, distribution.cdf(x + 0.5), rtol=tolerance.relative, atol=tolerance.absolute
    )
