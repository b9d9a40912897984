"""ModelVerification: that its fields and rows fit the model."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import is_of_type, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Field, ModelScope, Scopes

__all__ = ["RULES"]


def _verifications(scopes: Scopes) -> Iterator[tuple[ModelScope, Element]]:
    for scope in scopes.models:
        for verification in scope.element.iterchildren(scopes.document.tag("ModelVerification")):
            yield scope, verification


def _columns(verification: Element) -> dict[str, Element]:
    """Verification fields by the name of their column, which is the field's where none is given."""
    return {
        (field.get("column") or field.get("field", "")).rpartition(":")[2]: field
        for field in verification.iter()
        if isinstance(field.tag, str) and local_name(field) == "VerificationField"
    }


def _rows(scopes: Scopes) -> Iterator[Problem]:
    for scope, verification in _verifications(scopes):
        columns = _columns(verification)
        fields = {name: scopes.find(field.get("field", ""), scope) for name, field in columns.items()}
        rows = list(verification.iter(scopes.document.tag("row")))
        declared = number_of(verification.get("recordCount"))
        if declared is not None and declared != len(rows):
            yield Problem(verification, f"recordCount={declared:g}, and there are {len(rows)} rows", "correct it")
        for row in rows:
            for cell in row.iterchildren("*"):
                name = local_name(cell)
                if name in columns:
                    yield from _cell(cell, fields[name])


def _cell(cell: Element, field: Field | None) -> Iterator[Problem]:
    text = cell.text or ""
    if field is not None and text and not is_of_type(text, field.data_type):
        yield Problem(cell, f"{text!r} is no {field.data_type}, which field {field.name!r} is", "correct the cell")


def _unnamed(scopes: Scopes) -> Iterator[Problem]:
    """A field without cells is missing in every row, unless they have a column that no field names."""
    for _, verification in _verifications(scopes):
        columns = _columns(verification)
        cells: dict[str, Element] = {}
        for row in verification.iter(scopes.document.tag("row")):
            for cell in row.iterchildren("*"):
                cells.setdefault(local_name(cell), cell)
        strays = sorted(set(cells) - set(columns) - {"Extension"})
        for name in sorted(set(columns) - set(cells)) if strays else ():
            remedy = "correct the column's name, or remove the field"
            message = f"no row has a column {name!r}, and no field is of column {strays[0]!r}"
            yield Problem(columns[name], message, remedy)


def _values(scopes: Scopes) -> Iterator[Problem]:
    for scope, verification in _verifications(scopes):
        columns = _columns(verification)
        fields = {name: scopes.find(field.get("field", ""), scope) for name, field in columns.items()}
        told: set[tuple[str, str]] = set()
        for row in verification.iter(scopes.document.tag("row")):
            for cell in row.iterchildren("*"):
                name, text = local_name(cell), cell.text or ""
                field = fields.get(name)
                if field is None or not text or field.op_type == "continuous" or (name, text) in told:
                    continue
                told.add((name, text))
                if is_of_type(text, field.data_type) and not field.has_value(text):
                    message = f"{text!r} is not among the declared values of field {field.name!r}"
                    yield Problem(cell, message, "declare it in the data dictionary, or correct the cell")


RULES = (
    Rule(
        id="verification/rows",
        severity=Severity.ERROR,
        section="Model Verification",
        asks="there are as many rows as declared, and their cells are of the fields' types",
        check=_rows,
    ),
    Rule(
        id="verification/column",
        severity=Severity.WARNING,
        section="Model Verification",
        asks="the columns of the rows are those that the verification fields name",
        check=_unnamed,
    ),
    Rule(
        id="verification/values",
        severity=Severity.WARNING,
        section="Model Verification",
        asks="the cells of fields that declare their values are among them",
        check=_values,
    ),
)
