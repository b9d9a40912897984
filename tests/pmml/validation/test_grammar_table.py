"""The table of the grammar: what it says of versions, where it has that from, and how it is read."""

from __future__ import annotations

import pytest
from lxml import etree

from modelport_runtime.pmml.grammar import VERSIONS, grammar, namespace_of, schema_text
from modelport_runtime.pmml.grammar._rules import ALWAYS
from modelport_runtime.pmml.grammar._table import read_grammar

# From the specification's pages of changes: what came, and the first version that has it.
CAME = [
    ("MiningField", "invalidValueTreatment", "3.1"),
    ("GeneralRegressionModel", "linkFunction", "3.2"),
    ("PCovMatrix", "type", "3.2"),
    ("GeneralRegressionModel", "endTimeVariable", "4.0"),
    ("Parameter", "referencePoint", "4.0"),
    ("AssociationRule", "leverage", "4.1"),
    ("Cluster", "id", "4.1"),
    ("Apply", "defaultValue", "4.2"),
    ("TextIndex", "tokenize", "4.2.1"),
    ("Header", "modelVersion", "4.3"),
    ("OutputField", "isFinalResult", "4.3"),
    ("SupportVectorMachineModel", "maxWins", "4.3"),
    ("Item", "category", "4.3"),
    ("MiningField", "invalidValueReplacement", "4.4"),
    ("Lag", "aggregate", "4.4"),
    ("ParameterField", "displayName", "4.4"),
]
MODELS_SINCE = {"3.0": "TreeModel", "4.0": "TimeSeriesModel", "4.1": "BaselineModel", "4.3": "BayesianNetworkModel"}


@pytest.mark.parametrize(("element", "attribute", "version"), CAME)
def test_attributes_came_when_the_pages_of_changes_say(element, attribute, version):
    has = {known: attribute in grammar().elements[element].attributes_in(known) for known in VERSIONS}
    first = VERSIONS.index(version)
    assert list(has.values()) == [False] * first + [True] * (len(VERSIONS) - first)


@pytest.mark.parametrize("attribute", ["quadraticSmoothedValue", "cubicSmoothedValue"])
def test_smoothed_values_of_higher_order_were_there_once(attribute):
    known = [version for version in VERSIONS if attribute in grammar().elements["Level"].attributes_in(version)]
    assert known == ["4.0"]


@pytest.mark.parametrize(("version", "model"), MODELS_SINCE.items())
def test_models_came_when_the_pages_of_changes_say(version, model):
    first = VERSIONS.index(version)
    assert all(model in grammar().elements_in(known) for known in VERSIONS[first:])
    assert not any(model in grammar().elements_in(known) for known in VERSIONS[:first])


def test_what_names_versions_names_its_pages():
    spans = [(rule.name, rule.span) for rule in grammar().elements.values()]
    for element in grammar().elements.values():
        spans += [(f"{element.name} {rule.name}", rule.span) for rule in element.attributes]
        spans += [(f"{element.name} content", rule.span) for rule in element.contents]
    spans += [(name, rule.span) for name, rules in grammar().types.items() for rule in rules]
    spans += [(name, part.span) for name, parts in grammar().groups.items() for part in parts]
    assert len(spans) > 1000
    assert [name for name, span in spans if span != ALWAYS and not span.source] == []


def test_every_element_stands_on_a_page_and_something_holds_it():
    everywhere = {name for version in VERSIONS for name in _referred(version)}
    unheld = {name for name, rule in grammar().elements.items() if not rule.section or name not in everywhere}
    assert unheld == {"PMML", "INT-SparseArray"}, (
        "the root, and an element that the specification defines and never uses"
    )


def _referred(version):
    xs = "{http://www.w3.org/2001/XMLSchema}"
    root = etree.fromstring(schema_text(grammar(), version).encode())
    return {element.get("ref") for element in root.iter(f"{xs}element") if element.get("ref")}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_of_every_version_is_whole(version):
    schema = etree.XMLSchema(etree.fromstring(schema_text(grammar(), version).encode()))
    namespace = namespace_of(version)
    document = etree.fromstring(
        f'<PMML xmlns="{namespace}" version="{version}"><Header copyright="x"/><DataDictionary>'
        '<DataField name="x" optype="continuous" dataType="double"/></DataDictionary></PMML>'
    )
    schema.assertValid(document)
    document[0].set("unheard-of", "x")
    assert not schema.validate(document)


def test_numbers_with_exponents_are_probabilities_since_4_3():
    """PMML 4.3, Changes: "Allowed PROB-NUMBER to accept scientific notation"."""
    verdicts = {}
    for version in VERSIONS:
        schema = etree.XMLSchema(etree.fromstring(schema_text(grammar(), version, "").encode()))
        verdicts[version] = schema.validate(etree.fromstring('<MiningField name="x" importance="1E-3"/>'))
    assert [version for version, valid in verdicts.items() if valid] == ["4.3", "4.4", "4.4.1"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("section A\nelement B\nelement B", "line 3: element B stands twice"),
        ("element B\n  x string", "line 2: no attribute"),
        ("element B [9.9]", "line 1: unknown version 9.9"),
        ("element B\n  content: A, B | C", "line 2: ',' and '|' need parentheses"),
        ("element B\n  content: (A", "line 2: a parenthesis is not closed"),
        ("elment B", "line 1: unknown kind of entry 'elment'"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(text, what):
    with pytest.raises(ValueError, match=what.replace("|", r"\|")):
        read_grammar(text)


def test_spans_stand_behind_parts_and_values():
    read = read_grammar(
        "section Page\nelement A [3.2-4.1]  # Page 3.2\n"
        "  b: (x | y) required [4.0]  # Page 4.0\n  content: C?, D [4.1-]\n"
        "type T [4.2-]: string = one | two [4.3-] | dateDaysSince[0]  # Page 4.2\n"
    )
    element = read.elements["A"]
    assert (str(element.span), element.span.source, element.section) == ("3.2 to 4.1", "Page 3.2", "Page")
    assert element.attributes_in("4.0").keys() == {"b"}
    assert element.attributes_in("4.1") == {}
    assert read.types["T"][0].values_in("4.2") == ("one", "dateDaysSince[0]")
    assert read.type_in("T", "4.1") is None
    assert read.types["T"][0].span.source == "Page 4.2"
