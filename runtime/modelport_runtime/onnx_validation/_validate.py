"""Validation of an ONNX file: everything that is wrong, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import onnx
import onnxruntime

from modelport_runtime.findings import Finding, Report, Severity
from modelport_runtime.onnx_validation._external import check_external_data
from modelport_runtime.onnx_validation._kernels import check_kernels
from modelport_runtime.onnx_validation._nodes import domain_of
from modelport_runtime.onnx_validation._operators import check_operators, check_values
from modelport_runtime.onnx_validation._releases import RELEASES, Release, release_of
from modelport_runtime.onnx_validation._rules import finding
from modelport_runtime.onnx_validation._types import check_inference, check_model

__all__ = ["validate_onnx"]

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def validate_onnx(source: str | PathLike[str] | bytes, *, runtime: str | None = None) -> Report:
    """Find what is wrong with an ONNX model.

    Kernels are those of the installed ONNX Runtime; for another release its opsets and its version of the file format
    are compared, and kernels are not told.

    Args:
        source: A path or bytes.
        runtime: The release that is to run it, such as ``onnxruntime==1.17``; the installed one by default.

    Returns:
        All findings; a file that cannot be read gives one.

    Raises:
        ValueError: The release is not known.
    """
    release = _installed() if runtime is None else release_of(runtime)
    name, folder, content = _read(source)
    if isinstance(content, Finding):
        return Report(file=name, kind="ONNX", findings=(content,), is_readable=False)
    model = _parse(content)
    if isinstance(model, Finding):
        return Report(file=name, kind="ONNX", findings=(model,), is_readable=False)
    findings = sorted(_findings(model, folder, release), key=lambda found: _ORDER[found.severity])
    return Report(file=name, kind="ONNX", version=_version(model), findings=tuple(dict.fromkeys(findings)))


def _findings(model: onnx.ModelProto, folder: Path | None, release: Release) -> Iterator[Finding]:
    yield from _check_release(model, release)
    yield from check_external_data(model, folder)
    operators = list(check_operators(model))
    yield from operators
    yield from check_values(model)
    yield from check_model(model)
    yield from check_inference(model)
    if release is _installed():
        told = {found.path for found in operators}
        yield from (found for found in check_kernels(model) if found.path not in told)


def _installed() -> Release:
    version = ".".join(onnxruntime.__version__.split(".")[:2])
    return RELEASES.get(version, list(RELEASES.values())[-1])


def _check_release(model: onnx.ModelProto, release: Release) -> Iterator[Finding]:
    named = f"ONNX Runtime {release.version}"
    if model.ir_version > release.ir_version:
        message = f"version {model.ir_version} of the file format is newer than {named} reads ({release.ir_version})"
        first = _first("ir_version", model.ir_version)
        remedy = f"write the model with IR version {release.ir_version}, or use {first}"
        yield finding("onnx/runtime-ir", message, remedy, "ir_version")
    newest = {"": ("opset", release.opset), "ai.onnx.ml": ("ml_opset", release.ml_opset)}
    for entry in model.opset_import:
        attribute, known = newest.get(domain_of(entry.domain), ("", entry.version))
        if entry.version > known:
            domain = entry.domain or "ai.onnx"
            message = f"opset {entry.version} of {domain} is newer than {named} knows ({known})"
            remedy = f"export the model with opset {known}, or use {_first(attribute, entry.version)}"
            yield finding("onnx/runtime-opset", message, remedy, "opset_import")


def _first(attribute: str, wanted: int) -> str:
    """The first release that is new enough."""
    for release in RELEASES.values():
        if getattr(release, attribute) >= wanted:
            return f"ONNX Runtime {release.version} or newer"
    return "a newer ONNX Runtime"


def _version(model: onnx.ModelProto) -> str:
    opsets = ", ".join(f"{entry.domain or 'ai.onnx'} {entry.version}" for entry in model.opset_import)
    return f"IR {model.ir_version}, {opsets}" if opsets else f"IR {model.ir_version}"


def _read(source: str | PathLike[str] | bytes) -> tuple[str, Path | None, bytes | Finding]:
    if isinstance(source, bytes):
        return "<bytes>", None, source
    path = Path(source)
    try:
        return str(source), path.resolve().parent, path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        return str(source), None, finding("onnx/unreadable", message, "check the path")


def _parse(content: bytes) -> onnx.ModelProto | Finding:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own DecodeError, whose class differs between its implementations
        message = f"the file is no ONNX model: {' '.join(str(error).split())}"
        return finding("onnx/unreadable", message, "export or copy it again")
    if not model.HasField("graph") or not model.graph.output:
        return finding("onnx/unreadable", "the file is no ONNX model: it has no graph with outputs", "export it again")
    return model
