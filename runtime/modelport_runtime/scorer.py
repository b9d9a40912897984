"""Load a model and score frames with it, on any engine."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from modelport_runtime._other_rows import reads_other_rows
from modelport_runtime.columns import ResultTable, Table
from modelport_runtime.errors import ArtifactError, EngineError, InputError
from modelport_runtime.executors import Executor
from modelport_runtime.frames import from_table, to_table
from modelport_runtime.hub import Card, DataField, Document, MiningField, UsageType
from modelport_runtime.invalid_values import OnInvalid, find_invalid_inputs
from modelport_runtime.results import ResultField, result_fields
from modelport_runtime.verification import Verification, verify_golden_rows

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
        mining_fields: tuple[MiningField, ...] | None = None,
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
            mining_fields: How it treats them; ``None`` where that is not known.
        """
        self._needs_all_rows = needs_all_rows
        self._inputs = inputs
        self._group_field = group_field
        self._mining_fields = mining_fields
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

    def score(self, frame: Any, on_invalid: str = "missing", *, first_row: int = 0) -> Any:
        """Score a frame.

        Args:
            frame: A pandas or polars data frame, or an Arrow table or record batch. Columns are found by name; absent
                ones are missing in every row, further ones are ignored.
            on_invalid: What becomes of a row with an input value that the model declares invalid (PMML
                ``returnInvalid``): ``missing`` leaves its results missing; ``raise`` refuses the frame; ``report``
                leaves them missing and adds a column ``invalid``, which names each invalid field and its value.
            first_row: Position of the frame's first row in the caller's data, for messages.

        Returns:
            A frame of the same kind, row for row, with one column a result (``outputs``), and under ``report`` one
            column of text more. A model of groups (``group_field``) gives one row a group, in order of first
            appearance: score all rows of a group at once.

        Raises:
            InputError: The frame has none of the model's columns, or a value that no engine could score; or under
                ``raise`` a value that the model declares invalid.
            EngineError: The engine failed, or the file does not say which values are invalid.
        """
        table = to_table(frame, self._data_fields, [field.name for field in self.inputs])
        return from_table(self.score_table(table, on_invalid, first_row=first_row), like=frame)

    def prepare(self) -> None:
        """Do now what the engine otherwise does when it first scores, such as compiling the model."""
        prepare = getattr(self._executor, "prepare", None)
        if prepare is not None:
            prepare()

    def score_table(self, table: Table, on_invalid: str = "missing", *, first_row: int = 0) -> ResultTable:
        """Score columns without a frame around them; see ``score`` and ``Executor.score``."""
        if on_invalid not in set(OnInvalid):
            raise InputError(f"on_invalid={on_invalid!r} is unknown: choose one of {', '.join(OnInvalid)}")
        if on_invalid == OnInvalid.MISSING:
            return self._executor.score(table)
        if on_invalid == OnInvalid.REPORT and self._group_field is not None:
            raise EngineError("a result of this model stands for several rows, so no column can name a row's values")
        if self._mining_fields is None:
            raise EngineError(
                f"this model does not say which input values are invalid, so on_invalid={on_invalid!r} has no meaning: "
                "convert it again, or score its PMML"
            )
        invalid = find_invalid_inputs(table, self._data_fields, self._mining_fields)
        if on_invalid == OnInvalid.RAISE:
            invalid.require_none(first_row)
            return self._executor.score(table)
        return invalid.reported(self._executor.score)

    def verify(self, limit: int = 10) -> Verification:
        """Score the golden rows that the model carries, and compare with what its source gave.

        Args:
            limit: How many differences of a result column are shown.

        Returns:
            What was compared, and the first differences by field and row. Numbers are equal within each field's own
            precision (PMML 4.4, ModelVerification).

        Raises:
            ArtifactError: The model carries no golden rows, or none of their results is one of its own.
            EngineError: The engine failed.
        """
        return verify_golden_rows(self._card, self.engine, self._score_golden, limit)

    def _score_golden(self, rows: Any) -> Any:
        if rows.num_columns:
            return self.score(rows)
        golden = self._card.golden_rows
        n_rows = len(golden.outputs[0].values) if golden is not None else 0
        return from_table(self._executor.score(Table({}, n_rows)), like=rows)


def load(source: Source, engine: str = "auto", model_name: str | None = None) -> Scorer:
    """Load a model for scoring.

    Args:
        source: Path of a PMML (``.pmml``, ``.xml``, also with ``.gz``), ONNX or ``.modelport`` file; its bytes; a
            binary file object; or a document of the hub.
        engine: ``auto`` (ONNX Runtime for all that a graph says exactly, else reference), ``reference``, ``onnx``,
            ``pmml4s`` or ``jpmml``.
        model_name: Which model of a PMML document that holds several; the first one that may be scored by default.

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
        document.model.mining_fields,
        needs_all_rows=reads_other_rows(document),
    )


def _load_pmml(source: _PathOrBytes, engine: str, model_name: str | None) -> Scorer:
    from modelport_runtime.pmml import OnlyModel, clean_bytes, read_pmml

    document = read_pmml(source, model_name)
    pmml = None
    if engine in _JVM_ENGINES:
        # They take a document itself, of which they would score a model of their own choice.
        pmml = clean_bytes(source, only_model=OnlyModel(model_name))
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
    return Scorer(
        executor,
        executor.inputs,
        executor.outputs,
        executor.card,
        executor.inputs,
        mining_fields=executor.mining_fields,
    )


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
