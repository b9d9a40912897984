"""Functions of text (PMML 4.4, Built-in functions, uppercase to formatNumber): computed once a distinct text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast
from modelport_runtime.executors.reference._functions._number_patterns import format_number
from modelport_runtime.executors.reference._functions._patterns import compiled, python_replacement
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.hub import DataType

__all__ = ["STRINGS", "distinct_combinations", "text_column"]


def text_column(column: Column) -> TextColumn:
    """The column as text."""
    result = cast(column, DataType.STRING)
    return result if isinstance(result, TextColumn) else TextColumn(np.full(len(column), -1, np.int32), ())


def _over_categories(operation: Callable[[str], str]) -> BuiltIn:
    def evaluate(arguments: Sequence[Column]) -> Column:
        column = text_column(arguments[0])
        return coded(column.codes, [operation(category) for category in column.categories])

    return BuiltIn(evaluate, 1, 1)


def coded(codes: np.ndarray, texts: Sequence[str]) -> TextColumn:
    """A text column from codes into texts that may repeat."""
    position: dict[str, int] = {}
    table = np.array([*(position.setdefault(text, len(position)) for text in texts), -1], dtype=np.int32)
    return TextColumn(table[codes], tuple(position))


def distinct_combinations(columns: Sequence[Column]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """For each row the number of its combination of texts (-1 where any is missing), and the combinations."""
    texts = [text_column(column) for column in columns]
    missing = np.logical_or.reduce([text.codes < 0 for text in texts])
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for text in texts:
        key = key * (len(text.categories) + 1) + (text.codes.astype(np.int64) + 1)
        _, key = np.unique(key, return_inverse=True)  # keeps the key small however many columns there are
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    combinations = [
        tuple(text.categories[text.codes[row]] if text.codes[row] >= 0 else "" for text in texts)
        for row in first.tolist()
    ]
    return np.where(missing, -1, inverse), combinations


def _concat(arguments: Sequence[Column]) -> Column:
    codes, combinations = distinct_combinations(arguments)
    return coded(codes, ["".join(combination) for combination in combinations])


def _substring(arguments: Sequence[Column]) -> Column:
    codes, combinations = distinct_combinations(arguments)
    results = []
    for text, start, length in combinations:
        first = int(float(start or "1")) - 1  # positions count from 1
        results.append(text[max(first, 0) : max(first + int(float(length or "0")), 0)])
    return coded(codes, results)


def _replace(arguments: Sequence[Column]) -> Column:
    codes, combinations = distinct_combinations(arguments)
    return _coded_or_missing(codes, [_replaced(*combination) for combination in combinations])


def _replaced(text: str, pattern: str, replacement: str) -> str | None:
    try:
        expression = compiled(pattern)
        return expression.sub(python_replacement(replacement, expression), text)
    except (re.error, IndexError):
        return None


def _matches(arguments: Sequence[Column]) -> Column:
    # fn:matches of XQuery: true when the pattern is found anywhere in the text.
    codes, combinations = distinct_combinations(arguments)
    table = np.array([*(_matched(*combination) for combination in combinations), np.nan])
    return NumberColumn(table[codes], DataType.BOOLEAN)


def _matched(text: str, pattern: str) -> float:
    try:
        return float(compiled(pattern).search(text) is not None)
    except re.error:
        return math.nan


def _coded_or_missing(codes: np.ndarray, texts: Sequence[str | None]) -> TextColumn:
    """As ``coded``, with ``None`` for a result that there is not."""
    none = np.array([*(text is None for text in texts), False])
    return coded(np.where(none[codes], -1, codes), [text or "" for text in texts])


def _length(arguments: Sequence[Column]) -> Column:
    column = text_column(arguments[0])
    table = np.array([*(float(len(category)) for category in column.categories), np.nan])
    return NumberColumn(table[column.codes], DataType.INTEGER)


def _format_number(arguments: Sequence[Column]) -> Column:
    codes, combinations = distinct_combinations(arguments)
    return _coded_or_missing(codes, [_formatted(number, pattern) for number, pattern in combinations])


def _formatted(number: str, pattern: str) -> str | None:
    try:
        return format_number(float(number or "0"), number, pattern)
    except ValueError:
        return None


STRINGS: dict[str, BuiltIn] = {
    "uppercase": _over_categories(str.upper),
    "lowercase": _over_categories(str.lower),
    "trimBlanks": _over_categories(lambda text: text.strip(" \t\r\n")),
    "stringLength": BuiltIn(_length, 1, 1),
    "concat": BuiltIn(_concat, 1, None),
    "substring": BuiltIn(_substring, 3, 3),
    "replace": BuiltIn(_replace, 3, 3),
    "matches": BuiltIn(_matches, 2, 2),
    "formatNumber": BuiltIn(_format_number, 2, 2),
}
