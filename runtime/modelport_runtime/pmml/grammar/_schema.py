"""The grammar of one version as XML Schema 1.0, for a validator to run."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from modelport_runtime.pmml.grammar._rules import (
    AttributeRule,
    ContentRule,
    ElementRule,
    Grammar,
    Particle,
    ParticleKind,
    TypeRule,
)

__all__ = ["namespace_of", "schema_text"]

_XML_TYPES = frozenset(
    (
        *("string", "boolean", "decimal", "double", "float", "integer", "nonNegativeInteger", "positiveInteger"),
        *("int", "anySimpleType", "anyURI", "NMTOKEN", "dateTime"),
    )
)


def namespace_of(version: str) -> str:
    """The namespace of a version: that of its first two numbers."""
    major, minor, *_ = version.split(".")
    return f"http://www.dmg.org/PMML-{major}_{minor}"


def schema_text(grammar: Grammar, version: str, namespace: str | None = None) -> str:
    """The XML Schema of a version.

    Args:
        grammar: The grammar of all versions.
        version: One of ``VERSIONS``.
        namespace: Namespace of the documents to be validated, if it is not the version's own; the empty text for none.

    Returns:
        A schema that is complete in itself.
    """
    target = namespace_of(version) if namespace is None else namespace
    attributes = f" targetNamespace={_quoted(target)} xmlns={_quoted(target)}" if target else ""
    lines = [f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"{attributes}>']
    for name in grammar.types:
        rule = grammar.type_in(name, version)
        if rule is not None:
            lines.extend(_type(rule, version))
    writer = _Writer(grammar, version)
    for element in grammar.elements_in(version).values():
        lines.extend(writer.element(element))
    lines.append("</xs:schema>")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _type_name(name: str) -> str:
    return f"xs:{name}" if name in _XML_TYPES else name


def _enumeration(base: str, values: tuple[str, ...]) -> Iterator[str]:
    yield "<xs:simpleType>"
    yield f'<xs:restriction base="{_type_name(base)}">'
    yield from (f"<xs:enumeration value={_quoted(value)}/>" for value in values)
    yield "</xs:restriction>"
    yield "</xs:simpleType>"


def _type(rule: TypeRule, version: str) -> Iterator[str]:
    first, *rest = _enumeration(rule.base, rule.values_in(version))
    yield first.replace(">", f" name={_quoted(rule.name)}>", 1)
    yield from rest


def _text_element(name: str, text: str) -> Iterator[str]:
    item = text.removeprefix("list of ")
    if item == text:
        yield f'<xs:element name="{escape(name)}" type="{_type_name(text)}"/>'
        return
    yield f'<xs:element name="{escape(name)}">'
    yield f'<xs:simpleType><xs:list itemType="{_type_name(item)}"/></xs:simpleType>'
    yield "</xs:element>"


class _Writer:
    """Writes the elements of one version."""

    def __init__(self, grammar: Grammar, version: str) -> None:
        self._grammar = grammar
        self._version = version
        self._known = grammar.elements_in(version)

    def element(self, rule: ElementRule) -> Iterator[str]:
        content = rule.content_in(self._version)
        attributes = list(rule.attributes_in(self._version).values())
        if content.anything:
            yield f'<xs:element name="{escape(rule.name)}"/>'
            return
        if content.text is not None and not attributes:
            yield from _text_element(rule.name, content.text)
            return
        mixed = ' mixed="true"' if content.mixed else ""
        yield f'<xs:element name="{escape(rule.name)}">'
        yield f"<xs:complexType{mixed}>"
        yield from self._body(content, attributes)
        yield "</xs:complexType>"
        yield "</xs:element>"

    def _body(self, content: ContentRule, attributes: list[AttributeRule]) -> Iterator[str]:
        if content.text is not None:
            yield "<xs:simpleContent>"
            yield f'<xs:extension base="{_type_name(content.text)}">'
            for attribute in attributes:
                yield from self._attribute(attribute)
            yield "</xs:extension>"
            yield "</xs:simpleContent>"
            return
        if content.particle is not None:
            particle = list(self._particle(content.particle))
            wrapped = particle[0].startswith(("<xs:sequence", "<xs:choice")) if particle else True
            yield from particle if wrapped else ("<xs:sequence>", *particle, "</xs:sequence>")
        for attribute in attributes:
            yield from self._attribute(attribute)

    def _attribute(self, rule: AttributeRule) -> Iterator[str]:
        parts = [f"<xs:attribute name={_quoted(rule.name)}"]
        if not rule.values:
            parts.append(f'type="{_type_name(rule.type)}"')
        if rule.required:
            parts.append('use="required"')
        if rule.default is not None:
            parts.append(f"default={_quoted(rule.default)}")
        if rule.fixed is not None:
            parts.append(f"fixed={_quoted(rule.fixed)}")
        if not rule.values:
            yield " ".join(parts) + "/>"
            return
        yield " ".join(parts) + ">"
        yield from _enumeration(rule.type, rule.values)
        yield "</xs:attribute>"

    def _particle(self, part: Particle) -> Iterator[str]:
        if not part.span.holds(self._version):
            return
        counts = _counts(part)
        match part.kind:
            case ParticleKind.ANY:
                yield f'<xs:any processContents="skip"{counts}/>'
            case ParticleKind.ELEMENT:
                if part.name in self._known:
                    yield f'<xs:element ref="{escape(part.name)}"{counts}/>'
            case ParticleKind.GROUP:
                inner = self._grammar.group_in(part.name, self._version)
                if inner is not None:
                    yield from self._wrapped("sequence", (inner,), counts)
            case ParticleKind.SEQUENCE | ParticleKind.CHOICE:
                yield from self._wrapped(part.kind.value, part.parts, counts)

    def _wrapped(self, tag: str, parts: tuple[Particle, ...], counts: str) -> Iterator[str]:
        lines = [line for part in parts for line in self._particle(part)]
        if lines:
            yield f"<xs:{tag}{counts}>"
            yield from lines
            yield f"</xs:{tag}>"


def _counts(part: Particle) -> str:
    least = f' minOccurs="{part.least}"' if part.least != 1 else ""
    most = "unbounded" if part.most is None else str(part.most)
    return least + (f' maxOccurs="{most}"' if most != "1" else "")
