"""One truth of names: what the reader and the writer call elements and attributes is in the table of the grammar."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelport_runtime.pmml._grammar_names import children_of, model_elements
from modelport_runtime.pmml._models import MODEL_ELEMENTS, PREDICTORS
from modelport_runtime.pmml.grammar import VERSIONS, grammar
from modelport_runtime.pmml.grammar._rules import ParticleKind
from modelport_runtime.pmml.validation._scopes import MODELS

ROOT = Path(__file__).parents[3]
READER = ROOT / "runtime" / "modelport_runtime" / "pmml"
WRITER = ROOT / "converters" / "modelport" / "writers" / "pmml"

ELEMENTS = frozenset(grammar().elements)
ATTRIBUTES = frozenset(rule.name for element in grammar().elements.values() for rule in element.attributes)

# Methods of the reader's elements, and of the writer's stream, whose arguments are names.
OF_ELEMENTS = ("all", "child", "require_child", "element", "empty", "row")
OF_ATTRIBUTES = ("get", "require", "number", "optional_number", "integer", "boolean", "choice")

FOREIGN = {
    *(
        "x-mathContext",
        "reportField",
        "wordRE",
        "x-wordRE",
        "x-leakage",
    ),  # producers' own, which the specification has no names for
    *("string", "stem", "regex", "output"),  # columns of tables that the writer makes
    *("source framework", "source application", "trained", "source SHA-256"),  # names of Extensions in the header
    "xmlns",
}
"""Names of the code that no version of PMML has."""

NAME = re.compile(r"[A-Za-z][\w -]*")


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def texts(nodes) -> Iterator[str]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and NAME.fullmatch(inner.value):
                yield inner.value


def names_used(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Names of elements and of attributes that the code of a folder writes out, and the file of each."""
    elements: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        for call in calls(path):
            method = call.func.attr
            constants = [argument for argument in call.args if isinstance(argument, ast.Constant)]
            if method in OF_ELEMENTS:
                elements.update(dict.fromkeys(texts(constants), path.name))
            elif method in OF_ATTRIBUTES:
                attributes.update(dict.fromkeys(texts(constants[:1]), path.name))
            elif method == "expect":
                elements.update(dict.fromkeys(texts(call.args[1:]), path.name))
        elements.update(_compared_tags(path))
        if folder == WRITER:
            attributes.update(dict.fromkeys(_keys(path), path.name))
    return elements, attributes


def _keys(path: Path) -> Iterator[str]:
    """Keys of the writer's dictionaries, which hold attributes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Dict):
            yield from texts(key for key in node.keys if key is not None)


def _compared_tags(path: Path) -> dict[str, str]:
    """Names that ``element.tag`` is compared with."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == "tag":
            found.update(dict.fromkeys(texts(node.comparators), path.name))
    return found


@pytest.mark.parametrize("folder", [READER, WRITER], ids=["reader", "writer"])
def test_every_name_of_the_code_is_in_the_table(folder):
    elements, attributes = names_used(folder)
    assert len(elements) > 30
    assert len(attributes) > 30
    assert {name: file for name, file in elements.items() if name not in ELEMENTS} == {}
    assert {name: file for name, file in attributes.items() if name not in ATTRIBUTES | FOREIGN} == {}


def test_a_wrong_name_would_be_found(tmp_path):
    (tmp_path / "code.py").write_text('x.child("Tree")\ny.require("nane")\nz.tag == "Nod"\nr.expect(z, {"Leaf"})\n')
    assert names_used(tmp_path) == (dict.fromkeys(("Tree", "Leaf", "Nod"), "code.py"), {"nane": "code.py"})


def test_models_of_the_reader_and_the_validator_are_those_of_the_table():
    group = {name for version in VERSIONS for name in grammar().elements_in(version) if name in model_elements()}
    assert set(MODEL_ELEMENTS) == set(MODELS) == group
    assert {"TreeModel", "Scorecard", "AnomalyDetectionModel"} < group
    for model, (_, _, own) in PREDICTORS.items():
        assert own <= children_of(model)


def test_children_are_those_of_every_version():
    assert children_of("Predictor") == {"Categories", "Matrix"}
    assert children_of("ClusteringModel") >= {"CenterFields", "ClusteringField"}
    assert children_of("SimplePredicate") == frozenset()
    assert children_of("Array") == frozenset()
    assert children_of("Segment") == model_elements() | children_of("CompoundPredicate") | {"VariableWeight"}
    with pytest.raises(KeyError):
        children_of("Tree")


def test_children_are_those_of_the_whole_table():
    """The short way to names, line by line, and the long one, through everything that the table says."""
    for name, rule in grammar().elements.items():
        particles = [content.particle for content in rule.contents if content.particle is not None]
        assert children_of(name) == set(_named(particles)) - {"Extension"}


def _named(particles) -> Iterator[str]:
    for part in particles:
        if part.kind is ParticleKind.ELEMENT:
            yield part.name
        elif part.kind is ParticleKind.GROUP:
            yield from _named(grammar().groups[part.name])
        yield from _named(part.parts)
