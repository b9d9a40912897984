"""GeneralRegressionModel (PMML 4.4, GeneralRegression)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import (
    BaselineStratum,
    CovariateFactor,
    DataType,
    GeneralParameter,
    GeneralRegressionModel,
    GeneralRegressionType,
    IndicatorFactor,
    LinkFunction,
    NormalizationMethod,
    Scalar,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._general_predictors import Cells, category_of, known_field, read_cells
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._parameter_covariance import asks_standard_error, read_parameter_covariance
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_general_regression"]

_Type = GeneralRegressionType
_CUMULATIVE = ("logit", "probit", "cloglog", "loglog", "cauchit")
_WITH_OFFSET = (_Type.GENERALIZED_LINEAR, _Type.ORDINAL_MULTINOMIAL, _Type.MULTINOMIAL_LOGISTIC)
_LINK_PARAMETERS = {
    LinkFunction.NEGBIN: "distParameter",
    LinkFunction.ODDSPOWER: "linkParameter",
    LinkFunction.POWER: "linkParameter",
}
"""Attribute of the number that a link needs; that of the negative binomial link is its distribution's."""

_Coefficients = dict[Scalar | None, dict[str, float]]


def read_general_regression(reading: Reading, element: Element, context: ModelContext) -> GeneralRegressionModel:
    """Read parameters, the predictors that they are made of, and the coefficients of each class."""
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "a general regression in float32", "leave x-mathContext out")
    kind = element.choice("modelType", GeneralRegressionType)
    names = _read_parameters(reading, element, kind)
    coefficients = _read_coefficients(element, context, kind, names)
    classes: tuple[Scalar, ...] = ()
    places: NDArray[np.int32] | None = None
    equations = [coefficients.get(None) or next(iter(coefficients.values()))]
    scored: list[Scalar | None] = [None]
    if context.is_classification:
        found = _scored_classes(element, context, coefficients)
        classes = _classes(element, context, kind, found)
        scored = list(found)
        shared = coefficients.get(None, {})
        equations = [{**shared, **coefficients.get(category, {})} for category in scored]
        places = np.array([classes.index(category) for category in found], dtype=np.int32)
    cells = read_cells(reading, element, context, names)
    parameters, matrix = _parameters(names, cells, scored, equations)
    link = _link(element, kind)
    model = GeneralRegressionModel(
        model_type=kind,
        parameters=parameters,
        coefficients=matrix,
        classes=classes,
        equation_classes=places,
        link_function=link,
        link_parameter=element.number(_LINK_PARAMETERS[link]) if link in _LINK_PARAMETERS else None,
        cumulative_link=_cumulative_link(element),
        offset=_offset(element, kind, context),
        trials=_number_or_field(element, "trialsVariable", "trialsValue", context),
        end_time=_end_time(element, context) if kind is _Type.COX_REGRESSION else None,
        strata=known_field(element, "baselineStrataVariable", context),
        baseline=_read_baseline(reading, element, context) if kind is _Type.COX_REGRESSION else (),
    )
    if model.is_linear and asks_standard_error(element):
        return replace(model, parameter_covariance=read_parameter_covariance(reading, element, equations[0], names))
    return model


def _number_or_field(element: Element, variable: str, value: str, context: ModelContext) -> float | str | None:
    name = known_field(element, variable, context)
    if name is not None:
        return name
    return element.number(value) if value in element.attributes else None


def _offset(element: Element, kind: GeneralRegressionType, context: ModelContext) -> float | str:
    """The offset of the kinds of models whose scoring procedure has one."""
    given = _number_or_field(element, "offsetVariable", "offsetValue", context)
    return given if given is not None and kind in _WITH_OFFSET else 0.0


def _link(element: Element, kind: GeneralRegressionType) -> LinkFunction:
    if kind is not _Type.GENERALIZED_LINEAR:
        return LinkFunction.IDENTITY
    return element.choice("linkFunction", LinkFunction)


def _cumulative_link(element: Element) -> NormalizationMethod:
    name = element.get("cumulativeLink")
    if name is None and element.get("modelType") == _Type.ORDINAL_MULTINOMIAL:
        name = element.require("cumulativeLink")
    if name is not None and name not in _CUMULATIVE:
        raise element.error(f"cumulativeLink={name!r} is unknown; known are {', '.join(_CUMULATIVE)}")
    return NormalizationMethod(name or "logit")


def _end_time(element: Element, context: ModelContext) -> str:
    element.require("endTimeVariable")
    return known_field(element, "endTimeVariable", context) or ""


def _read_parameters(reading: Reading, element: Element, kind: GeneralRegressionType) -> dict[str, float]:
    """Names of the parameters and their reference points, in order; only a Cox regression may have none."""
    parent = element.require_child("ParameterList")
    reading.expect(parent, {"Parameter"})
    names: dict[str, float] = {}
    for child in parent.all("Parameter"):
        name = child.require("name")
        if name in names:
            raise child.error(f"parameter {name!r} is defined twice; rename one")
        # "used in Cox regression models only"
        names[name] = child.number("referencePoint", 0.0) if kind is _Type.COX_REGRESSION else 0.0
    return names


