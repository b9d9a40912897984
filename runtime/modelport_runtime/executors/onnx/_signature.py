"""What an ONNX model takes and gives: from our own metadata, or, of a foreign model, from its tensors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from modelport_runtime.errors import ArtifactError
from modelport_runtime.executors.onnx._metadata import PREFIX, card_of, fields_of, mining_fields_of, unread_of
from modelport_runtime.hub import Card, DataField, DataType, MiningField, OpType
from modelport_runtime.results import ResultField

__all__ = ["InputSignature", "Signature", "signature_of"]

_DATA_TYPES = {
    TensorProto.STRING: DataType.STRING,
    TensorProto.INT64: DataType.INTEGER,
    TensorProto.INT32: DataType.INTEGER,
    TensorProto.BOOL: DataType.BOOLEAN,
    TensorProto.FLOAT: DataType.FLOAT,
    TensorProto.DOUBLE: DataType.DOUBLE,
}


@dataclass(frozen=True, slots=True)
class InputSignature:
    """One input tensor: its element type, the field in each of its columns, and which of them nothing reads."""

    name: str
    dtype: np.dtype[Any]
    fields: tuple[DataField, ...]
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signature:
    """Inputs and outputs of a model.

    Attributes:
        inputs: Input tensors.
        output_names: Output tensors that are results.
        results: Name and type of each of them.
        positions: Where each output tensor stands among all.
        card: Where the model comes from.
        mining_fields: How the model treats its inputs; ``None`` where the file does not say.
    """

    inputs: tuple[InputSignature, ...]
    output_names: tuple[str, ...]
    results: tuple[ResultField, ...]
    positions: dict[str, int]
    card: Card
    mining_fields: tuple[MiningField, ...] | None = None

    def position(self, name: str) -> int:
        """Where an output tensor stands among all."""
        return self.positions[name]

    @property
    def data_fields(self) -> tuple[DataField, ...]:
        """The fields that the model takes."""
        return tuple(field for tensor in self.inputs for field in tensor.fields if field.name not in tensor.unread)


def signature_of(model: onnx.ModelProto) -> Signature:
    """Read the signature.

    Raises:
        ArtifactError: An input or output is of a kind that a table's columns cannot be; the message names it.
    """
    entries = {entry.key: entry.value for entry in model.metadata_props}
    stored = {initializer.name for initializer in model.graph.initializer}
    inputs = [info for info in model.graph.input if info.name not in stored]
    positions = {info.name: index for index, info in enumerate(model.graph.output)}
    if PREFIX + "inputs" in entries and PREFIX + "outputs" in entries:
        return _ours(inputs, model, positions, entries)
    results = tuple(ResultField(info.name, _output_type(info)) for info in model.graph.output)
    return Signature(
        inputs=tuple(_foreign_input(info) for info in inputs),
        output_names=tuple(info.name for info in model.graph.output),
        results=results,
        positions=positions,
        card=Card(
            name=model.graph.name,
            description=model.doc_string,
            application=model.producer_name,
            application_version=model.producer_version,
        ),
    )


def _ours(
    inputs: list[onnx.ValueInfoProto], model: onnx.ModelProto, positions: dict[str, int], entries: dict[str, str]
) -> Signature:
    try:
        fields = fields_of(entries)
        results = tuple(
            ResultField(result["name"], DataType(result["data_type"]))
            for result in json.loads(entries[PREFIX + "outputs"])
        )
        unread = unread_of(entries)
        signatures = tuple(InputSignature(info.name, _dtype(info), fields[info.name], unread) for info in inputs)
        names = tuple(result.name for result in results)
        if any(name not in positions for name in names):
            raise KeyError(names)
        card, mining_fields = card_of(entries), mining_fields_of(entries)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"the metadata of the ONNX model do not fit its tensors: {error!r}") from error
    return Signature(signatures, names, results, positions, card, mining_fields)


def _foreign_input(info: onnx.ValueInfoProto) -> InputSignature:
    kind = info.type.WhichOneof("value")
    element_type = info.type.tensor_type.elem_type
    if kind != "tensor_type" or element_type not in _DATA_TYPES:
        raise ArtifactError(
            f"input {info.name!r} is {_described(info)}; only tensors of text, int64, bool, float or double can be fed "
            "from a table"
        )
    dimensions = info.type.tensor_type.shape.dim
    width = dimensions[1].dim_value if len(dimensions) == 2 else 0
    if len(dimensions) != 2 or width < 1:
        raise ArtifactError(
            f"input {info.name!r} has shape {_shape(info)}; only [N, number of columns] can be fed from a table"
        )
    data_type = _DATA_TYPES[element_type]
    op_type = OpType.CONTINUOUS if data_type.is_number else OpType.CATEGORICAL
    names = [info.name] if width == 1 else [f"{info.name}[{column}]" for column in range(width)]
    fields = tuple(DataField(name=name, data_type=data_type, op_type=op_type) for name in names)
    return InputSignature(info.name, _dtype(info), fields)


def _output_type(info: onnx.ValueInfoProto) -> DataType:
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type" or info.type.tensor_type.elem_type not in _DATA_TYPES:
        raise ArtifactError(
            f"output {info.name!r} is {_described(info)}, not a plain tensor; export the model again without ZipMap "
            "(skl2onnx: options={'zipmap': False})"
        )
    dimensions = info.type.tensor_type.shape.dim
    if len(dimensions) > 2 or (len(dimensions) == 2 and dimensions[1].dim_value not in (0, 1)):
        raise ArtifactError(
            f"output {info.name!r} has shape {_shape(info)}; a result column is [N] or [N, 1]: split it into columns"
        )
    return _DATA_TYPES[info.type.tensor_type.elem_type]


def _dtype(info: onnx.ValueInfoProto) -> np.dtype[Any]:
    dtype: np.dtype[Any] = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
    return dtype


def _shape(info: onnx.ValueInfoProto) -> str:
    dimensions = info.type.tensor_type.shape.dim
    return "[" + ", ".join(str(d.dim_value or d.dim_param or "?") for d in dimensions) + "]"


def _described(info: onnx.ValueInfoProto) -> str:
    kind = info.type.WhichOneof("value") or "of no type"
    if kind == "tensor_type":
        return f"a tensor of {TensorProto.DataType.Name(info.type.tensor_type.elem_type).lower()}"
    return "a " + str(kind).removesuffix("_type")
