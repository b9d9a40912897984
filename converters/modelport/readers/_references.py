"""Which fields a part of the hub reads, so that columns that lead nowhere are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Constant,
    DerivedField,
    Expression,
    FieldRef,
    InteractionTerm,
    Lag,
    MapValues,
    MiningField,
    NumericTerm,
    Scalar,
    TextIndex,
    TreeEnsemble,
)

__all__ = ["origin", "reachable", "referenced_fields", "where_missing_counts"]


def referenced_fields(part: object) -> set[str]:
    """Names of all fields that a part of a document reads, at any depth."""
    return set(_walk(part))


def reachable(derived_fields: Iterable[DerivedField], roots: set[str]) -> tuple[tuple[DerivedField, ...], set[str]]:
    """The derived fields that lead to ``roots``, in their order, and the names of all fields that are needed.

    Args:
        derived_fields: Derived fields in order of definition: each reads only earlier ones.
        roots: Names that are needed anyway.
    """
    needed = set(roots)
    kept: list[DerivedField] = []
    for derived in reversed(tuple(derived_fields)):
        if derived.name in needed:
            kept.append(derived)
            needed |= referenced_fields(derived.expression)
    return tuple(reversed(kept)), needed


def origin(name: str, derived_fields: Iterable[DerivedField]) -> tuple[str | None, Scalar | None]:
    """The input field that a column passes on unchanged, and what replaces a missing value on the way.

    Returns:
        The input's name, or ``None`` when the column is computed; the replacement, or ``None`` when there is none.
    """
    by_name = {derived.name: derived.expression for derived in derived_fields}
    replacement: Scalar | None = None
    while name in by_name:
        expression = by_name[name]
        if not isinstance(expression, FieldRef):
            return None, replacement
        name, replacement = expression.field, expression.map_missing_to if replacement is None else replacement
    return name, replacement


def where_missing_counts(names: Iterable[str], derived_fields: Iterable[DerivedField]) -> set[str]:
    """The input fields that, when missing, make any of the columns missing."""
    by_name = {derived.name: derived.expression for derived in derived_fields}
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        if name in by_name:
            pending.extend(_passes_missing_on(by_name[name]))
    return {name for name in found if name not in by_name}


_KNOWS_MISSING = frozenset(
    {"isMissing", "isNotMissing", "isValid", "isNotValid", "and", "or", "min", "max", "sum", "avg", "median", "product"}
)
"""Functions whose result may be present although an argument is missing (PMML 4.4, Built-in functions)."""


def _passes_missing_on(expression: Expression) -> set[str]:
    """Fields without which the expression is missing too."""
    if getattr(expression, "map_missing_to", None) is not None:
        return set()
    if isinstance(expression, Cast):
        return _passes_missing_on(expression.expression)
    if isinstance(expression, Apply):
        if expression.function in _KNOWS_MISSING or expression.default_value is not None:
            return set()
        arguments = expression.arguments[:1] if expression.function == "if" else expression.arguments
        return {name for argument in arguments for name in _passes_missing_on(argument)}
    return set() if isinstance(expression, Constant | TextIndex | Lag | Aggregate) else referenced_fields(expression)


def _walk(part: object) -> Iterator[str]:
    if isinstance(part, tuple):
        for member in part:
            yield from _walk(member)
        return
    if not is_dataclass(part) or isinstance(part, type):
        return
    if isinstance(part, FieldRef | NumericTerm):
        yield part.field
        return
    if isinstance(part, MiningField):
        yield part.name
        return
    if isinstance(part, TreeEnsemble):
        yield from part.features
        return
    if isinstance(part, MapValues | InteractionTerm):
        yield from part.fields
    elif isinstance(part, TextIndex):
        yield part.text_field
    elif isinstance(part, Lag):
        yield from (part.field, *part.block_fields)
    elif isinstance(part, Aggregate):
        yield from (name for name in (part.field, part.group_field) if name is not None)
    elif isinstance(getattr(part, "field", None), str):
        yield part.field  # type: ignore[attr-defined]
    for member in fields(part):
        yield from _walk(getattr(part, member.name))