def _read_coefficients(
    element: Element,
    context: ModelContext,
    kind: GeneralRegressionType,
    names: Mapping[str, float],
) -> _Coefficients:
    """The coefficients by class, in order; ``None`` for those of every class."""
    cells = element.require_child("ParamMatrix").all("PCell")
    if not cells and kind is not _Type.COX_REGRESSION:
        raise element.error("ParamMatrix has no PCell; correct the document or export it again")
    by_class: dict[Scalar | None, list[Element]] = {}
    for cell in cells:
        by_class.setdefault(category_of(cell, context), []).append(cell)
    unknown = next((cell for cell in cells if cell.require("parameterName") not in names), None)
    if unknown is not None:
        name = unknown.get("parameterName")
        raise unknown.error(f"parameter {name!r} is not in the ParameterList; add it, or correct the name")
    coefficients: _Coefficients = {} if by_class else {None: {}}
    for category, own in by_class.items():
        of_class = coefficients.setdefault(category, {})
        for cell in own:
            if cell.require("parameterName") in of_class:
                raise cell.error(f"parameter {cell.get('parameterName')!r} has two coefficients; remove one")
            of_class[cell.require("parameterName")] = cell.number("beta")
    return coefficients


def _reference(element: Element, context: ModelContext) -> Scalar | None:
    text = element.get("targetReferenceCategory")
    return None if text is None else cast(element, text, context.class_type)


def _declared(context: ModelContext) -> tuple[Scalar, ...]:
    return context.target_type.values if context.target_type is not None else ()


def _scored_classes(element: Element, context: ModelContext, coefficients: _Coefficients) -> list[Scalar]:
    """The classes that have coefficients; if none is named, of two the one that is not the reference."""
    scored = [category for category in coefficients if category is not None]
    if scored:
        return scored
    classes, reference = _declared(context), _reference(element, context)
    if len(classes) != 2:
        raise element.error("PCell without targetCategory cannot tell more than two classes apart; give it")
    return [category for category in classes if category != reference][-1:]


def _classes(
    element: Element, context: ModelContext, kind: GeneralRegressionType, scored: list[Scalar]
) -> tuple[Scalar, ...]:
    """The classes in order: those that are scored and the reference, the one that is not.

    An ordinal model counts the classes from the first that is scored; its reference is the last.
    """
    reference = _reference(element, context)
    found = [*scored, *([reference] if reference is not None else [])]
    declared = _declared(context) or tuple(dict.fromkeys(found))
    missing = [category for category in found if category not in declared]
    if missing:
        raise element.error(f"class {missing[0]!r} is not among the target's values; declare it, or correct it")
    others = [category for category in declared if category not in scored]
    if len(others) > 1 and reference is not None:
        # Values that were declared but never trained on.
        others = [reference] if reference in others else []
    if len(others) > 1:
        raise element.error(
            f"classes {', '.join(map(str, others))} have no coefficients; name one of them targetReferenceCategory"
        )
    classes = tuple(category for category in declared if category in scored or category in others)
    if kind is _Type.GENERALIZED_LINEAR and (len(classes) != 2 or len(scored) != 1):
        raise element.error(
            f"a generalized linear model scores one of 2 classes, not {len(scored)} of {len(classes)}; correct it"
        )
    if kind is _Type.ORDINAL_MULTINOMIAL:
        return (*(category for category in classes if category in scored), *others)
    return classes


def _parameters(
    names: Mapping[str, float],
    cells: Mapping[Scalar | None, Cells],
    scored: list[Scalar | None],
    equations: list[dict[str, float]],
) -> tuple[tuple[GeneralParameter, ...], NDArray[np.float64]]:
    """The parameters, one of a name for each product that a class has for it, and the coefficients [E, P]."""
    positions: dict[tuple[object, ...], int] = {}
    parameters: list[GeneralParameter] = []
    matrix: list[dict[int, float]] = [{} for _ in equations]
    for name, reference_point in names.items():
        for row, (category, equation) in enumerate(zip(scored, equations, strict=True)):
            owner = category if name in cells.get(category, {}) else None
            factors = cells[owner].get(name, ())
            key = name, *(_identity(factor) for factor in factors)
            if key not in positions:
                positions[key] = len(parameters)
                parameters.append(GeneralParameter(name=name, factors=factors, reference_point=reference_point))
            if name in equation:
                matrix[row][positions[key]] = equation[name]
    coefficients = np.zeros((len(equations), len(parameters)))
    for row, found in enumerate(matrix):
        coefficients[row, list(found)] = list(found.values())
    return tuple(parameters), coefficients


def _identity(factor: CovariateFactor | IndicatorFactor) -> tuple[object, ...]:
    if isinstance(factor, CovariateFactor):
        return factor.field, factor.exponent
    return factor.field, factor.categories, factor.values.tobytes()


def _read_baseline(reading: Reading, element: Element, context: ModelContext) -> tuple[BaselineStratum, ...]:
    tables = element.require_child("BaseCumHazardTables")
    reading.expect(tables, {"BaselineStratum", "BaselineCell"})
    strata = tables.all("BaselineStratum")
    if not strata:
        return (_stratum(tables, None),)
    name = element.get("baselineStrataVariable")
    known = context.scope.find(name)
    if known is None:
        raise element.error("BaselineStratum needs a baselineStrataVariable; name the field of the strata")
    return tuple(_stratum(child, cast(child, child.require("value"), known.data_type)) for child in strata)


def _stratum(element: Element, value: Scalar | None) -> BaselineStratum:
    cells = sorted((cell.number("time"), cell.number("cumHazard")) for cell in element.all("BaselineCell"))
    return BaselineStratum(
        value=value,
        max_time=element.number("maxTime", math.inf),
        times=np.array([time for time, _ in cells]),
        hazards=np.array([hazard for _, hazard in cells]),
    )
