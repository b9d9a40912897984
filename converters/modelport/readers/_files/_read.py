"""``read_file`` and ``score_file``: any model file becomes a document, or scores rows as its own framework does."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from modelport.readers._files._formats import NEEDS_TRUST, file_format
from modelport.readers._files._process import Limits, read_in_child, score_in_child, source_digest
from modelport_runtime.errors import InputError, UnsafeArtifactError, UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import Document

__all__ = ["FRAMEWORK_FORMATS", "read_file", "score_file"]

FRAMEWORK_FORMATS = frozenset({"joblib", "pickle", "skops", "xgboost", "lightgbm"})
"""Formats that hold a framework's own model, which the framework itself can score."""

_ARTIFACTS: dict[str, tuple[str, str]] = {
    "pmml": ("modelport_runtime.pmml", "read_pmml"),
    "modelport": ("modelport_runtime.hub._native", "load_document"),
}
_BOOSTERS: dict[str, tuple[str, str]] = {
    "xgboost": ("modelport.readers.xgboost", "read_file"),
    "lightgbm": ("modelport.readers.lightgbm", "read_file"),
}
_DEFAULT_LIMITS = Limits()


def read_file(
    path: str | os.PathLike[str],
    data: Any = None,
    target: str | Sequence[str] | None = None,
    trust: bool = False,
    *,
    model_name: str | None = None,
    limits: Limits = _DEFAULT_LIMITS,
) -> Document:
    """Read a model file.

    Args:
        path: A joblib, pickle or skops file, a booster's own file, PMML, or the hub's own file.
        data: Rows as the model was trained on, for the types of its inputs and for golden rows.
        target: Name of the target, or names.
        trust: Whether to load joblib and pickle files at all. Even then they are loaded in another process with limits,
            and may name only what the readers need.
        model_name: Which model of a PMML document that holds several; the first one that may be scored by default.
        limits: What that process may use.

    Returns:
        The model, its card with the digest of the file.

    Raises:
        UnsafeArtifactError: The file is a pickle and ``trust`` is not given, or it names what it may not.
        ArtifactError: The file cannot be read.
        UnsupportedModelError: The model cannot be read; lists every cause.
    """
    path = Path(path)
    kind = file_format(path)
    if model_name is not None and kind != "pmml":
        raise InputError(
            f"{path} is a {kind} file, which holds one model and no name of it: leave out the model's name"
        )
    if kind in ("joblib", "skops"):
        _refuse_untrusted(path, kind, trust)
        return read_in_child(path, kind, data, target, limits)
    if kind in _BOOSTERS:
        from modelport.readers._golden import with_golden_rows

        document: Document = _function(_BOOSTERS[kind])(path, data=data, target=target)
        if data is not None:
            document = with_golden_rows(document, _load_booster(kind, path), data)
    else:
        document = _read_artifact(path, kind, model_name)
    digest = source_digest(path)
    return replace(document, card=replace(document.card, source_digest=digest))


def score_file(
    path: str | os.PathLike[str],
    data: Any,
    target: str | Sequence[str] | None = None,
    trust: bool = False,
    *,
    limits: Limits = _DEFAULT_LIMITS,
) -> tuple[Document, Any]:
    """Score rows with the framework that a model file belongs to.

    Args:
        path: A file of one of ``FRAMEWORK_FORMATS``.
        data: Rows as the model was trained on.
        target: Name of the target, or names.
        trust: As for :func:`read_file`.
        limits: As for :func:`read_file`.

    Returns:
        The model as a document, and the framework's own results as an Arrow table.

    Raises:
        UnsafeArtifactError: The file is a pickle and ``trust`` is not given, or it names what it may not.
        ArtifactError: The file cannot be read.
        UnsupportedModelError: The model cannot be read; lists every cause.
    """
    path = Path(path)
    kind = file_format(path)
    if kind in ("joblib", "skops"):
        _refuse_untrusted(path, kind, trust)
        return score_in_child(path, kind, data, target, limits)
    import pyarrow as pa

    from modelport.readers._source import score_source
    from modelport_runtime.frames import from_table

    document = _function(_BOOSTERS[kind])(path, data=data, target=target)
    scores = score_source(_load_booster(kind, path), data, document)
    return document, from_table(scores, like=pa.table({}))


def _refuse_untrusted(path: Path, kind: str, trust: bool) -> None:
    if kind in NEEDS_TRUST and not trust:
        raise UnsafeArtifactError(
            f"{path} is a pickle: loading it can run any program that is hidden in it. If you trust where it comes "
            "from, say so with --trust (trust=True in Python); a .skops file needs no trust"
        )


def _read_artifact(path: Path, kind: str, model_name: str | None) -> Document:
    if kind not in _ARTIFACTS:
        raise UnsupportedModelError(
            UnsupportedCause(
                where=str(path),
                what=f"{kind} files can be scored but not read back into a model",
                remedy="convert the source model, or a .pmml or .modelport file of it",
            )
        )
    named = {"model_name": model_name} if kind == "pmml" else {}
    document: Document = _function(_ARTIFACTS[kind])(path, **named)
    return document


def _load_booster(kind: str, path: Path) -> Any:
    if kind == "xgboost":
        import xgboost

        return xgboost.Booster(model_file=str(path))
    import lightgbm

    return lightgbm.Booster(model_file=str(path))


def _function(target: tuple[str, str]) -> Callable[..., Any]:
    module, name = target
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
