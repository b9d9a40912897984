"""What a booster predicts, in the schema of the results of every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
from numpy.typing import NDArray

from modelport.readers._source import to_column
from modelport_runtime.columns import Column, Table
from modelport_runtime.hub import DataField, DataType, Document, ResultFeature

__all__ = ["booster_rows", "booster_table"]


def booster_rows(frame: Any, names: Sequence[str] | None) -> Any:
    """Rows as boosters take them: an array as it is, any frame as a pandas frame of the model's columns, in order.

    Args:
        frame: pandas, polars, Arrow or an array.
        names: The columns, when the booster knows their names.
    """
    if isinstance(frame, np.ndarray | list | tuple):
        return np.asarray(frame)
    rows = frame if hasattr(frame, "iloc") else nw.from_native(frame, eager_only=True).to_pandas()
    spelled = {str(name).replace(" ", "_"): name for name in rows.columns}  # LightGBM keeps names without blanks
    if names and set(names) <= {*rows.columns, *spelled}:
        rows = rows[[name if name in rows.columns else spelled[name] for name in names]]
    text = [name for name, kind in rows.dtypes.items() if kind.kind == "O"]
    return rows.astype(dict.fromkeys(text, "category"))  # boosters take text in this type only


def booster_table(document: Document, predicted: NDArray[Any]) -> Table:
    """Targets and probabilities from what the booster predicts.

    Args:
        document: What was read of the booster.
        predicted: Shape (n_rows,) or (n_rows, n_columns): numbers, or the probabilities of classes; one column for two
            classes, the second's.
    """
    scores = predicted.reshape(len(predicted), -1)
    fields = {field.name: field for field in document.data_fields}
    targets = [fields[name] for name in document.model.target_names]
    per_target = [scores] if len(targets) == 1 else [scores[:, [i]] for i in range(len(targets))]
    columns: dict[str, Column] = {}
    probabilities: dict[str, NDArray[Any]] = {}
    for target, own in zip(targets, per_target, strict=True):
        if target.values:
            probabilities[target.name] = np.hstack([1 - own, own]) if own.shape[1] == 1 else own
            columns[target.name] = _labels(target, probabilities[target.name])
        else:
            columns[target.name] = to_column(own[:, 0], target.data_type)
    for output in document.model.outputs:
        if output.feature is ResultFeature.PROBABILITY:
            target = fields[output.target_field or targets[0].name]
            of_class = probabilities[target.name][:, target.values.index(output.value or 0)]
            columns[output.name] = to_column(of_class, DataType.DOUBLE)
    return Table(columns, len(scores))


def _labels(target: DataField, probabilities: NDArray[Any]) -> Column:
    best = np.argmax(probabilities, axis=1)
    return to_column([target.values[position] for position in best], target.data_type)
