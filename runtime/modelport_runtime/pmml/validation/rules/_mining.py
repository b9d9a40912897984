"""The mining schema, targets and usage types."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import is_of_type, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import ModelScope, Scopes

__all__ = ["RULES"]

_SUPERVISED = ("classification", "regression")
_USES = {
    "SimplePredicate": "field",
    "SimpleSetPredicate": "field",
    "NumericPredictor": "name",
    "CategoricalPredictor": "name",
    "ClusteringField": "field",
    "KNNInput": "field",
    "BayesInput": "fieldName",
    "PPCell": "predictorName",
}
"""Elements that score with a field, and the attribute that names it."""
_NOT_USED = ("supplementary", "target", "predicted")
_WITHOUT_TARGET = ("clustering", "associationRules", "sequences")


def _targets(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        function = scope.element.get("functionName")
        targets = scope.targets()
        if function in _SUPERVISED and not targets and scope.outer is None:
            yield Problem(
                scope.element,
                f"this {scope.kind} does {function}, and its mining schema names no target",
                'mark the predicted field with usageType="target"',
            )
        if function in _WITHOUT_TARGET and targets and scope.kind != "NearestNeighborModel":
            yield Problem(
                scope.mining[targets[0]],
                f"a model of {function} predicts no field, and {targets[0]!r} is marked as its target",
                "make the field active or supplementary",
            )


def _target_type(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        function = scope.element.get("functionName")
        for name in scope.targets():
            found = scopes.find(name, scope)
            op_type = scope.mining[name].get("optype") or (found.op_type if found is not None else "")
            if function == "classification" and op_type == "continuous" and scope.outer is None:
                yield Problem(
                    scope.mining[name],
                    f"target {name!r} of a classification is continuous",
                    "declare it categorical or ordinal",
                )
            if function == "regression" and found is not None and found.data_type == "string":
                yield Problem(
                    scope.mining[name],
                    f"target {name!r} of a regression is text",
                    "declare it with a numeric type, or the model as a classification",
                )


def _treatments(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for name, use in scope.mining.items():
            outliers = use.get("outliers", "asIs")
            if outliers != "asIs" and use.get("lowValue") is None and use.get("highValue") is None:
                remedy = "give lowValue and highValue, or leave outliers out"
                yield Problem(use, f"outliers={outliers!r} of {name!r} without lowValue and highValue", remedy)
            low, high = number_of(use.get("lowValue")), number_of(use.get("highValue"))
            if low is not None and high is not None and low > high:
                yield Problem(use, f"lowValue of {name!r} is above its highValue", "exchange them")
            replaces = use.get("missingValueReplacement") is not None
            if use.get("missingValueTreatment") == "returnInvalid" and replaces:
                remedy = "leave one of the two out"
                yield Problem(use, f"{name!r} asks for an invalid result and for a replacement when missing", remedy)
            if use.get("invalidValueTreatment") == "asValue" and use.get("invalidValueReplacement") is None:
                remedy = "give invalidValueReplacement"
                yield Problem(use, f"invalidValueTreatment='asValue' of {name!r} without a replacement", remedy)
            yield from _replacements(scopes, name, use)


def _replacements(scopes: Scopes, name: str, use: Element) -> Iterator[Problem]:
    found = scopes.dictionary.get(name)
    for attribute in ("missingValueReplacement", "invalidValueReplacement"):
        value = use.get(attribute)
        if value is not None and found is not None and not is_of_type(value, found.data_type):
            yield Problem(
                use, f"{attribute}={value!r} of {name!r} is no {found.data_type}", "give a value of the field's type"
            )


def _usage(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        usages = {name: use.get("usageType") for name, use in scope.mining.items() if name not in scope.derived}
        unused = {name for name, usage in usages.items() if usage in _NOT_USED}
        kinds = set(_USES) if not unused.isdisjoint(_compared(scopes, scope)) else set(_USES) - {"SimplePredicate"}
        for element in scopes.own_elements(scope, *kinds) if unused else ():
            name = element.get(_USES[local_name(element)])
            if name in unused:
                unused.remove(name)
                usage = usages[name]
                message = f"field {name!r} is {usage}, and this {scope.kind} scores with it"
                yield Problem(element, message, 'mark it usageType="active": consumers do not ask for its value')


def _compared(scopes: Scopes, scope: ModelScope) -> set[str | None]:
    """The fields of a model's simple predicates."""
    return {name for name, _ in scopes.comparisons(scope)}


def _importance(scopes: Scopes) -> Iterator[Problem]:
    for field in scopes.document.all("MiningField"):
        number = number_of(field.get("importance"))
        if number is not None and not 0 <= number <= 1:
            message = f"importance={field.get('importance')!r} of {field.get('name')!r} is outside [0, 1]"
            yield Problem(field, message, "divide by the sum; no consumer scores with it")


RULES = (
    Rule(
        id="mining/target",
        severity=Severity.WARNING,
        section="Mining Schema",
        asks="a model that classifies or regresses names the field that it predicts, other models name none",
        check=_targets,
    ),
    Rule(
        id="mining/target-type",
        severity=Severity.WARNING,
        section="Mining Schema",
        asks="the target's type fits what the model does",
        check=_target_type,
    ),
    Rule(
        id="mining/treatment",
        severity=Severity.WARNING,
        section="Mining Schema",
        asks="treatments have what they need: bounds for outliers, replacements of the field's type",
        check=_treatments,
    ),
    Rule(
        id="mining/usage",
        severity=Severity.WARNING,
        section="Mining Schema, usageType",
        asks="fields that a model scores with are active",
        check=_usage,
    ),
    Rule(
        id="mining/importance",
        severity=Severity.NOTE,
        section="Mining Schema, importance",
        asks="the importance of a field lies between 0 and 1",
        check=_importance,
    ),
)
