"""Many predicates over the same rows: every distinct part of them is evaluated once.

Rules and attributes of scorecards repeat the same tests (``Marital = Married``) many times. A test of a field against
constants is done on the column's codes or numbers themselves; everything else is left to the expression evaluator.
Predicates have three values (PMML 4.4, TreeModel, predicates): each part is a pair of masks, where it is true and where
it is false; it is unknown in the other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._expressions import evaluate
from modelport_runtime.executors.reference._functions._logic import truth
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Mask, Numbers
from modelport_runtime.hub import Apply, Constant, DataType, Expression, FieldRef

__all__ = ["PredicateSet", "Truths"]

_BLOCK_CELLS = 1 << 26
"""Pairs of row and distinct part held at once, so that memory does not grow with the rows."""
_COMPOUNDS = ("and", "or", "xor", "surrogate")
_ORDERS: dict[str, Callable[[Numbers, float], Mask]] = {
    "lessThan": np.less,
    "lessOrEqual": np.less_equal,
    "greaterThan": np.greater,
    "greaterOrEqual": np.greater_equal,
}
_COMPARISONS = frozenset({"equal", "notEqual", "isIn", "isNotIn", *_ORDERS})


@dataclass(frozen=True, slots=True)
class _Part:
    """One distinct part of the predicates.

    Attributes:
        expression: The part itself.
        function: Its function; empty when it is none that is known here.
        parts: Positions of the parts of a compound predicate.
        field: Field of a test against constants.
        constants: The constants.
    """

    expression: Expression
    function: str = ""
    parts: tuple[int, ...] = ()
    field: str | None = None
    constants: tuple[Constant, ...] = ()


class PredicateSet:
    """Predicates with their common parts found once. Safe to use from many threads.

    Args:
        predicates: Expressions of boolean result.
    """

    def __init__(self, predicates: Sequence[Expression]) -> None:
        self._parts: list[_Part] = []
        self._positions: dict[Expression, int] = {}
        self._roots = [self._add(predicate) for predicate in predicates]

    @property
    def block_rows(self) -> int:
        """How many rows are evaluated at once."""
        return max(1024, _BLOCK_CELLS // max(1, 2 * len(self._parts)))

    def on(self, scope: Scope) -> Truths:
        """The predicates on the rows of a scope; what their fields make invalid is marked there."""
        names = dict.fromkeys(part.field for part in self._parts if part.field is not None)
        columns = {name: scope.column(name) for name in names}
        others: dict[int, Numbers] = {}
        for position, part in enumerate(self._parts):
            if part.parts or (part.field is not None and _is_direct(part, columns[part.field])):
                continue
            value = evaluate(part.expression, scope)
            scope.mark(value.invalid)
            others[position] = truth(value.column)
        return Truths(self._parts, self._roots, columns, others)

    def _add(self, expression: Expression) -> int:
        known = self._positions.get(expression)
        if known is None:
            part = self._part(expression)
            known = self._positions[expression] = len(self._parts)
            self._parts.append(part)
        return known

    def _part(self, expression: Expression) -> _Part:
        is_plain = (
            isinstance(expression, Apply) and expression.map_missing_to is None and expression.default_value is None
        )
        if not isinstance(expression, Apply) or not is_plain or not expression.arguments:
            return _Part(expression)
        function = expression.function
        if function in _COMPOUNDS:
            return _Part(expression, function, tuple(self._add(argument) for argument in expression.arguments))
        first, *others = expression.arguments
        if function not in _COMPARISONS or not isinstance(first, FieldRef) or first.map_missing_to is not None:
            return _Part(expression)
        constants = tuple(other for other in others if isinstance(other, Constant) and other.value is not None)
        if len(constants) < len(others):
            return _Part(expression)
        return _Part(expression, function, field=first.field, constants=constants)


def _is_direct(part: _Part, column: Column) -> bool:
    """Whether a test can be done on the column itself: its constants are of the column's own kind."""
    if isinstance(column, TextColumn):
        return part.function not in _ORDERS and all(c.data_type is DataType.STRING for c in part.constants)
    numeric = all(c.data_type.is_number for c in part.constants) and column.data_type.is_number
    return numeric or all(c.data_type is column.data_type for c in part.constants)


