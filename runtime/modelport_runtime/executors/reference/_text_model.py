"""The most similar document of a corpus (PMML 4.4, Text Models)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._entities import rank_all
from modelport_runtime.executors.reference._measures import blocks
from modelport_runtime.executors.reference._prediction import ModelResult
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._text_index import evaluate_text_index
from modelport_runtime.executors.reference._values import Numbers, constant
from modelport_runtime.hub import (
    Constant,
    DataField,
    DataType,
    DocumentNormalization,
    GlobalTermWeights,
    LocalTermWeights,
    Model,
    SimilarityType,
    TextIndex,
    TextModel,
)

__all__ = ["causes_of_text_model", "coordinates", "global_weights", "make_text_model"]


def make_text_model(
    predictor: TextModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A corpus ready to be compared with."""
    weights = global_weights(predictor)
    documents = coordinates(predictor, predictor.document_term_matrix, weights)
    return lambda model, scope: _evaluate(model, predictor, scope, weights, documents)


def causes_of_text_model(predictor: TextModel, where: str) -> Iterator[UnsupportedCause]:
    """Terms whose weight is infinite."""
    if predictor.global_term_weights is not GlobalTermWeights.PROBABILISTIC_INVERSE:
        return
    everywhere = (predictor.document_term_matrix > 0).all(axis=0)
    for term in np.array(predictor.terms, dtype=object)[everywhere]:
        yield UnsupportedCause(
            where=where,
            what=f"globalTermWeights probabilisticInverse of the term {term!r}, which is in every document: log(0)",
            remedy="leave the term out, or use other weights",
        )


def _evaluate(model: Model, predictor: TextModel, scope: Scope, weights: Numbers, documents: Numbers) -> ModelResult:
    records = coordinates(predictor, _counts(predictor, scope), weights)
    affinities = np.empty((scope.n_rows, len(documents)))
    for rows in blocks(scope.n_rows, len(documents)):
        affinities[rows] = _compare(predictor.similarity_type, records[rows], documents)
    is_similarity = predictor.similarity_type is SimilarityType.COSINE
    entities = rank_all(affinities, is_similarity, predictor.document_ids, predictor.document_names)
    return ModelResult(predictions=(entities.prediction(model.target_name),))


def _counts(predictor: TextModel, scope: Scope) -> Numbers:
    """float64, shape (n_rows, n_terms): how often each term is in each record; NaN where its field is missing."""
    counts = np.empty((scope.n_rows, len(predictor.terms)))
    for index, term in enumerate(predictor.terms):
        if predictor.text_field is None:
            counts[:, index] = numbers(scope.column(predictor.term_fields[index]))
            continue
        wanted = Constant(value=term, data_type=DataType.STRING)
        looked_for = TextIndex(text_field=predictor.text_field, term=wanted)
        found = evaluate_text_index(
            looked_for, scope.column(predictor.text_field), constant(term, DataType.STRING, scope.n_rows)
        )
        counts[:, index] = numbers(found)
    return counts


def global_weights(predictor: TextModel) -> Numbers:
    """float64, shape (n_terms,): the weight of each term; 0 for one that is in no document."""
    counts = predictor.document_term_matrix
    n_documents, holding = len(counts), (counts > 0).sum(axis=0)
    with np.errstate(all="ignore"):
        match predictor.global_term_weights:
            case GlobalTermWeights.INVERSE_DOCUMENT_FREQUENCY:
                weights = np.log10(n_documents / holding)
            case GlobalTermWeights.GFIDF:
                weights = counts.sum(axis=0) / holding
            case GlobalTermWeights.NORMAL:
                weights = 1.0 / np.sqrt((counts**2).sum(axis=0))
            case GlobalTermWeights.PROBABILISTIC_INVERSE:
                weights = np.log10((n_documents - holding) / holding)
            case GlobalTermWeights.NONE:
                return np.ones(counts.shape[1])
    known: Numbers = np.where(holding == 0, 0.0, weights)
    return known


def coordinates(predictor: TextModel, counts: Numbers, weights_of_terms: Numbers) -> Numbers:
    """float64, shape (n, n_terms): weighted and normalized counts."""
    with np.errstate(all="ignore"):  # an infinite count has no direction
        return _coordinates(predictor, counts, weights_of_terms)


def _coordinates(predictor: TextModel, counts: Numbers, weights_of_terms: Numbers) -> Numbers:
    match predictor.local_term_weights:
        case LocalTermWeights.TERM_FREQUENCY:
            local = counts
        case LocalTermWeights.BINARY:
            local = np.where(np.isnan(counts), np.nan, counts > 0)
        case LocalTermWeights.LOGARITHMIC:
            local = np.log10(1.0 + counts)
        case LocalTermWeights.AUGMENTED_NORMALIZED_TERM_FREQUENCY:
            most = np.max(counts, axis=1, keepdims=True, initial=0.0)
            local = 0.5 * (np.sign(counts) + counts / np.where(most == 0, 1.0, most))
    weighted = local * weights_of_terms
    if predictor.document_normalization is DocumentNormalization.COSINE:
        length = _lengths(weighted)[:, None]
        weighted = weighted / np.where(length == 0, 1.0, length)
    return np.asarray(weighted)


def _lengths(rows: Numbers) -> Numbers:
    """The root of the squares, added term after term: an order of a sum is part of its meaning."""
    total = np.zeros(len(rows))
    for column in rows.T:
        total = total + column**2
    return np.sqrt(total)


def _compare(similarity: SimilarityType, records: Numbers, documents: Numbers) -> Numbers:
    """float64, shape (n_records, n_documents); NaN where a record or a document has no direction.

    Sums go from term to term, so that equal documents are equally near, in any block of records and on any engine.
    """
    total = np.zeros((len(records), len(documents)))
    with np.errstate(all="ignore"):
        if similarity is SimilarityType.EUCLIDEAN:
            for own, column in zip(records.T, documents.T, strict=True):
                total += (own[:, None] - column[None, :]) ** 2
            return np.sqrt(total)
        for own, column in zip(records.T, documents.T, strict=True):
            holding = np.flatnonzero(column)
            total[:, holding] += own[:, None] * column[holding]
        quotient = total / (_lengths(records)[:, None] * _lengths(documents)[None, :])
    # Infinity times zero is missing, whatever was left out of the sums.
    return np.where(np.isfinite(records).all(axis=1, keepdims=True), quotient, np.nan)
