"""Constants in expressions: that they are of the type that they are declared with."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import is_value_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_GIVING = ("MapValues", "Discretize", "Apply", "FieldRef")
"""Expressions whose result may be a constant."""
_DEFINITIONS = ("DerivedField", "DefineFunction")


def _constants(scopes: Scopes) -> Iterator[Problem]:
    for constant in scopes.document.all("Constant"):
        data_type, text = constant.get("dataType"), constant.text or ""
        if data_type is None or constant.get("missing") in ("true", "1") or is_value_of(text, data_type):
            continue
        yield Problem(constant, f"the constant {text!r} is no {data_type}", "correct it, or its dataType")


def _results(scopes: Scopes) -> Iterator[Problem]:
    for expression in scopes.document.all(*_GIVING):
        data_type = _type_of(expression)
        for element, what, text in _given(scopes, expression) if data_type else ():
            if not is_value_of(text, data_type):
                message = f"{what} {text!r} of {local_name(expression)} is no {data_type}, which its result is"
                yield Problem(element, message, "correct the value, or the dataType")
                break


def _type_of(expression: Element) -> str:
    """The data type of the result of an expression, its own or that of the field which it defines; empty if unknown."""
    own = expression.get("dataType")
    if own is not None:
        return str(own)
    parent = expression.getparent()
    return str(parent.get("dataType", "")) if local_name(parent) in _DEFINITIONS else ""


def _given(scopes: Scopes, expression: Element) -> Iterator[tuple[Element, str, str]]:
    """The constants that an expression may result in, each with its element and what it is."""
    document = scopes.document
    for attribute in ("mapMissingTo", "defaultValue"):
        if expression.get(attribute) is not None:
            yield expression, attribute, expression.get(attribute)
    for bin_ in expression.iterchildren(document.tag("DiscretizeBin")):
        yield bin_, "binValue", bin_.get("binValue", "")
    column = expression.get("outputColumn", "").rpartition(":")[2]
    for table in expression.iterchildren(document.tag("InlineTable")):
        for row in table.iterchildren(document.tag("row")):
            for cell in row.iterchildren("*"):
                if local_name(cell) == column and cell.text:  # an empty cell is a missing value
                    yield cell, "cell", cell.text


RULES = (
    Rule(
        id="value/constant",
        severity=Severity.ERROR,
        section="Transformations, Constant",
        asks="a constant in an expression is of the data type that it declares",
        check=_constants,
    ),
    Rule(
        id="value/result",
        severity=Severity.ERROR,
        section="Transformations",
        asks="bins, cells and replacements are of the data type of the expression that they are the result of",
        check=_results,
    ),
)
