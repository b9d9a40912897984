"""Model elements: what all models have in common, and the predictor inside."""

from __future__ import annotations

import numpy as np

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._fields import write_mining_schema, write_output, write_targets
from modelport.writers.pmml._labels import with_target_output
from modelport.writers.pmml._predicates import write_predicate
from modelport.writers.pmml._regression import regression_attributes, write_regression_tables
from modelport.writers.pmml._scalars import number_text, optional_text
from modelport.writers.pmml._scopes import with_listed_fields
from modelport.writers.pmml._standard import standard_model
from modelport.writers.pmml._transformations import write_local_transformations
from modelport.writers.pmml._trees import is_plain_forest, write_forest, write_tree
from modelport.writers.pmml._verification import write_verification
from modelport_runtime.hub import (
    Document,
    Ensemble,
    MissingPredictionTreatment,
    Model,
    MultipleModelMethod,
    RegressionModel,
    RegressionTable,
    Segment,
    TreeEnsemble,
)

__all__ = ["write_model"]

_METHODS = {MultipleModelMethod.WEIGHTED_MEDIAN: "weightedMedian"}

_Written = RegressionModel | TreeEnsemble | Ensemble
"""Predictors that are written as PMML."""

_NOTHING = RegressionModel(tables=(RegressionTable(intercept=0.0, terms=(), coefficients=np.zeros(0)),))


def write_model(context: Context, model: Model, document: Document | None = None) -> None:
    """Write a model; the document's own model is given with its document, for its verification rows."""
    model = standard_model(context, model)
    if document is not None:
        model = with_target_output(context, model)
    # A model that only transforms is written as a regression of nothing: PMML has no model without a predictor.
    predictor = model.predictor or _NOTHING
    if not isinstance(predictor, RegressionModel | TreeEnsemble | Ensemble):
        with context.within(type(predictor).__name__):
            context.unsupported("a model of this kind", "keep the PMML that it was read from, or write ONNX")
        return
    element = _element_name(predictor)
    attributes = {"modelName": model.name, "functionName": model.function.value, **_attributes(predictor)}
    with context.within(element), context.xml.element(element, attributes):
        write_mining_schema(context, model.mining_fields)
        write_output(context, model)
        write_targets(context, model)
        write_local_transformations(context, model.derived_fields)
        _write_predictor(context, model, predictor)
        if document is not None:
            write_verification(context, document)


def _element_name(predictor: _Written) -> str:
    if isinstance(predictor, RegressionModel):
        return "RegressionModel"
    return "TreeModel" if isinstance(predictor, TreeEnsemble) and not is_plain_forest(predictor) else "MiningModel"


def _attributes(predictor: _Written) -> dict[str, str | None]:
    return regression_attributes(predictor) if isinstance(predictor, RegressionModel) else {}


def _write_predictor(context: Context, model: Model, predictor: _Written) -> None:
    if isinstance(predictor, RegressionModel):
        write_regression_tables(context, predictor)
    elif isinstance(predictor, Ensemble):
        _write_segmentation(context, predictor)
    elif isinstance(predictor, TreeEnsemble) and is_plain_forest(predictor):
        write_forest(context, predictor, model.function)
    elif isinstance(predictor, TreeEnsemble):
        write_tree(context, predictor)


def _write_segmentation(context: Context, ensemble: Ensemble) -> None:
    treatment = ensemble.missing_prediction_treatment
    method = ensemble.method
    text = _METHODS.get(method, method.value)
    if method is MultipleModelMethod.MULTI_MODEL_CHAIN:
        text = "x-multiModelChain"
        if not context.extensions:
            context.unsupported("a chain with several results", "write with extensions=True for JPMML's chain")
    attributes = {
        "multipleModelMethod": text,
        "missingPredictionTreatment": None if treatment is MissingPredictionTreatment.CONTINUE else treatment.value,
        "missingThreshold": optional_text(ensemble.missing_threshold) if ensemble.missing_threshold != 1 else None,
    }
    with context.xml.element("Segmentation", attributes):
        for segment in ensemble.segments:
            with context.within(f"Segment[{segment.id}]"):
                _write_segment(context, segment)


def _write_segment(context: Context, segment: Segment) -> None:
    weight = segment.weight if isinstance(segment.weight, float | int) and segment.weight != 1 else None
    attributes = {"id": segment.id, "weight": None if weight is None else number_text(weight)}
    with context.xml.element("Segment", attributes):
        write_predicate(context, segment.predicate)
        write_model(context, with_listed_fields(segment.model))
        if isinstance(segment.weight, str):
            context.xml.empty("VariableWeight", {"field": segment.weight})
