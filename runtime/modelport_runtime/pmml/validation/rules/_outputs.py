"""Output fields: that the model can give what they ask for."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import NUMERIC_TYPES
from modelport_runtime.pmml.validation._document import local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Field, ModelScope, Scopes

__all__ = ["RULES"]

_RULES = ("antecedent", "consequent", "rule", "ruleId", "support", "lift", "leverage", "ruleValue")
_GIVEN_BY = {
    **dict.fromkeys(_RULES, ("AssociationModel", "SequenceModel", "RuleSetModel")),
    "reasonCode": ("Scorecard",),
    "clusterId": ("ClusteringModel",),
    "clusterAffinity": ("ClusteringModel",),
    "standardError": ("RegressionModel", "GeneralRegressionModel", "GaussianProcessModel", "TimeSeriesModel"),
    "standardDeviation": ("RegressionModel", "GeneralRegressionModel", "GaussianProcessModel", "TimeSeriesModel"),
    "confidenceIntervalLower": ("RegressionModel", "GeneralRegressionModel", "GaussianProcessModel", "TimeSeriesModel"),
    "confidenceIntervalUpper": ("RegressionModel", "GeneralRegressionModel", "GaussianProcessModel", "TimeSeriesModel"),
    "entityAffinity": ("ClusteringModel", "NearestNeighborModel", "NeuralNetwork"),
}
"""Features that only some kinds of models have; an ensemble shows those of its members."""
_OF_CLASSES = ("probability",)
_NUMBERS = (
    *("probability", "affinity", "clusterAffinity", "entityAffinity", "residual", "standardError"),
    *("standardDeviation", "confidence", "support", "lift", "leverage"),
)
"""Features that are numbers."""
_EXPRESSIONS = (
    *("Constant", "FieldRef", "NormContinuous", "NormDiscrete", "Discretize", "MapValues", "TextIndex", "Apply"),
    *("Aggregate", "Lag"),
)


def _giver(scopes: Scopes, scope: ModelScope, output: Field) -> ModelScope | None:
    """The model whose result an output field shows: that of the segment which it names, or its own."""
    named = output.element.get("segmentId")
    return scope if named is None else scopes.member(scope, named)


def _features(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for output in scope.outputs.values():
            feature = output.element.get("feature", "predictedValue")
            kinds = _GIVEN_BY.get(feature)
            giver = _giver(scopes, scope, output)
            if giver is None:
                continue
            if kinds is not None and giver.kind not in (*kinds, "MiningModel"):
                remedy = f"it is given by {', '.join(kinds)}: remove the field"
                yield Problem(output.element, f"a {giver.kind} has no feature {feature}", remedy)
            if feature in _OF_CLASSES and giver.element.get("functionName") in ("regression", "timeSeries"):
                remedy = "remove the field"
                yield Problem(output.element, f"a model of regression has no feature {feature}", remedy)


def _expressions(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for output in scope.outputs.values():
            feature = output.element.get("feature", "predictedValue")
            has_expression = any(local_name(child) in _EXPRESSIONS for child in output.element.iterchildren())
            if feature == "transformedValue" and not has_expression and output.element.get("segmentId") is None:
                remedy = "add the expression that it transforms"
                yield Problem(output.element, f"output field {output.name!r} is a transformedValue of nothing", remedy)


def _references(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        segments = {segment.get("id") for segment, _ in scopes.members(scope)}
        for output in scope.outputs.values():
            segment = output.element.get("segmentId")
            if segment is not None and segment not in segments:
                remedy = "name the id of a segment of this model"
                yield Problem(output.element, f"there is no segment {segment!r}", remedy)
            target, giver = output.element.get("targetField"), _giver(scopes, scope, output)
            if target is not None and giver is not None and target not in _targets(giver):
                remedy = "name a field that the model predicts"
                yield Problem(output.element, f"the model has no target {target!r}", remedy)


def _targets(scope: ModelScope) -> tuple[str, ...]:
    known = scope.targets()
    return known if scope.outer is None else (*known, *_targets(scope.outer))


def _classes(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for output in scope.outputs.values():
            value = output.element.get("value")
            if output.element.get("feature") not in _OF_CLASSES or value is None:
                continue
            giver = _giver(scopes, scope, output)
            names = giver.targets() if giver is not None else ()
            target = scopes.find(names[0], giver) if len(names) == 1 else None
            if target is not None and not target.has_value(value):
                remedy = f"declared are {', '.join(sorted(target.values)[:12])}"
                yield Problem(output.element, f"{value!r} is no value of target {target.name!r}", remedy)


def _types(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for output in scope.outputs.values():
            feature = output.element.get("feature", "predictedValue")
            if feature in _NUMBERS and output.data_type and output.data_type not in NUMERIC_TYPES:
                message = f"output field {output.name!r} is a {feature}, and of type {output.data_type}"
                yield Problem(output.element, message, 'declare dataType="double"')


RULES = (
    Rule(
        id="output/feature",
        severity=Severity.ERROR,
        section="Output, RESULT-FEATURE",
        asks="an output field asks for a feature that the model has",
        check=_features,
    ),
    Rule(
        id="output/expression",
        severity=Severity.ERROR,
        section="Output, transformedValue",
        asks="a transformed value has an expression",
        check=_expressions,
    ),
    Rule(
        id="output/reference",
        severity=Severity.ERROR,
        section="Output",
        asks="segmentId and targetField name a segment and a target of the model",
        check=_references,
    ),
    Rule(
        id="output/class",
        severity=Severity.WARNING,
        section="Output",
        asks="the value of a probability is one of the target's declared values",
        check=_classes,
    ),
    Rule(
        id="output/type",
        severity=Severity.WARNING,
        section="Output, RESULT-FEATURE",
        asks="an output field of a number is of a numeric type",
        check=_types,
    ),
)
