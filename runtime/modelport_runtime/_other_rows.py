"""Which models look at more than one row at a time, so that rows can neither be split into batches nor reordered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from modelport_runtime.hub import Aggregate, Document, Ensemble, Expression, Lag, Model, inner_models

__all__ = ["reads_other_rows"]


def reads_other_rows(document: Document) -> bool:
    """Whether a row's results depend on other rows: on earlier ones, or on those of its group."""
    expressions = [
        *(field.expression for field in document.derived_fields),
        *(function.expression for function in document.functions),
        *_expressions(document.model),
    ]
    return any(_is_over_rows(expression) for expression in expressions) or _is_stateful(document.model)


def _expressions(model: Model) -> Iterator[Expression]:
    yield from (field.expression for field in model.derived_fields)
    yield from (output.expression for output in model.outputs if output.expression is not None)
    if isinstance(model.predictor, Ensemble):
        yield from (segment.predicate for segment in model.predictor.segments if segment.predicate is not None)
    for inner in inner_models(model.predictor):
        yield from _expressions(inner)


def _is_stateful(model: Model) -> bool:
    """Whether a predictor itself carries something from one row to the next."""
    own: bool = getattr(model.predictor, "is_stateful", False)
    return own or any(_is_stateful(inner) for inner in inner_models(model.predictor))


def _is_over_rows(part: object) -> bool:
    if isinstance(part, Lag | Aggregate):
        return True
    if isinstance(part, tuple):
        return any(_is_over_rows(member) for member in part)
    if is_dataclass(part) and not isinstance(part, type):
        return any(_is_over_rows(getattr(part, member.name)) for member in fields(part))
    return False
