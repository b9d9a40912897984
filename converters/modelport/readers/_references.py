"""Which fields a part of the hub reads, so that columns that lead nowhere are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from modelport_runtime.hub import (
    DerivedField,
    FieldRef,
    InteractionTerm,
    MapValues,
    MiningField,
    NumericTerm,
    TextIndex,
    TreeEnsemble,
)

__all__ = ["reachable", "referenced_fields"]


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
    elif isinstance(getattr(part, "field", None), str):
        yield part.field  # type: ignore[attr-defined]
    for member in fields(part):
        yield from _walk(getattr(part, member.name))
