"""The graph's inputs: one tensor [N, 1] a field in its own type, or one matrix for a model of numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx
from onnx import TensorProto, helper

from modelport_runtime.executors.onnx._lowering import Lowering, Scope, ScopedValue
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, Number, Text, Value
from modelport_runtime.hub import DataField, DataType, Document, OpType, UsageType

__all__ = ["UNREAD", "InputTensor", "Inputs", "input_fields"]

UNREAD = (UsageType.SUPPLEMENTARY, UsageType.FREQUENCY_WEIGHT, UsageType.ANALYSIS_WEIGHT)
"""Usages of fields that a model lists but does not take."""

MATRIX_INPUT = "X"


@dataclass(frozen=True, slots=True)
class InputTensor:
    """One input of the graph: its element type, and the fields that its columns hold, those too that nothing reads."""

    name: str
    element_type: int
    fields: tuple[str, ...]
    unread: tuple[DataField, ...] = ()

    def value_info(self) -> onnx.ValueInfoProto:
        """Its declaration."""
        return helper.make_tensor_value_info(self.name, self.element_type, ["N", len(self.fields)])


def input_fields(document: Document) -> tuple[DataField, ...]:
    """The data fields that the outermost model takes, in the order of its mining schema."""
    known = {field.name: field for field in document.data_fields}
    return tuple(
        known[field.name]
        for field in document.model.mining_fields
        if not field.is_target and field.usage_type not in UNREAD and field.name in known
    )


class Inputs:
    """The graph's inputs while it is built.

    The fields that the outermost model takes come first; any other data field becomes an input when something reads
    it, such as a weight.

    Attributes:
        tensors: The inputs, in order.
    """

    def __init__(self, lowering: Lowering, matrix_input: bool, typed: bool) -> None:
        self.tensors: list[InputTensor] = []
        self._lowering = lowering
        self._matrix_input = matrix_input
        self._typed = typed

    def scope(self) -> Scope:
        """The fields around the outermost model: raw columns.

        Raises:
            RefusedError: The model takes no field, or not all of them fit into one matrix.
        """
        lowering = self._lowering
        fields = input_fields(lowering.document)
        if not fields:
            raise lowering.refuse("the model takes no field, so a graph cannot know how many rows there are")
        scope = Scope()
        if self._matrix_input:
            self._declare_matrix(fields, scope)
        for field in lowering.document.data_fields:
            if field.name not in scope.values:
                scope.define(field.name, partial(self._declare, field))
        for field in fields:
            scope.find(field.name)
        graph = lowering.graph
        rows = graph.op("Gather", graph.op("Shape", self.tensors[0].name), graph.integers([0]))
        lowering.n_rows = graph.op("Concat", rows, graph.integers([1]), axis=0)
        return scope

    def _declare(self, field: DataField) -> ScopedValue:
        lowering = self._lowering
        if self._matrix_input:
            raise lowering.refuse(f"field {field.name!r}, which the model does not list, beside one matrix")
        element_type = _element_type(lowering, field.data_type, self._typed)
        tensor = InputTensor(lowering.graph.unique(field.name), element_type, (field.name,))
        self.tensors.append(tensor)
        lowering.graph.full.add(tensor.name)
        return ScopedValue(_column(lowering, tensor, field.data_type))

    def _declare_matrix(self, fields: tuple[DataField, ...], scope: Scope) -> None:
        lowering, graph = self._lowering, self._lowering.graph
        for field in fields:
            if field.data_type is DataType.STRING:
                lowering.refuse(f"text field {field.name!r} cannot be a column of one matrix", "use one input a field")
        names, unread = _matrix_columns(lowering.document, fields)
        matrix = InputTensor(graph.unique(MATRIX_INPUT), graph.real_type, names, unread)
        self.tensors.append(matrix)
        positions = {name: position for position, name in enumerate(names)}
        for field in fields:
            name = graph.op("Gather", matrix.name, graph.integers([positions[field.name]]), axis=1)
            graph.full.add(name)
            number = Number(_as_float(lowering, name, field.data_type), field.data_type)
            scope.values[field.name] = ScopedValue(number)


def _matrix_columns(document: Document, fields: tuple[DataField, ...]) -> tuple[tuple[str, ...], tuple[DataField, ...]]:
    """Names of all columns in the order of training, and those of them that nothing reads.

    A matrix is what callers have at hand from training, so it keeps the columns that a model makes no use of. Text
    cannot be in it.
    """
    read = {field.name for field in fields}
    trained = dict(document.card.training_columns)
    if not read <= set(trained):
        return tuple(field.name for field in fields), ()
    names = tuple(name for name, kind in trained.items() if name in read or kind is not DataType.STRING)
    unread = tuple(
        DataField(name=name, data_type=trained[name], op_type=OpType.CONTINUOUS) for name in names if name not in read
    )
    return names, unread


def _element_type(lowering: Lowering, data_type: DataType, typed: bool) -> int:
    if data_type is DataType.STRING:
        return lowering.graph.text_type
    own = {DataType.INTEGER: TensorProto.INT64, DataType.BOOLEAN: TensorProto.BOOL, DataType.FLOAT: TensorProto.FLOAT}
    return int(own.get(data_type, lowering.graph.real_type)) if typed else lowering.graph.real_type


def _column(lowering: Lowering, tensor: InputTensor, data_type: DataType) -> Value:
    graph = lowering.graph
    if data_type is DataType.STRING:
        return Text(tensor.name)
    if tensor.element_type == graph.real_type:
        return Number(_as_float(lowering, tensor.name, data_type), data_type)
    number = Number(graph.op("Cast", tensor.name, to=graph.real_type), data_type, data_type is not DataType.BOOLEAN)
    if data_type is not DataType.INTEGER:
        return number
    absent = graph.op("Equal", tensor.name, graph.integers([[MISSING_INTEGER]]))
    return lowering.make_missing(number, absent)


def _as_float(lowering: Lowering, name: str, data_type: DataType) -> str:
    is_single = data_type is DataType.FLOAT and lowering.graph.real is np.float64
    return lowering.to_float32(name) if is_single else name
