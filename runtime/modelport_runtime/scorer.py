"""Load a model and score frames with it, on any engine."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from modelport_runtime._other_rows import reads_other_rows
from modelport_runtime.columns import ResultTable, Table
from modelport_runtime.errors import ArtifactError, EngineError
from modelport_runtime.executors import Executor
from modelport_runtime.frames import from_table, to_table
from modelport_runtime.hub import Card, DataField, Document, UsageType
from modelport_runtime.results import ResultField, result_fields

__all__ = ["ENGINES", "Scorer", "load"]

_PathOrBytes = str | os.PathLike[str] | bytes
Source = str | os.PathLike[str] | bytes | BinaryIO | Document


class Scorer:
    """A model ready to score. Safe to use from many threads at once."""

    def __init__(
        self,
        executor: Executor,
        data_fields: tuple[DataField, ...],
        outputs: tuple[ResultField, ...],
        card: Card,
        inputs: tuple[DataField, ...],
        group_field: str | None = None,
        *,
        needs_all_rows: bool = False,
    ) -> None:
        """Put a ready executor behind frames.

        Args:
            executor: The engine with the model.
            data_fields: Every column worth reading: a residual needs the target's too.
            outputs: The result columns.
            card: Where the model comes from.
            inputs: The fields that the model reads.
            group_field: The field whose equal values make rows one record, of a model that scores groups.
            needs_all_rows: Whether a row's results depend on other rows.
        """
        self._needs_all_rows = needs_all_rows
        self._inputs = inputs
        self._group_field = group_field
        self._executor = executor
        self._data_fields = data_fields
        self._outputs = outputs
        self._card = card

    def __repr__(self) -> str:
        return f"<Scorer of {self._card.name or 'a model'} on {self.engine}, {len(self.inputs)} inputs>"

    @property
    def engine(self) -> str:
        """Name of the engine that scores."""
        return self._executor.name

    @property
    def inputs(self) -> tuple[DataField, ...]:
        """The fields that the model reads, in order."""
        return self._inputs

    @property
    def outputs(self) -> tuple[ResultField, ...]:
        """The result columns, in order."""
        return self._outputs

    @property
    def group_field(self) -> str | None:
        """The field whose equal values make rows one record; ``None`` where every row is one by itself."""
        return self._group_field

    @property
    def card(self) -> Card:
        """Where the model comes from."""
        return self._card

    @property
    def needs_all_rows(self) -> bool:
        """Whether a row's results depend on other rows, such as earlier ones of a time series.

        Rows of such a model are scored in one frame, in order; split into batches they would give other results.
        """
        return self._needs_all_rows

    def score(self, frame: Any) -> Any:
        """Score a frame.

        Args:
            frame: A pandas or polars data frame, or an Arrow table or record batch. Columns are found by name; absent
                ones are missing in every row, further ones are ignored.

        Returns:
            A frame of the same kind, row for row, with one column a result (``outputs``). A model of groups
            (``group_field``) gives one row a group, in order of first appearance: score all rows of a group at once.

        Raises:
            InputError: The frame has none of the model's columns, or a value that no engine could score.
            EngineError: The engine failed.
        """
        table = to_table(frame, self._data_fields, [field.name for field in self.inputs])
        return from_table(self._executor.score(table), like=frame)

    def prepare(self) -> None:
        """Do now what the engine otherwise does when it first scores, such as compiling the model."""
        prepare = getattr(self._executor, "prepare", None)
        if prepare is not None:
            prepare()

    def score_table(self, table: Table) -> ResultTable:
        """Score columns without a frame around them; see ``Executor.score``."""
        return self._executor.score(table)


def load(source: Source, engine: str = "auto", model_name: str | None = None) -> Scorer:
    """Load a model for scoring.

    Args:
        source: Path of a PMML (``.pmml``, ``.xml``, also with ``.gz``), ONNX or ``.modelport`` file; its bytes; a
            binary file object; or a document of the hub.
        engine: ``auto`` (ONNX Runtime for all that a graph says exactly, else reference), ``reference``, ``onnx``,
            ``pmml4s`` or ``jpmml``.
        model_name: Which model of a PMML document that holds several; the first one by default, and the only one
            that the JVM engines score.

    Raises:
        ArtifactError: The source cannot be read, or not as the format that it claims to be.
        UnsupportedModelError: It holds what the engine cannot score; every such part is named.
        EngineError: The engine is unknown, not installed, or does not take this kind of file or this model of it.
    """
    if engine not in ENGINES:
        raise EngineError(f"unknown engine {engine!r}: choose one of {', '.join(ENGINES)}")
    if isinstance(source, Document):
        _refuse_name(model_name, "a document of the hub")
        return _document_scorer(source, None, engine)
    if not isinstance(source, str | os.PathLike | bytes):
        source = _all_bytes(source)
    return _LOADERS[_kind(source)](source, engine, model_name)


def _executor_class(module: str, name: str) -> Any:
    """Engines are imported when first asked for: a scoring host needs only its own."""
    return getattr(importlib.import_module(f"modelport_runtime.executors.{module}"), name)


def _auto(document: Document, pmml: bytes | None) -> Executor:
    executor: Executor = _executor_class("auto", "AutoExecutor")(document)
    return executor


def _reference(document: Document, pmml: bytes | None) -> Executor:
    executor: Executor = _executor_class("reference", "ReferenceExecutor")(document)
    return executor


def _onnx(document: Document, pmml: bytes | None) -> Executor:
    executor: Executor = _executor_class("onnx", "OnnxExecutor")(document)
    return executor


def _jvm(engine: str) -> Callable[[Document, bytes | None], Executor]:
    def build(document: Document, pmml: bytes | None) -> Executor:
        if pmml is None:
            raise EngineError(f"engine {engine} scores PMML: write the model as a PMML file and load that")
        _refuse_lists_and_groups(engine, document)
        executor: Executor = _executor_class("jvm", "JvmExecutor")(engine=engine, pmml=pmml, document=document)
        return executor

    return build


def _refuse_lists_and_groups(engine: str, document: Document) -> None:
    """What crosses to a JVM is one value a row and column."""
    lists = [field.name for field in result_fields(document) if field.is_list]
    if document.model.group_field is not None or lists:
        what = "groups of rows" if document.model.group_field is not None else f"lists, such as result {lists[0]!r}"
        raise EngineError(f"engine {engine} is given rows and gives values, not {what}: use engine='reference'")


ENGINES: Mapping[str, Callable[[Document, bytes | None], Executor]] = {
    "auto": _auto,
    "reference": _reference,
    "onnx": _onnx,
    "pmml4s": _jvm("pmml4s"),
    "jpmml": _jvm("jpmml"),
}


def _document_scorer(document: Document, pmml: bytes | None, engine: str) -> Scorer:
    executor = ENGINES[engine](document, pmml)
    return Scorer(
        executor,
        document.data_fields,
        result_fields(document),
        document.card,
        model_inputs(document),
        document.model.group_field,
        needs_all_rows=reads_other_rows(document),
    )


def _load_pmml(source: _PathOrBytes, engine: str, model_name: str | None) -> Scorer:
    from modelport_runtime.pmml import read_pmml

    document = read_pmml(source, model_name)
    if model_name is not None and engine in _JVM_ENGINES and read_pmml(source).model.name != model_name:
        raise EngineError(
            f"engine {engine} scores the first model of a PMML document only, which {model_name!r} is not: use "
            "engine='auto' or 'reference', or write that model as a document of its own"
        )
    # Only the JVM engines take the document itself; the others have the hub's.
    pmml = (source if isinstance(source, bytes) else Path(source).read_bytes()) if engine in _JVM_ENGINES else None
    return _document_scorer(document, pmml, engine)


def _load_native(source: _PathOrBytes, engine: str, model_name: str | None) -> Scorer:
    from modelport_runtime.hub._native import load_document

    _refuse_name(model_name, "a modelport file")
    return _document_scorer(load_document(source), None, engine)


def _load_onnx(source: _PathOrBytes, engine: str, model_name: str | None) -> Scorer:
    if engine not in ("auto", "onnx"):
        raise EngineError(f"engine {engine} does not run ONNX files: use engine='onnx', or load the PMML")
    _refuse_name(model_name, "an ONNX file")
    # By its path, not by its bytes: a large model's tensors stand in files beside it.
    executor = _executor_class("onnx", "OnnxExecutor")(source)
    return Scorer(executor, executor.inputs, executor.outputs, executor.card, executor.inputs)


def _refuse_name(model_name: str | None, what: str) -> None:
    if model_name is not None:
        raise ArtifactError(f"{what} holds one model and no name of it: leave out model_name={model_name!r}")


_LOADERS: Mapping[str, Callable[[_PathOrBytes, str, str | None], Scorer]] = {
    "pmml": _load_pmml,
    "modelport": _load_native,
    "onnx": _load_onnx,
}
_SUFFIXES: Mapping[str, str] = {
    ".pmml": "pmml",
    ".xml": "pmml",
    ".gz": "pmml",
    ".modelport": "modelport",
    ".onnx": "onnx",
}
_JVM_ENGINES = ("pmml4s", "jpmml")


def _kind(source: _PathOrBytes) -> str:
    """The format of a source: by a path's suffix, else by how the content begins."""
    if isinstance(source, bytes):
        return _sniff(source[:64], "the content")
    by_suffix = _SUFFIXES.get(Path(source).suffix.lower())
    return by_suffix if by_suffix is not None else _sniff(_first_bytes(source), os.fspath(source))


