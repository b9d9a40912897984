"""Covariances of the estimates of a general regression's parameters (PMML 4.4, GeneralRegression, PCovMatrix)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import ResultFeature
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Reading

__all__ = ["asks_standard_error", "read_parameter_covariance"]


def asks_standard_error(element: Element) -> bool:
    """Whether an output field of a model shows the standard error of what it predicts."""
    output = element.child("Output")
    fields = [] if output is None else output.all("OutputField")
    return any(field.get("feature") == ResultFeature.STANDARD_ERROR for field in fields)


def read_parameter_covariance(
    reading: Reading, element: Element, coefficients: Mapping[str, float], names: Iterable[str]
) -> NDArray[np.float64] | None:
    """Read the ``PCovMatrix`` of a model of one equation; ``None`` where there is none.

    One of two cells that mirror each other is enough. A parameter without a coefficient was not estimated.

    Args:
        reading: The document being read.
        element: The model.
        coefficients: Of the equation, by parameter.
        names: The parameters in order.

    Raises:
        ArtifactError: A cell names no parameter, two cells differ, or a parameter has no variance.
    """
    parent = element.child("PCovMatrix")
    if parent is None:
        return None
    reading.expect(parent, {"PCovCell"})
    positions = {name: position for position, name in enumerate(names)}
    matrix = np.full((len(positions), len(positions)), np.nan)
    for cell in parent.all("PCovCell"):
        row, column = (_position(cell, attribute, positions) for attribute in ("pRow", "pCol"))
        value = cell.number("value")
        if matrix[row, column] != value and not np.isnan(matrix[row, column]):
            pair = f"{cell.get('pRow')!r} and {cell.get('pCol')!r}"
            raise cell.error(f"parameters {pair} have two covariances, {matrix[row, column]} and {value}; remove one")
        matrix[row, column] = matrix[column, row] = value
    for name, position in positions.items():
        if np.isnan(matrix[position, position]) and coefficients.get(name, 0.0) != 0.0:
            raise parent.error(f"parameter {name!r} has no variance; add its PCovCell, or leave standardError out")
    return np.where(np.isnan(matrix), 0.0, matrix)


def _position(cell: Element, attribute: str, positions: Mapping[str, int]) -> int:
    name = cell.require(attribute)
    if name not in positions:
        raise cell.error(f"parameter {name!r} is not in the ParameterList; add it, or correct the name")
    return positions[name]
