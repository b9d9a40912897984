"""The document: header, dictionaries and the model asked for."""

from __future__ import annotations

import re

from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import Card, Document, GoldenRows
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._element_builder import parse_elements
from modelport_runtime.pmml._fields import read_data_dictionary
from modelport_runtime.pmml._folding import without_empty_predictor
from modelport_runtime.pmml._models import MODEL_ELEMENTS, read_model
from modelport_runtime.pmml._reading import Reading, Scope
from modelport_runtime.pmml._source import PmmlSource, open_source
from modelport_runtime.pmml._transformations import read_derived_fields, read_functions
from modelport_runtime.pmml._verification import read_golden_rows

__all__ = ["read_model_names", "read_pmml"]

_IGNORED = ("MiningBuildTask",)
_OWN_NAME = "modelport"
_METRIC = re.compile(r"metric (.*): ([+-]?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?))", re.DOTALL)
_VERSION = re.compile(r"(\d+)\.(\d+)")


def read_pmml(source: PmmlSource, model_name: str | None = None) -> Document:
    """Read a PMML document of version 3.0 to 4.4.

    Args:
        source: A path, bytes, or a binary file object; plain or compressed with gzip, as its content says.
        model_name: Which model, by its ``modelName``; default is the first one that may be scored.

    Returns:
        The model with everything that it needs.

    Raises:
        UnsafeArtifactError: It has a DOCTYPE, or is nested too deeply or too large.
        ArtifactError: It cannot be read, is not PMML, or is not correct PMML.
        UnsupportedModelError: It holds what the hub cannot say; every such part is listed with its line.
    """
    name, chunks = open_source(source)
    root = parse_elements(name, chunks)
    reading = Reading(version=_read_version(root))
    document = _read_document(reading, root, model_name)
    if reading.causes or document is None:
        raise UnsupportedModelError(reading.distinct_causes())
    return document


def read_model_names(source: PmmlSource) -> tuple[str | None, ...]:
    """Names of the models in a document, in order; ``None`` for a model without a name.

    Args:
        source: As for ``read_pmml``.

    Raises:
        ArtifactError: It cannot be read, or is not PMML.
        UnsafeArtifactError: It has a DOCTYPE, or is nested too deeply or too large.
    """
    root = parse_elements(*open_source(source))
    return tuple(model.get("modelName") for model in root.all(*MODEL_ELEMENTS))


def _read_version(root: Element) -> tuple[int, int]:
    text = root.get("version") or "4.4"
    match = _VERSION.match(text)
    if match is None:
        raise root.error(f"version={text!r} is not a version of PMML; known are 3.0 to 4.4")
    version = (int(match[1]), int(match[2]))
    if not (3, 0) <= version <= (4, 4):
        raise root.error(f"version {text} of PMML is not known; known are 3.0 to 4.4: export it again as PMML 4.4")
    return version


def _read_document(reading: Reading, root: Element, model_name: str | None) -> Document | None:
    known = {"Header", "DataDictionary", "TransformationDictionary", *_IGNORED, *MODEL_ELEMENTS}
    reading.expect(root, known)
    scope = Scope()
    data_fields = read_data_dictionary(reading, root.require_child("DataDictionary"), scope)
    dictionary = root.child("TransformationDictionary")
    functions = read_functions(reading, dictionary)
    derived_fields = read_derived_fields(reading, dictionary, scope)
    element = _choose_model(root, model_name)
    model = read_model(reading, element, scope)
    if model is None:
        return None
    return Document(
        data_fields=data_fields,
        model=without_empty_predictor(model),
        functions=functions,
        derived_fields=derived_fields,
        card=_read_card(reading, root, model.name, read_golden_rows(element, model, scope)),
    )


def _choose_model(root: Element, model_name: str | None) -> Element:
    models = root.all(*MODEL_ELEMENTS)
    if not models:
        raise root.error("the document holds no model; export the model again")
    if model_name is None:
        return next((model for model in models if model.boolean("isScorable", True)), models[0])
    found = [model for model in models if model.get("modelName") == model_name]
    if not found:
        known = ", ".join(repr(model.get("modelName")) for model in models)
        raise root.error(f"the document holds no model named {model_name!r}; known are {known}")
    if len(found) > 1:
        raise found[1].error(f"{len(found)} models are named {model_name!r}; give each a name of its own")
    return found[0]


def _read_card(reading: Reading, root: Element, name: str | None, golden_rows: GoldenRows | None) -> Card:
    header = root.child("Header")
    application = None if header is None else header.child("Application")
    timestamp = None if header is None else header.child("Timestamp")
    annotations = _own_annotations(header, application)
    facts = dict(text.split(": ", 1) for text in annotations if ": " in text)
    # A framework's name has no blank; a version may, as "format v4".
    framework, _, framework_version = facts.get("source framework", "").partition(" ")
    return Card(
        name=name or "",
        version=(header.get("modelVersion") or "") if header is not None else "",
        description=(header.get("description") or "") if header is not None else "",
        application=(application.get("name") or "") if application is not None else "",
        application_version=(application.get("version") or "") if application is not None else "",
        created=timestamp.text.strip() if timestamp is not None else "",
        copyright=(header.get("copyright") or "") if header is not None else "",
        source_framework=framework,
        source_version=framework_version,
        trained=facts.get("trained", ""),
        source_digest=facts.get("source SHA-256", ""),
        metrics=tuple((found[1], float(found[2])) for found in map(_METRIC.fullmatch, annotations) if found),
        golden_rows=golden_rows,
        notices=tuple(reading.notices),
    )


def _own_annotations(header: Element | None, application: Element | None) -> list[str]:
    """What our own writer notes for want of attributes, one fact an annotation, ``name: value``.

    Annotations of other programs are free text.
    """
    if header is None or application is None or application.get("name") != _OWN_NAME:
        return []
    return [annotation.text.strip() for annotation in header.all("Annotation")]
