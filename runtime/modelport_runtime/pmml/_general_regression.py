"""GeneralRegressionModel (PMML 4.4, GeneralRegression)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

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
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_general_regression"]

_Type = GeneralRegressionType
_CUMULATIVE = ("logit", "probit", "cloglog", "loglog", "cauchit")


def read_general_regression(reading: Reading, element: Element, context: ModelContext) -> GeneralRegressionModel | None:
    """Read parameters, the predictors that they are made of, and the coefficients of each class."""
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "a general regression in float32", "leave x-mathContext out")
    kind = element.choice("modelType", GeneralRegressionType)
    predictors = _read_predictors(reading, element, context)
    names = _read_parameters(reading, element)
    coefficients = _read_coefficients(element, context, names)
    categories = [category for category in coefficients if category is not None]
    cells = _read_cells(element, context, predictors, names, set(categories))
    if cells is None:
        reading.refuse(element, "PPCells that differ from class to class", "give each class parameters of its own")
        return None
    parameters = tuple(
        GeneralParameter(name=name, factors=tuple(cells.get(name, ())), reference_point=reference)
        for name, reference in names.items()
    )
    is_classification = context.is_classification
    classes = _classes(element, context, categories) if is_classification else ()
    matrix, places = _equations(element, coefficients, names, classes)
    return GeneralRegressionModel(
        model_type=kind,
        parameters=parameters,
        coefficients=matrix,
        classes=classes,
        equation_classes=places if is_classification else None,
        link_function=_link(element, kind),
        link_parameter=element.number("linkParameter", 1.0) if "linkParameter" in element.attributes else None,
        cumulative_link=_cumulative_link(element),
        offset=_number_or_field(element, "offsetVariable", "offsetValue", context) or 0.0,
        trials=_number_or_field(element, "trialsVariable", "trialsValue", context),
        end_time=_end_time(element, context) if kind is _Type.COX_REGRESSION else None,
        strata=_known(element, "baselineStrataVariable", context),
        baseline=_read_baseline(reading, element, context) if kind is _Type.COX_REGRESSION else (),
    )


@dataclass(slots=True)
class _Predictor:
    """A factor with its contrasts, or a covariate."""

    name: str
    is_factor: bool
    categories: tuple[Scalar, ...] = ()
    contrasts: NDArray[np.float64] | None = None
    columns: dict[Scalar, int] = field(default_factory=dict)


def _known(element: Element, attribute: str, context: ModelContext) -> str | None:
    name = element.get(attribute)
    if name is not None and context.scope.find(name) is None:
        raise element.error(f"field {name!r} of {attribute} is not defined; define it, or correct the name")
    return name


def _number_or_field(element: Element, variable: str, value: str, context: ModelContext) -> float | str | None:
    name = _known(element, variable, context)
    if name is not None:
        return name
    return element.number(value) if value in element.attributes else None


def _link(element: Element, kind: GeneralRegressionType) -> LinkFunction:
    if kind is not _Type.GENERALIZED_LINEAR:
        return LinkFunction.IDENTITY
    link = element.choice("linkFunction", LinkFunction)
    if link in (LinkFunction.NEGBIN, LinkFunction.ODDSPOWER, LinkFunction.POWER):
        element.require("linkParameter")
    return link


def _cumulative_link(element: Element) -> NormalizationMethod:
    name = element.get("cumulativeLink")
    if name is None and element.get("modelType") == _Type.ORDINAL_MULTINOMIAL:
        name = element.require("cumulativeLink")
    if name is not None and name not in _CUMULATIVE:
        raise element.error(f"cumulativeLink={name!r} is unknown; known are {', '.join(_CUMULATIVE)}")
    return NormalizationMethod(name or "logit")


def _end_time(element: Element, context: ModelContext) -> str:
    element.require("endTimeVariable")
    return _known(element, "endTimeVariable", context) or ""


def _read_parameters(reading: Reading, element: Element) -> dict[str, float]:
    """Names of the parameters and their reference points, in order."""
    parent = element.require_child("ParameterList")
    reading.expect_content(parent)
    names: dict[str, float] = {}
    for child in parent.all("Parameter"):
        name = child.require("name")
        if name in names:
            raise child.error(f"parameter {name!r} is defined twice; rename one")
        names[name] = child.number("referencePoint", 0.0)
    return names


def _read_predictors(reading: Reading, element: Element, context: ModelContext) -> dict[str, _Predictor]:
    predictors: dict[str, _Predictor] = {}
    for tag, is_factor in (("FactorList", True), ("CovariateList", False)):
        parent = element.child(tag)
        if parent is None:
            continue
        reading.expect_content(parent)
        for child in parent.all("Predictor"):
            reading.expect_content(child)
            child.require("name")
            name = _known(child, "name", context) or ""
            predictor = _Predictor(name, is_factor)
            if is_factor and child.child("Matrix") is not None:
                _read_contrasts(child, predictor, context)
            elif child.child("Matrix") is not None:
                reading.refuse(child, "a matrix of a covariate", "only factors have contrasts")
            predictors[name] = predictor
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
    matrix = _read_matrix(element.require_child("Matrix"))
    if len(matrix) != len(predictor.categories):
        raise element.error(
            f"the contrast matrix has {len(matrix)} rows for {len(predictor.categories)} categories; give a row each"
        )
    predictor.contrasts = matrix
    predictor.columns = {category: index for index, category in enumerate(predictor.categories[: matrix.shape[1]])}


def _read_matrix(element: Element) -> NDArray[np.float64]:
    """A matrix of rows, of cells, or diagonal (PMML 4.4, General Structure, Matrix)."""
    rows = [[_item(child, text) for text in read_array(child)] for child in element.all("Array")]
    cells = element.all("MatCell")
    if rows and element.get("kind", "any") == "diagonal":
        return np.diag(np.array(rows[0]))
    if rows:
        width = max(map(len, rows))
        if any(len(row) != width for row in rows):
            raise element.error("the rows of the matrix differ in length; give each the same number of items")
        return np.array(rows, dtype=np.float64)
    height, width = element.integer("nbRows", 0), element.integer("nbCols", 0)
    matrix = np.full((height, width), element.number("offDiagDefault", 0.0))
    np.fill_diagonal(matrix, element.number("diagDefault", 0.0))
    for cell in cells:
        row, column = cell.integer("row", 0), cell.integer("col", 0)
        if not (1 <= row <= height and 1 <= column <= width):
            raise cell.error(f"cell ({row}, {column}) is outside the matrix of {height} x {width}; correct it")
        matrix[row - 1, column - 1] = _item(cell, cell.text)
    return matrix


def _item(element: Element, text: str) -> float:
    try:
        return parse_number(text)
    except ValueError:
        raise element.error(f"{text!r} is no number; correct the document") from None


_Cells = dict[str, list[CovariateFactor | IndicatorFactor]]


def _read_cells(
    element: Element,
    context: ModelContext,
    predictors: dict[str, _Predictor],
    names: dict[str, float],
    categories: set[Scalar],
) -> _Cells | None:
    """What each parameter is the product of; ``None`` when it differs between classes."""
    by_class: dict[Scalar | None, _Cells] = {}
    for cell in element.require_child("PPMatrix").all("PPCell"):
        parameter, name = cell.require("parameterName"), cell.require("predictorName")
        if parameter not in names:
            raise cell.error(f"parameter {parameter!r} is not in the ParameterList; add it, or correct the name")
        if name not in predictors:
            raise cell.error(f"predictor {name!r} is neither factor nor covariate; list it, or correct the name")
        factor = _factor(cell, predictors[name], context)
        category = _category(cell, context)
        by_class.setdefault(category, {}).setdefault(parameter, []).append(factor)
    shared = by_class.pop(None, {})
    if not by_class:
        return shared
    first, *others = ({**shared, **cells} for cells in by_class.values())
    if any(repr(first) != repr(other) for other in others) or (categories and set(by_class) != categories):
        return None
    return first


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


def _category(cell: Element, context: ModelContext) -> Scalar | None:
    text = cell.get("targetCategory")
    return cast(cell, text, context.class_type) if text is not None and context.is_classification else None


def _read_coefficients(
    element: Element, context: ModelContext, names: dict[str, float]
) -> dict[Scalar | None, dict[str, float]]:
    """The coefficients by class, in order; ``None`` for those of every class."""
    coefficients: dict[Scalar | None, dict[str, float]] = {}
    for cell in element.require_child("ParamMatrix").all("PCell"):
        parameter = cell.require("parameterName")
        if parameter not in names:
            raise cell.error(f"parameter {parameter!r} is not in the ParameterList; add it, or correct the name")
        of_class = coefficients.setdefault(_category(cell, context), {})
        if parameter in of_class:
            raise cell.error(f"parameter {parameter!r} has two coefficients; remove one")
        of_class[parameter] = cell.number("beta")
    if not coefficients:
        raise element.error("ParamMatrix has no PCell; correct the document or export it again")
    return coefficients


def _classes(element: Element, context: ModelContext, categories: list[Scalar]) -> tuple[Scalar, ...]:
    """The target's classes in order: as its field declares them, else the scored ones and the reference."""
    reference = element.get("targetReferenceCategory")
    named = None if reference is None else cast(element, reference, context.class_type)
    declared = context.target_type.values if context.target_type is not None else ()
    found = [*categories, *([named] if named is not None else [])]
    classes = declared or tuple(dict.fromkeys(found))
    missing = [category for category in found if category not in classes]
    if missing:
        raise element.error(f"class {missing[0]!r} is not among the target's values; declare it, or correct it")
    if element.get("modelType") == _Type.GENERALIZED_LINEAR and len(classes) != 2:
        raise element.error(f"a generalized linear model tells 2 classes apart, not {len(classes)}; correct the target")
    return classes


