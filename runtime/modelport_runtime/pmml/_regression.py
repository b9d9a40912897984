"""RegressionModel (PMML 4.4, Regression)."""

from __future__ import annotations

from modelport_runtime.hub import (
    CategoricalTerm,
    DataType,
    InteractionTerm,
    NormalizationMethod,
    NumericTerm,
    OpType,
    RegressionModel,
    RegressionTable,
    Scalar,
    Term,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast

__all__ = ["read_regression"]

_LINEAR_TYPES = ("linearRegression", "stepwisePolynomialRegression")


def read_regression(reading: Reading, element: Element, context: ModelContext) -> RegressionModel:
    """Read the tables of a ``RegressionModel``, or of a ``Regression`` inside a MiningModel of version 3."""
    method = element.choice("normalizationMethod", NormalizationMethod, NormalizationMethod.NONE)
    if element.get("modelType") == "logisticRegression" and method is NormalizationMethod.NONE:
        # PMML 3.0 and before: modelType="logisticRegression" asks for the softmax of the tables (PMML 3.0, Regression).
        method = NormalizationMethod.SOFTMAX
    kind = context.target_type
    tables = tuple(
        _read_table(reading, child, context.scope, kind, context.is_classification)
        for child in element.all("RegressionTable")
    )
    if not tables:
        raise element.error(f"{element.tag} has no RegressionTable; correct the document or export it again")
    if context.is_classification:
        for child in element.all("RegressionTable"):
            child.require("targetCategory")
    return RegressionModel(
        tables=tables,
        normalization_method=method,
        ordinal=context.is_classification and kind is not None and context.target_op_type is OpType.ORDINAL,
        sum_type=context.math_type,
    )


def _read_table(
    reading: Reading, element: Element, scope: Scope, target: FieldType | None, is_classification: bool
) -> RegressionTable:
    reading.expect_content(element)
    terms: list[Term] = []
    coefficients: list[float] = []
    for child in element.children:
        if child.tag == "NumericPredictor":
            terms.append(NumericTerm(field=_known(child, "name", scope), exponent=child.integer("exponent", 1)))
        elif child.tag == "CategoricalPredictor":
            name = _known(child, "name", scope)
            kind = scope.find(name)
            data_type = kind.data_type if kind is not None else DataType.STRING
            terms.append(CategoricalTerm(field=name, value=cast(child, child.require("value"), data_type)))
        elif child.tag == "PredictorTerm":
            reading.expect_content(child)
            terms.append(InteractionTerm(fields=tuple(_known(ref, "field", scope) for ref in child.all("FieldRef"))))
        else:
            continue
        coefficients.append(child.number("coefficient"))
    category: Scalar | None = None
    text = element.get("targetCategory")
    if is_classification and text is not None:
        category = cast(element, text, target.data_type if target is not None else DataType.STRING)
    return RegressionTable(
        intercept=element.number("intercept", 0.0),
        terms=tuple(terms),
        coefficients=coefficients,  # type: ignore[arg-type]  # made an array on construction
        target_category=category,
    )


def _known(element: Element, attribute: str, scope: Scope) -> str:
    name = element.require(attribute)
    if scope.find(name) is None:
        raise element.error(f"field {name!r} is not defined; define it, or correct the name")
    return name