def _sniff(head: bytes, where: str) -> str:
    if head[:8] == b"MPORTHUB":
        return "modelport"
    if head[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff") or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return "pmml"
    # A serialised ModelProto begins with its field 1, the IR version, as a varint.
    if head[:1] == b"\x08":
        return "onnx"
    raise ArtifactError(
        f"{where} is neither PMML, ONNX nor a modelport file: give a .pmml, .pmml.gz, .onnx or .modelport file"
    )


def _first_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(64)
    except OSError as error:
        raise ArtifactError(f"{os.fspath(path)} cannot be opened: {error.strerror or error}") from error


def _all_bytes(source: Any) -> bytes:
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    if not hasattr(source, "read"):
        raise ArtifactError(f"cannot load a {type(source).__name__}: give a path, bytes, a binary file or a document")
    data = source.read()
    if not isinstance(data, bytes):
        raise ArtifactError("the file object gives text: open it in binary mode")
    return data


def model_inputs(document: Document) -> tuple[DataField, ...]:
    """The data fields that the model reads, in the order of its mining schema."""
    known = {field.name: field for field in document.data_fields}
    horizon = getattr(document.model.predictor, "horizon", None)
    asked = None if horizon is None else horizon.field  # supplementary in most documents, but read all the same
    return tuple(
        known[field.name]
        for field in document.model.mining_fields
        if not field.is_target
        and (field.usage_type is not UsageType.SUPPLEMENTARY or field.name == asked)
        and field.name in known
    )
