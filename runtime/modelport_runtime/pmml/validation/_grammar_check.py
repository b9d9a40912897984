"""Elements, attributes and their values against the grammar of the document's version."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from modelport_runtime.findings import Finding, Severity
from modelport_runtime.pmml.grammar import VERSIONS, ElementRule, grammar, schema_text
from modelport_runtime.pmml.validation._document import ValidatedDocument, local_name

__all__ = ["GRAMMAR_RULES", "check_grammar"]

GRAMMAR_RULES = {
    "grammar/unknown-element": "every element is one that PMML has",
    "grammar/unexpected-element": "elements stand where the version of the document has them, in its order",
    "grammar/missing-element": "an element has the children that it must have",
    "grammar/unknown-attribute": "every attribute is one that the element has in this version",
    "grammar/missing-attribute": "an attribute that must be given is given",
    "grammar/value": "attributes and texts are of their type",
    "grammar/text": "text stands only where it may",
    "grammar/other": "the document follows the schema of its version",
}
"""Rules of this check, and what each says."""

_NAMES = re.compile(r"\{[^}]*\}([\w-]+)")
_ATTRIBUTE = re.compile(r"attribute '([^']*)'")
_VALUE = re.compile(r"(?:value|:) '(.*?)' is not", re.DOTALL)
_WILDCARDS = ("*", "##any", "{*}*")
"""How libxml2 writes that any element may stand somewhere."""
_ANY = "another element, of any name"
_EMBEDDED = ("Regression", "DecisionTree")
_SHOWN = 12


@lru_cache(maxsize=16)
def _schema(version: str, namespace: str) -> Any:
    return etree.XMLSchema(etree.fromstring(schema_text(grammar(), version, namespace).encode()))


def check_grammar(document: ValidatedDocument) -> Iterator[Finding]:
    """Everything that the schema of the document's version does not allow."""
    version = document.version
    if version is None:
        return
    schema = _schema(version, document.namespace)
    if schema.validate(document.root):
        return
    found = [(_element_at(document.root, entry.path), entry) for entry in schema.error_log]
    document.locate(element for element, _ in found)
    for element, entry in found:
        yield _Explained(document, version, element, entry).finding()


def _element_at(root: Any, path: str | None) -> Any:
    """The element of a path such as ``/*/*[2]/*[1]``; the nearest one above where there is none."""
    element = root
    for step in re.findall(r"/\*(?:\[(\d+)\])?", path or "")[1:]:
        children = list(element.iterchildren(tag=etree.Element))
        position = int(step or 1) - 1
        if position >= len(children):
            break
        element = children[position]
    return element


