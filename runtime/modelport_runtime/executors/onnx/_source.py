"""ONNX models from bytes and files, with nothing read from outside the file's own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import external_data_helper

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError

__all__ = ["ModelSource", "read_model"]

ModelSource = bytes | str | os.PathLike[str]


def read_model(source: ModelSource) -> onnx.ModelProto:
    """Read an ONNX model.

    Args:
        source: Its bytes, or the path of a file; external data are looked for in that file's folder only.

    Raises:
        ArtifactError: It is no ONNX model, or its external data are not there.
        UnsafeArtifactError: It refers to data outside its folder, or, being bytes, to any.
    """
    folder: Path | None = None
    name = ""
    if isinstance(source, bytes):
        content = source
    else:
        path = Path(source)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ArtifactError(f"{path}: cannot be read: {error.strerror or error}") from error
        folder = path.resolve().parent
        name = f"{path}: "
    model = _parse(content, name)
    locations = sorted({location for tensor in _tensors(model) for location in _locations(tensor)})
    for location in locations:
        _check_location(location, folder)
    if locations and folder is not None:
        try:
            external_data_helper.load_external_data_for_model(model, str(folder))
        except (OSError, ValueError, onnx.checker.ValidationError) as error:
            raise ArtifactError(f"{name}external data of the ONNX model cannot be read: {error}") from error
    return model


def _parse(content: bytes, name: str) -> onnx.ModelProto:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own DecodeError, whose class differs between its implementations
        raise ArtifactError(f"{name}not an ONNX model: {error}") from error
    if not model.HasField("graph") or not model.graph.output:
        raise ArtifactError(f"{name}not an ONNX model: it has no graph with outputs")
    return model


def _check_location(location: str, folder: Path | None) -> None:
    if folder is None:
        raise UnsafeArtifactError(f"the ONNX model keeps data in another file, {location!r}; give its path, not bytes")
    resolved = (folder / location).resolve()
    if Path(location).is_absolute() or not resolved.is_relative_to(folder):
        raise UnsafeArtifactError(
            f"the ONNX model keeps data in {location!r}, outside its folder; put the file beside the model and export "
            "it again"
        )


def _locations(tensor: onnx.TensorProto) -> Iterator[str]:
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        yield from (entry.value for entry in tensor.external_data if entry.key == "location")


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        yield from _node_tensors(function.node)


def _graph_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
        yield sparse.indices
    yield from _node_tensors(graph.node)


def _node_tensors(nodes: object) -> Iterator[onnx.TensorProto]:
    for node in nodes:  # type: ignore[attr-defined]
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for graph in (attribute.g, *attribute.graphs):
                yield from _graph_tensors(graph)
