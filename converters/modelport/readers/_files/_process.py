"""Runs the child process and turns whatever becomes of it into a result or a clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from modelport.readers._files._exchange import read_arrow, write_rows
from modelport_runtime import errors
from modelport_runtime.errors import ArtifactError, EngineError, ModelportError, UnsafeArtifactError
from modelport_runtime.hub import Document
from modelport_runtime.hub._native import load_document

__all__ = ["Limits", "read_in_child", "score_in_child", "source_digest"]

_GIBIBYTE = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the child process may use.

    Attributes:
        memory: Address space in bytes; ``None``: 6 GiB and thirty times the file.
        seconds: CPU time, and twice that by the clock.
    """

    memory: int | None = None
    seconds: int = 600


def read_in_child(
    path: Path, file_format: str, data: Any, target: str | Sequence[str] | None, limits: Limits
) -> Document:
    """Read a model file in a process of its own; the document has golden rows when ``data`` is given.

    Raises:
        ModelportError: As the child raised it, or because the child died or exceeded its limits.
    """
    with _run(path, file_format, data, target, limits, score=False) as folder:
        return load_document(folder / "document.modelport")


def score_in_child(
    path: Path, file_format: str, data: Any, target: str | Sequence[str] | None, limits: Limits
) -> tuple[Document, Any]:
    """Read a model file and score rows with it, in a process of its own.

    Returns:
        The document, and the source's own results as an Arrow table.

    Raises:
        ModelportError: As the child raised it, or because the child died or exceeded its limits.
    """
    with _run(path, file_format, data, target, limits, score=True) as folder:
        return load_document(folder / "document.modelport"), read_arrow(folder / "scores.arrow")


def source_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _run(
    path: Path, file_format: str, data: Any, target: str | Sequence[str] | None, limits: Limits, *, score: bool
) -> Iterator[Path]:
    memory = limits.memory or 6 * _GIBIBYTE + 30 * path.stat().st_size
    request = {
        "path": str(path.resolve()),
        "format": file_format,
        "target": target if target is None or isinstance(target, str) else list(target),
        "has_rows": data is not None,
        "score": score,
        "digest": source_digest(path),
        "limits": {"memory": memory, "seconds": limits.seconds},
    }
    with tempfile.TemporaryDirectory(prefix="modelport-") as name:
        folder = Path(name)
        if data is not None:
            write_rows(data, folder / "rows.arrow")
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _start(folder, path, limits)
        yield folder


def _start(folder: Path, path: Path, limits: Limits) -> None:
    # -P: the working directory is not searched for modules, so a file dropped beside the model is never imported.
    command = [sys.executable, "-P", "-B", "-m", "modelport.readers._files._child", str(folder / "request.json")]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **threads},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=2 * limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnsafeArtifactError(f"{path} was refused: loading takes longer than {2 * limits.seconds} s") from error
    if done.returncode != 0:
        raise _failure(folder, path, done.returncode, done.stderr, limits)


def _failure(folder: Path, path: Path, status: int, stderr: bytes, limits: Limits) -> ModelportError:
    told = folder / "error.json"
    if told.exists():
        return _as_raised(json.loads(told.read_text(encoding="utf-8")), path)
    if status < 0:
        return UnsafeArtifactError(
            f"{path} was refused: the process that loads it was ended by signal {-status}; it may use "
            f"{limits.seconds} s of processor time"
        )
    last_lines = stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
    return EngineError(f"the process that loads {path} failed with status {status}: {' | '.join(last_lines)}")


def _as_raised(told: dict[str, Any], path: Path) -> ModelportError:
    if told["causes"]:
        return errors.UnsupportedModelError(
            [errors.UnsupportedCause(where=where, what=what, remedy=remedy) for where, what, remedy in told["causes"]]
        )
    kind = getattr(errors, told["kind"], None)
    if isinstance(kind, type) and issubclass(kind, ModelportError) and kind is not errors.UnsupportedModelError:
        return kind(told["message"])
    return ArtifactError(f"{path} cannot be read: {told['kind']}: {told['message']}")
