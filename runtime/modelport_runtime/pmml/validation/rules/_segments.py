"""Ensembles: segments that can never fire, how they are named, weighed and combined."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import NUMERIC_TYPES, number_of
from modelport_runtime.pmml.validation._document import Element, ValidatedDocument, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import ModelScope, Scopes

__all__ = ["RULES"]

_WEIGHTED = ("weightedMajorityVote", "weightedAverage", "weightedMedian", "weightedSum", "x-weightedSum")
_VOTES = ("majorityVote", "weightedMajorityVote")
_SUMS = ("sum", "weightedSum", "x-weightedSum")
_PREDICATES = ("True", "False", "SimplePredicate", "SimpleSetPredicate", "CompoundPredicate")
_ABOVE = {"greaterThan": True, "greaterOrEqual": False}
_BELOW = {"lessThan": True, "lessOrEqual": False}
_RANGES = (*_ABOVE, *_BELOW, "equal")
"""Operators that hold a field to a range of numbers."""


_MOST_COMPARED = 256
"""Earlier segments on the same fields that one is compared with."""


def _never(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for scope in scopes.models:
        for segmentation in scope.element.iterchildren(document.tag("Segmentation")):
            first_only = segmentation.get("multipleModelMethod") == "selectFirst"
            earlier = _Earlier(scopes, scope)
            for segment in segmentation.iterchildren(document.tag("Segment")):
                predicate = next((one for one in segment.iterchildren("*") if local_name(one) in _PREDICATES), None)
                if predicate is None:
                    continue
                if _is_never_true(document, predicate):
                    message = "the segment's predicate is never true: it never applies"
                    yield Problem(segment, message, "remove the segment")
                    continue
                decided = earlier.taking(segment, predicate) if first_only else None
                if decided is not None:
                    message = "the segment is never reached: that of line {line} takes every row before it"
                    remedy = "put the more special segment first, or remove this one"
                    yield Problem(segment, message, remedy, decided)


class _Earlier:
    """The segments of an ensemble of which the first that applies is selected."""

    def __init__(self, scopes: Scopes, scope: ModelScope) -> None:
        self._types: dict[str, str] = {}
        self._scopes, self._scope = scopes, scope
        self._written: dict[object, Element] = {}
        self._ranges: dict[str, list[tuple[_Range, Element]]] = {}

    def taking(self, segment: Element, predicate: Element) -> Element | None:
        """An earlier segment that takes every row of this one, which is an earlier one from now on if there is none."""
        key = _key(predicate)
        decided = self._written.get("True", self._written.get(key))
        ranges = self._ranges_of(predicate)
        for name, found in ranges.items() if decided is None else ():
            decided = next((other for wider, other in self._ranges.get(name, ()) if wider.holds(found)), None)
            if decided is not None:
                break
        if decided is None:
            self._written["True" if local_name(predicate) == "True" else key] = segment
            for name, found in ranges.items() if len(ranges) == 1 and _is_all_of(predicate) else ():
                known = self._ranges.setdefault(name, [])
                if len(known) < _MOST_COMPARED:
                    known.append((found, segment))
        return decided

    def _ranges_of(self, predicate: Element) -> dict[str, _Range]:
        """For each numeric field the range in which it is where a predicate is true, as far as that is known."""
        parts = [predicate]
        if local_name(predicate) == "CompoundPredicate":
            is_and = predicate.get("booleanOperator") == "and"
            parts = list(predicate.iterchildren("*")) if is_and else []
        tests: dict[str, list[tuple[str, str]]] = {}
        for part in parts:
            name, operator = part.get("field", ""), part.get("operator", "")
            if local_name(part) == "SimplePredicate" and operator in _RANGES and self._is_numeric(name):
                tests.setdefault(name, []).append((operator, part.get("value", "")))
        return {name: _range_of(of_field) for name, of_field in tests.items()}

    def _is_numeric(self, name: str) -> bool:
        if name not in self._types:
            found = self._scopes.find(name, self._scope)
            self._types[name] = found.data_type if found is not None else ""
        return self._types[name] in NUMERIC_TYPES


def _is_all_of(predicate: Element) -> bool:
    """Whether a predicate says no more than the range of its fields."""
    parts = predicate.iterchildren("*") if local_name(predicate) == "CompoundPredicate" else (predicate,)
    return all(
        local_name(part) == "Extension"
        or (
            local_name(part) == "SimplePredicate"
            and part.get("operator") in _RANGES
            and number_of(part.get("value")) is not None
        )
        for part in parts
    )


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
    return _range_of(tests).is_empty


@dataclass(frozen=True, slots=True)
class _Range:
    """Numbers between two bounds.

    Attributes:
        low: The lower bound.
        low_is_open: Whether it is not in the range itself.
        high: The upper bound.
        high_is_open: Whether it is not in the range itself.
    """

    low: float
    low_is_open: bool
    high: float
    high_is_open: bool

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.low_is_open or self.high_is_open))

    def holds(self, other: _Range) -> bool:
        """Whether every number of another range is in this one."""
        above = (self.low, self.low_is_open) <= (other.low, other.low_is_open)
        return above and (self.high, not self.high_is_open) >= (other.high, not other.high_is_open)


def _range_of(tests: list[tuple[str, str]]) -> _Range:
    """Where a field is that passes some tests, given by operator and constant."""
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
    return _Range(low, low_is_open, high, high_is_open)


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
    yield from _combined(scopes, "regression", _VOTES, "a model of regression cannot combine its members by")


def _sums(scopes: Scopes) -> Iterator[Problem]:
    yield from _combined(scopes, "classification", _SUMS, "no probabilities are defined for a classification by")


def _combined(scopes: Scopes, function: str, methods: tuple[str, ...], said: str) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        method = segmentation.get("multipleModelMethod")
        if method in methods and segmentation.getparent().get("functionName") == function:
            yield Problem(
                segmentation, f"{said} {method}", "choose another multipleModelMethod, or correct functionName"
            )


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
        asks="votes combine classes",
        check=_methods,
    ),
    Rule(
        id="segment/sum",
        severity=Severity.WARNING,
        section="Multiple Models, multipleModelMethod",
        asks="the members of a classification are combined by a method that defines its probabilities",
        check=_sums,
    ),
)
