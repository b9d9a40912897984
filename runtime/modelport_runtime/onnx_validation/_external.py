"""External data: that they are there, inside the model's folder, and long enough."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import onnx

from modelport_runtime.findings import Finding
from modelport_runtime.onnx_validation._rules import finding

__all__ = ["check_external_data"]

_BITS = {
    **dict.fromkeys(("DOUBLE", "INT64", "UINT64", "COMPLEX64"), 64),
    **dict.fromkeys(("FLOAT", "INT32", "UINT32"), 32),
    **dict.fromkeys(("FLOAT16", "BFLOAT16", "INT16", "UINT16"), 16),
    **dict.fromkeys(("INT8", "UINT8", "BOOL", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ"), 8),
    **dict.fromkeys(("INT4", "UINT4", "FLOAT4E2M1"), 4),
    "COMPLEX128": 128,
}
"""Bits of a number of each type; those of four are packed in pairs (ONNX, IR specification)."""


def check_external_data(model: onnx.ModelProto, folder: Path | None) -> Iterator[Finding]:
    """Tensors whose data are kept in another file that is missing, too short, or somewhere else.

    Args:
        model: The model, its external data not loaded.
        folder: The model's folder; ``None`` for bytes, which have none.
    """
    for tensor, path in _tensors(model.graph, "graph"):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        where = f"{path}/initializer {tensor.name!r}"
        if folder is None:
            message = f"the data of {tensor.name!r} are in {location!r}, and bytes have no folder"
            yield finding("onnx/external-data", message, "give the model's path", where)
            continue
        resolved = (folder / location).resolve()
        if not location or Path(location).is_absolute() or not resolved.is_relative_to(folder):
            message = f"the data of {tensor.name!r} are in {location!r}, outside the model's folder"
            yield finding("onnx/unsafe", message, "put the file beside the model, and name it without folders", where)
        elif not resolved.is_file():
            message = f"the data of {tensor.name!r} are in {location!r}, which is missing"
            yield finding("onnx/external-data", message, "copy the file beside the model", where)
        else:
            yield from _length(tensor, entries, resolved, where)


def _length(tensor: onnx.TensorProto, entries: dict[str, str], file: Path, where: str) -> Iterator[Finding]:
    needed = _bytes_of(tensor)
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", 0)) or needed
    except ValueError:
        message = f"offset or length of {tensor.name!r} is no whole number"
        yield finding("onnx/external-data", message, "export the model again", where)
        return
    size = file.stat().st_size
    if offset + length > size or offset > size:
        message = f"the data of {tensor.name!r} end at byte {offset + length:,}, and {file.name} has {size:,} bytes"
        yield finding("onnx/external-data", message, "copy the file again: it is cut short or another one", where)
    elif length < needed:
        message = f"the data of {tensor.name!r} have {length:,} bytes, and its shape asks for {needed:,}"
        yield finding("onnx/external-data", message, "export the model again", where)


def _bytes_of(tensor: onnx.TensorProto) -> int:
    """How many bytes a tensor has at least; 0 where its type is not known."""
    name = next((name for name, number in onnx.TensorProto.DataType.items() if number == tensor.data_type), "")
    bits = int(math.prod(tensor.dims)) * _BITS.get(name, 0)
    return max(-(-bits // 8), 0)


def _tensors(graph: onnx.GraphProto, path: str) -> Iterator[tuple[onnx.TensorProto, str]]:
    for tensor in graph.initializer:
        yield tensor, path
    for sparse in graph.sparse_initializer:
        yield sparse.values, path
        yield sparse.indices, path
    for position, node in enumerate(graph.node, 1):
        here = f"{path}/node[{position}] {node.op_type}"
        for attribute in node.attribute:
            for tensor in (attribute.t, *attribute.tensors):
                yield tensor, here
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner, f"{here}/{attribute.name}")
