"""Ensembles: segments that can never fire, how they are named, weighed and combined."""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import number_of
from modelport_runtime.pmml.validation._document import Element, ValidatedDocument, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_WEIGHTED = ("weightedMajorityVote", "weightedAverage", "weightedMedian", "weightedSum", "x-weightedSum")
_VOTES = ("majorityVote", "weightedMajorityVote")
_SUMS = ("sum", "weightedSum", "x-weightedSum")
_PREDICATES = ("True", "False", "SimplePredicate", "SimpleSetPredicate", "CompoundPredicate")
_ABOVE = {"greaterThan": True, "greaterOrEqual": False}
_BELOW = {"lessThan": True, "lessOrEqual": False}


def _never(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for segmentation in document.all("Segmentation"):
        first_only = segmentation.get("multipleModelMethod") == "selectFirst"
        earlier: dict[object, Element] = {}
        for segment in segmentation.iterchildren(document.tag("Segment")):
            predicate = next((child for child in segment.iterchildren("*") if local_name(child) in _PREDICATES), None)
            if predicate is None:
                continue
            decided = earlier.get("True", earlier.get(_key(predicate)))
            if _is_never_true(document, predicate):
                yield Problem(segment, "the segment's predicate is never true: it never applies", "remove the segment")
            elif first_only and decided is not None:
                message = "the segment is never reached: that of line {line} takes every row before it"
                remedy = "put the more special segment first, or remove this one"
                yield Problem(segment, message, remedy, decided)
            else:
                earlier.setdefault("True" if local_name(predicate) == "True" else _key(predicate), segment)


def _key(predicate: Element) -> object:
    """What is equal for predicates that are written alike."""
    children = tuple(_key(child) for child in predicate.iterchildren("*") if local_name(child) != "Extension")
    text = " ".join((predicate.text or "").split())
    return local_name(predicate), tuple(sorted(predicate.items())), text, children


def _is_never_true(document: ValidatedDocument, predicate: Element) -> bool:
    """Whether a predicate is false, or a conjunction that contradicts itself about one field."""
    kind = local_name(predicate)
    if kind != "CompoundPredicate":
        return kind == "False"
    parts = [child for child in predicate.iterchildren("*") if local_name(child) in _PREDICATES]
    operator = predicate.get("booleanOperator")
    if operator == "or":
        return bool(parts) and all(_is_never_true(document, part) for part in parts)
    if operator != "and":
        return False
    return any(_is_never_true(document, part) for part in parts) or _contradict(parts)


def _contradict(parts: list[Element]) -> bool:
    tests: dict[str, list[tuple[str, str]]] = {}
    for part in parts:
        if local_name(part) == "SimplePredicate":
            tests.setdefault(part.get("field", ""), []).append((part.get("operator", ""), part.get("value", "")))
    return any(_contradict_about_field(of_field) for of_field in tests.values())


def _contradict_about_field(tests: list[tuple[str, str]]) -> bool:
    equal = {value for operator, value in tests if operator == "equal"}
    operators = {operator for operator, _ in tests}
    if len({number_of(value) if number_of(value) is not None else value for value in equal}) > 1:
        return True
    if "isMissing" in operators and len(operators) > 1:
        return True
    low, low_is_open, high, high_is_open = -math.inf, False, math.inf, False
    for operator, value in tests:
        number = number_of(value)
        if number is None:
            continue
        if operator in _ABOVE or operator == "equal":
            low, low_is_open = max((low, low_is_open), (number, _ABOVE.get(operator, False)))
        if operator in _BELOW or operator == "equal":
            high, closed = min((high, not high_is_open), (number, not _BELOW.get(operator, False)))
            high_is_open = not closed
    return low > high or (low == high and (low_is_open or high_is_open))


def _ids(scopes: Scopes) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        seen: set[str] = set()
        for segment in segmentation.iterchildren(scopes.document.tag("Segment")):
            identifier = segment.get("id")
            if identifier is not None and identifier in seen:
                yield Problem(segment, f"two segments have the id {identifier!r}", "number the segments anew")
            elif identifier is not None:
                seen.add(identifier)


def _weights(scopes: Scopes) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        method = segmentation.get("multipleModelMethod")
        for segment in segmentation.iterchildren(scopes.document.tag("Segment")):
            weight = number_of(segment.get("weight"))
            if weight is None:
                continue
            if weight < 0:
                yield Problem(segment, f"weight={segment.get('weight')!r} is negative", "give a weight of 0 or more")
            elif method not in _WEIGHTED and weight != 1:
                remedy = "leave it out, or choose a weighted method"
                yield Problem(segment, f"method {method} takes no weights, and the segment has one", remedy)


def _methods(scopes: Scopes) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        method, function = segmentation.get("multipleModelMethod"), segmentation.getparent().get("functionName")
        if (function == "regression" and method in _VOTES) or (function == "classification" and method in _SUMS):
            message = f"a model of {function} cannot combine its members by {method}"
            yield Problem(segmentation, message, "choose another multipleModelMethod, or correct functionName")


RULES = (
    Rule(
        id="segment/never",
        severity=Severity.WARNING,
        section="Multiple Models, Segment",
        asks="every segment can apply to some row",
        check=_never,
    ),
    Rule(
        id="segment/id",
        severity=Severity.ERROR,
        section="Multiple Models, Segment",
        asks="ids of segments are unique within a segmentation",
        check=_ids,
    ),
    Rule(
        id="segment/weight",
        severity=Severity.WARNING,
        section="Multiple Models, Segment",
        asks="weights are not negative, and stand where the method uses them",
        check=_weights,
    ),
    Rule(
        id="segment/method",
        severity=Severity.ERROR,
        section="Multiple Models, multipleModelMethod",
        asks="votes combine classes, and sums numbers",
        check=_methods,
    ),
)
