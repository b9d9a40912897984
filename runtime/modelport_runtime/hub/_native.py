"""The hub's own file: structure as JSON, arrays as raw little-endian buffers (docs/hub-format.md).

Layout::

    offset  size  content
    0       8     the bytes MPORTHUB
    8       4     uint32 format version
    12      4     uint32 CRC-32 of everything from offset 32 on
    16      8     uint64 length of the file
    24      8     uint64 length of the JSON
    32      ...   JSON in UTF-8, then zero bytes to a multiple of 8, then the buffers, each at a multiple of 8

All integers are little-endian. A reader needs a JSON parser and nothing else.
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
import types
import typing
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime._atomic import replacing
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub._arrays import equal
from modelport_runtime.hub._model import Document
from modelport_runtime.hub._registry import HUB_TYPES
from modelport_runtime.hub._trees import TreeEnsemble

__all__ = ["FORMAT_VERSION", "MAGIC", "document_bytes", "from_json", "load_document", "save_document", "to_json"]

MAGIC = b"MPORTHUB"
FORMAT_VERSION = 1
_HEADER = struct.Struct("<8sIIQQ")
_DTYPES = {"float64": "<f8", "int32": "<i4", "int64": "<i8", "uint8": "|u1"}
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def document_bytes(document: Document) -> bytes:
    """The document as the bytes of a hub file; equal documents give equal bytes."""
    buffers: list[NDArray[Any]] = []
    body = {"format": "modelport-hub", "document": _encode(document, buffers)}
    entries, offset = [], 0
    for buffer in buffers:
        entries.append({"type": buffer.dtype.name, "shape": list(buffer.shape), "offset": offset})
        offset += _padded(buffer.nbytes)
    text = json.dumps({**body, "buffers": entries}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    parts = [_pad(text.encode("utf-8"))]
    parts += [_pad(buffer.astype(_DTYPES[buffer.dtype.name]).tobytes()) for buffer in buffers]
    payload = b"".join(parts)
    size = _HEADER.size + len(payload)
    return _HEADER.pack(MAGIC, FORMAT_VERSION, zlib.crc32(payload), size, len(text.encode("utf-8"))) + payload


def save_document(document: Document, path: str | os.PathLike[str]) -> None:
    """Write a document to a hub file, which appears under its name when it is whole."""
    content = document_bytes(document)
    with replacing(path) as file:
        file.write(content)


def load_document(source: str | os.PathLike[str] | bytes) -> Document:
    """Read a hub file.

    Args:
        source: Path of the file, or its bytes.

    Raises:
        ArtifactError: Not a hub file, of a newer version, truncated, damaged, or inconsistent.
    """
    where = "<bytes>" if isinstance(source, bytes) else os.fspath(source)
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{where}: cannot be read: {error.strerror}") from error
    try:
        return _document_from(data)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ArtifactError(f"{where}: not a usable modelport hub file: {error}; convert the model again") from error


def to_json(value: Any) -> Any:
    """A hub value without arrays, such as a card or a field, as JSON can hold it; the file's own form."""
    buffers: list[NDArray[Any]] = []
    encoded = _encode(value, buffers)
    if buffers:
        raise TypeError(f"a {type(value).__name__} holds arrays, which JSON alone cannot")
    return encoded


def from_json(value: Any, kind: type) -> Any:
    """The value that ``to_json`` was given.

    Args:
        value: What was read from JSON.
        kind: The class wanted.

    Raises:
        ValueError: It is no such value.
    """
    try:
        return _decode(value, kind, [], kind.__name__)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a {kind.__name__}: {error!r}") from error


def _document_from(data: bytes) -> Document:
    if len(data) < _HEADER.size or data[:8] != MAGIC:
        raise ValueError("it does not start with MPORTHUB")
    _, version, checksum, size, json_size = _HEADER.unpack_from(data)
    if version > FORMAT_VERSION:
        raise ValueError(f"format version {version} is newer than {FORMAT_VERSION}; install a newer modelport")
    if size != len(data):
        raise ValueError(f"the file has {len(data)} bytes, its header says {size}")
    payload = memoryview(data)[_HEADER.size :]
    if zlib.crc32(payload) != checksum:
        raise ValueError("the checksum does not match, the file is damaged")
    body = json.loads(bytes(payload[:json_size]))
    first = _padded(json_size)
    buffers = [_buffer(payload[first:], entry) for entry in body["buffers"]]
    document = _decode(body["document"], Document, buffers, "document")
    if not isinstance(document, Document):
        raise ValueError("it holds no document")
    return document


