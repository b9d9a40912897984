"""MiningModel: segments and how they are combined (PMML 4.4, MultipleModels)."""

from __future__ import annotations

from modelport_runtime.hub import (
    Ensemble,
    MissingPredictionTreatment,
    MultipleModelMethod,
    Predictor,
    Segment,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._folding import fold_trees
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._models import MODEL_ELEMENTS, read_model
from modelport_runtime.pmml._predicates import PREDICATES, read_predicate
from modelport_runtime.pmml._reading import Reading, Scope

__all__ = ["read_mining"]

_METHODS = {
    **{str(method): method for method in MultipleModelMethod},
    # JPMML's names before PMML took some of them up.
    "x-weightedSum": MultipleModelMethod.WEIGHTED_SUM,
    "x-multiModelChain": MultipleModelMethod.MULTI_MODEL_CHAIN,
    "weightedMedian": MultipleModelMethod.WEIGHTED_MEDIAN,
}


def read_mining(reading: Reading, element: Element, context: ModelContext) -> Predictor | None:
    """Read the segments of a ``MiningModel``; plain trees of one forest become one array ensemble."""
    for child in element.all("Regression", "DecisionTree"):
        reading.refuse(child, f"{child.tag} embedded in a MiningModel is not supported", "write it as a Segment")
    segmentation = element.child("Segmentation")
    if segmentation is None:
        if not element.all("Regression", "DecisionTree"):
            raise element.error("MiningModel has no Segmentation; correct the document or export it again")
        return None
    ensemble = _read_segmentation(reading, segmentation, context)
    return fold_trees(ensemble, context) or ensemble


def _read_segmentation(reading: Reading, element: Element, context: ModelContext) -> Ensemble:
    reading.expect(element, {"Segment", "LocalTransformations"})
    name = element.require("multipleModelMethod")
    if name not in _METHODS:
        raise element.error(f"multipleModelMethod={name!r} is unknown; known are {', '.join(_METHODS)}")
    scope = Scope(context.scope)
    segments = []
    for index, child in enumerate(element.all("Segment"), 1):
        segment = _read_segment(reading, child, scope, context, str(index))
        if segment is not None:
            segments.append(segment)
    # What members put out, a later output field of this model may name.
    scope.export(context.scope, scope.names)
    treatment_name = "missingPredictionTreatment"
    if treatment_name not in element.attributes and f"x-{treatment_name}" in element.attributes:
        element.attributes[treatment_name] = element.attributes[f"x-{treatment_name}"]
    threshold = "missingThreshold" if "missingThreshold" in element.attributes else "x-missingThreshold"
    return Ensemble(
        method=_METHODS[name],
        segments=tuple(segments),
        missing_prediction_treatment=element.choice(
            treatment_name, MissingPredictionTreatment, MissingPredictionTreatment.CONTINUE
        ),
        missing_threshold=element.number(threshold, 1.0),
    )


def _read_segment(
    reading: Reading, element: Element, scope: Scope, context: ModelContext, number: str
) -> Segment | None:
    predicate = element.child(*PREDICATES)
    if predicate is None:
        raise element.error("Segment has no predicate; add True, or export it again")
    model_element = element.child(*MODEL_ELEMENTS)
    reading.expect_content(element)
    if model_element is None:
        raise element.error("Segment has no model; correct the document or export it again")
    model = read_model(reading, model_element, scope, context)
    if model is None:
        return None
    variable = element.child("VariableWeight")
    return Segment(
        model=model,
        predicate=None if predicate.tag == "True" else read_predicate(reading, predicate, scope),
        weight=element.number("weight", 1.0) if variable is None else variable.require("field"),
        id=element.get("id") or number,
    )
