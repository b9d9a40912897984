"""ModelVerification: golden rows of the card (PMML 4.4, ModelVerification)."""

from __future__ import annotations

from dataclasses import replace

from modelport_runtime.hub import DataType, GoldenColumn, GoldenRows, Model, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Scope, cast_text

__all__ = ["read_golden_rows"]


def read_golden_rows(element: Element, model: Model, scope: Scope) -> GoldenRows | None:
    """Read the rows that a model's author scored.

    A column is an input when it is a field of the model but no target, else a result, with a precision of its own.
    """
    verification = element.child("ModelVerification")
    table = None if verification is None else verification.child("InlineTable")
    if verification is None or table is None:
        return None
    rows = [{cell.tag: cell.text for cell in row.children} for row in table.all("row")]
    active = {field.name for field in model.mining_fields if not field.is_target}
    inputs, outputs = [], []
    for child in verification.require_child("VerificationFields").all("VerificationField"):
        name = child.require("field")
        tag = (child.get("column") or name).rpartition(":")[2]
        kind = scope.find(name)
        texts = [row.get(tag) or None for row in rows]
        column = _column(name, texts, kind.data_type if kind is not None else None)
        if name in active:
            inputs.append(column)
            continue
        precision, zero_threshold = child.number("precision", 1e-6), child.number("zeroThreshold", 1e-16)
        outputs.append(replace(column, precision=precision, zero_threshold=zero_threshold))
    if not outputs:
        return None
    return GoldenRows(inputs=tuple(inputs), outputs=tuple(outputs), precision=1e-6, zero_threshold=1e-16)


def _column(name: str, texts: list[str | None], data_type: DataType | None) -> GoldenColumn:
    declared = data_type or DataType.DOUBLE
    values: list[Scalar | None] = []
    for text in texts:
        try:
            values.append(None if text is None else cast_text(text, declared))
        except ValueError:
            return GoldenColumn(name=name, data_type=DataType.STRING, values=tuple(texts))
    return GoldenColumn(name=name, data_type=declared, values=tuple(values))
