"""Text models: the reference executor and ONNX Runtime agree on the nearest document, equal documents included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.hub import (
    Card,
    DataField,
    DataType,
    Document,
    DocumentNormalization,
    GlobalTermWeights,
    LocalTermWeights,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    OutputField,
    ResultFeature,
    SimilarityType,
    TextModel,
)
from tests.executors.test_reference_equals_onnx import PROPERTY, assert_equal

TERMS = ("a", "b", "c", "d")
TOLERANCE = 1e-12
"""Logarithms differ by units in the last place between numpy and ONNX Runtime."""


def document(predictor: TextModel) -> Document:
    names = predictor.term_fields or (str(predictor.text_field),)
    kind = DataType.DOUBLE if predictor.term_fields else DataType.STRING
    outputs = (
        *(OutputField(name=f"id {rank}", feature=ResultFeature.ENTITY_ID, rank=rank) for rank in (1, 2, 9)),
        OutputField(name="near", feature=ResultFeature.AFFINITY),
        OutputField(name="of one", feature=ResultFeature.AFFINITY, value="d0"),
        OutputField(name="shown", feature=ResultFeature.PREDICTED_DISPLAY_VALUE),
    )
    return Document(
        data_fields=tuple(DataField(name=name, data_type=kind, op_type=OpType.CONTINUOUS) for name in names),
        model=Model(
            function=MiningFunction.CLUSTERING,
            predictor=predictor,
            mining_fields=tuple(MiningField(name=name) for name in names),
            outputs=outputs,
        ),
        card=Card(),
    )


@st.composite
def text_models(draw: st.DrawFn, by_field: bool = True) -> TextModel:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_documents = draw(st.integers(1, 6))
    matrix = random.choice([0.0, 0.0, 1.0, 2.0, 5.0], (n_documents, len(TERMS)))
    if draw(st.booleans()):
        matrix = matrix[random.integers(0, n_documents, n_documents)]  # equal documents
    weights = [kind for kind in GlobalTermWeights if kind is not GlobalTermWeights.PROBABILISTIC_INVERSE]
    return TextModel(
        terms=TERMS,
        term_fields=TERMS if by_field else (),
        text_field=None if by_field else "text",
        document_ids=tuple(f"d{index}" for index in range(n_documents)),
        document_names=tuple(f"document {index}" for index in range(n_documents)),
        document_term_matrix=matrix,
        local_term_weights=draw(st.sampled_from(LocalTermWeights)),
        global_term_weights=draw(st.sampled_from(weights)),
        document_normalization=draw(st.sampled_from(DocumentNormalization)),
        similarity_type=draw(st.sampled_from(SimilarityType)),
    )


@PROPERTY
@given(text_models(), st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_text_models(predictor: TextModel, seed: int, n_rows: int) -> None:
    random = np.random.default_rng(seed)
    pool = [0.0] * 10 + [1.0] * 6 + [3.0] * 4 + [np.nan, np.inf]
    values = random.choice(pool, (len(TERMS), n_rows))
    columns = {name: NumberColumn(column) for name, column in zip(TERMS, values, strict=True)}
    flags = NumberColumn(np.zeros(n_rows), DataType.BOOLEAN)
    assert_equal(document(predictor), Table({**columns, "flag": flags}, n_rows), TOLERANCE)


@PROPERTY
@given(text_models(by_field=False))
def test_a_text_that_is_searched_is_refused(predictor: TextModel) -> None:
    with pytest.raises(UnsupportedModelError, match="terms that are counted in the text 'text'"):
        OnnxExecutor(document(predictor))
