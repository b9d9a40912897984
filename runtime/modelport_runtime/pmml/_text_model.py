"""TextModel (PMML 4.4, Text Models; deprecated since PMML 4.2)."""

from __future__ import annotations

from modelport_runtime.hub import (
    DataType,
    DocumentNormalization,
    GlobalTermWeights,
    LocalTermWeights,
    MiningFunction,
    SimilarityType,
    TextModel,
)
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import read_matrix
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_text_model"]


def read_text_model(reading: Reading, element: Element, context: ModelContext) -> TextModel | None:
    """Read the documents of a ``TextModel``.

    Raises:
        ArtifactError: Numbers of terms or documents do not fit, a document is given twice, or no field gives the text.
    """
    if context.function is not MiningFunction.CLUSTERING:
        remedy = "PMML does not say how similar documents give a target: export a model of functionName clustering"
        reading.refuse(element, f"a TextModel for {context.function!s}", remedy)
        return None
    terms = _read_terms(reading, element)
    ids, names = _read_documents(reading, element)
    matrix = read_matrix(element.require_child("DocumentTermMatrix").require_child("Matrix"), len(ids), len(terms))
    term_fields, text_field = _fields(element, context, terms)
    normalization = element.child("TextModelNormalization") or Element("TextModelNormalization", {}, element.line)
    similarity = element.child("TextModelSimiliarity") or Element("TextModelSimiliarity", {}, element.line)
    return TextModel(
        terms=terms,
        term_fields=term_fields,
        text_field=text_field,
        document_ids=ids,
        document_names=names,
        document_term_matrix=matrix,
        local_term_weights=normalization.choice("localTermWeights", LocalTermWeights, LocalTermWeights.TERM_FREQUENCY),
        global_term_weights=normalization.choice(
            "globalTermWeights", GlobalTermWeights, GlobalTermWeights.INVERSE_DOCUMENT_FREQUENCY
        ),
        document_normalization=normalization.choice(
            "documentNormalization", DocumentNormalization, DocumentNormalization.NONE
        ),
        similarity_type=similarity.choice("similarityType", SimilarityType, SimilarityType.COSINE),
    )


def _read_terms(reading: Reading, model: Element) -> tuple[str, ...]:
    element = model.require_child("TextDictionary")
    reading.expect(element, {"Taxonomy", "Array"})
    for taxonomy in element.all("Taxonomy"):
        reading.notice(taxonomy, "taxonomy-skipped", "the taxonomy of terms is not kept; it takes no part in scoring")
    terms = read_array(element.require_child("Array"))
    if len(set(terms)) != len(terms):
        raise element.error("a term stands twice in the TextDictionary; remove one")
    _expect_count(model, "numberOfTerms", len(terms))
    return terms


def _read_documents(reading: Reading, model: Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
    element = model.require_child("TextCorpus")
    reading.expect(element, {"TextDocument"})
    documents = {child.require("id"): child for child in element.all("TextDocument")}
    if len(documents) != len(element.all("TextDocument")):
        raise element.error("two documents have the same id; give each its own")
    _expect_count(model, "numberOfDocuments", len(documents))
    return tuple(documents), tuple(child.get("name") or key for key, child in documents.items())


def _expect_count(model: Element, attribute: str, found: int) -> None:
    if not found or model.integer(attribute, found) != found:
        raise model.error(f"{attribute}={model.get(attribute)!r} but there are {found}; correct the document")


def _fields(element: Element, context: ModelContext, terms: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """A field of counts for each term, or the one field of text in which terms are counted."""
    kinds = [context.scope.find(term) for term in terms]
    if all(kind is not None and kind.data_type.is_number for kind in kinds):
        return terms, None
    active = [field.name for field in context.mining_fields if not field.is_target]
    texts = [name for name in active if (kind := context.scope.find(name)) and kind.data_type is DataType.STRING]
    if len(texts) != 1:
        missing = [term for term, kind in zip(terms, kinds, strict=True) if kind is None]
        what = f"no field for the terms {', '.join(missing[:5])}" if missing else "terms whose fields hold no numbers"
        raise element.error(f"{what}, and {len(texts)} fields of text; give each term a field, or one field of text")
    return (), texts[0]