class _Explained:
    """One message of the schema in words that say what to do."""

    def __init__(self, document: ValidatedDocument, version: str, element: Any, entry: Any) -> None:
        self._document = document
        self._version = version
        self._element = element
        self._name = local_name(element)
        self._rule: ElementRule | None = grammar().elements.get(self._name)
        self._entry = entry
        self._message = str(entry.message)

    def finding(self) -> Finding:
        kind = self._entry.type_name
        if kind == "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1":
            return self._unknown_attribute()
        if kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
            return self._missing_attribute()
        if kind == "SCHEMAV_ELEMENT_CONTENT":
            return self._missing_element() if "Missing child" in self._message else self._unexpected_element()
        if kind in ("SCHEMAV_CVC_COMPLEX_TYPE_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_2_3"):
            return self._make("grammar/text", f"{self._name} holds text, and may hold elements only", "remove the text")
        if kind == "SCHEMAV_CVC_ELT_1":
            return self._unexpected_element()
        if kind.startswith(("SCHEMAV_CVC_DATATYPE", "SCHEMAV_CVC_ENUMERATION", "SCHEMAV_CVC_TYPE", "SCHEMAV_CVC_AU")):
            return self._value()
        text = _NAMES.sub(r"\1", self._message)
        return self._make("grammar/other", text, "correct the document or export it again")

    def _make(self, rule: str, message: str, remedy: str) -> Finding:
        line, column = self._document.position(self._element)
        section = self._rule.section if self._rule is not None else "General Structure"
        return Finding(
            rule=rule,
            severity=Severity.ERROR,
            message=message,
            path=self._document.path(self._element),
            line=line,
            column=column,
            section=f"PMML {self._version}, {section}",
            remedy=remedy,
        )

    def _attribute(self) -> str:
        match = _ATTRIBUTE.search(self._message)
        return _NAMES.sub(r"\1", match[1]) if match else ""

    def _unknown_attribute(self) -> Finding:
        name = self._attribute()
        known = self._rule.attributes_in(self._version) if self._rule is not None else {}
        spans = [rule.span for rule in self._rule.attributes if rule.name == name] if self._rule is not None else []
        if name.startswith("x-"):
            remedy = "a vendor's attribute: others ignore it, or refuse the document; remove it, or write an Extension"
        elif spans:
            remedy = f"PMML has it {' and '.join(map(str, spans))}: declare that version, or remove the attribute"
        else:
            remedy = _nearest(name, list(known)) or f"remove it; known are {_listed(list(known))}"
        return self._make(
            "grammar/unknown-attribute", f"{self._name} has no attribute {name!r} in PMML {self._version}", remedy
        )

    def _missing_attribute(self) -> Finding:
        name = self._attribute()
        near = _nearest_key(name, list(self._element.keys()))
        remedy = f"is {near!r} meant to be it?" if near else f"give {name}"
        return self._make("grammar/missing-attribute", f"{self._name} lacks its attribute {name!r}", remedy)

    def _value(self) -> Finding:
        name = self._attribute()
        value = self._element.get(name) if name else (self._element.text or "").strip()
        what = f"{name}={value!r}" if name else f"text {_shortened(str(value))!r}"
        attribute = self._rule.attributes_in(self._version).get(name) if self._rule is not None and name else None
        allowed: tuple[str, ...] = ()
        type_name = ""
        if attribute is not None:
            type_name = attribute.type
            known = grammar().type_in(attribute.type, self._version)
            allowed = attribute.values or (known.values_in(self._version) if known is not None else ())
        elif self._rule is not None:
            type_name = self._rule.content_in(self._version).text or ""
        if allowed:
            remedy = _nearest(str(value), list(allowed)) or f"allowed are {_listed(list(allowed))}"
        else:
            remedy = f"give a value of type {type_name}" if type_name else "correct the value"
        return self._make("grammar/value", f"{what} of {self._name} is no value of its type", remedy)

    def _missing_element(self) -> Finding:
        expected = _expected(self._message)
        return self._make(
            "grammar/missing-element",
            f"{self._name} ends where it still needs {' or '.join(expected) or 'a child'}",
            "add it, or export the document again" if expected != [_ANY] else "add it; it may be empty",
        )

    def _unexpected_element(self) -> Finding:
        parent = self._element.getparent()
        where = f"in {local_name(parent)}" if parent is not None else "as the root"
        expected = _expected(self._message)
        if self._rule is None:
            near = _nearest(self._name, expected) or _nearest(self._name, list(grammar().elements))
            remedy = near or "vendor elements belong into an Extension"
            return self._make("grammar/unknown-element", f"PMML has no element {self._name}", remedy)
        if not self._rule.span.holds(self._version):
            remedy = f"PMML has it {self._rule.span}: declare that version (known are {', '.join(VERSIONS)})"
        elif where == "in Node" and self._name in _EMBEDDED:
            remedy = "a node has child nodes or a model, not both: move the model into a child node, behind a True"
        elif expected:
            remedy = f"here may stand {_listed(expected)}; check the order of the elements"
        else:
            remedy = f"no further element may stand {where}"
        return self._make(
            "grammar/unexpected-element", f"{self._name} may not stand here {where} in PMML {self._version}", remedy
        )


def _expected(message: str) -> list[str]:
    _, _, tail = message.partition("Expected is")
    names = _NAMES.findall(tail) or [name.strip(" ().") for name in tail.replace("one of", "").split(",")]
    if any(name in _WILDCARDS for name in names):
        return [_ANY]
    return [name for name in names if name and name != "Extension"]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown}, ... ({len(names)} in all)" if len(names) > _SHOWN else shown


def _nearest_key(name: str, known: list[str]) -> str | None:
    lower = {key.lower(): key for key in known}
    near = difflib.get_close_matches(name.lower(), lower, n=1)
    return lower[near[0]] if near else None


def _nearest(name: str, known: list[str]) -> str | None:
    near = _nearest_key(name, known)
    return f"did you mean {near}?" if near else None


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
