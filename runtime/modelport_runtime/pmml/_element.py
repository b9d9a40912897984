"""Elements of a document as read, and the checks that every reader of an attribute shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from modelport_runtime.errors import ArtifactError, UnsupportedCause

if TYPE_CHECKING:
    from modelport_runtime.pmml._tree_nodes import TreeNodes

__all__ = ["Element", "parse_number"]

Choice = TypeVar("Choice", bound=StrEnum)

_NUMBERED = frozenset({"Segment", "RegressionTable", "DerivedField", "OutputField", "DataField", "Extension"})


def parse_number(text: str) -> float:
    """A number as XML Schema writes it (``INF`` and ``NaN`` included).

    Raises:
        ValueError: The text is no number. Python's own underscores are refused.
    """
    if "_" in text:
        raise ValueError(text)
    return float(text)


@dataclass(slots=True, eq=False)
class Element:
    """One element, apart from the nodes of a tree.

    Attributes:
        tag: Local name; ``Extension`` elements are held only where they hold what a model needs.
        attributes: Attributes without a namespace.
        line: Line of the start tag, from 1.
        parent: The element around it.
        children: Elements inside it, in order.
        text: Character data, for elements whose text has a meaning.
        nodes: Of a ``TreeModel``: its nodes.
        source: Name of the document; only the root holds it.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    text: str = ""
    nodes: TreeNodes | None = None
    source: str = ""

    def __iter__(self) -> Iterator[Element]:
        return iter(self.children)

    @property
    def path(self) -> str:
        """Path from the root, such as ``PMML/MiningModel/Segmentation/Segment[3]/TreeModel``."""
        own = self.tag
        if self.parent is None:
            return own
        if own in _NUMBERED:
            same = [child for child in self.parent.children if child.tag == own]
            own += f"[{next((i for i, child in enumerate(same, 1) if child is self), len(same) + 1)}]"
        return f"{self.parent.path}/{own}"

    def error(self, message: str) -> ArtifactError:
        """An error that says where in the document the fault is."""
        root = self
        while root.parent is not None:
            root = root.parent
        return ArtifactError(f"{root.source}:{self.line}: {self.path}: {message}")

    def unsupported(self, what: str, remedy: str = "") -> UnsupportedCause:
        """A cause that says where in the document the unsupported part is."""
        return UnsupportedCause(where=f"{self.path} (line {self.line})", what=what, remedy=remedy)

    def all(self, *tags: str) -> list[Element]:
        """The children with one of these names, in order."""
        return [child for child in self.children if child.tag in tags]

    def child(self, *tags: str) -> Element | None:
        """The first child with one of these names."""
        return next((child for child in self.children if child.tag in tags), None)

    def get(self, *names: str) -> str | None:
        """The value of the first of these attributes that is present."""
        return next((self.attributes[name] for name in names if name in self.attributes), None)

    def require(self, name: str) -> str:
        """The value of an attribute that must be present.

        Raises:
            ArtifactError: It is absent.
        """
        value = self.attributes.get(name)
        if value is None:
            raise self.error(f"attribute {name!r} is missing; correct the document or export it again")
        return value

    def require_child(self, *tags: str) -> Element:
        """The first child with one of these names, which must be present.

        Raises:
            ArtifactError: It is absent.
        """
        found = self.child(*tags)
        if found is None:
            raise self.error(f"element {' or '.join(tags)} is missing; correct the document or export it again")
        return found

    def optional_number(self, name: str) -> float | None:
        """The number in an attribute, or ``None`` where it is absent.

        Raises:
            ArtifactError: The text is no number.
        """
        text = self.attributes.get(name)
        if text is None:
            return None
        try:
            return parse_number(text)
        except ValueError:
            raise self.error(f"{name}={text!r} is not a number; correct the document or export it again") from None

    def number(self, name: str, default: float | None = None) -> float:
        """The number in an attribute; required when there is no default.

        Raises:
            ArtifactError: The text is no number, or the attribute is missing.
        """
        value = self.optional_number(name)
        if value is not None:
            return value
        if default is None:
            self.require(name)
            raise AssertionError
        return default

    def integer(self, name: str, default: int) -> int:
        """The whole number in an attribute.

        Raises:
            ArtifactError: The text is no whole number.
        """
        value = self.number(name, default)
        if value != value or value in (float("inf"), float("-inf")) or value != int(value):
            raise self.error(f"{name}={self.attributes[name]!r} is not a whole number; correct the document")
        return int(value)

    def boolean(self, name: str, default: bool) -> bool:
        """The truth value in an attribute.

        Raises:
            ArtifactError: The text is neither true nor false.
        """
        text = self.attributes.get(name)
        if text is None:
            return default
        value = {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
        if value is None:
            raise self.error(f"{name}={text!r} is neither true nor false; correct the document")
        return value

    def choice(self, name: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """The member of a closed set of names in an attribute; required when there is no default.

        A vendor's early spelling with ``x-`` counts as the standard name that it became.

        Raises:
            ArtifactError: The text is none of them.
        """
        text = self.attributes.get(name)
        if text is None:
            if default is not None:
                return default
            text = self.require(name)
        for spelling in (text, text.removeprefix("x-")):
            try:
                return choices(spelling)
            except ValueError:
                continue
        known = ", ".join(choices)
        raise self.error(f"{name}={text!r} is unknown; known are {known}")
