"""Reads ``grammar.txt``, whose first lines say how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn

from modelport_runtime.pmml.grammar._rules import (
    ALWAYS,
    VERSIONS,
    AttributeRule,
    ContentRule,
    ElementRule,
    Grammar,
    Particle,
    ParticleKind,
    Span,
    TypeRule,
    TypeValue,
)

__all__ = ["grammar", "read_grammar", "table_text"]

_SPAN = re.compile(r"(?:^|\s+)\[(?P<since>[0-9.]*)(?P<dash>-?)(?P<until>[0-9.]*)\]$")
_SOURCE = "  # "
_ATTRIBUTE = re.compile(
    r"(?P<name>[\w:.-]+): (?P<type>[\w:-]+)?(?: ?\((?P<values>[^()]*)\))?(?P<required> required)?"
    r"(?: = (?P<default>.*?))?(?: fixed (?P<fixed>\S+))?$"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<name>%?[\w-]+|#any)|(?P<mark>[(),|?*+])|\{(?P<counts>\d+,\d*)\}|(?P<span>\[[0-9.-]+\]))"
)
_COUNTS = {"?": (0, 1), "*": (0, None), "+": (1, None)}


@cache
def grammar() -> Grammar:
    """The grammar of PMML 3.0 to 4.4.1."""
    return read_grammar(table_text())


@cache
def table_text() -> str:
    """The table as it is written."""
    return Path(__file__).with_name("grammar.txt").read_text("utf-8")


def read_grammar(text: str) -> Grammar:
    """Read a table.

    Raises:
        ValueError: A line is not of the table's form; it is named.
    """
    elements: dict[str, ElementRule] = {}
    types: dict[str, list[TypeRule]] = {}
    groups: dict[str, list[Particle]] = {}
    section = ""
    for number, lines in _blocks(text):
        kind, _, rest = lines[0].partition(" ")
        if kind == "section":
            section = rest
        elif kind == "element":
            rule = _element(number, rest, lines[1:], section)
            if rule.name in elements:
                _fail(number, f"element {rule.name} stands twice")
            elements[rule.name] = rule
        elif kind == "type":
            simple = _type(number, rest)
            types.setdefault(simple.name, []).append(simple)
        elif kind == "group":
            head, span = _take_span(number, rest)
            name, _, body = head.partition(": ")
            groups.setdefault(name, []).append(_particle(number, body, span))
        else:
            _fail(number, f"unknown kind of entry {kind!r}")
    return Grammar(
        elements=elements,
        types={name: tuple(rules) for name, rules in types.items()},
        groups={name: tuple(parts) for name, parts in groups.items()},
    )


def _fail(number: int, what: str) -> NoReturn:
    raise ValueError(f"grammar.txt, line {number}: {what}")


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Entries: a line, and the indented ones below it."""
    block: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] != " ":
            if block:
                yield first, block
            block, first = [], number
        block.append(line.strip())
    if block:
        yield first, block


def _take_span(number: int, text: str) -> tuple[str, Span]:
    text, _, source = text.partition(_SOURCE)
    match = _SPAN.search(text)
    if match is None:
        return text.strip(), Span(source=source.strip())
    since, until = match["since"] or None, match["until"] or None
    if not match["dash"]:
        until = since
    for version in (since, until):
        if version is not None and version not in VERSIONS:
            _fail(number, f"unknown version {version}")
    return text[: match.start()].strip(), Span(since, until, source.strip())


def _element(number: int, head: str, lines: list[str], section: str) -> ElementRule:
    name, span = _take_span(number, head)
    attributes, contents = [], []
    for offset, line in enumerate(lines, 1):
        label, _, body = line.partition(": ")
        if label == "content":
            contents.append(_content(number + offset, body))
        else:
            attributes.append(_attribute(number + offset, line))
    return ElementRule(
        name=name, section=section, attributes=tuple(attributes), contents=tuple(contents), span=span, line=number
    )


