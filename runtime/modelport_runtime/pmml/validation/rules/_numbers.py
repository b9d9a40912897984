"""Numbers that are none, and numbers that are not finite."""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.grammar import grammar
from modelport_runtime.pmml.validation._constants import items_of, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._few import MASSES
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_NUMBERS = frozenset(("NUMBER", "REAL-NUMBER", "INT-NUMBER", "PROB-NUMBER", "PERCENTAGE-NUMBER", "double", "float"))
_MAY_BE_INFINITE = frozenset((("Interval", "leftMargin"), ("Interval", "rightMargin"), ("UnivariateStats", "")))
_BOUNDS = {"PROB-NUMBER": 1, "PERCENTAGE-NUMBER": 100}
_SUMMARIES = frozenset(("NumericInfo", "Quantile", "AnovaRow", "PredictiveModelQuality", "ClusteringModelQuality"))
"""Elements that describe the training data, and whose numbers no scoring uses."""


def _not_finite(scopes: Scopes) -> Iterator[Problem]:
    version = scopes.document.version
    if version is None or not scopes.document.may_mention("INF", "NaN"):
        return
    numeric = {
        name: [attribute.name for attribute in rule.attributes_in(version).values() if attribute.type in _NUMBERS]
        for name, rule in grammar().elements_in(version).items()
        if name not in _SUMMARIES
    }
    wanted = [name for name, attributes in numeric.items() if attributes]
    for element in scopes.document.all(*wanted):
        name = local_name(element)
        for attribute in numeric[name]:
            text = element.get(attribute)
            if text is None or text[-1:].isdigit():
                continue
            number = number_of(text)
            if number is None or (math.isinf(number) and (name, attribute) in _MAY_BE_INFINITE):
                continue
            if not math.isfinite(number):
                yield Problem(element, f"{attribute}={text!r} is not finite", "give a finite number")


def _not_finite_items(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all("Array", "REAL-Entries"):
        if array.get("type") == "string":
            continue
        for item in items_of(array.text):
            number = None if item[-1:].isdigit() else number_of(item)
            if number is not None and not math.isfinite(number):
                yield Problem(array, f"{item!r} in the array is not finite", "give a finite number")
                break


def _all(scopes: Scopes, names: set[str]) -> Iterator[Element]:
    yield from scopes.document.all(*(name for name in names if name not in MASSES))
    yield from scopes.document.all(*(name for name in names if name in MASSES))


def _probabilities(scopes: Scopes) -> Iterator[Problem]:
    version = scopes.document.version
    if version is None:
        return
    bounded = {
        name: {
            rule.name: _BOUNDS[rule.type] for rule in element.attributes_in(version).values() if rule.type in _BOUNDS
        }
        for name, element in grammar().elements_in(version).items()
    }
    wanted = {name for name, attributes in bounded.items() if attributes}
    if not any(scopes.distributions(scope).has_shares for scope in scopes.models):
        wanted.discard("ScoreDistribution")
    for element in _all(scopes, wanted):
        name = local_name(element)
        for attribute, most in bounded[name].items():
            number = number_of(element.get(attribute))
            if number is not None and not 0 <= number <= most and (name, attribute) != ("MiningField", "importance"):
                message = f"{attribute}={element.get(attribute)!r} is outside [0, {most}]"
                yield Problem(element, message, "correct it")


RULES = (
    Rule(
        id="number/not-finite",
        severity=Severity.ERROR,
        section="General Structure, NUMBER",
        asks="numbers of a model are finite",
        check=_not_finite,
    ),
    Rule(
        id="number/not-finite-item",
        severity=Severity.ERROR,
        section="General Structure, Array",
        asks="the numbers of arrays are finite",
        check=_not_finite_items,
    ),
    Rule(
        id="number/probability",
        severity=Severity.ERROR,
        section="General Structure, PROB-NUMBER",
        asks="probabilities, supports and confidences lie between 0 and 1, percentages between 0 and 100",
        check=_probabilities,
    ),
)
