"""What the grammar knows of an element, for people."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.pmml.grammar import AttributeRule, Grammar
from modelport_runtime.pmml.grammar._rules import ALWAYS, Particle, ParticleKind, Span

__all__ = ["explanation"]

_COUNTS = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}


def explanation(grammar: Grammar, name: str) -> Iterator[str]:
    """Lines on an element: its page and versions, attributes, content, and where it may stand.

    Raises:
        KeyError: There is no such element.
    """
    rule = grammar.elements[name]
    yield f"{name}: PMML page {rule.section}, {rule.span}{f' ({rule.span.source})' if rule.span.source else ''}"
    if rule.attributes:
        yield ""
        yield "attributes"
        for attribute in rule.attributes:
            yield f"  {_attribute(grammar, attribute)}"
    yield ""
    yield "content"
    for content in rule.contents:
        if content.anything:
            text = "anything"
        elif content.text is not None:
            text = f"text of type {content.text}"
        else:
            text = _particle(content.particle) if content.particle is not None else "nothing"
        yield f"  {text}{_span(content.span)}"
    if not rule.contents:
        yield "  nothing"
    holders = [other for other in grammar.elements if name in _children(grammar, other)]
    yield ""
    yield f"stands in {', '.join(holders)}" if holders else "is the root"


def _span(span: Span) -> str:
    """Versions, and the pages that say so."""
    if span != ALWAYS:
        return f" [{span}; {span.source}]" if span.source else f" [{span}]"
    return f" [{span.source}]" if span.source else ""


def _attribute(grammar: Grammar, attribute: AttributeRule) -> str:
    values = attribute.values or tuple(
        value.value + _span(value.span) for rule in grammar.types.get(attribute.type, ()) for value in rule.values
    )
    kind = f"one of {' | '.join(dict.fromkeys(values))}" if values else attribute.type
    parts = [f"{attribute.name}: {kind}"]
    if attribute.required:
        parts.append("required")
    if attribute.default is not None:
        parts.append(f"default {attribute.default!r}")
    if attribute.fixed is not None:
        parts.append(f"always {attribute.fixed!r}")
    return ", ".join(parts) + _span(attribute.span)


def _particle(part: Particle, *, inner: bool = False) -> str:
    counts = _COUNTS.get((part.least, part.most), f"{{{part.least},{'' if part.most is None else part.most}}}")
    if part.kind in (ParticleKind.SEQUENCE, ParticleKind.CHOICE):
        separator = ", " if part.kind is ParticleKind.SEQUENCE else " | "
        text = separator.join(_particle(child, inner=True) for child in part.parts)
        grouped = f"({text})" if (inner or counts) and len(part.parts) > 1 else text
        return f"{grouped}{counts}{_span(part.span)}"
    name = "any element" if part.kind is ParticleKind.ANY else part.name
    return f"{name}{counts}{_span(part.span)}"


def _children(grammar: Grammar, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [content.particle for content in grammar.elements[name].contents if content.particle is not None]
    while waiting:
        part = waiting.pop()
        if part.kind is ParticleKind.ELEMENT:
            found.add(part.name)
        elif part.kind is ParticleKind.GROUP:
            waiting.extend(grammar.groups.get(part.name, ()))
        waiting.extend(part.parts)
    return found
