"""Constants that are compared with fields, declared values, and intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import (
    are_numbers,
    are_whole,
    is_of_type,
    is_value_of,
    number_of,
)
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._few import MASSES
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Field, ModelScope, Scopes

__all__ = ["RULES"]

_ORDER = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_WITHOUT_VALUE = ("isMissing", "isNotMissing")
_INDICATORS = {"NormDiscrete": "field", "CategoricalPredictor": "name"}
"""Elements besides predicates that compare a field with a constant, and the attribute that names the field."""
_UNDECLARED = "declare the value in the data dictionary, or correct it: it can never be met"
_TOLERANCE = 1e-4
"""What the rounding of printed probabilities may add up to."""


def _compared(scopes: Scopes, scope: ModelScope) -> Iterator[tuple[str | None, str | None, set[str | None]]]:
    """Fields that a model compares with constants, the operators, and the constants; none for other elements."""
    yield from ((name, operator, values) for (name, operator), values in scopes.comparisons(scope).items())
    for element in scopes.own_elements(scope, *_INDICATORS):
        name = element.get(_INDICATORS[local_name(element)])
        yield name, None, {element.get("value")}


def _where(
    scopes: Scopes, scope: ModelScope, name: str | None, operator: str | None, values: set[str]
) -> Iterator[tuple[Element, str]]:
    """The elements of a model that compare a field with some constants, and the constant, each of these once."""
    kinds = {"SimplePredicate": "field"} if operator is not None else _INDICATORS
    left = set(values)
    for element in scopes.own_elements(scope, *kinds):
        value = element.get("value")
        is_it = element.get(kinds[local_name(element)]) == name and element.get("operator") == operator
        if is_it and value in left:
            left.remove(value)
            yield element, value


def _type(scopes: Scopes) -> Iterator[Problem]:
    told: set[tuple[int, str | None, str | None]] = set()
    for scope, name, operator, values, found in _constants(scopes):
        is_right = is_of_type if operator in _ORDER else is_value_of
        wrong = {value for value in values if value is not None and not is_right(value, found.data_type)}
        wrong = {value for value in wrong if (id(scope), name, value) not in told}
        told.update((id(scope), name, value) for value in wrong)
        for element, value in _where(scopes, scope, name, operator, wrong) if wrong else ():
            message = f"{value!r} is compared with field {found.name!r}, and is no {found.data_type}"
            yield Problem(element, message, "give a value of the field's type")


def _constants(scopes: Scopes) -> Iterator[tuple[ModelScope, str | None, str | None, set[str | None], Field]]:
    """As ``_compared``, for all models, with the field that is meant, where it is known."""
    for scope in scopes.models:
        for name, operator, values in _compared(scopes, scope):
            found = scopes.find(name, scope) if name is not None else None
            if found is not None and not _are_right(values, operator, found.data_type):
                yield scope, name, operator, values, found


def _are_right(values: set[str | None], operator: str | None, data_type: str) -> bool:
    """Whether constants are surely those of a field of some type."""
    return are_whole(values) if data_type == "integer" and operator not in _ORDER else are_numbers(values, data_type)


def _declared(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for name, operator, values in _compared(scopes, scope):
            found = scopes.find(name, scope) if name is not None and operator not in _ORDER else None
            if found is None or not found.values or found.op_type == "continuous":
                continue
            wrong = {value for value in values if value is not None and not found.has_value(value)}
            for element, value in _where(scopes, scope, name, operator, wrong) if wrong else ():
                yield Problem(
                    element,
                    f"{value!r} is not among the declared values of field {found.name!r}",
                    _UNDECLARED,
                )
        yield from _declared_members(scopes, scope)


def _declared_members(scopes: Scopes, scope: ModelScope) -> Iterator[Problem]:
    told: set[tuple[str, str]] = set()
    for odd in scopes.odd_members(scope):
        found = odd.field
        for item in odd.members:
            if (found.name, item) not in told and is_value_of(item, found.data_type):
                told.add((found.name, item))
                message = f"{item!r} in a set is not among the declared values of field {found.name!r}"
                yield Problem(odd.element, message, _UNDECLARED)


def _operator(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        wrong = {
            key
            for key, values in scopes.comparisons(scope).items()
            if _is_misused(values, key[1]) or _is_ordered(scopes, scope, *key)
        }
        for element in scopes.own_elements(scope, "SimplePredicate") if wrong else ():
            name, operator, value = element.get("field"), element.get("operator"), element.get("value")
            if (name, operator) not in wrong:
                continue
            if operator in _WITHOUT_VALUE and value is not None:
                yield Problem(element, f"operator {operator} takes no value", "remove the value")
            if operator not in _WITHOUT_VALUE and value is None:
                yield Problem(element, f"operator {operator} needs a value", "give the value")
            if _is_ordered(scopes, scope, name, operator):
                yield Problem(
                    element,
                    f"operator {operator} asks for an order, and field {name!r} is categorical",
                    "declare the field ordinal or continuous, or compare with equal",
                )


def _is_misused(values: set[str | None], operator: str | None) -> bool:
    """Whether an operator has constants that it takes none of, or lacks one."""
    return values != {None} if operator in _WITHOUT_VALUE else None in values


def _is_ordered(scopes: Scopes, scope: ModelScope, name: str | None, operator: str | None) -> bool:
    """Whether an operator asks for an order that a field has not."""
    found = scopes.find(name or "", scope) if operator in _ORDER else None
    return found is not None and found.op_type == "categorical"


def _ordinal(scopes: Scopes) -> Iterator[Problem]:
    for found in scopes.dictionary.values():
        if found.op_type == "ordinal" and not found.values and found.data_type == "string":
            yield Problem(
                found.element,
                f"ordinal field {found.name!r} declares no values, so that its order is unknown",
                "list its values in order",
            )
        listed = [
            (value.get("value"), value.get("property", "valid"))
            for value in found.element.iterchildren(scopes.document.tag("Value"))
        ]
        for value in {value for value, _ in listed if sum(value == other for other, _ in listed) > 1}:
            yield Problem(found.element, f"value {value!r} of field {found.name!r} is declared twice", "remove one")


def _intervals(scopes: Scopes) -> Iterator[Problem]:
    for parent in scopes.document.all("DataField", "Discretize"):
        found = []
        for interval in parent.iter(scopes.document.tag("Interval")):
            bounds = _bounds(interval)
            if bounds is None:
                continue
            left, right, closure = bounds
            if left > right or (left == right and closure != "closedClosed"):
                yield Problem(interval, "the interval is empty: nothing lies in it", "correct its margins")
            else:
                found.append((left, right, closure, interval))
        found.sort(key=lambda entry: (entry[0], entry[1]))
        name = parent.get("name") or parent.get("field")
        for before, after in itertools.pairwise(found):
            touch = before[1] == after[0] and before[2].endswith("Closed") and after[2].startswith("closed")
            if before[1] > after[0] or touch:
                message = f"intervals of {name!r} overlap: this one and that of line {{line}}"
                yield Problem(after[3], message, "make every value lie in one interval", before[3])


def _bounds(interval: Element) -> tuple[float, float, str] | None:
    left, right = interval.get("leftMargin"), interval.get("rightMargin")
    low = -math.inf if left is None else number_of(left)
    high = math.inf if right is None else number_of(right)
    if low is None or high is None:
        return None
    return low, high, interval.get("closure", "")


def _sets(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        for odd in scopes.odd_members(scope):
            found = odd.field
            wrong = next((item for item in odd.members if not is_value_of(item, found.data_type)), None)
            if wrong is not None:
                message = f"{wrong!r} in a set on field {found.name!r} is no {found.data_type}"
                yield Problem(odd.array, message, "give values of the field's type")


def _scores(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        if scope.element.get("functionName") != "regression":
            continue
        wrong = {score for score in scopes.nodes(scope).scores if not is_of_type(score, "integer")}
        for node in scopes.own_elements(scope, "Node") if wrong else ():
            score = node.get("score")
            if score in wrong:
                yield Problem(node, f"score {score!r} of a regression is no finite number", "give a number")


_CLASSES = {"ScoreDistribution": "value", "Node": "score", "RegressionTable": "targetCategory", "TargetValue": "value"}


def _classes(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        target = _target(scopes, scope)
        if target is None or scope.element.get("functionName") != "classification" or target.op_type == "continuous":
            continue
        kinds = [kind for kind in _CLASSES if kind not in MASSES]
        used = {element.get(_CLASSES[local_name(element)]) for element in scopes.own_elements(scope, *kinds)}
        used |= scopes.nodes(scope).scores | scopes.distributions(scope).classes
        wrong = {value for value in used if value is not None and not target.has_value(value)}
        for element in scopes.own_elements(scope, *_CLASSES) if wrong else ():
            value = element.get(_CLASSES[local_name(element)])
            if value in wrong:
                wrong.remove(value)
                message = f"{value!r} is not among the declared values of target {target.name!r}"
                yield Problem(element, message, "declare it in the data dictionary, or correct it")


def _priors(scopes: Scopes) -> Iterator[Problem]:
    for target in scopes.document.all("Target"):
        values = list(target.iterchildren(scopes.document.tag("TargetValue")))
        priors = [number_of(value.get("priorProbability")) for value in values]
        known = [prior for prior in priors if prior is not None]
        if known and len(known) == len(values) and abs(math.fsum(known) - 1) > _TOLERANCE:
            yield Problem(target, f"the prior probabilities sum to {math.fsum(known):g}", "make them sum to 1")


def _op_types(scopes: Scopes) -> Iterator[Problem]:
    for element in scopes.document.all("DataField", "DerivedField"):
        if element.get("optype") == "continuous" and element.get("dataType") in ("string", "boolean"):
            message = f"field {element.get('name')!r} is continuous, and of type {element.get('dataType')}"
            yield Problem(element, message, "declare it categorical or ordinal, or with a numeric type")


def _cycles(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for field in document.all("DataField"):
        if field.get("isCyclic") == "1" and not any(
            local_name(child) in ("Value", "Interval") for child in field.iterchildren("*")
        ):
            message = f"field {field.get('name')!r} is cyclic, and has neither an interval nor values to go around"
            yield Problem(field, message, "add the Interval or the Values of one cycle")


def _target(scopes: Scopes, scope: ModelScope) -> Field | None:
    names = scope.targets()
    return scopes.find(names[0], scope) if len(names) == 1 else None


RULES = (
    Rule(
        id="value/type",
        severity=Severity.ERROR,
        section="TreeModel, SimplePredicate",
        asks="a constant that a field is compared with is of the field's data type",
        check=_type,
    ),
    Rule(
        id="value/undeclared",
        severity=Severity.WARNING,
        section="Data Dictionary, Value",
        asks="a field that declares its values has no others",
        check=_declared,
    ),
    Rule(
        id="value/operator",
        severity=Severity.ERROR,
        section="TreeModel, SimplePredicate",
        asks="isMissing takes no value and the other operators one; only ordered fields are compared by order",
        check=_operator,
    ),
    Rule(
        id="value/ordinal",
        severity=Severity.WARNING,
        section="Data Dictionary, optype",
        asks="an ordinal field lists its values in order, each of them once",
        check=_ordinal,
    ),
    Rule(
        id="value/interval",
        severity=Severity.ERROR,
        section="Data Dictionary, Interval",
        asks="intervals are not empty and do not overlap",
        check=_intervals,
    ),
    Rule(
        id="value/set",
        severity=Severity.ERROR,
        section="TreeModel, SimpleSetPredicate",
        asks="the members of a set are of the field's data type",
        check=_sets,
    ),
    Rule(
        id="value/score",
        severity=Severity.ERROR,
        section="TreeModel, Node",
        asks="the scores of a regression are numbers",
        check=_scores,
    ),
    Rule(
        id="value/class",
        severity=Severity.WARNING,
        section="Data Dictionary, Value",
        asks="the classes of a model are declared values of its target",
        check=_classes,
    ),
    Rule(
        id="value/priors",
        severity=Severity.WARNING,
        section="Targets, TargetValue",
        asks="the prior probabilities of a target sum to 1",
        check=_priors,
    ),
    Rule(
        id="value/optype",
        severity=Severity.WARNING,
        section="Data Dictionary, optype",
        asks="a continuous field is of a type with an order and distances",
        check=_op_types,
    ),
    Rule(
        id="value/cycle",
        severity=Severity.WARNING,
        section="Data Dictionary, isCyclic",
        asks="a cyclic field declares the interval or the values of one cycle",
        check=_cycles,
    ),
)
