"""ONNX: the graph that our own executor runs, with plain typed tensors at its boundary."""

from __future__ import annotations

import os
from typing import IO

from modelport_runtime._atomic import replacing
from modelport_runtime.executors.onnx import lower, lowering_notices
from modelport_runtime.hub import Document, Notice

__all__ = ["write_onnx"]


def write_onnx(
    document: Document,
    target: str | os.PathLike[str] | IO[bytes],
    float32: bool = False,
    matrix_input: bool = False,
) -> tuple[Notice, ...]:
    """Write a document as an ONNX model.

    Args:
        document: What to write.
        target: A path, or a binary file object. A file appears under its name only when it is whole.
        float32: Compute in single precision, on purpose; a notice says what that means.
        matrix_input: One input matrix rather than one tensor [N, 1] a field; for models that read numbers only. Its
            columns are those that the model was trained on, in their order, or, where the document does not say, the
            fields that it reads; the metadata ``modelport.inputs`` name them.

    Returns:
        What the file does not hold exactly.

    Raises:
        UnsupportedModelError: A graph cannot say what the document says; every cause is listed, nothing is written.
    """
    content = lower(document, float32=float32, matrix_input=matrix_input).SerializeToString(deterministic=True)
    if isinstance(target, str | os.PathLike):
        with replacing(target) as file:
            file.write(content)
    else:
        target.write(content)
    return lowering_notices(document, float32=float32)
