"""The reference executor: the meaning of the hub, vectorised over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import (
    Column,
    ColumnTable,
    ListColumn,
    NumberColumn,
    ResultColumn,
    ResultTable,
    Table,
    TextColumn,
)
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.reference._casts import cast, cast_result
from modelport_runtime.executors.reference._lists import missing_lists, without_rows
from modelport_runtime.executors.reference._model import ModelEvaluator
from modelport_runtime.executors.reference._prediction import ModelResult
from modelport_runtime.executors.reference._predictors import TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._supported import causes_of
from modelport_runtime.executors.reference._tree_walk import feature_matrix, leaves_of, plan_walk
from modelport_runtime.executors.reference._values import Mask, missing_column, replace, take
from modelport_runtime.hub import Document, Scalar, TreeEnsemble
from modelport_runtime.results import ResultField, result_fields

__all__ = ["InvalidValue", "ReferenceExecutor", "tree_leaves"]


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """An input value that made a row's result invalid.

    Attributes:
        row: Position of the row.
        field: Name of the input field.
        value: The value as given; ``None`` when it was missing.
    """

    row: int
    field: str
    value: Scalar | None


class ReferenceExecutor:
    """Runs any hub document. Safe to call from many threads at once.

    Raises:
        UnsupportedModelError: On construction: a part of the document has no meaning that can be computed. Scoring
            itself never refuses a model.
    """

    def __init__(self, document: Document, tree_scorers: TreeScorers | None = None) -> None:
        """Prepare a document.

        Args:
            document: What to run.
            tree_scorers: Gives an ensemble of trees another engine for its aggregated scores, or ``None``.
        """
        causes = causes_of(document)
        if causes:
            raise UnsupportedModelError(causes)
        self.document = document
        self._functions = {function.name: function for function in document.functions}
        self._inputs = {field.name: field for field in document.data_fields}
        self._model = ModelEvaluator(document.model, self._inputs, document.derived_fields, tree_scorers)
        self._results = result_fields(document)

    @property
    def name(self) -> str:
        """``reference``."""
        return "reference"

    def score(self, table: Table) -> ResultTable:
        """Score rows.

        Args:
            table: Raw values of the input fields; fields that are absent are missing in every row.

        Returns:
            As many rows: every target by its name, then every final output field, in order. A row with an invalid
            input has missing results; ``invalid_values`` names the values at fault. Of a model of groups one row a
            group, in order of first appearance, after a column of the groups themselves; a group with an invalid
            input has missing results.
        """
        scope, result = self._evaluate(table)
        n_rows = table.n_rows if result.groups is None else len(result.groups)
        columns: dict[str, ResultColumn] = {}
        fields = list(self._results)
        if result.groups is not None and self.document.model.group_field is not None:
            name = fields.pop(0).name
            columns[name] = cast(take(scope.value(name).column, result.groups.first_rows), self._results[0].data_type)
        for index, field in enumerate(fields):
            column = self._result_column(field, index, result, n_rows)
            if result.invalid is not None:
                column = _without(column, result.invalid)
            columns[field.name] = cast_result(column, field.data_type)
        return ColumnTable(columns, n_rows, is_grouped=result.groups is not None)

    def invalid_values(self, table: Table, limit: int = 1000) -> tuple[InvalidValue, ...]:
        """The input values that make rows' results invalid, at most ``limit`` of them, field by field."""
        scope, _ = self._evaluate(table)
        found: list[InvalidValue] = []
        for name, mask in scope.notes.items():
            for row in np.flatnonzero(mask)[: limit - len(found)].tolist():
                found.append(InvalidValue(row, name, _scalar(table.get(name), row)))
        return tuple(found)

    def _evaluate(self, table: Table) -> tuple[Scope, ModelResult]:
        scope = Scope(table.n_rows, functions=self._functions)
        for name, field in self._inputs.items():
            column = table.get(name)
            scope.define(name, missing_column(field.data_type, table.n_rows) if column is None else column)
        return scope, self._model.evaluate(scope)

    def _result_column(self, field: ResultField, index: int, result: ModelResult, n_rows: int) -> ResultColumn:
        name = field.name
        for prediction in result.predictions:
            if prediction.target == name or (prediction.target is None and index < len(result.predictions)):
                return prediction.column()
        if name in result.outputs:
            return result.outputs[name]
        if index == 0 and len(result.predictions) == 1:
            return result.predictions[0].column()
        return missing_lists(field.data_type, n_rows) if field.is_list else missing_column(field.data_type, n_rows)


def _without(column: ResultColumn, rows: Mask) -> ResultColumn:
    return without_rows(column, rows) if isinstance(column, ListColumn) else replace(column, rows, None)


def _scalar(column: Column | None, row: int) -> Scalar | None:
    if column is None or column.missing[row]:
        return None
    if isinstance(column, TextColumn):
        return column.categories[int(column.codes[row])]
    return float(column.values[row].item())


def tree_leaves(ensemble: TreeEnsemble, table: Table) -> NDArray[np.int32]:
    """Which leaf each row reaches.

    Args:
        ensemble: The trees.
        table: The features by name, derived ones included; absent ones are missing.

    Returns:
        int32, shape (n_rows, n_trees): positions in ``leaf_values``.
    """
    columns: list[Column] = []
    for name in ensemble.features:
        column = table.get(name)
        columns.append(NumberColumn(np.full(table.n_rows, np.nan)) if column is None else column)
    matrix = feature_matrix(ensemble, columns) if columns else np.zeros((table.n_rows, 1))
    leaves, _ = leaves_of(plan_walk(ensemble), ensemble.roots, matrix)
    return np.ascontiguousarray(leaves.T)
