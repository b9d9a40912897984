"""Which fields an expression reads, and which expressions a predictor holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import get_args

from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Discretize,
    Expression,
    FieldRef,
    Lag,
    MapValues,
    Model,
    NormContinuous,
    NormDiscrete,
    TextIndex,
)

__all__ = ["expressions_of", "fields_of"]


def fields_of(expression: Expression) -> Iterator[str]:
    """Names of the fields that an expression reads, in order, perhaps repeatedly."""
    match expression:
        case Lag():
            yield expression.field
            yield from expression.block_fields
        case Aggregate():
            yield expression.field
            if expression.group_field is not None:
                yield expression.group_field
        case FieldRef() | NormContinuous() | NormDiscrete() | Discretize():
            yield expression.field
        case MapValues():
            yield from expression.fields
        case TextIndex():
            yield expression.text_field
            yield from fields_of(expression.term)
        case Cast():
            yield from fields_of(expression.expression)
        case Apply():
            for argument in expression.arguments:
                yield from fields_of(argument)


_KINDS = get_args(Expression)


def expressions_of(part: object) -> Iterator[Expression]:
    """The expressions that a predictor holds, without those of models in it."""
    if isinstance(part, _KINDS):
        yield part
    elif isinstance(part, tuple):
        # Identifiers and the like may be a million.
        for item in () if part and isinstance(part[0], str | float | int) else part:
            yield from expressions_of(item)
    elif is_dataclass(part) and not isinstance(part, Model):
        for field in fields(part):
            yield from expressions_of(getattr(part, field.name))
