"""Scorecard (PMML 4.4, Scorecard)."""

from __future__ import annotations

from modelport_runtime.hub import Characteristic, DataType, ReasonCodeAlgorithm, Scorecard, ScorecardAttribute
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._predicates import PREDICATES, read_predicate
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_scorecard"]

_BASELINE_METHODS = ("max", "min", "mean", "neutral", "other")


def read_scorecard(reading: Reading, element: Element, context: ModelContext) -> Scorecard:
    """Read the characteristics of a ``Scorecard``."""
    if context.is_classification:
        raise element.error("a Scorecard predicts a number; set functionName='regression'")
    container = element.require_child("Characteristics")
    reading.expect(container, {"Characteristic"})
    children = container.all("Characteristic")
    if not children:
        raise container.error("Characteristics is empty; correct the document or export it again")
    method = element.get("baselineMethod") or "other"
    if method not in _BASELINE_METHODS:
        raise element.error(f"baselineMethod={method!r} is unknown; known are {', '.join(_BASELINE_METHODS)}")
    use_reason_codes = element.boolean("useReasonCodes", True)
    baseline = element.number("baselineScore", float("nan"))
    scorecard = Scorecard(
        characteristics=tuple(_read_characteristic(reading, child, context, baseline) for child in children),
        initial_score=element.number("initialScore", 0.0),
        use_reason_codes=use_reason_codes,
        reason_code_algorithm=element.choice(
            "reasonCodeAlgorithm", ReasonCodeAlgorithm, ReasonCodeAlgorithm.POINTS_BELOW
        ),
        baseline_method=method,
    )
    _check_reasons(element, children, scorecard)
    return scorecard


def _check_reasons(element: Element, children: list[Element], scorecard: Scorecard) -> None:
    """An output of reason codes needs all that they are ranked by (PMML 4.4, Scorecard, baselineScore)."""
    output = element.child("Output")
    asked = [] if output is None else [child for child in output if child.get("feature") == "reasonCode"]
    if not asked:
        return
    if not scorecard.use_reason_codes:
        raise asked[0].error("the scorecard says useReasonCodes='false'; set it to true, or remove the output field")
    for child, characteristic in zip(children, scorecard.characteristics, strict=True):
        if characteristic.baseline_score != characteristic.baseline_score:
            raise child.error("baselineScore is missing, which reason codes need; add it here or to the Scorecard")


def _read_characteristic(reading: Reading, element: Element, context: ModelContext, baseline: float) -> Characteristic:
    reading.expect(element, {"Attribute"})
    attributes = tuple(_read_attribute(reading, child, context) for child in element.all("Attribute"))
    if not attributes:
        raise element.error("Characteristic has no Attribute; correct the document or export it again")
    return Characteristic(
        attributes=attributes,
        name=element.get("name") or "",
        reason_code=element.get("reasonCode"),
        baseline_score=element.number("baselineScore", baseline),
    )


def _read_attribute(reading: Reading, element: Element, context: ModelContext) -> ScorecardAttribute:
    reading.expect(element, {*PREDICATES, "ComplexPartialScore"})
    predicate = element.child(*PREDICATES)
    if predicate is None:
        raise element.error("Attribute has no predicate; add True, or export it again")
    complex_score = element.child("ComplexPartialScore")
    partial_score = element.optional_number("partialScore")
    if partial_score is None and complex_score is None:
        raise element.error("Attribute has no partialScore; add one, or a ComplexPartialScore")
    return ScorecardAttribute(
        predicate=read_predicate(reading, predicate, context.scope),
        partial_score=partial_score,
        complex_partial_score=None
        if complex_score is None
        else find_expression(reading, complex_score, context.scope, DataType.DOUBLE),
        reason_code=element.get("reasonCode"),
    )
