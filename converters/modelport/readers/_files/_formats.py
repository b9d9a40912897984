"""Which format a source file has, told by its content; the suffix decides only between look-alikes."""

from __future__ import annotations

from pathlib import Path

from modelport_runtime.errors import ArtifactError

__all__ = ["NEEDS_TRUST", "file_format"]

NEEDS_TRUST = frozenset({"joblib", "pickle"})
_SUFFIXES = {
    ".joblib": "joblib",
    ".pkl": "joblib",
    ".pickle": "joblib",
    ".skops": "skops",
    ".pmml": "pmml",
    ".xml": "pmml",
    ".onnx": "onnx",
    ".modelport": "modelport",
    ".json": "xgboost",
    ".ubj": "xgboost",
    ".txt": "lightgbm",
}
_HUB_MAGIC = b"MPORTHUB"


def file_format(path: Path) -> str:
    """The format of a file: ``joblib``, ``skops``, ``pmml``, ``onnx``, ``modelport``, ``xgboost`` or ``lightgbm``.

    A plain pickle counts as ``joblib``, whose reader reads both.

    Raises:
        ArtifactError: There is no such file, or it is of no known format.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror or error}") from error
    name = path.name.lower().removesuffix(".gz")
    by_suffix = next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)
    found = _by_content(head) or by_suffix
    if found is None:
        raise ArtifactError(f"{path} is of no known format; known suffixes: {', '.join(_SUFFIXES)}")
    return found


def _by_content(head: bytes) -> str | None:
    """The format that the first bytes show beyond doubt."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(_HUB_MAGIC):
        return "modelport"
    if head.startswith(b"PK\x03\x04"):
        return "skops"
    if head.startswith(b"\x80") and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "joblib"
    if text.startswith(b"<"):
        return "pmml"
    if text.startswith(b"tree\n") or b"\nmax_feature_idx=" in head:
        return "lightgbm"
    if text.startswith(b"{"):
        return "xgboost"
    return None
