"""Functions: that they exist and get as many arguments as they take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from modelport_runtime.executors.reference._functions import FUNCTIONS
from modelport_runtime.pmml.validation._document import local_name
from modelport_runtime.pmml.validation._findings import Severity
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_IF = (2, 3)


def _calls(scopes: Scopes) -> Iterator[Problem]:
    parameters = {
        name: sum(1 for _ in element.iterchildren(scopes.document.tag("ParameterField")))
        for name, element in scopes.functions.items()
    }
    for call in scopes.document.all("Apply"):
        name = call.get("function")
        if name is None:
            continue
        given = sum(1 for child in call.iterchildren() if local_name(child) != "Extension")
        if name in parameters:
            least: int = parameters[name]
            most: int | None = least
        elif name == "if":
            least, most = _IF
        elif name in FUNCTIONS:
            least, most = FUNCTIONS[name].min_arguments, FUNCTIONS[name].max_arguments
        else:
            near = difflib.get_close_matches(name, [*FUNCTIONS, *parameters], n=1)
            remedy = f"did you mean {near[0]}?" if near else "define it in the TransformationDictionary"
            yield Problem(call, f"function {name!r} is neither built in nor defined by the document", remedy)
            continue
        if given < least or (most is not None and given > most):
            takes = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
            yield Problem(call, f"function {name!r} takes {takes} arguments, and gets {given}", "correct the call")


RULES = (
    Rule(
        id="function/call",
        severity=Severity.ERROR,
        section="Functions",
        asks="a function that is called is built in or defined, and gets as many arguments as it takes",
        check=_calls,
    ),
)