def _attribute(number: int, line: str) -> AttributeRule:
    body, span = _take_span(number, line)
    match = _ATTRIBUTE.match(body)
    if match is None or not (match["type"] or match["values"]):
        _fail(number, f"no attribute: {line!r}")
    values = tuple(value.strip() for value in match["values"].split("|")) if match["values"] else ()
    return AttributeRule(
        name=match["name"],
        type=match["type"] or "string",
        values=values,
        required=match["required"] is not None,
        default=match["default"],
        fixed=match["fixed"],
        span=span,
    )


def _content(number: int, text: str) -> ContentRule:
    body, span = _take_span(number, text)
    if body == "nothing":
        return ContentRule(span=span)
    if body == "anything":
        return ContentRule(anything=True, span=span)
    if body.startswith("text "):
        return ContentRule(text=body.removeprefix("text "), span=span)
    mixed = body.startswith("mixed")
    body = body.removeprefix("mixed").strip()
    return ContentRule(particle=_particle(number, body) if body else None, mixed=mixed, span=span)


def _type(number: int, text: str) -> TypeRule:
    text, _, source = text.partition(_SOURCE)
    head, _, body = text.partition(": ")
    name, span = _take_span(number, f"{head}{_SOURCE}{source}")
    base, _, listed = body.partition(" = ")
    values = tuple(_value(number, value, source) for value in listed.split(" | ") if value)
    return TypeRule(name=name, base=base.strip(), values=values, span=span)


def _value(number: int, text: str, source: str) -> TypeValue:
    """A value; a span stands apart from it, since values such as dateDaysSince[0] have brackets of their own."""
    value, _, span = text.strip().partition(" ")
    return TypeValue(value=value, span=_take_span(number, f"{span}{_SOURCE}{source}")[1] if span else ALWAYS)


def _particle(number: int, text: str, span: Span = ALWAYS) -> Particle:
    parser = _ParticleParser(number, text)
    particle = parser.read()
    if span is ALWAYS:
        return particle
    return Particle(kind=ParticleKind.SEQUENCE, parts=(particle,), span=span)


class _ParticleParser:
    """Recursive descent over a content model such as ``A?, (B | C)+, %EXPRESSION [4.1-]``."""

    def __init__(self, number: int, text: str) -> None:
        self._number = number
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                _fail(number, f"no content model: {text[position:]!r}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._tokens.append(("end", ""))
        self._at = 0

    def read(self) -> Particle:
        particle = self._parts()
        if self._tokens[self._at][0] != "end":
            _fail(self._number, f"unexpected {self._tokens[self._at][1]!r}")
        return particle

    def _take(self, *wanted: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind != "end" and (text in wanted or kind in wanted):
            self._at += 1
            return text
        return None

    def _parts(self) -> Particle:
        parts, separator = [self._one()], ""
        while (found := self._take(",", "|")) is not None:
            if separator and found != separator:
                _fail(self._number, "',' and '|' need parentheses between them")
            separator = found
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        kind = ParticleKind.CHOICE if separator == "|" else ParticleKind.SEQUENCE
        return Particle(kind=kind, parts=tuple(parts))

    def _one(self) -> Particle:
        if self._take("(") is not None:
            inner = self._parts()
            if self._take(")") is None:
                _fail(self._number, "a parenthesis is not closed")
            least, most, span = self._suffix()
            if (least, most, span) == (1, 1, ALWAYS):
                return inner
            return Particle(kind=ParticleKind.SEQUENCE, parts=(inner,), least=least, most=most, span=span)
        name = self._take("name")
        if name is None:
            _fail(self._number, f"a name is missing before {self._tokens[self._at][1]!r}")
        least, most, span = self._suffix()
        kind = ParticleKind.ANY if name == "#any" else ParticleKind.GROUP if name[0] == "%" else ParticleKind.ELEMENT
        return Particle(kind=kind, name=name.lstrip("%#"), least=least, most=most, span=span)

    def _suffix(self) -> tuple[int, int | None, Span]:
        least, most, span = 1, 1, ALWAYS
        counted: int | None = most
        mark = self._take("?", "*", "+")
        if mark is not None:
            least, counted = _COUNTS[mark]
        counts = self._take("counts")
        if counts is not None:
            low, _, high = counts.partition(",")
            least, counted = int(low), int(high) if high else None
        text = self._take("span")
        if text is not None:
            span = _take_span(self._number, text)[1]
        return least, counted, span
