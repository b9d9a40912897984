"""The most similar document of a corpus (PMML 4.4, TextModel)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field

__all__ = ["DocumentNormalization", "GlobalTermWeights", "LocalTermWeights", "SimilarityType", "TextModel"]


class LocalTermWeights(StrEnum):
    """What a term's count in a document weighs (PMML 4.4, TextModelNormalization)."""

    TERM_FREQUENCY = "termFrequency"
    BINARY = "binary"
    LOGARITHMIC = "logarithmic"
    AUGMENTED_NORMALIZED_TERM_FREQUENCY = "augmentedNormalizedTermFrequency"


class GlobalTermWeights(StrEnum):
    """What a term weighs in all documents (PMML 4.4, TextModelNormalization)."""

    INVERSE_DOCUMENT_FREQUENCY = "inverseDocumentFrequency"
    NONE = "none"
    GFIDF = "GFIDF"
    NORMAL = "normal"
    PROBABILISTIC_INVERSE = "probabilisticInverse"


class DocumentNormalization(StrEnum):
    """Whether documents are brought to length 1 (PMML 4.4, TextModelNormalization)."""

    NONE = "none"
    COSINE = "cosine"


class SimilarityType(StrEnum):
    """How documents are compared (PMML 4.4, TextModelSimiliarity)."""

    EUCLIDEAN = "euclidean"
    COSINE = "cosine"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModel:
    """The document of the corpus that is most similar to a record is the predicted one; of equal ones the first.

    With ``f`` a term's count in a document, ``n`` documents and ``d`` of them holding the term: local weights are
    ``f``, ``f > 0``, ``log10(1 + f)`` or ``(1 + f / max f) / 2`` where ``f > 0``; global weights ``log10(n / d)``,
    ``1``, ``sum(f) / d``, ``1 / sqrt(sum(f ** 2))`` or ``log10((n - d) / d)``. Their product is a document's
    coordinate, divided by the document's length under ``cosine``.

    Attributes:
        terms: The dictionary.
        term_fields: For each term the field that holds its count in the record; empty when ``text_field`` is given.
        text_field: The field whose text is searched for the terms, if any.
        document_ids: Identifiers of the documents, the predicted values.
        document_names: Texts to show for them.
        document_term_matrix: float64, shape (n_documents, n_terms): counts.
        local_term_weights: Weight of a term in a document.
        global_term_weights: Weight of a term in all documents.
        document_normalization: Whether documents are brought to length 1.
        similarity_type: ``cosine``, of which more is nearer, or ``euclidean``, a distance.
    """

    terms: tuple[str, ...]
    term_fields: tuple[str, ...] = ()
    text_field: str | None = None
    document_ids: tuple[str, ...]
    document_names: tuple[str, ...]
    document_term_matrix: NDArray[np.float64]
    local_term_weights: LocalTermWeights = LocalTermWeights.TERM_FREQUENCY
    global_term_weights: GlobalTermWeights = GlobalTermWeights.INVERSE_DOCUMENT_FREQUENCY
    document_normalization: DocumentNormalization = DocumentNormalization.NONE
    similarity_type: SimilarityType = SimilarityType.COSINE

    def __post_init__(self) -> None:
        shape = (len(self.document_ids), len(self.terms))
        given = freeze_field(self, "document_term_matrix", np.float64, 2).shape
        if given != shape or len(self.document_names) != shape[0]:
            raise ValueError(f"{shape[0]} documents of {shape[1]} terms but a document-term matrix of shape {given}")
        if (self.text_field is None) != (len(self.term_fields) == len(self.terms)):
            raise ValueError("either a text field or a field for each term")

    @property
    def classes(self) -> tuple[str, ...]:
        """The documents' identifiers, in order."""
        return self.document_ids
