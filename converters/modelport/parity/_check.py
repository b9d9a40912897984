"""``check_parity``: the source and every artifact on every engine score the same rows and are compared."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import narwhals.stable.v1 as nw
import pyarrow as pa

import modelport_runtime
from modelport.parity._compare import compare
from modelport.parity._report import Comparison, ParityReport, Participant, Skipped
from modelport.parity._targets import name_within, target_names_of
from modelport.parity._tolerances import TOLERANCES, Tolerance, tolerance_of, widest
from modelport.readers import read_model, score_source
from modelport.readers._files import FRAMEWORK_FORMATS, file_format, read_file, score_file
from modelport.readers._golden import named_frame
from modelport_runtime.errors import EngineError, InputError, UnsupportedModelError
from modelport_runtime.frames import from_table, refuse_repeated_columns
from modelport_runtime.hub import Document

__all__ = ["ENGINES", "check_parity"]

ENGINES: dict[str, tuple[str, ...]] = {
    "pmml": ("reference", "onnx", "pmml4s", "jpmml"),
    "modelport": ("reference", "onnx"),
    "onnx": ("onnx",),
}
"""Engines that can run each kind of artifact."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    participant: Participant
    results: pa.Table
    tolerance: Tolerance


def check_parity(
    source: Any,
    artifacts: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    data: Any,
    engines: Sequence[str] | None = None,
    *,
    target: str | Sequence[str] | None = None,
    trust: bool = False,
    model_name: str | None = None,
) -> ParityReport:
    """Compare the scores of a model with those of artifacts made from it.

    Args:
        source: A fitted model, its file, or an artifact, which then counts as right.
        artifacts: Paths of PMML, ONNX or hub files.
        data: Rows to score (pandas, polars, Arrow or an array).
        engines: Names of engines; each artifact runs on those of them that can run its kind. By default all that are
            installed.
        target: Name of the target, or names, as given when the artifacts were made; by default as the artifacts say.
        trust: Whether to load a pickled source; see ``modelport.convert``.
        model_name: Which model of the PMML documents that hold several, source and artifacts; the first one that may
            be scored by default.

    Returns:
        Each artifact on each engine compared with the source, then with one another.

    Raises:
        EngineError: An engine asked for by name is unknown, is not installed or fails, or none could run.
        ModelportError: The source or an artifact cannot be read or scored.
    """
    paths = [Path(artifacts)] if isinstance(artifacts, str | os.PathLike) else [Path(path) for path in artifacts]
    refuse_repeated_columns(data)
    _check_name(source, paths, model_name)
    targets = target or target_names_of(paths, model_name) or None
    first = _score_source(source, data, targets, trust, model_name)
    rows = named_frame(source, data)
    scored, skipped = [first], []
    for path in paths:
        for engine, required in _engines_for(path, engines):
            try:
                scored.append(_score_artifact(path, engine, rows, model_name))
            except (EngineError, UnsupportedModelError) as error:
                if required:
                    raise
                skipped.append(Skipped(name=f"{path.name} on {engine}", reason=str(error)))
    if len(scored) == 1:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in skipped)
        raise EngineError(f"no artifact could be scored by any engine: {reasons}")
    return _report(scored, skipped)


def _check_name(source: Any, paths: Sequence[Path], model_name: str | None) -> None:
    """Refuse the name of a model that none of the documents asks for: a slip would go unseen."""
    files = [*paths, *([Path(source)] if isinstance(source, str | os.PathLike) else [])]
    if model_name is not None and not any(name_within(path, model_name) for path in files):
        raise InputError(f"no document here holds several models, so none is chosen by the name {model_name!r}")


def _report(scored: Sequence[_Scored], skipped: Sequence[Skipped]) -> ParityReport:
    base = scored[0].tolerance
    comparisons = tuple(
        Comparison(
            left=left.participant.name,
            right=right.participant.name,
            columns=compare(left.results, right.results, widest((base, left.tolerance, right.tolerance))),
        )
        for left, right in combinations(scored, 2)
    )
    return ParityReport(
        n_rows=scored[0].results.num_rows,
        tolerance=widest([item.tolerance for item in scored]).name,
        participants=tuple(item.participant for item in scored),
        comparisons=comparisons,
        skipped=tuple(skipped),
    )


def _engines_for(path: Path, engines: Sequence[str] | None) -> list[tuple[str, bool]]:
    """Engines to run an artifact on, and whether each was asked for by name."""
    kind = file_format(path)
    if kind not in ENGINES:
        raise InputError(f"{path} is no artifact but a {kind} file; artifacts are {', '.join(ENGINES)} files")
    known = dict.fromkeys(name for names in ENGINES.values() for name in names)
    unknown = [name for name in engines or () if name not in known]
    if unknown:
        raise EngineError(f"engine {unknown[0]!r} is unknown; known engines: {', '.join(known)}")
    return [(name, engines is not None) for name in ENGINES[kind] if engines is None or name in engines]


def _score_source(
    source: Any, data: Any, target: str | Sequence[str] | None, trust: bool, model_name: str | None
) -> _Scored:
    if not isinstance(source, str | os.PathLike):
        document = read_model(source, data=data, target=target)
        results, seconds = _timed(lambda: from_table(score_source(source, data, document), like=pa.table({})))
        return _source_scored("source", "", document, results, seconds)
    path = Path(source)
    kind = file_format(path)
    if kind not in FRAMEWORK_FORMATS:
        scored = _score_artifact(path, ENGINES[kind][0], data, model_name)
        if kind == "onnx":
            return scored
        document = read_file(path, model_name=name_within(path, model_name))
        return replace(scored, tolerance=tolerance_of(document))
    (document, results), seconds = _timed(lambda: score_file(path, data, target=target, trust=trust))
    return _source_scored(path.name, str(path), document, results, seconds)


def _source_scored(name: str, artifact: str, document: Document, results: pa.Table, seconds: float) -> _Scored:
    framework = document.card.source_framework or "source"
    participant = Participant(name=f"{name} on {framework}", artifact=artifact, engine=framework, seconds=seconds)
    return _Scored(participant=participant, results=results, tolerance=tolerance_of(document))


def _score_artifact(path: Path, engine: str, data: Any, model_name: str | None) -> _Scored:
    scorer = modelport_runtime.load(path, engine=engine, model_name=name_within(path, model_name))
    rows = pa.table(nw.from_native(data, eager_only=True).to_arrow())
    results, seconds = _timed(lambda: scorer.score(rows))
    participant = Participant(name=f"{path.name} on {engine}", artifact=str(path), engine=engine, seconds=seconds)
    return _Scored(participant=participant, results=results, tolerance=_own_tolerance(path, results))


def _own_tolerance(path: Path, results: pa.Table) -> Tolerance:
    """What an artifact adds to the source's tolerance: a float32 graph gives float32 results."""
    in_float32 = path.suffix == ".onnx" and any(pa.types.is_float32(field.type) for field in results.schema)
    return TOLERANCES["float32-graph" if in_float32 else "exact"]


def _timed(call: Callable[[], _T]) -> tuple[_T, float]:
    started = time.perf_counter()
    result = call()
    return result, time.perf_counter() - started
