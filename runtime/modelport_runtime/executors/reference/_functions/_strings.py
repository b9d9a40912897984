"""Functions of text (PMML 4.4, Built-in functions, uppercase to formatNumber): computed once a distinct text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast
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


def _python_expression(pattern: str) -> str:
    # XQuery and Java write a named or numbered group and possessive quantifiers much as Python does.
    return pattern.replace("\\p{Punct}", r"[!-/:-@\[-`{-~]").replace("\\p{Alpha}", "[A-Za-z]")


def _replace(arguments: Sequence[Column]) -> Column:
    codes, combinations = distinct_combinations(arguments)
    results = [
        re.sub(_python_expression(pattern), re.sub(r"\$(\d+)", r"\\g<\1>", replacement.replace("\\", r"\\")), text)
        for text, pattern, replacement in combinations
    ]
    return coded(codes, results)


def _matches(arguments: Sequence[Column]) -> Column:
    # fn:matches of XQuery: true when the pattern is found anywhere in the text.
    codes, combinations = distinct_combinations(arguments)
    table = np.array(
        [*(float(re.search(_python_expression(pattern), text) is not None) for text, pattern in combinations), np.nan]
    )
    return NumberColumn(table[codes], DataType.BOOLEAN)


def _length(arguments: Sequence[Column]) -> Column:
    column = text_column(arguments[0])
    table = np.array([*(float(len(category)) for category in column.categories), np.nan])
    return NumberColumn(table[column.codes], DataType.INTEGER)


def _format_number(arguments: Sequence[Column]) -> Column:
    # The pattern follows C's printf (PMML 4.4, Built-in functions, formatNumber), as Python's % does.
    codes, combinations = distinct_combinations(arguments)
    results = []
    for number, pattern in combinations:
        is_whole = re.search(r"%[-+ 0#]*\d*[di]", pattern) is not None
        results.append(pattern % (int(float(number or "0")) if is_whole else float(number or "0")))
    return coded(codes, results)


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
