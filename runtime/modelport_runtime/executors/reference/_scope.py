"""Scopes: which columns a name means, computed once and only when something asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column
from modelport_runtime.executors.reference._values import Mask, Value, missing_column, take, union
from modelport_runtime.hub import DataType, DerivedField, Function

__all__ = ["Scope"]

Resolver = Callable[["Scope"], Value]


class Scope:
    """Names in a model: its own columns first, then those of the model around it.

    Rows marked invalid by whatever the predictor reads are gathered in ``invalid``.

    Attributes:
        n_rows: Number of rows.
        functions: Functions of the document, by name.
        math_type: ``float`` where arithmetic is in float32.
        invalid: bool, shape (n_rows,), or ``None``: rows without a valid result.
        notes: For each input field the rows that its value made invalid.
    """

    __slots__ = (
        "_known",
        "_needs",
        "_parent",
        "_pending",
        "_rows",
        "functions",
        "invalid",
        "math_type",
        "n_rows",
        "notes",
    )

    def __init__(
        self,
        n_rows: int,
        *,
        parent: Scope | None = None,
        rows: NDArray[Any] | None = None,
        functions: Mapping[str, Function] | None = None,
        math_type: DataType = DataType.DOUBLE,
    ) -> None:
        self.n_rows = n_rows
        self.functions: Mapping[str, Function] = functions if functions is not None else {}
        if functions is None and parent is not None:
            self.functions = parent.functions
        self.math_type = math_type
        self.invalid: Mask | None = None
        self.notes: dict[str, Mask] = {} if parent is None else parent.notes
        self._parent = parent
        self._rows = rows
        self._known: dict[str, Value] = {}
        self._pending: dict[str, Resolver] = {}
        self._needs: dict[str, tuple[str, ...]] = {}

    def define(self, name: str, column: Column) -> None:
        """Give a name a column."""
        self._known[name] = Value(column)
        self._pending.pop(name, None)
        self._needs.pop(name, None)

    def define_value(self, name: str, value: Value) -> None:
        """Give a name a column with its invalid rows."""
        self._known[name] = value

    def define_lazily(self, name: str, resolver: Resolver) -> None:
        """Give a name a column that is computed when first asked for."""
        self._pending[name] = resolver

    def __contains__(self, name: str) -> bool:
        return name in self._known or name in self._pending or (self._parent is not None and name in self._parent)

    def value(self, name: str) -> Value:
        """What a name means here; a name that nothing defines is missing in every row."""
        known = self._known.get(name)
        if known is not None:
            return known
        if name in self._needs:
            self._resolve_needed(name)
            known = self._known.get(name)
            if known is not None:
                return known
        resolver = self._pending.pop(name, None)
        if resolver is not None:
            value = resolver(self)
        elif self._parent is not None:
            value = self.outer_value(name)
        else:
            value = Value(missing_column(DataType.DOUBLE, self.n_rows))
        self._known[name] = value
        return value

    def _resolve_needed(self, name: str) -> None:
        """Compute what a derived field needs before it, so that a long chain of fields needs no deep recursion."""
        stack = [name]
        while stack:
            missing = [need for need in self._needs.pop(stack[-1], ()) if need in self._needs]
            if missing:
                stack.extend(missing)
            else:
                self.value(stack.pop())

    def outer_value(self, name: str) -> Value:
        """What a name means in the model around this one, on this scope's rows."""
        if self._parent is None:
            return Value(missing_column(DataType.DOUBLE, self.n_rows))
        value = self._parent.value(name)
        if self._rows is None:
            return value
        invalid = None if value.invalid is None else value.invalid[self._rows]
        return Value(take(value.column, self._rows), invalid)

    def series(self, names: Sequence[str]) -> tuple[list[Value], NDArray[Any] | None]:
        """What names mean in every row where the innermost of them is defined, not only in the rows of this scope.

        Returns:
            The values, and which of their rows are those of this scope (``None``: all of them, in order).
        """
        scope, rows = self, None
        while scope._parent is not None and not any(scope.is_local(name) for name in names):
            if scope._rows is not None:
                rows = scope._rows if rows is None else scope._rows[rows]
            scope = scope._parent
        return [scope.value(name) for name in names], rows

    def column(self, name: str) -> Column:
        """The column that a predictor reads under a name; its invalid rows become invalid here."""
        value = self.value(name)
        self.mark(value.invalid)
        return value.column

    def mark(self, invalid: Mask | None) -> None:
        """Note rows that have no valid result."""
        if invalid is not None and invalid.any():
            self.invalid = union((self.invalid, invalid))

    def note(self, field: str, invalid: Mask | None) -> None:
        """Remember which field's values made rows invalid."""
        if invalid is not None and invalid.any():
            self.notes[field] = invalid

    def define_derived(
        self, field: DerivedField, needs: tuple[str, ...], evaluate: Callable[[DerivedField, Scope], Value]
    ) -> None:
        """Give a derived field's name its expression, computed when first asked for.

        Args:
            field: The field.
            needs: Names of the fields that it reads.
            evaluate: How its value is found.
        """
        self._needs[field.name] = needs
        self._pending[field.name] = lambda scope: evaluate(field, scope)
        self._known.pop(field.name, None)

    def is_local(self, name: str) -> bool:
        """Whether the name is given a column here rather than further out."""
        return name in self._known or name in self._pending

    def on_all_rows(self) -> Scope:
        """The same names on the same rows, with invalid rows of its own."""
        return Scope(self.n_rows, parent=self, math_type=self.math_type)

    def on_rows(self, rows: NDArray[Any]) -> Scope:
        """The same names on some of the rows."""
        return Scope(int(np.size(rows)), parent=self, rows=rows, math_type=self.math_type)
