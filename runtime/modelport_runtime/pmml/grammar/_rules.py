"""What the grammar of PMML says of elements, attributes and types, and in which versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "ALWAYS",
    "VERSIONS",
    "AttributeRule",
    "ContentRule",
    "ElementRule",
    "Grammar",
    "Particle",
    "ParticleKind",
    "Span",
    "TypeRule",
    "TypeValue",
]

VERSIONS = ("3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "4.2.1", "4.3", "4.4", "4.4.1")
"""Versions of PMML that are known, in order."""

_POSITION = {version: index for index, version in enumerate(VERSIONS)}


@dataclass(frozen=True, slots=True)
class Span:
    """Versions in which something holds, the first and the last included.

    Attributes:
        since: The first version; ``None`` for the first one known.
        until: The last version; ``None`` for the last one known.
        source: Pages of the specification, with their versions, that say so.
    """

    since: str | None = None
    until: str | None = None
    source: str = field(default="", compare=False)

    def holds(self, version: str) -> bool:
        """Whether a version is among them."""
        position = _POSITION[version]
        after = self.since is None or position >= _POSITION[self.since]
        return after and (self.until is None or position <= _POSITION[self.until])

    def __str__(self) -> str:
        if self.since is None and self.until is None:
            return "all versions"
        if self.since == self.until:
            return f"{self.since} only"
        if self.until is None:
            return f"since {self.since}"
        return f"until {self.until}" if self.since is None else f"{self.since} to {self.until}"


ALWAYS = Span()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRule:
    """An attribute of an element.

    Attributes:
        name: Its name.
        type: Name of a type of the grammar or of XML Schema; that of its values, where it has a set of its own.
        values: The values allowed, where the attribute has a set of its own; empty otherwise.
        required: Whether it must be given.
        default: What it is when absent.
        fixed: Its only value.
        span: Versions that have it so.
    """

    name: str
    type: str
    values: tuple[str, ...] = ()
    required: bool = False
    default: str | None = None
    fixed: str | None = None
    span: Span = ALWAYS


class ParticleKind(StrEnum):
    """What a part of a content model is."""

    ELEMENT = "element"
    GROUP = "group"
    SEQUENCE = "sequence"
    CHOICE = "choice"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Particle:
    """A part of a content model.

    Attributes:
        kind: What it is.
        name: Of an element or a group.
        parts: Of a sequence or a choice.
        least: How often at least.
        most: How often at most; ``None`` for any number.
        span: Versions that have it.
    """

    kind: ParticleKind
    name: str = ""
    parts: tuple[Particle, ...] = ()
    least: int = 1
    most: int | None = 1
    span: Span = ALWAYS

    def elements(self, version: str) -> Iterator[str]:
        """Names of the elements that may occur, groups left as they are."""
        if not self.span.holds(version):
            return
        if self.kind is ParticleKind.ELEMENT:
            yield self.name
        for part in self.parts:
            yield from part.elements(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRule:
    """What an element holds in some versions.

    Attributes:
        particle: Its child elements; ``None`` for none.
        text: Type of its text, where it holds text alone; a list of values separated by blanks is ``list of TYPE``.
        mixed: Whether text may stand between its child elements.
        anything: Whether it may hold any element and any attribute.
        span: Versions that have it so.
    """

    particle: Particle | None = None
    text: str | None = None
    mixed: bool = False
    anything: bool = False
    span: Span = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRule:
    """An element.

    Attributes:
        name: Its name.
        section: Page of the specification that defines it.
        attributes: Its attributes; one name may occur several times, for different versions.
        contents: What it holds, by version.
        span: Versions that have it.
        line: Where it stands in the table.
    """

    name: str
    section: str
    attributes: tuple[AttributeRule, ...] = ()
    contents: tuple[ContentRule, ...] = ()
    span: Span = ALWAYS
    line: int = 0

    def attributes_in(self, version: str) -> dict[str, AttributeRule]:
        """Its attributes in one version, by name."""
        return {rule.name: rule for rule in self.attributes if rule.span.holds(version)}

    def content_in(self, version: str) -> ContentRule:
        """What it holds in one version."""
        return next((rule for rule in self.contents if rule.span.holds(version)), ContentRule())


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeValue:
    """One of the values of a closed type."""

    value: str
    span: Span = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRule:
    """A simple type.

    Attributes:
        name: Its name in the specification.
        base: The type of XML Schema that it restricts.
        values: All its values; empty for an open type.
        span: Versions that have it so.
    """

    name: str
    base: str
    values: tuple[TypeValue, ...] = ()
    span: Span = ALWAYS

    def values_in(self, version: str) -> tuple[str, ...]:
        """Its values in one version."""
        return tuple(value.value for value in self.values if value.span.holds(version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """The grammar of all versions.

    Attributes:
        elements: Elements by name.
        types: Simple types by name; one name may have several rules, for different versions.
        groups: Named parts of content models; one name may have several rules, for different versions.
    """

    elements: Mapping[str, ElementRule]
    types: Mapping[str, tuple[TypeRule, ...]]
    groups: Mapping[str, tuple[Particle, ...]]

    def elements_in(self, version: str) -> dict[str, ElementRule]:
        """The elements of one version."""
        return {name: rule for name, rule in self.elements.items() if rule.span.holds(version)}

    def type_in(self, name: str, version: str) -> TypeRule | None:
        """A type as it is in one version."""
        return next((rule for rule in self.types.get(name, ()) if rule.span.holds(version)), None)

    def group_in(self, name: str, version: str) -> Particle | None:
        """A named part of content models as it is in one version."""
        return next((part for part in self.groups.get(name, ()) if part.span.holds(version)), None)
