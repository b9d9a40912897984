"""Factors, covariates, and what each parameter of a general regression is the product of (PMML 4.4, PPMatrix)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import CovariateFactor, DataType, IndicatorFactor, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import read_matrix
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["Cells", "category_of", "known_field", "read_cells"]

Cells = dict[str, tuple[CovariateFactor | IndicatorFactor, ...]]
"""What each parameter that is no intercept is the product of."""


@dataclass(slots=True)
class _Predictor:
    """A factor with its contrasts, or a covariate."""

    name: str
    is_factor: bool
    categories: tuple[Scalar, ...] = ()
    contrasts: NDArray[np.float64] | None = None
    columns: dict[Scalar, int] = field(default_factory=dict)


def known_field(element: Element, attribute: str, context: ModelContext) -> str | None:
    """The field that an attribute names, if it is there.

    Raises:
        ArtifactError: Nothing defines the field.
    """
    name = element.get(attribute)
    if name is not None and context.scope.find(name) is None:
        raise element.error(f"field {name!r} of {attribute} is not defined; define it, or correct the name")
    return name


def category_of(cell: Element, context: ModelContext) -> Scalar | None:
    """The class that a cell belongs to; ``None`` for all of them."""
    text = cell.get("targetCategory")
    return cast(cell, text, context.class_type) if text is not None and context.is_classification else None


def read_cells(
    reading: Reading, element: Element, context: ModelContext, names: Iterable[str]
) -> dict[Scalar | None, Cells]:
    """The products by class; those of ``None`` are every class's, where it has none of its own for the parameter."""
    predictors = _read_predictors(reading, element, context)
    known = set(names)
    found: dict[Scalar | None, dict[str, list[CovariateFactor | IndicatorFactor]]] = {None: {}}
    parent = element.child("PPMatrix")
    for cell in [] if parent is None else parent.all("PPCell"):
        parameter, name = cell.require("parameterName"), cell.require("predictorName")
        if parameter not in known:
            raise cell.error(f"parameter {parameter!r} is not in the ParameterList; add it, or correct the name")
        if name not in predictors:
            raise cell.error(f"predictor {name!r} is neither factor nor covariate; list it, or correct the name")
        of_class = found.setdefault(category_of(cell, context), {})
        of_class.setdefault(parameter, []).append(_factor(cell, predictors[name], context))
    return {
        category: {parameter: tuple(factors) for parameter, factors in cells.items()}
        for category, cells in found.items()
    }


def _read_predictors(reading: Reading, element: Element, context: ModelContext) -> dict[str, _Predictor]:
    """Factors and covariates by name; what is listed as both is a factor."""
    predictors: dict[str, _Predictor] = {}
    for tag in ("FactorList", "CovariateList"):
        parent = element.child(tag)
        if parent is None:
            continue
        reading.expect(parent, {"Predictor"})
        for child in parent.all("Predictor"):
            reading.expect(child, {"Categories", "Matrix"})
            child.require("name")
            predictor = _Predictor(known_field(child, "name", context) or "", tag == "FactorList")
            if child.child("Matrix") is not None:
                if predictor.is_factor:
                    _read_contrasts(child, predictor, context)
                else:
                    reading.notice(child, "matrix-of-covariate", "only factors have contrasts; the matrix is left out")
            predictors.setdefault(predictor.name, predictor)
    return predictors


def _read_contrasts(element: Element, predictor: _Predictor, context: ModelContext) -> None:
    categories = element.child("Categories")
    known = context.scope.find(predictor.name)
    if known is None:
        return
    if categories is not None:
        predictor.categories = tuple(
            cast(child, child.require("value"), known.data_type) for child in categories.all("Category")
        )
    else:
        predictor.categories = known.values
    matrix = read_matrix(element.require_child("Matrix"))
    if len(matrix) != len(predictor.categories):
        raise element.error(
            f"the contrast matrix has {len(matrix)} rows for {len(predictor.categories)} categories; give a row each"
        )
    predictor.contrasts = matrix
    predictor.columns = {category: index for index, category in enumerate(predictor.categories[: matrix.shape[1]])}


def _factor(cell: Element, predictor: _Predictor, context: ModelContext) -> CovariateFactor | IndicatorFactor:
    if not predictor.is_factor:
        return CovariateFactor(field=predictor.name, exponent=cell.number("value"))
    known = context.scope.find(predictor.name)
    value = cast(cell, cell.require("value"), known.data_type if known is not None else DataType.STRING)
    if predictor.contrasts is None:
        return IndicatorFactor(field=predictor.name, categories=(value,), values=np.ones(1))
    if value not in predictor.columns:
        raise cell.error(f"{value!r} is no column of the contrast matrix of {predictor.name!r}; correct it")
    column = predictor.contrasts[:, predictor.columns[value]]
    return IndicatorFactor(
        field=predictor.name, categories=predictor.categories, values=np.array(column), is_contrast=True
    )
