"""TextIndex (PMML 4.4, Transformations, TextIndex): how often a term occurs in a text, once a distinct text."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

import numpy as np

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._functions._strings import distinct_combinations
from modelport_runtime.hub import DataType, TextIndex, TextIndexNormalization

__all__ = ["evaluate_text_index"]


def evaluate_text_index(expression: TextIndex, text: Column, term: Column) -> Column:
    """Weight of the term in the text of each row; missing where either is."""
    codes, combinations = distinct_combinations([text, term])
    words = {wanted: _words_of_term(expression, wanted) for wanted in {wanted for _, wanted in combinations}}
    weights = [_weight(expression, given, words[wanted]) for given, wanted in combinations]
    data_type = DataType.INTEGER if expression.local_term_weights in ("termFrequency", "binary") else DataType.DOUBLE
    return NumberColumn(np.array([*weights, np.nan])[codes], data_type)


def _words_of_term(expression: TextIndex, term: str) -> tuple[str, ...]:
    return tuple(_split(expression, term if expression.is_case_sensitive else term.lower()))


def _weight(expression: TextIndex, text: str, wanted: tuple[str, ...]) -> float:
    tokens = _tokens_of(expression, text)
    frequency = _count(tokens, wanted, expression.max_levenshtein_distance, expression.count_hits)
    match expression.local_term_weights:
        case "binary":
            return float(frequency > 0)
        case "logarithmic":
            return math.log10(1 + frequency)
        case "augmentedNormalizedTermFrequency":
            # 0.5 * (binary + frequency / frequency of the most frequent term of the text)
            most = max(Counter(tokens).values(), default=0)
            return 0.5 * (float(frequency > 0) + frequency / most) if most else 0.0
    return float(frequency)


class _Same:
    """An expression as a key by identity: hashing hundreds of replacement rows for each text would cost far more."""

    __slots__ = ("expression",)

    def __init__(self, expression: TextIndex) -> None:
        self.expression = expression

    def __hash__(self) -> int:
        return id(self.expression)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.expression is self.expression


def _tokens_of(expression: TextIndex, text: str) -> tuple[str, ...]:
    return _tokens(_Same(expression), text)


# Many terms are looked for in the same texts (TF-IDF): the words of a text are found once for all of them.
@lru_cache(maxsize=4096)
def _tokens(key: _Same, text: str) -> tuple[str, ...]:
    expression = key.expression
    case, separator = expression.is_case_sensitive, expression.word_separator_character_re
    for table in expression.normalizations:
        text = _normalize(text, table, case, expression.max_levenshtein_distance, separator, expression.tokenize)
    if not case:
        text = text.lower()
    return tuple(_words(text, separator, expression.word_re))


def _words(text: str, separator: str, word: str | None) -> list[str]:
    if word is not None:
        return [match.group() for match in re.finditer(word, text)]
    # Punctuation around a word is not part of it (PMML 4.4, TextIndex, tokenize).
    stripped = (re.sub(_PUNCTUATION_AROUND, "", token) for token in re.split(separator, text))
    return [token for token in stripped if token]


_PUNCTUATION_AROUND = re.compile(r"^[^\w\s]+|[^\w\s]+$")


def _split(expression: TextIndex, term: str) -> list[str]:
    if not expression.tokenize and expression.word_re is None:
        return [term]
    return _words(term, expression.word_separator_character_re, expression.word_re)


def _count(tokens: tuple[str, ...], term: tuple[str, ...], distance: int, count_hits: str) -> int:
    """Number of places where the term's words stand in the text, within an edit distance."""
    width = len(term)
    if not width:
        return 0
    if not distance:
        if width == 1:
            return tokens.count(term[0])
        return sum(tokens[start : start + width] == term for start in range(len(tokens) - width + 1))
    distances = [
        sum(_levenshtein(a, b, distance) for a, b in zip(tokens[start : start + width], term, strict=True))
        for start in range(len(tokens) - width + 1)
    ]
    hits = [found for found in distances if found <= distance]
    return len(hits) if count_hits != "bestHits" or not hits else hits.count(min(hits))


def _levenshtein(left: str, right: str, limit: int) -> int:
    """Edit distance, or anything above the limit when it is beyond it."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (a != b)))
        previous = current
    return previous[-1]


def _normalize(
    text: str, table: TextIndexNormalization, is_case_sensitive: bool, distance: int, separator: str, tokenize: bool
) -> str:
    case_sensitive = is_case_sensitive if table.is_case_sensitive is None else table.is_case_sensitive
    allowed = distance if table.max_levenshtein_distance is None else table.max_levenshtein_distance
    between = separator if table.word_separator_character_re is None else table.word_separator_character_re
    in_words = tokenize if table.tokenize is None else table.tokenize
    for _ in range(_MAX_PASSES if table.recursive else 1):
        before = text
        for pattern, replacement, is_regex in table.rows:
            text = _replace(text, pattern, replacement, is_regex, case_sensitive, allowed, between, in_words)
        if text == before:
            break
    return text


# A recursive table that never settles is cut off; the specification sets no bound.
_MAX_PASSES = 1000


def _replace(
    text: str,
    pattern: str,
    replacement: str,
    is_regex: bool,
    case_sensitive: bool,
    distance: int,
    separator: str,
    in_words: bool,
) -> str:
    flags = re.NOFLAG if case_sensitive else re.IGNORECASE
    if is_regex:
        return re.sub(pattern, re.sub(r"\$(\d+)", r"\\g<\1>", replacement), text, flags=flags)
    if distance:
        words = re.split(f"({separator})", text)
        fold = str if case_sensitive else str.lower
        near = [_levenshtein(fold(word), fold(pattern), distance) <= distance for word in words]
        return "".join(replacement if hit else word for word, hit in zip(words, near, strict=True))
    expression = re.escape(pattern)
    if in_words:
        expression = rf"(?<!\w){expression}(?!\w)"
    return re.sub(expression, lambda _: replacement, text, flags=flags)
