"""Functions: that they exist, get as many arguments as they take, and end."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["ARGUMENTS", "RULES"]

_ONE, _TWO, _THREE = (1, 1), (2, 2), (3, 3)
_AT_LEAST_ONE, _AT_LEAST_TWO = (1, None), (2, None)

_BY_ARGUMENTS: tuple[tuple[tuple[int, int | None], str], ...] = (
    (_ONE, "abs exp expm1 floor ceil round rint ln ln1p log10 sqrt sin asin sinh cos acos cosh tan atan tanh erf"),
    (_ONE, "not isMissing isNotMissing isValid isNotValid uppercase lowercase stringLength trimBlanks"),
    (_ONE, "stdNormalCDF stdNormalPDF stdNormalIDF dateSecondsSinceMidnight"),
    (_TWO, "+ * / pow threshold modulo hypot equal notEqual lessThan lessOrEqual greaterThan greaterOrEqual"),
    (_TWO, "formatNumber formatDatetime dateDaysSinceYear dateSecondsSinceYear matches"),
    (_THREE, "substring replace normalCDF normalPDF normalIDF"),
    (_AT_LEAST_ONE, "min max sum avg median product concat"),
    (_AT_LEAST_TWO, "and or isIn isNotIn"),
    ((1, 2), "-"),
    ((2, 3), "if"),
)
ARGUMENTS = {name: bounds for bounds, names in _BY_ARGUMENTS for name in names.split()}
"""The built-in functions, and how many arguments they take at least and at most (PMML 4.4, Built-in Functions).

The subtraction of one argument is not in the specification's text, but in what consumers take for a sign.
"""


def _parameters(scopes: Scopes) -> dict[str, int]:
    tag = scopes.document.tag("ParameterField")
    return {name: sum(1 for _ in element.iterchildren(tag)) for name, element in scopes.functions.items()}


def _calls(scopes: Scopes) -> Iterator[Problem]:
    parameters = _parameters(scopes)
    for call in scopes.document.all("Apply"):
        name = call.get("function")
        if name is None or name in parameters or name in ARGUMENTS:
            continue
        near = difflib.get_close_matches(name, [*ARGUMENTS, *parameters], n=1)
        remedy = f"did you mean {near[0]}?" if near else "define it in the TransformationDictionary"
        yield Problem(call, f"function {name!r} is neither built in nor defined by the document", remedy)


def _arguments(scopes: Scopes) -> Iterator[Problem]:
    parameters = _parameters(scopes)
    for call in scopes.document.all("Apply"):
        name = call.get("function")
        if name in parameters:
            least: int = parameters[name]
            most: int | None = least
        elif name in ARGUMENTS:
            least, most = ARGUMENTS[name]
        else:
            continue
        given = sum(1 for child in call.iterchildren() if local_name(child) != "Extension")
        if given < least or (most is not None and given > most):
            takes = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
            yield Problem(call, f"function {name!r} takes {takes} arguments, and gets {given}", "correct the call")


def _recursive(scopes: Scopes) -> Iterator[Problem]:
    calls = {name: _called(scopes, element) for name, element in scopes.functions.items()}
    for name, element in scopes.functions.items():
        reached: set[str] = set()
        waiting = list(calls[name])
        while waiting:
            function = waiting.pop()
            if function not in reached:
                reached.add(function)
                waiting.extend(calls[function])
        if name in reached:
            yield Problem(
                element,
                f"function {name!r} calls itself, which functions of PMML may not",
                "write it without recursion",
            )


def _called(scopes: Scopes, definition: Element) -> set[str]:
    names = (call.get("function", "") for call in definition.iter(scopes.document.tag("Apply")))
    return {name for name in names if name in scopes.functions}


RULES = (
    Rule(
        id="function/unknown",
        severity=Severity.ERROR,
        section="Functions",
        asks="a function that is called is built in or defined",
        check=_calls,
    ),
    Rule(
        id="function/arguments",
        severity=Severity.ERROR,
        section="Functions, Built-in Functions",
        asks="a function gets as many arguments as it takes",
        check=_arguments,
    ),
    Rule(
        id="function/recursive",
        severity=Severity.ERROR,
        section="Functions, DefineFunction",
        asks="a function does not call itself, directly or by way of others",
        check=_recursive,
    ),
)
