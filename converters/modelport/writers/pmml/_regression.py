"""RegressionModel elements."""

from __future__ import annotations

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._scalars import number_text, optional_text, scalar_text
from modelport_runtime.hub import (
    CategoricalTerm,
    InteractionTerm,
    NormalizationMethod,
    NumericTerm,
    RegressionModel,
    RegressionTable,
)

__all__ = ["regression_attributes", "write_regression_tables"]


def regression_attributes(predictor: RegressionModel) -> dict[str, str | None]:
    """Attributes of the element beyond those of every model."""
    method = predictor.normalization_method
    return {"normalizationMethod": None if method is NormalizationMethod.NONE else method.value}


def write_regression_tables(context: Context, predictor: RegressionModel) -> None:
    """Write the linear functions (PMML 4.4, RegressionModel, RegressionTable)."""
    for table in predictor.tables:
        _write_table(context, table)


def _write_table(context: Context, table: RegressionTable) -> None:
    attributes = {"intercept": number_text(table.intercept), "targetCategory": optional_text(table.target_category)}
    terms = list(zip(table.terms, table.coefficients.tolist(), strict=True))
    if not terms:
        context.xml.empty("RegressionTable", attributes)
        return
    with context.xml.element("RegressionTable", attributes):
        # The schema asks for this order of kinds (PMML 4.4, RegressionTable).
        for term, coefficient in terms:
            if isinstance(term, NumericTerm):
                exponent = str(term.exponent) if term.exponent != 1 else None
                given = {"name": term.field, "exponent": exponent, "coefficient": number_text(coefficient)}
                context.xml.empty("NumericPredictor", given)
        for term, coefficient in terms:
            if isinstance(term, CategoricalTerm):
                value = scalar_text(term.value, context.data_types.get(term.field))
                given = {"name": term.field, "value": value, "coefficient": number_text(coefficient)}
                context.xml.empty("CategoricalPredictor", given)
        for term, coefficient in terms:
            if isinstance(term, InteractionTerm):
                with context.xml.element("PredictorTerm", {"coefficient": number_text(coefficient)}):
                    for field in term.fields:
                        context.xml.empty("FieldRef", {"field": field})
