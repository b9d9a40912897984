"""Writers: a hub document becomes an artifact.

A new kind is one module and one row of the table; the module is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from os import PathLike
from typing import IO, Any

from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import Document, Notice

__all__ = ["WRITERS", "write_document"]

WRITERS: dict[str, tuple[str, str]] = {
    "pmml": ("modelport.writers.pmml", "write_pmml"),
    "onnx": ("modelport.writers.onnx", "write_onnx"),
    "modelport": ("modelport.writers.native", "write_native"),
}
"""Kind of artifact -> module and function. The function takes ``(document, target, **options)``, target being a path or
a binary file object, and returns notices."""


def write_document(
    document: Document, target: str | PathLike[str] | IO[bytes], kind: str, **options: Any
) -> tuple[Notice, ...]:
    """Write a document as one kind of artifact.

    Args:
        document: What to write.
        target: A path, written whole or not at all, or a binary file object.
        kind: A key of ``WRITERS``.
        options: Options of that kind's writer.

    Returns:
        What the artifact does not hold exactly.

    Raises:
        UnsupportedModelError: The kind is unknown, or cannot say what the document says.
    """
    if kind not in WRITERS:
        remedy = f"choose one of {', '.join(sorted(WRITERS))}"
        raise UnsupportedModelError(UnsupportedCause(where="output", what=f"kind {kind!r} is unknown", remedy=remedy))
    module, function = WRITERS[kind]
    write: Callable[..., tuple[Notice, ...]] = getattr(import_module(module), function)
    return write(document, target, **options)
