"""What is known while a document is read: fields in scope, functions, and causes found so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.hub import DataType, Notice, OpType, Scalar
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._grammar_names import children_of

__all__ = ["FieldType", "Reading", "Scope", "cast", "cast_text", "infer_scalar"]

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What the reader must know of a field to read constants that meet it."""

    data_type: DataType
    op_type: OpType
    values: tuple[Scalar, ...] = ()


class Scope:
    """Fields by name; an inner scope sees the outer one's, the scope of a function its parameters only."""

    def __init__(self, outer: Scope | None = None, *, is_function: bool = False) -> None:
        self._outer = outer
        self.is_function = is_function
        self._fields: dict[str, FieldType] = {}

    def add(self, name: str, kind: FieldType) -> None:
        """Make a field known from here on."""
        self._fields[name] = kind

    def export(self, outer: Scope, names: Iterable[str]) -> None:
        """Make some of these fields known in another scope too."""
        for name in names:
            kind = self.find(name)
            if kind is not None:
                outer.add(name, kind)

    @property
    def names(self) -> tuple[str, ...]:
        """Names added to this scope itself."""
        return tuple(self._fields)

    def find(self, name: str | None) -> FieldType | None:
        """The field of that name, or ``None``."""
        scope: Scope | None = self
        while scope is not None and name is not None:
            if name in scope._fields:
                return scope._fields[name]
            scope = scope._outer
        return None


@dataclass(slots=True)
class Reading:
    """One document being read.

    Attributes:
        version: Pair of the PMML version's numbers.
        causes: Everything unsupported that was met; raised together at the end.
        notices: Known losses, for the card.
        functions: Names of the functions that the document defines.
    """

    version: tuple[int, int] = (4, 4)
    causes: list[UnsupportedCause] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)

    def refuse(self, element: Element, what: str, remedy: str = "") -> None:
        """Note something that cannot be read, and go on to find what else cannot."""
        self.causes.append(element.unsupported(what, remedy))

    def distinct_causes(self) -> tuple[UnsupportedCause, ...]:
        """The causes, one of a kind: where it was met first, and how often."""
        kinds: dict[tuple[str, str], list[UnsupportedCause]] = {}
        for cause in self.causes:
            kinds.setdefault((cause.what, cause.remedy), []).append(cause)
        return tuple(
            same[0] if len(same) == 1 else replace(same[0], what=f"{what}, met {len(same):,} times, here first")
            for (what, _), same in kinds.items()
        )

    def notice(self, element: Element, code: str, message: str) -> None:
        """Note a known loss."""
        self.notices.append(Notice(code=code, message=message, where=f"{element.path} (line {element.line})"))

    def expect_content(self, element: Element) -> None:
        """Refuse every child that no version of PMML has there."""
        self.expect(element, children_of(element.tag))

    def expect(self, element: Element, known: Iterable[str]) -> None:
        """Refuse every child that is not among the known ones."""
        for child in element.children:
            if child.tag not in known:
                self.refuse(child, f"element {child.tag} is not supported in {element.tag}")


def cast_text(text: str, data_type: DataType) -> Scalar:
    """A constant of a document as a value of a field's type.

    A fraction under ``integer`` stays one, since a comparison with it still has a meaning.

    Raises:
        ValueError: The text is no value of the type.
    """
    if data_type is DataType.BOOLEAN:
        value = _BOOLEANS.get(text.strip().lower())
        if value is None:
            raise ValueError(text)
        return value
    if data_type is DataType.INTEGER:
        number = parse_number(text)
        return int(number) if number.is_integer() else number
    if data_type is DataType.FLOAT:
        with np.errstate(over="ignore"):
            return float(np.float32(parse_number(text)))
    if data_type is DataType.DOUBLE:
        return parse_number(text)
    return text


def cast(element: Element, text: str, data_type: DataType) -> Scalar:
    """As ``cast_text``, with an error that says where.

    Raises:
        ArtifactError: The text is no value of the type.
    """
    try:
        return cast_text(text, data_type)
    except ValueError:
        raise element.error(f"{text!r} is no value of type {data_type}; correct the document") from None


def infer_scalar(text: str) -> tuple[Scalar, DataType]:
    """A constant without a type: an integer, a real number or text, by its form (PMML 4.4, Functions, Constant)."""
    try:
        number = parse_number(text)
    except ValueError:
        return text, DataType.STRING
    if text.strip().lstrip("+-").isdigit():
        return int(text), DataType.INTEGER
    return number, DataType.DOUBLE
