"""The facade: convert, read, write and score."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelport.readers import read_model
from modelport.readers._files import read_file
from modelport.readers._golden import with_golden_rows
from modelport.writers import WRITERS, write_document
from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.frames import refuse_repeated_columns
from modelport_runtime.hub import Document, Notice

__all__ = ["SUFFIXES", "ConversionResult", "convert", "read", "score", "write"]

SUFFIXES = {
    ".pmml": "pmml",
    ".pmml.gz": "pmml",
    ".xml": "pmml",
    ".onnx": "onnx",
    ".modelport": "modelport",
}
"""Kind of artifact by the suffix of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionResult:
    """What a conversion made.

    Attributes:
        path: The artifact.
        document: The model as the hub holds it.
        notices: What is known to be lost or in doubt, from reading and from writing.
    """

    path: Path
    document: Document
    notices: tuple[Notice, ...]


def convert(
    model: Any,
    target_path: str | os.PathLike[str],
    to: str | None = None,
    *,
    data: Any = None,
    target: str | Sequence[str] | None = None,
    trust: bool = False,
    model_name: str | None = None,
    **options: Any,
) -> ConversionResult:
    """Convert a trained model into an artifact.

    Args:
        model: A fitted model, or the path of a model file, a PMML document or a hub file.
        target_path: Where the artifact goes; written whole or not at all.
        to: ``pmml``, ``onnx`` or ``modelport``; by default what the suffix of ``target_path`` says.
        data: Rows as the model was trained on (pandas, polars, Arrow or an array). They tell which inputs are text,
            whole numbers or float32, and a few of them become golden rows with the source's own scores.
        target: Name of the target, or names when the model predicts several; ``y`` by default.
        trust: Whether to load joblib and pickle files. They are loaded in another process under an allow-list.
        model_name: Which model of a PMML document that holds several; the first one that may be scored by default.
        options: Options of the writer, such as ``float32=True`` for ONNX.

    Returns:
        The artifact's path, the document and every notice.

    Raises:
        UnsupportedModelError: The model cannot be converted; lists every cause.
        UnsafeArtifactError: A pickle is not trusted, or names what it may not.
        ArtifactError: The model file cannot be read.
        InputError: The rows do not fit the model.
    """
    kind = to or _kind_of(target_path)
    document = read(model, data=data, target=target, trust=trust, model_name=model_name)
    notices = write(document, target_path, kind, **options)
    return ConversionResult(path=Path(target_path), document=document, notices=(*document.card.notices, *notices))


def read(
    model: Any,
    *,
    data: Any = None,
    target: str | Sequence[str] | None = None,
    trust: bool = False,
    model_name: str | None = None,
) -> Document:
    """Read a model, or a model file, into the hub; arguments, golden rows and errors as for :func:`convert`."""
    refuse_repeated_columns(data)
    if isinstance(model, Document):
        return model
    if isinstance(model, str | os.PathLike):
        return read_file(model, data=data, target=target, trust=trust, model_name=model_name)
    document = read_model(model, data=data, target=target)
    if data is None or document.model.predictor is None:
        return document
    return with_golden_rows(document, model, data)


def write(
    document: Document, target_path: str | os.PathLike[str], to: str | None = None, **options: Any
) -> tuple[Notice, ...]:
    """Write a document as an artifact.

    Args:
        document: What to write.
        target_path: Where the artifact goes.
        to: ``pmml``, ``onnx`` or ``modelport``; by default what the suffix says.
        options: Options of the writer.

    Returns:
        What the artifact does not hold exactly.

    Raises:
        UnsupportedModelError: The kind is unknown, or cannot say what the document says; lists every cause.
    """
    return write_document(document, Path(target_path), to or _kind_of(target_path), **options)


def score(
    artifact: str | os.PathLike[str],
    frame: Any,
    engine: str = "auto",
    *,
    model_name: str | None = None,
    on_invalid: str = "missing",
) -> Any:
    """Score rows with an artifact.

    Args:
        artifact: Path of a PMML, ONNX or hub file.
        frame: Rows (pandas, polars or Arrow).
        engine: ``auto``, ``reference``, ``onnx``, ``pmml4s`` or ``jpmml``.
        model_name: Which model of a PMML document that holds several; the first one that may be scored by default.
        on_invalid: What becomes of rows with a value that the model declares invalid: ``missing``, ``raise`` or
            ``report``; see ``Scorer.score``.

    Returns:
        The results as the same kind of frame, row for row.

    Raises:
        ArtifactError: The artifact cannot be read.
        InputError: A value cannot be read as its field's type.
        EngineError: The engine is not installed or failed.
    """
    import modelport_runtime

    return modelport_runtime.load(artifact, engine=engine, model_name=model_name).score(frame, on_invalid)


def _kind_of(target_path: str | os.PathLike[str]) -> str:
    name = Path(target_path).name.lower()
    for suffix, kind in SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    raise UnsupportedModelError(
        UnsupportedCause(
            where=str(target_path),
            what="the suffix does not say what to write",
            remedy=f"use one of {', '.join(SUFFIXES)}, or choose with to= one of {', '.join(WRITERS)}",
        )
    )
