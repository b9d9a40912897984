"""LightGBM's model files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

from modelport.readers._read import read_model
from modelport.readers.lightgbm._model import parse_model
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import Document

__all__ = ["read_file"]


def read_file(path: str | PathLike[str], data: Any = None, target: str | Sequence[str] | None = None) -> Document:
    """Read a model that LightGBM saved as text; LightGBM need not be installed.

    The file holds no class labels: they are numbered from 0.

    Args:
        path: The file.
        data: A few rows as the model was trained on, for the types of its columns.
        target: Name of the target.

    Raises:
        ArtifactError: The file is no such model.
        UnsupportedModelError: The model cannot be read; lists every cause.
    """
    content = Path(path).read_bytes()
    try:
        model = parse_model(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path} is no LightGBM model: not UTF-8 text") from error
    document = read_model(model, data, target)
    card = replace(
        document.card,
        name=Path(path).stem,
        source_framework="LightGBM",
        source_version=f"format {model.version}",
        source_digest=sha256(content).hexdigest(),
    )
    return replace(document, card=card)