def _buffer(region: memoryview, entry: Mapping[str, Any]) -> NDArray[Any]:
    shape = tuple(int(length) for length in entry["shape"])
    dtype, offset = np.dtype(_DTYPES[entry["type"]]), int(entry["offset"])
    if offset < 0 or any(length < 0 for length in shape):
        raise ValueError(f"buffer {dict(entry)} has a negative size")
    array = np.frombuffer(region, dtype, math.prod(shape), offset).reshape(shape)
    return array if sys.byteorder == "little" else array.astype(dtype.newbyteorder("="))


def _padded(size: int) -> int:
    return -(-size // 8) * 8


def _pad(data: bytes) -> bytes:
    return data.ljust(_padded(len(data)), b"\0")


def _encode(value: Any, buffers: list[NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray):
        buffers.append(value)
        return {"buffer": len(buffers) - 1}
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": type(value).__name__} | {
            f.name: _encode(getattr(value, f.name), buffers) for f in fields(value) if not _is_default(value, f.name)
        }
    if isinstance(value, tuple):
        return [_encode(item, buffers) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def _is_default(owner: Any, name: str) -> bool:
    default = type(owner).__dataclass_fields__[name].default
    return default is not MISSING and equal(getattr(owner, name), default)


@cache
def _annotations(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(value: Any, annotation: Any, buffers: list[NDArray[Any]], where: str) -> Any:
    if isinstance(value, dict):
        return _decode_object(value, annotation, buffers, where)
    if isinstance(value, list):
        return _decode_list(value, annotation, buffers, where)
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, Enum) and value is not None:
            return option(value)
        if option is float and type(value) is int and int not in _options(annotation):
            return float(value)
        if isinstance(option, type) and type(value) is option:
            return value
    raise ValueError(f"{where} is {value!r}, not {annotation}")


def _decode_object(value: dict[str, Any], annotation: Any, buffers: list[NDArray[Any]], where: str) -> Any:
    if "buffer" in value:
        if not any(typing.get_origin(option) is np.ndarray for option in _options(annotation)):
            raise ValueError(f"{where} is an array, not {annotation}")
        return buffers[value["buffer"]]
    if "number" in value:
        if float not in _options(annotation):
            raise ValueError(f"{where} is a number, not {annotation}")
        return _NOT_FINITE[value["number"]]
    kind = HUB_TYPES[value["kind"]]
    if kind not in _options(annotation):
        raise ValueError(f"{where} is a {kind.__name__}, not {annotation}")
    hints = _annotations(kind)
    given = {name: item for name, item in value.items() if name != "kind"}
    if unknown := sorted(set(given) - set(hints)):
        raise ValueError(f"{where} has unknown attributes {unknown}")
    result = kind(**{name: _decode(item, hints[name], buffers, f"{where}.{name}") for name, item in given.items()})
    if isinstance(result, TreeEnsemble):
        result.require_acyclic()
    return result


def _decode_list(value: list[Any], annotation: Any, buffers: list[NDArray[Any]], where: str) -> tuple[Any, ...]:
    for option in _options(annotation):
        if typing.get_origin(option) is tuple:
            items = typing.get_args(option)
            if len(items) == 2 and items[1] is Ellipsis:
                items = (items[0],) * len(value)
            if len(items) != len(value):
                raise ValueError(f"{where} has {len(value)} items, expected {len(items)}")
            return tuple(
                _decode(item, kind, buffers, f"{where}[{i}]")
                for i, (item, kind) in enumerate(zip(value, items, strict=True))
            )
    raise ValueError(f"{where} is a list, not {annotation}")


def _options(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(option for item in typing.get_args(annotation) for option in _options(item))
    return (annotation,)
