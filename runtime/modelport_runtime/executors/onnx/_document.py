"""A document as an ONNX model."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx._expressions import lower_cast
from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.onnx._inputs import Inputs, input_fields
from modelport_runtime.executors.onnx._lowering import Lowering, MakesTextError
from modelport_runtime.executors.onnx._metadata import metadata_of
from modelport_runtime.executors.onnx._model import lower_model
from modelport_runtime.executors.onnx._prediction import ModelResult
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, MISSING_TEXT, Text, Value
from modelport_runtime.executors.onnx._vocabulary import Vocabulary
from modelport_runtime.executors.reference._supported import causes_of
from modelport_runtime.hub import DataType, Document, Notice
from modelport_runtime.results import ResultField, result_fields

__all__ = ["lower", "lower_for_columns", "lowering_notices"]


def lower(document: Document, float32: bool = False, matrix_input: bool = False) -> onnx.ModelProto:
    """Lower a document to an ONNX model for the world outside.

    Inputs are tensors [N, 1], one a field, each of its own type: string, int64, bool, float or double (dates and times
    are doubles, counted as columns count them). Outputs are tensors [N, 1], one a result field. A missing number is
    NaN, a missing integer ``MISSING_INTEGER``, a missing text ``MISSING_TEXT``; the metadata says so too. A bool cannot
    be missing: a notice names each, and a missing result is false.

    Args:
        document: The document.
        float32: Compute in single precision, on purpose; ``lowering_notices`` says what that means.
        matrix_input: One input matrix [N, number of columns trained on], for models that read numbers only.

    Returns:
        The model; equal documents give equal bytes.

    Raises:
        UnsupportedModelError: A part of the document cannot be said exactly by a graph; every cause is listed.
    """
    _require_meaning(document)
    return _lower(document, Graph(np.float32 if float32 else np.float64), matrix_input, typed=True)


def lower_for_columns(document: Document) -> tuple[onnx.ModelProto, Vocabulary | None]:
    """Lower a document for our own executor: every number, date and boolean is a double, NaN where it is missing.

    Returns:
        The model, and the vocabulary in which its text is positions; ``None`` when text is text, which a graph needs
        that makes new texts.

    Raises:
        UnsupportedModelError: As ``lower``.
    """
    _require_meaning(document)
    graph = Graph(vocabulary=Vocabulary(MISSING_TEXT))
    try:
        return _lower(document, graph, matrix_input=False, typed=False), graph.vocabulary
    except MakesTextError:
        return _lower(document, Graph(), matrix_input=False, typed=False), None


def _require_meaning(document: Document) -> None:
    """Refuse what no engine scores, in the words of the reference executor, which gives the hub its meaning."""
    causes = causes_of(document)
    if causes:
        raise UnsupportedModelError(causes)


def lowering_notices(document: Document, float32: bool = False) -> tuple[Notice, ...]:
    """What the ONNX model of a document is known to lose."""
    notices = []
    if float32:
        notices.append(
            Notice(
                code="float32",
                message="the graph computes in single precision: numbers are rounded to 7 digits, and a value within "
                "that distance of a tree's threshold may take the other branch",
            )
        )
    for field in input_fields(document):
        if field.data_type is DataType.BOOLEAN:
            notices.append(
                Notice(
                    code="boolean-never-missing",
                    message="a bool tensor cannot say that a value is missing",
                    where=f"input {field.name}",
                )
            )
    for result in result_fields(document):
        if result.data_type is DataType.BOOLEAN:
            notices.append(
                Notice(
                    code="boolean-never-missing",
                    message="a bool tensor cannot say that a value is missing: where this result is, it is false",
                    where=f"output {result.name}",
                )
            )
    return tuple(notices)


def _lower(document: Document, graph: Graph, matrix_input: bool, typed: bool) -> onnx.ModelProto:
    lowering = Lowering(document, graph)
    results = result_fields(document)
    for field in results:
        lowering.graph.unique(field.name)  # results come first: their names are a promise
    inputs = Inputs(lowering, matrix_input, typed)
    outputs: list[onnx.ValueInfoProto] = []
    with lowering.at("model"), lowering.collecting():
        result = lower_model(lowering, document.model, inputs.scope(), document.derived_fields)
        if not lowering.causes:
            outputs = [_emit(lowering, field, index, result, typed) for index, field in enumerate(results)]
    if lowering.causes:
        raise UnsupportedModelError(tuple(dict.fromkeys(lowering.causes)))
    lowering.complete_dictionaries()
    name = document.card.name or "model"
    model = lowering.graph.model(name, [tensor.value_info() for tensor in inputs.tensors], outputs)
    notices = lowering_notices(document, graph.real is np.float32) if typed else ()
    for key, value in metadata_of(document, inputs.tensors, results, notices).items():
        model.metadata_props.add(key=key, value=value)
    return model


def _emit(lowering: Lowering, field: ResultField, index: int, result: ModelResult, typed: bool) -> onnx.ValueInfoProto:
    """Give a result its name, its type and a value in every row."""
    with lowering.at(f"result {field.name}"):
        column = lower_cast(lowering, _result_column(lowering, field, index, result), field.data_type)
        column = lowering.make_missing(column, result.invalid)
        name, element_type = _typed(lowering, column, field.data_type) if typed else _untyped(lowering, column)
    lowering.graph.nodes.append(helper.make_node("Identity", [lowering.rows_like(name)], [field.name]))
    return helper.make_tensor_value_info(field.name, element_type, ["N", 1])


def _result_column(lowering: Lowering, field: ResultField, index: int, result: ModelResult) -> Value:
    for prediction in result.predictions:
        if prediction.target == field.name or (prediction.target is None and index < len(result.predictions)):
            return prediction.column(lowering)
    if field.name in result.outputs:
        return result.outputs[field.name]
    if index == 0 and len(result.predictions) == 1:
        return result.predictions[0].column(lowering)
    return lowering.scalar(None, field.data_type)


def _untyped(lowering: Lowering, column: Value) -> tuple[str, int]:
    return column.name, lowering.graph.text_type if isinstance(column, Text) else lowering.graph.real_type


def _typed(lowering: Lowering, column: Value, data_type: DataType) -> tuple[str, int]:
    """The result in the tensor type that its data type has outside."""
    if isinstance(column, Text):
        return column.name, lowering.graph.text_type
    graph = lowering.graph
    if data_type is DataType.INTEGER:
        absent = lowering.is_missing(column)
        present = lowering.replace_missing(column, lowering.number(0.0))
        whole = graph.op("Cast", present.name, to=TensorProto.INT64)
        if absent is not None:
            whole = graph.op("Where", absent, graph.integers([[MISSING_INTEGER]]), whole)
        return whole, int(TensorProto.INT64)
    if data_type is DataType.BOOLEAN:
        return lowering.is_true(column), int(TensorProto.BOOL)
    if data_type is DataType.FLOAT:
        return graph.op("Cast", column.name, to=TensorProto.FLOAT), int(TensorProto.FLOAT)
    return column.name, graph.real_type
