"""The grammar's verdict is that of the Data Mining Group's schemas, where these lie beside the project."""

from __future__ import annotations

import math
import os
import random
from functools import cache

import pytest
from lxml import etree

from modelport_runtime.pmml.grammar import grammar, namespace_of, schema_text
from tests.pmml._corpus import SCHEMAS, cases, corpus_folder
from tests.pmml.validation._grown import grown
from tests.pmml.validation._mutations import mutated

VERSIONS = ("4.4", "4.1")
MUTATED_DOCUMENTS = 2_000
SMALL = 12_000
"""Bytes of the corpus's documents that are mutated, at most: what is wrong is as wrong in a small one."""

pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the Data Mining Group's schemas are not at hand")


@cache
def official(version):
    """The Data Mining Group's own schema."""
    return etree.XMLSchema(etree.parse(SCHEMAS / f"pmml-{version.replace('.', '-')}.xsd"))


@cache
def ours(version):
    """The schema made from the table."""
    return etree.XMLSchema(etree.fromstring(schema_text(grammar(), version).encode()))


def difference(version, root):
    """What the schemas say of a document if they disagree on it, else ``None``."""
    expected, actual = official(version).validate(root), ours(version).validate(root)
    if expected is actual:
        return None
    log = (ours(version) if expected else official(version)).error_log
    return (
        f"official {expected}, ours {actual}: {log[0].message if log else ''}\n{etree.tostring(root)[:1500].decode()}"
    )


def documents(version, largest=math.inf):
    """The corpus's documents of a version in its namespace, with identifiers; no XML and a DOCTYPE are left out."""
    folder = corpus_folder()
    for case in cases():
        path = folder / "cases" / case["id"] / "model.pmml"
        if case.get("pmml_version") != version or os.path.getsize(path) > largest:
            continue
        try:
            tree = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        except etree.XMLSyntaxError:
            continue
        if not tree.docinfo.doctype:
            yield case["id"], _in_namespace(tree.getroot(), namespace_of(version))


def _in_namespace(root, namespace):
    """Documents name namespaces of other versions, or none; the oracle knows its own."""
    for element in root.iter(etree.Element):
        element.tag = f"{{{namespace}}}{etree.QName(element).localname}"
    return etree.fromstring(etree.tostring(root), etree.XMLParser(huge_tree=True))


def known_names(version):
    """Names that a mutation may give: of every version, so that those of others occur in this one."""
    names = list(grammar().elements)
    attributes = sorted({rule.name for element in grammar().elements.values() for rule in element.attributes})
    return names, attributes


@pytest.mark.skipif(corpus_folder() is None, reason="the corpus is not at hand")
@pytest.mark.parametrize("version", VERSIONS)
def test_real_documents_have_the_official_verdict(version):
    said = {name: difference(version, root) for name, root in documents(version)}
    assert len(said) > 50
    assert {name: text for name, text in said.items() if text is not None} == {}


@pytest.mark.skipif(corpus_folder() is None, reason="the corpus is not at hand")
@pytest.mark.parametrize("version", VERSIONS)
def test_mutated_documents_have_the_official_verdict(version):
    chance = random.Random(f"documents {version}")
    sources = [root for _, root in documents(version, SMALL)]
    names, attributes = known_names(version)
    verdicts = {True: 0, False: 0}
    for _ in range(MUTATED_DOCUMENTS):
        root = mutated(chance.choice(sources), chance, names, attributes)
        assert difference(version, root) is None
        verdicts[official(version).validate(root)] += 1
    assert min(verdicts.values()) > MUTATED_DOCUMENTS // 50, "mutations must leave some documents valid and some not"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_element_has_the_official_verdict_grown_and_mutated(version):
    chance = random.Random(f"elements {version}")
    names, attributes = known_names(version)
    valid = 0
    for name in grammar().elements_in(version):
        for _ in range(6):
            root = grown(grammar(), version, name, chance)
            assert root is not None, name
            assert difference(version, root) is None
            valid += official(version).validate(root)
            for _ in range(8):
                assert difference(version, mutated(root, chance, names, attributes)) is None
    assert valid > 5 * len(grammar().elements_in(version)), "what is grown from the table is mostly valid"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_table_has_the_attributes_and_types_of_the_official_schema(version):
    """Read from the official schema itself: growing and mutating would miss what the table lacks."""
    root = etree.parse(SCHEMAS / f"pmml-{version.replace('.', '-')}.xsd").getroot()
    holders = {kind.get("name"): kind for kind in root.iter(f"{_XS}complexType") if kind.get("name")}
    expected = {
        element.get("name"): {
            _declared(attribute) for attribute in holders.get(element.get("type"), element).iter(f"{_XS}attribute")
        }
        for element in root.iterchildren(f"{_XS}element")
    }
    actual = {
        name: {
            (rule.name, rule.type, rule.values, rule.required, rule.default, rule.fixed)
            for rule in element.attributes_in(version).values()
        }
        for name, element in grammar().elements_in(version).items()
    }
    assert actual == expected
    types = {kind.get("name"): _restricted(kind) for kind in root.iterchildren(f"{_XS}simpleType")}
    known = {name: grammar().type_in(name, version) for name in grammar().types}
    assert {name: (kind.base, kind.values_in(version)) for name, kind in known.items() if kind is not None} == types


_XS = "{http://www.w3.org/2001/XMLSchema}"


def _declared(attribute):
    base, values = "anySimpleType", ()
    if attribute.get("type"):
        base = attribute.get("type").removeprefix("xs:")
    elif attribute.find(f"{_XS}simpleType") is not None:
        base, values = _restricted(attribute.find(f"{_XS}simpleType"))
    required, default, fixed = attribute.get("use") == "required", attribute.get("default"), attribute.get("fixed")
    return attribute.get("name"), base, values, required, default, fixed


def _restricted(kind):
    restriction = kind.find(f"{_XS}restriction")
    values = tuple(value.get("value") for value in restriction.iterchildren(f"{_XS}enumeration"))
    return restriction.get("base").removeprefix("xs:"), values