@dataclass(slots=True)
class Truths:
    """Predicates on the rows of one scope; ``block`` chooses the rows that masks are about.

    Attributes:
        parts: The distinct parts.
        roots: Position of each predicate's own part.
        columns: The fields tested directly, on all rows.
        others: Values of the parts that the expression evaluator computed, on all rows: 1, 0 or NaN.
    """

    parts: list[_Part]
    roots: list[int]
    columns: dict[str, Column]
    others: dict[int, Numbers]
    _rows: slice = field(default_factory=lambda: slice(None))
    _missing: dict[str, Mask] = field(default_factory=dict)
    _true: dict[int, Mask] = field(default_factory=dict)
    _false: dict[int, Mask] = field(default_factory=dict)
    _codes: dict[str, dict[str, int]] = field(default_factory=dict)
    _n_rows: int = 0

    def block(self, start: int, stop: int) -> None:
        """Go to the rows from ``start`` up to ``stop``."""
        self._rows, self._n_rows = slice(start, stop), stop - start
        self._missing.clear()
        self._true.clear()
        self._false.clear()

    def holds(self, predicate: int) -> Mask:
        """bool, shape (rows of the block,): where a predicate is true; not to be written to."""
        return self._where_true(self.roots[predicate])

    def _where_true(self, position: int) -> Mask:
        mask = self._true.get(position)
        if mask is None:
            mask = self._true[position] = self._compute_true(position)
        return mask

    def _where_false(self, position: int) -> Mask:
        mask = self._false.get(position)
        if mask is None:
            mask = self._false[position] = self._compute_false(position)
        return mask

    def _compute_true(self, position: int) -> Mask:
        part = self.parts[position]
        if not part.parts:
            known = self.others.get(position)
            return self._test(part) if known is None else np.asarray(known[self._rows] == 1)
        match part.function:
            case "and":
                return _all(self._where_true(inner) for inner in part.parts)
            case "or":
                return _any(self._where_true(inner) for inner in part.parts)
            case "surrogate":
                return self._surrogate(part)[0]
        return self._exclusive(part)[0]

    def _compute_false(self, position: int) -> Mask:
        part = self.parts[position]
        if not part.parts:
            known = self.others.get(position)
            if known is not None:
                return np.asarray(known[self._rows] == 0)
            return ~(self._where_true(position) | self._missing_in(part.field or ""))
        match part.function:
            case "and":
                return _any(self._where_false(inner) for inner in part.parts)
            case "or":
                return _all(self._where_false(inner) for inner in part.parts)
            case "surrogate":
                return self._surrogate(part)[1]
        return self._exclusive(part)[1]

    def _surrogate(self, part: _Part) -> tuple[Mask, Mask]:
        """The first part that is not unknown decides."""
        true = self._where_true(part.parts[0])
        false = self._where_false(part.parts[0])
        for inner in part.parts[1:]:
            unknown = ~(true | false)
            true = true | (unknown & self._where_true(inner))
            false = false | (unknown & self._where_false(inner))
        return true, false

    def _exclusive(self, part: _Part) -> tuple[Mask, Mask]:
        """True where an odd number of parts is; unknown where any part is."""
        odd = self._where_true(part.parts[0])
        known = odd | self._where_false(part.parts[0])
        for inner in part.parts[1:]:
            true = self._where_true(inner)
            odd = odd ^ true
            known = known & (true | self._where_false(inner))
        return odd & known, ~odd & known

    def _missing_in(self, name: str) -> Mask:
        mask = self._missing.get(name)
        if mask is None:
            column = self.columns[name]
            values = (
                column.codes[self._rows] < 0 if isinstance(column, TextColumn) else np.isnan(column.values[self._rows])
            )
            mask = self._missing[name] = values
        return mask

    def _test(self, part: _Part) -> Mask:
        """A field against constants; false where the field is missing."""
        name = part.field or ""
        column = self.columns[name]
        if isinstance(column, TextColumn):
            found = self._text_in(name, column, part.constants)
        else:
            values, numbers = column.values[self._rows], _numbers(part.constants)
            if part.function in _ORDERS:
                return np.asarray(_ORDERS[part.function](values, numbers[0]))
            found = values == numbers[0] if len(numbers) == 1 else np.isin(values, numbers)
        return ~(found | self._missing_in(name)) if part.function in ("notEqual", "isNotIn") else found

    def _text_in(self, name: str, column: TextColumn, constants: Sequence[Constant]) -> Mask:
        codes = self._codes.get(name)
        if codes is None:
            codes = self._codes[name] = {category: code for code, category in enumerate(column.categories)}
        wanted = [codes[str(constant.value)] for constant in constants if str(constant.value) in codes]
        rows = column.codes[self._rows]
        if len(wanted) < 2:
            return np.asarray(rows == wanted[0]) if wanted else np.zeros(len(rows), dtype=np.bool_)
        table = np.zeros(len(column.categories) + 1, dtype=np.bool_)
        table[wanted] = True
        found: Mask = table[rows]
        return found


def _numbers(constants: Sequence[Constant]) -> list[float]:
    """Constants as a column of their type holds them; a fraction among integers stays one and equals none of them."""
    known = []
    for constant in constants:
        is_number = isinstance(constant.value, int | float)
        value = constant.value if is_number else physical(constant.value, constant.data_type)
        known.append(float(value))  # type: ignore[arg-type]  # a number or a date: text has codes
    return known


def _all(masks: Iterable[Mask]) -> Mask:
    """Where all masks are set; a mask of the caller's own unless there is only one."""
    first, *others = masks
    return reduce(np.logical_and, others, first)


def _any(masks: Iterable[Mask]) -> Mask:
    """Where any mask is set."""
    first, *others = masks
    return reduce(np.logical_or, others, first)
