"""Support vector machines, neural networks and Gaussian processes: the reference executor and ONNX Runtime agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime import hub
from modelport_runtime.columns import Table
from modelport_runtime.hub import (
    ActivationFunction,
    DataType,
    Document,
    OutputField,
    ResultFeature,
)
from modelport_runtime.hub._native import document_bytes, load_document
from tests import strategies
from tests.executors.test_reference_equals_onnx import FLOAT_TOLERANCE, PROPERTY, assert_equal
from tests.strategies_kernel import gaussian_processes, neural_networks, support_vectors

TOLERANCE = 1e-11
"""Chains of matrix products and exponentials, whose digits are lost where great numbers cancel."""

_TAME = {ActivationFunction.LOGISTIC, ActivationFunction.TANH, ActivationFunction.IDENTITY, ActivationFunction.ELLIOTT}

CLASSES = [(), ("no", "yes"), ("a", "b", "c"), (3, 1, 2), (False, True)]


FLOAT_KINDS = st.one_of(
    support_vectors(), neural_networks().filter(lambda n: all(layer.activation_function in _TAME for layer in n.layers))
)


def in_float32(document: Document) -> Document:
    """The document computed in float32, without what would blow a last digit up."""
    return replace(document, model=replace(document.model, math_type=DataType.FLOAT, outputs=(), targets=()))


@pytest.mark.parametrize("classes", CLASSES, ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_support_vectors(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    predictor = data.draw(support_vectors(classes), label="machines")
    assert_equal(data.draw(strategies.documents(predictor, classes), label="document"), table, TOLERANCE)


@pytest.mark.parametrize("classes", CLASSES, ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_neural_networks(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    predictor = data.draw(neural_networks(classes), label="network")
    assert_equal(data.draw(strategies.documents(predictor, classes), label="document"), table, TOLERANCE)


@PROPERTY
@given(st.data(), strategies.tables())
def test_gaussian_processes(data: st.DataObject, table: Table) -> None:
    predictor = data.draw(gaussian_processes(), label="process")
    document = data.draw(strategies.documents(predictor), label="document")
    spreads = tuple(
        OutputField(name=str(feature), feature=feature, data_type=DataType.DOUBLE)
        for feature in (ResultFeature.STANDARD_DEVIATION, ResultFeature.STANDARD_ERROR)
    )
    outputs = (*document.model.outputs, *spreads)
    assert_equal(replace(document, model=replace(document.model, outputs=outputs)), table, TOLERANCE)


@PROPERTY
@given(st.data())
def test_every_kind_comes_back_from_its_file(data: st.DataObject) -> None:
    kinds = st.one_of(
        support_vectors(("a", "b", "c")), neural_networks(("a", "b", "c")), neural_networks(), gaussian_processes()
    )
    document = data.draw(strategies.documents(data.draw(kinds)))
    assert hub.equal(load_document(document_bytes(document)).model, document.model)


@PROPERTY
@given(st.data(), strategies.tables())
def test_arithmetic_in_float32(data: st.DataObject, table: Table) -> None:
    document = in_float32(data.draw(strategies.documents(data.draw(FLOAT_KINDS, label="predictor")), label="document"))
    assert_equal(document, table, 100 * FLOAT_TOLERANCE)