def _equations(
    element: Element,
    coefficients: dict[Scalar | None, dict[str, float]],
    names: dict[str, float],
    classes: tuple[Scalar, ...],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """A row of coefficients for each class that is scored, and the classes' positions."""
    position = {name: index for index, name in enumerate(names)}
    shared = coefficients.get(None, {})
    if not classes:
        rows = [shared or next(iter(coefficients.values()))]
        places = np.zeros(0, dtype=np.int32)
    else:
        scored = [category for category in coefficients if category is not None]
        if not scored:
            scored = [_scored_by_all(element, classes)]
        rows = [{**shared, **coefficients.get(category, {})} for category in scored]
        places = np.array([classes.index(category) for category in scored], dtype=np.int32)
    matrix = np.zeros((len(rows), len(names)))
    for index, row in enumerate(rows):
        for name, value in row.items():
            matrix[index, position[name]] = value
    return matrix, places


def _scored_by_all(element: Element, classes: tuple[Scalar, ...]) -> Scalar:
    """The class that coefficients without a category score: of two, the one that is not the reference."""
    if len(classes) != 2:
        raise element.error("PCell without targetCategory cannot tell more than two classes apart; give it")
    reference = element.get("targetReferenceCategory")
    others = [category for category in classes if str(category) != reference]
    return others[-1]


def _read_baseline(reading: Reading, element: Element, context: ModelContext) -> tuple[BaselineStratum, ...]:
    tables = element.require_child("BaseCumHazardTables")
    reading.expect_content(tables)
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
