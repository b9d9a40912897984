"""The source framework's own answer, in the schema of the results of every engine."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
from numpy.typing import NDArray

from modelport.readers._dispatch import find
from modelport.readers._inputs import input_names
from modelport.readers._table import SOURCES
from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.hub import DataType, Document, OutputField, ResultFeature, Scalar

__all__ = ["score_source", "to_column"]

_LONGEST_REFUSAL = 300


def score_source(model: Any, frame: Any, document: Document) -> Table:
    """Score rows with the source framework itself.

    Args:
        model: The fitted model that ``document`` was read from.
        frame: Rows (pandas, polars, Arrow or an array) with the columns that the model was trained on.
        document: What ``read_model`` made of the model: names and types of the results.

    Returns:
        Every target by its name, then every final output field, in order. A row that the framework refuses (a missing
        value or an unknown category where it accepts none) is missing in every column.

    Raises:
        InputError: The rows lack a column of the model, or the framework refuses all of them, with its own words.
    """
    own = find(SOURCES, model)
    try:
        if own is not None:
            result: Table = own(model, frame, document)
            return result
        rows = _model_input(model, frame)
        return Table(_columns_of(model, rows, document), len(rows))
    except _refusals(model) as error:
        framework = document.card.source_framework or "the framework"
        told = shorten(str(error), _LONGEST_REFUSAL, placeholder=" ...")
        raise InputError(f"{framework} refuses the rows: {told}") from error


def _refusals(model: Any) -> tuple[type[Exception], ...]:
    """Errors by which a framework refuses rows; LightGBM's own derives from ``Exception`` alone."""
    if type(model).__module__.startswith("lightgbm"):
        from lightgbm.basic import LightGBMError

        return (ValueError, TypeError, LightGBMError)
    return (ValueError, TypeError)


def to_column(values: Any, data_type: DataType) -> Column:
    """Labels or numbers as a column; ``None`` and NaN are missing."""
    if data_type is DataType.STRING:
        texts = [None if value is None or value != value else str(value) for value in values]
        categories = tuple(sorted({text for text in texts if text is not None}))
        position = {text: i for i, text in enumerate(categories)}
        codes = np.array([-1 if text is None else position[text] for text in texts], dtype=np.int32)
        return TextColumn(codes, categories)
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return NumberColumn(numbers, data_type)


def _columns_of(model: Any, rows: Any, document: Document) -> dict[str, Column]:
    if document.model.predictor is None:
        return _transformed(model, rows, document)
    targets = document.model.target_names
    outputs = [output for output in document.model.outputs if output.is_final]
    features = {output.feature for output in outputs if output.name.startswith("probability(")}
    decisions = any(output.name.startswith("decisionFunction(") for output in outputs)
    n_rows = len(rows)
    predicted, accepted = _try_rows(model.predict, rows)
    kept = _take(rows, accepted)
    columns: dict[str, Column] = {}
    labels = _by_target(predicted, len(targets))
    types = {field.name: field for field in document.data_fields}
    for name, values in zip(targets, labels, strict=True):
        columns[name] = to_column(_spread(values, accepted, n_rows), types[name].data_type)
    classes = {name: types[name].values for name in targets}
    if features:
        scores = _probabilities(model, kept, classes)
        _fill(columns, outputs, scores, "probability", accepted, n_rows)
    if decisions:
        _fill(columns, outputs, _decisions(model, kept, classes), "decisionFunction", accepted, n_rows)
    return {name: columns[name] for name in (*targets, *(output.name for output in outputs)) if name in columns}


def _fill(
    columns: dict[str, Column],
    outputs: list[OutputField],
    scores: dict[str, NDArray[np.float64]],
    prefix: str,
    accepted: NDArray[np.bool_],
    n_rows: int,
) -> None:
    for output in outputs:
        if output.name.startswith(f"{prefix}("):
            columns[output.name] = to_column(_spread(scores[output.name], accepted, n_rows), DataType.DOUBLE)


