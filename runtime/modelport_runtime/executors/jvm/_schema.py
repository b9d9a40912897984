"""From what an engine returns to the one result schema that all engines obey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm._target_outputs import target_output_name
from modelport_runtime.executors.jvm._temporal import is_temporal, read_temporal
from modelport_runtime.hub import DataType, Document
from modelport_runtime.results import PREDICTED_VALUE, ResultField, result_fields

__all__ = ["EngineField", "ResultPlan", "WantedResults", "engine_results", "wanted_results"]


@dataclass(frozen=True, slots=True)
class EngineField:
    """An input or a result as the engine describes it.

    Attributes:
        name: Its name; ``None`` for the target of a model that names none.
        data_type: The engine's name of its type.
        is_target: Whether it is a prediction.
    """

    name: str | None
    data_type: str
    is_target: bool


@dataclass(frozen=True, slots=True)
class WantedResults:
    """The result columns of a model.

    Attributes:
        fields: All columns, targets first.
        targets: Names of the target fields; ``None`` for the one target of a model that names none.
        is_prediction: Whether a row without a prediction is missing in every column.
    """

    fields: tuple[ResultField, ...]
    targets: tuple[str | None, ...]
    is_prediction: bool = True

    @property
    def names_outputs(self) -> bool:
        """Whether there are columns besides the targets."""
        return len(self.fields) > len(self.targets)

    def to_json(self) -> dict[str, Any]:
        """As JSON, for another process."""
        return {
            "fields": [[field.name, field.data_type.value] for field in self.fields],
            "targets": list(self.targets),
            "is_prediction": self.is_prediction,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> WantedResults:
        """The opposite of ``to_json``."""
        fields = tuple(ResultField(name=name, data_type=DataType(data_type)) for name, data_type in content["fields"])
        return cls(fields, tuple(content["targets"]), content["is_prediction"])

    def target_types(self) -> list[tuple[str | None, DataType]]:
        """Name and type of each target."""
        return [(target, field.data_type) for target, field in zip(self.targets, self.fields, strict=False)]


def wanted_results(document: Document) -> WantedResults:
    """The result columns that every engine gives for a document."""
    targets: tuple[str | None, ...] = document.model.target_names
    fields = result_fields(document)
    if not targets and fields and fields[0].name == PREDICTED_VALUE:
        targets = (None,)
    return WantedResults(fields, targets, document.model.predictor is not None)


def engine_results(results: Sequence[EngineField]) -> WantedResults:
    """The result columns of a model that only the engine can read: what the engine says, the prediction by its name."""
    fields = [ResultField(name=_shown_name(result), data_type=_data_type(result.data_type)) for result in results]
    return WantedResults(tuple(fields), (), is_prediction=False)


def _shown_name(result: EngineField) -> str:
    if result.name is None:
        return PREDICTED_VALUE
    return result.name.removeprefix("predicted_") if result.is_target else result.name


def _data_type(name: str) -> DataType:
    """The type that an engine means; PMML4S has types of its own besides those of PMML."""
    if name == "real":
        return DataType.DOUBLE
    return DataType(name) if name in DataType.__members__.values() else DataType.STRING


@dataclass(frozen=True, slots=True)
class ResultPlan:
    """Which of the engine's results becomes which column.

    Attributes:
        wanted: The columns.
        positions: For each column the position of the engine's result.
        text_results: For each of the engine's results: fetch it as text, as numbers, or (``None``) not at all.
        false_may_be_missing: Whether the engine says ``false`` of a boolean that is missing.
    """

    wanted: WantedResults
    positions: tuple[int, ...]
    text_results: tuple[bool | None, ...]
    false_may_be_missing: bool

    @classmethod
    def of(cls, wanted: WantedResults, engine: str, results: Sequence[EngineField]) -> ResultPlan:
        """Find every wanted column among the engine's results.

        Raises:
            EngineError: The engine does not return one of them.
        """
        by_name = {_shown_name(result): position for position, result in reversed(list(enumerate(results)))}
        asked = any(target_output_name(i) in by_name for i in range(len(wanted.targets)))
        if asked:
            for i, field in enumerate(wanted.fields[: len(wanted.targets)]):
                if target_output_name(i) in by_name:
                    by_name[field.name] = by_name.pop(target_output_name(i))
        lacking = [field.name for field in wanted.fields if field.name not in by_name]
        if lacking:
            raise EngineError(
                f"engine {engine!r} does not return {', '.join(map(repr, lacking))} (it returns "
                f"{', '.join(map(repr, by_name))}): score this model with engine='reference' or another engine"
            )
        positions = tuple(by_name[field.name] for field in wanted.fields)
        text_results: list[bool | None] = [None] * len(results)
        for position, field in zip(positions, wanted.fields, strict=True):
            text_results[position] = field.data_type is DataType.STRING or is_temporal(field.data_type)
        return cls(wanted, positions, tuple(text_results), engine == "pmml4s" and not asked)

    def table(self, results: Mapping[int, Column], n_rows: int) -> Table:
        """Make the result table of the engine's results."""
        columns = {
            field.name: _as_type(results[position], field.data_type)
            for field, position in zip(self.wanted.fields, self.positions, strict=True)
        }
        if self.false_may_be_missing:
            columns = _with_missing_booleans(columns)
        if self.wanted.is_prediction and self.wanted.targets:
            targets = list(columns.values())[: len(self.wanted.targets)]
            unpredicted = np.logical_and.reduce([column.missing for column in targets])
            columns = {name: _without(column, unpredicted) for name, column in columns.items()}
        return Table(columns, n_rows)


def _as_type(column: Column, data_type: DataType) -> Column:
    if isinstance(column, TextColumn):
        return read_temporal(column, data_type) if is_temporal(data_type) else column
    values = column.values
    if data_type is DataType.FLOAT:
        values = values.astype(np.float32).astype(np.float64)
    return NumberColumn(values, data_type)


def _with_missing_booleans(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Booleans made missing where every number is: a class has no probability then, so there was no prediction."""
    numbers = [column.missing for column in columns.values() if column.data_type.is_number]
    if not numbers:
        return dict(columns)
    unpredicted = np.logical_and.reduce(numbers)
    return {
        name: _without(column, unpredicted) if column.data_type is DataType.BOOLEAN else column
        for name, column in columns.items()
    }


def _without(column: Column, rows: NDArray[np.bool_]) -> Column:
    """The column with the given rows missing."""
    if not rows.any():
        return column
    if isinstance(column, TextColumn):
        return TextColumn(np.where(rows, np.int32(-1), column.codes), column.categories)
    return NumberColumn(np.where(rows, np.nan, column.values), column.data_type)
