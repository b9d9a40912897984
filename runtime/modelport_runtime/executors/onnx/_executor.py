"""The ONNX executor: a document lowered on the spot, or an ONNX file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.executors.onnx._document import lower_for_columns
from modelport_runtime.executors.onnx._session import Session
from modelport_runtime.executors.onnx._signature import InputSignature, Signature, signature_of
from modelport_runtime.executors.onnx._source import ModelSource, read_model
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, MISSING_TEXT
from modelport_runtime.executors.onnx._vocabulary import BatchTexts, Vocabulary
from modelport_runtime.executors.reference._casts import cast, cast_checked
from modelport_runtime.hub import Card, DataField, DataType, Document, MiningField
from modelport_runtime.results import ResultField

__all__ = ["OnnxExecutor"]


class OnnxExecutor:
    """Runs a graph on ONNX Runtime. Safe to call from many threads at once.

    Args:
        source: A document, which is lowered; or an ONNX model: its bytes or its path.
        n_threads: Blocks of rows that run side by side; by default one a processor.

    Raises:
        UnsupportedModelError: The document cannot be said exactly by a graph; every cause is listed.
        ArtifactError: The file is no ONNX model that can be used; the message says why.
        UnsafeArtifactError: The file refers to data outside its folder.
    """

    def __init__(self, source: Document | ModelSource, n_threads: int | None = None) -> None:
        self._vocabulary: Vocabulary | None = None
        if isinstance(source, Document):
            model, self._vocabulary = lower_for_columns(source)
        else:
            model = read_model(source)
        self._signature: Signature = signature_of(model)
        self._session = Session(model.SerializeToString(), n_threads)

    @property
    def name(self) -> str:
        """``onnx``."""
        return "onnx"

    @property
    def inputs(self) -> tuple[DataField, ...]:
        """The fields that the graph takes, as far as it says what they are."""
        return self._signature.data_fields

    @property
    def mining_fields(self) -> tuple[MiningField, ...] | None:
        """How the model treats its inputs; ``None`` for a file that does not say."""
        return self._signature.mining_fields

    @property
    def card(self) -> Card:
        """Where the model comes from."""
        return self._signature.card

    @property
    def outputs(self) -> tuple[ResultField, ...]:
        """The result columns, in order."""
        return self._signature.results

    def score(self, table: Table) -> Table:
        """Score rows.

        Args:
            table: Raw values of the input fields; fields that are absent are missing in every row.

        Returns:
            As many rows: every target by its name, then every final output field, in order.

        Raises:
            InputError: A value cannot be read as its field's type, or is missing where a tensor cannot say so.
            EngineError: ONNX Runtime failed.
        """
        texts = None if self._vocabulary is None else BatchTexts(self._vocabulary)
        feeds = {tensor.name: _feed(tensor, table, texts) for tensor in self._signature.inputs}
        outputs = self._session.run(feeds, table.n_rows)
        columns: dict[str, Column] = {}
        for name, field in zip(self._signature.output_names, self._signature.results, strict=True):
            columns[field.name] = _column(outputs[self._signature.position(name)], field, texts)
        return Table(columns, table.n_rows)


def _feed(tensor: InputSignature, table: Table, texts: BatchTexts | None) -> NDArray[Any]:
    """The tensor of one input, [N, number of its fields]."""
    columns = [_typed_column(field, table, field.name in tensor.unread) for field in tensor.fields]
    if tensor.fields[0].data_type is DataType.STRING:
        return _texts(columns[0], texts)
    if len(columns) == 1:
        return _numbers(columns[0], tensor)
    matrix = np.empty((table.n_rows, len(columns)), dtype=tensor.dtype)
    for position, column in enumerate(columns):
        matrix[:, position] = _numbers(column, tensor)[:, 0]
    return matrix


def _typed_column(field: DataField, table: Table, is_unread: bool) -> Column:
    name, data_type = field.name, field.data_type
    column = table.get(name)
    if column is None or is_unread:
        missing = np.full(table.n_rows, math.nan)
        return cast(NumberColumn(missing), data_type)
    typed, bad = cast_checked(column, data_type)
    if bad is not None and bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"field {name!r}, row {row}: {_shown(column, row)!r} cannot be read as {data_type}; "
            "give a value of that type, or score with the reference engine, which treats it as the model asks"
        )
    return typed


def _shown(column: Column, row: int) -> object:
    if isinstance(column, TextColumn):
        return column.categories[int(column.codes[row])]
    return column.values[row].item()


def _texts(column: Column, texts: BatchTexts | None) -> NDArray[Any]:
    if not isinstance(column, TextColumn):
        raise TypeError("a tensor of text needs a text column")
    if texts is not None:
        return texts.encode(column)
    dictionary = np.array([*column.categories, MISSING_TEXT], dtype=object)
    strings: NDArray[Any] = dictionary[column.codes][:, None]
    return strings


def _numbers(column: Column, tensor: InputSignature) -> NDArray[Any]:
    if isinstance(column, TextColumn):
        raise TypeError("a tensor of numbers needs a column of numbers")
    values = column.values
    if tensor.dtype.kind == "f":
        reals: NDArray[Any] = values.astype(tensor.dtype, copy=False)
        return reals[:, None]
    missing = np.isnan(values)
    if tensor.dtype.kind == "b":
        if missing.any():
            raise InputError(
                f"field {tensor.name!r}, row {int(np.argmax(missing))}: a bool tensor cannot hold a missing value"
            )
        truths: NDArray[Any] = values == 1.0
        return truths[:, None]
    whole: NDArray[Any] = np.where(missing, 0.0, values).astype(tensor.dtype)
    if missing.any():
        if tensor.dtype != np.dtype(np.int64):
            raise InputError(f"field {tensor.name!r}, row {int(np.argmax(missing))}: a missing value in {tensor.dtype}")
        whole[missing] = MISSING_INTEGER
    return whole[:, None]


def _column(values: NDArray[Any], field: ResultField, texts: BatchTexts | None) -> Column:
    """A result column from an output tensor [N, 1] or [N]."""
    flat = values.reshape(len(values))
    if texts is not None and field.data_type is DataType.STRING:
        return texts.decode(flat)
    if flat.dtype == object:
        return _text_column(flat)
    if flat.dtype == np.int64:
        numbers = flat.astype(np.float64)
        numbers[flat == MISSING_INTEGER] = math.nan
        return NumberColumn(numbers, field.data_type)
    return NumberColumn(flat.astype(np.float64, copy=False), field.data_type)


def _text_column(values: NDArray[Any]) -> TextColumn:
    codes_of: dict[str, int] = {MISSING_TEXT: -1}
    codes = np.array([codes_of.setdefault(text, len(codes_of) - 1) for text in values.tolist()], dtype=np.int32)
    categories = tuple(text for text in codes_of if text != MISSING_TEXT)
    return TextColumn(codes, categories)