def _probabilities(model: Any, rows: Any, classes: dict[str, tuple[Scalar, ...]]) -> dict[str, NDArray[np.float64]]:
    scores = model.predict_proba(rows)
    several = len(classes) > 1
    by_target = scores if isinstance(scores, list) else [scores]
    return {
        _output_name("probability", target if several else None, label): np.asarray(matrix)[:, i]
        for (target, labels), matrix in zip(classes.items(), by_target, strict=True)
        for i, label in enumerate(labels)
    }


def _decisions(model: Any, rows: Any, classes: dict[str, tuple[Scalar, ...]]) -> dict[str, NDArray[np.float64]]:
    scores = np.asarray(model.decision_function(rows))
    (labels,) = classes.values()
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    return {_output_name("decisionFunction", None, label): scores[:, i] for i, label in enumerate(labels)}


def _output_name(prefix: str, target: str | None, label: Scalar) -> str:
    text = str(label).lower() if isinstance(label, bool) else str(label)
    return f"{prefix}({target}, {text})" if target else f"{prefix}({text})"


def _transformed(model: Any, rows: Any, document: Document) -> dict[str, Column]:
    outputs = [output for output in document.model.outputs if output.feature is ResultFeature.TRANSFORMED_VALUE]
    made, accepted = _try_rows(model.transform, rows)
    matrix = np.asarray(made.toarray() if hasattr(made, "toarray") else made)
    return {
        output.name: to_column(_spread(matrix[:, i], accepted, len(rows)), output.data_type or DataType.DOUBLE)
        for i, output in enumerate(outputs)
    }


def _by_target(predicted: Any, count: int) -> list[Any]:
    values = np.asarray(predicted)
    if count == 1:
        return [values.reshape(len(values))]
    return [values[:, i] for i in range(count)]


def _spread(values: Any, accepted: NDArray[np.bool_], n_rows: int) -> Any:
    """Values of the accepted rows among missing ones."""
    if accepted.all():
        return values
    spread = np.full(n_rows, None, dtype=object)
    spread[accepted] = values
    return spread


def _try_rows(call: Any, rows: Any) -> tuple[Any, NDArray[np.bool_]]:
    """The result for the rows that the framework takes, and which those are."""
    everything = np.ones(len(rows), dtype=bool)
    try:
        return call(rows), everything
    except ValueError as refusal:
        accepted = _accepted(call, rows)
        if not accepted.any():
            raise refusal
    return call(_take(rows, accepted)), accepted


def _accepted(call: Any, rows: Any) -> NDArray[np.bool_]:
    """Which rows the framework scores at all, found by halving the rows that it refuses."""
    accepted = np.zeros(len(rows), dtype=bool)
    pending = np.array_split(np.arange(len(rows)), 2)
    while pending:
        positions = pending.pop()
        if not len(positions):
            continue
        mask = np.zeros(len(rows), dtype=bool)
        mask[positions] = True
        try:
            call(_take(rows, mask))
        except ValueError:  # the caller raises the first refusal when no row is left
            if len(positions) > 1:
                pending.extend(np.array_split(positions, 2))
            continue
        accepted[positions] = True
    return accepted


def _take(rows: Any, mask: NDArray[np.bool_]) -> Any:
    if mask.all():
        return rows
    return rows.loc[mask] if hasattr(rows, "loc") else rows[mask]


def _model_input(model: Any, frame: Any) -> Any:
    """Rows as the model takes them: a pandas frame where it knows names, else an array."""
    if isinstance(frame, np.ndarray | list | tuple):
        return np.asarray(frame)
    pandas_frame = frame if hasattr(frame, "iloc") else nw.from_native(frame, eager_only=True).to_pandas()
    if not hasattr(pandas_frame, "columns"):
        pandas_frame = pandas_frame.to_frame()
    names = input_names(model)
    if hasattr(model, "feature_names_in_") and names is not None:
        spelled = {str(name).replace(" ", "_"): name for name in pandas_frame.columns}  # as LightGBM keeps names
        spelled |= {name: name for name in pandas_frame.columns}
        lacking = [name for name in names if name not in spelled]
        if lacking:
            raise InputError(f"the rows lack columns of the model: {', '.join(map(repr, lacking))}")
        return pandas_frame[[spelled[name] for name in names]].reset_index(drop=True)
    return pandas_frame.to_numpy()
