"""Which fields an expression reads."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Discretize,
    Expression,
    FieldRef,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    TextIndex,
)

__all__ = ["fields_of"]


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
