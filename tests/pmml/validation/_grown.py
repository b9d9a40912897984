"""Documents grown from the table of the grammar: one for each element, so that the rare ones are tested too."""

from __future__ import annotations

import random

from lxml import etree

from modelport_runtime.pmml.grammar import Grammar, namespace_of
from modelport_runtime.pmml.grammar._rules import Particle, ParticleKind

__all__ = ["grown"]

_TEXTS = {
    **dict.fromkeys(("nonNegativeInteger", "positiveInteger", "integer", "int", "decimal"), ("0", "12")),
    **dict.fromkeys(("double", "float"), ("1.5", "-2", "1E-3")),
    "boolean": ("true", "0"),
}
_DEEPEST = 5
_TRIES = 40


def grown(grammar: Grammar, version: str, name: str, chance: random.Random):
    """An element of a version with children and attributes as the table has them.

    Returns:
        The element; ``None`` where chance found no end to it.
    """
    for _ in range(_TRIES):
        try:
            return _Gardener(grammar, version, chance).element(name, 0)
        except RecursionError:
            continue
    return None


class _Gardener:
    def __init__(self, grammar, version, chance):
        self._grammar, self._version, self._chance = grammar, version, chance
        self._namespace = namespace_of(version)

    def element(self, name, depth):
        if depth > 4 * _DEEPEST:
            raise RecursionError(name)
        rule = self._grammar.elements[name]
        element = etree.Element(f"{{{self._namespace}}}{name}", nsmap={None: self._namespace})
        for attribute in rule.attributes_in(self._version).values():
            if attribute.required or self._chance.random() < 0.5:
                element.set(attribute.name, attribute.fixed or self._text(attribute.type, attribute.values))
        content = rule.content_in(self._version)
        if content.text is not None:
            element.text = self._text(content.text.removeprefix("list of "), ())
        elif content.particle is not None:
            element.extend(self._children(content.particle, depth + 1))
        return element

    def _text(self, type_name, values):
        known = self._grammar.type_in(type_name, self._version)
        if known is not None and not values:
            values = known.values_in(self._version)
            type_name = known.base
        return self._chance.choice(values or _TEXTS.get(type_name, ("a", "1")))

    def _children(self, part: Particle, depth):
        if not part.span.holds(self._version):
            return
        for _ in range(self._count(part, depth)):
            yield from self._once(part, depth)

    def _count(self, part, depth):
        if depth > _DEEPEST or part.name == "Extension":
            return part.least if part.name != "Extension" or self._chance.random() < 0.9 else part.least + 1
        most = part.least + 2 if part.most is None else part.most
        return self._chance.randint(part.least, most)

    def _once(self, part, depth):
        match part.kind:
            case ParticleKind.ANY:
                yield etree.Element("{urn:other}anything")
            case ParticleKind.ELEMENT:
                yield self.element(part.name, depth)
            case ParticleKind.GROUP:
                inner = self._grammar.group_in(part.name, self._version)
                yield from self._children(inner, depth)
            case ParticleKind.SEQUENCE:
                for child in part.parts:
                    yield from self._children(child, depth)
            case ParticleKind.CHOICE:
                parts = [child for child in part.parts if child.span.holds(self._version)]
                yield from self._children(self._chance.choice(parts), depth)
