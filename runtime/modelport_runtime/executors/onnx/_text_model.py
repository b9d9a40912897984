"""The most similar document of a corpus (PMML 4.4, Text Models), from counts of terms that are fields."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._entities import RankedEntities
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._mathematics import log10
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, column_of
from modelport_runtime.executors.reference._text_model import coordinates, global_weights
from modelport_runtime.hub import (
    DocumentNormalization,
    LocalTermWeights,
    Model,
    ResultFeature,
    SimilarityType,
    TextModel,
)

__all__ = ["lower_text_model"]

_MOST_COUNTS = 1 << 20
"""Counts of the corpus past which a graph, which has operators for each term, takes too long to make."""


def lower_text_model(lowering: Lowering, model: Model, predictor: TextModel, scope: Scope) -> ModelResult:
    """The nearest document; of equally near ones the first.

    Raises:
        RefusedError: Terms are counted in a text, or the corpus is too large.
    """
    if predictor.text_field is not None:
        raise lowering.refuse(f"terms that are counted in the text {predictor.text_field!r}")
    if predictor.document_term_matrix.size > _MOST_COUNTS:
        raise lowering.refuse(f"a corpus of more than {_MOST_COUNTS:,} counts")
    weights = global_weights(predictor)
    documents = coordinates(predictor, predictor.document_term_matrix, weights)
    records = _coordinates(lowering, predictor, scope, weights)
    graph = lowering.graph
    if predictor.similarity_type is SimilarityType.COSINE:
        affinities = _cosines(lowering, records, documents)
        keys = graph.op("Neg", affinities)
    else:
        affinities = keys = _distances(lowering, records, documents)
    keys = graph.op("Where", graph.op("IsNaN", affinities), graph.number(math.inf), keys)
    count = len(documents)
    # TopK puts the lower index first among equals (ONNX, TopK).
    order = graph.ops("TopK", keys, graph.integers([count]), outputs=2, axis=1, largest=0)[1]
    ordered = graph.op("GatherElements", affinities, order, axis=1)
    places = graph.op("Where", graph.op("IsNaN", ordered), graph.integers([[count]]), order)
    entities = RankedEntities(
        lowering,
        predictor.document_ids,
        predictor.document_names,
        count,
        lambda rank: column_of(lowering, places, rank - 1),
        lambda rank: column_of(lowering, ordered, rank - 1),
        affinities,
    )
    answers = {
        **entities.answers(),
        ResultFeature.PREDICTED_VALUE: entities.identifier,
        ResultFeature.PREDICTED_DISPLAY_VALUE: entities.name,
    }
    winner = entities.position_at(1)
    prediction = Prediction(target=model.target_name, classes=predictor.document_ids, winner=winner, answers=answers)
    return ModelResult(predictions=(prediction,))


def _coordinates(lowering: Lowering, predictor: TextModel, scope: Scope, weights: NDArray[np.float64]) -> list[str]:
    """Of each term the records' coordinate [N, 1]: weighted and normalized counts."""
    graph = lowering.graph
    lowering.read_all(scope, predictor.term_fields)
    counts = [lowering.rows_like(lowering.read_number(scope, name).name) for name in predictor.term_fields]
    local = _local_weights(lowering, predictor.local_term_weights, counts)
    weighted = [graph.op("Mul", own, graph.number(weight)) for own, weight in zip(local, weights, strict=True)]
    if predictor.document_normalization is DocumentNormalization.COSINE:
        length = _length(lowering, weighted)
        length = graph.op("Where", graph.op("Equal", length, graph.number(0.0)), graph.number(1.0), length)
        weighted = [graph.op("Div", own, length) for own in weighted]
    return weighted


def _local_weights(lowering: Lowering, kind: LocalTermWeights, counts: Sequence[str]) -> list[str]:
    graph, zero, one = lowering.graph, lowering.graph.number(0.0), lowering.graph.number(1.0)
    match kind:
        case LocalTermWeights.BINARY:
            held = [graph.op("Where", graph.op("Greater", count, zero), one, zero) for count in counts]
            return [
                graph.op("Where", graph.op("IsNaN", count), count, own) for count, own in zip(counts, held, strict=True)
            ]
        case LocalTermWeights.LOGARITHMIC:
            return [log10(graph, graph.op("Add", one, count)) for count in counts]
        case LocalTermWeights.AUGMENTED_NORMALIZED_TERM_FREQUENCY:
            most = zero
            for count in counts:
                most = graph.op("Max", most, count)
            most = graph.op("Where", graph.op("Equal", most, zero), one, most)
            return [
                graph.op(
                    "Mul",
                    graph.number(0.5),
                    graph.op("Add", graph.op("Sign", count), graph.op("Div", count, most)),
                )
                for count in counts
            ]
    return list(counts)


def _length(lowering: Lowering, coordinates_of_terms: Sequence[str]) -> str:
    """[N, 1]: the root of the squares, added term after term."""
    graph = lowering.graph
    total = lowering.rows_like(graph.number(0.0))
    for own in coordinates_of_terms:
        total = graph.op("Add", total, graph.op("Mul", own, own))
    return graph.op("Sqrt", total)


def _cosines(lowering: Lowering, records: Sequence[str], documents: NDArray[np.float64]) -> str:
    """[N, number of documents]: products added term after term."""
    graph = lowering.graph
    total = lowering.rows_like(graph.number(0.0))
    squares = np.zeros(len(documents))
    for own, column in zip(records, documents.T, strict=True):
        total = graph.op("Add", total, graph.op("Mul", own, graph.reals(column[None, :])))
        squares = squares + column**2
    lengths = graph.op("Mul", _length(lowering, records), graph.reals(np.sqrt(squares)[None, :]))
    return graph.op("Div", total, lengths)


def _distances(lowering: Lowering, records: Sequence[str], documents: NDArray[np.float64]) -> str:
    """[N, number of documents]: squares of differences added term after term."""
    graph = lowering.graph
    total = lowering.rows_like(graph.number(0.0))
    for own, column in zip(records, documents.T, strict=True):
        difference = graph.op("Sub", own, graph.reals(column[None, :]))
        total = graph.op("Add", total, graph.op("Mul", difference, difference))
    return graph.op("Sqrt", total)
