"""TextIndex (PMML 4.4, Transformations, TextIndex): how often a term occurs in a text.

TF-IDF models look for thousands of terms in one column, so its distinct texts are split into words once for all terms;
a term is then counted in all texts at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._functions._patterns import compiled, python_replacement
from modelport_runtime.executors.reference._functions._strings import text_column
from modelport_runtime.hub import DataType, TextIndex, TextIndexNormalization

__all__ = ["evaluate_text_index"]


def evaluate_text_index(expression: TextIndex, text: Column, term: Column) -> Column:
    """Weight of the term in the text of each row; missing where either is."""
    texts, terms = text_column(text), text_column(term)
    words = _texts_in_words(_Splitting.of(expression), texts.categories)
    result = np.full(len(texts), np.nan)
    for code, rows in _rows_by_code(terms.codes):
        weights = _weights(expression, words, _words_of_term(expression, terms.categories[code]))
        result[rows] = np.append(weights, np.nan)[texts.codes[rows]]
    data_type = DataType.INTEGER if expression.local_term_weights in ("termFrequency", "binary") else DataType.DOUBLE
    return NumberColumn(result, data_type)


def _rows_by_code(codes: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64] | slice]]:
    """Each code that occurs, with its rows; nearly always the term is a constant, and those are all rows."""
    if len(codes) and (codes == codes[0]).all():
        if codes[0] >= 0:
            yield int(codes[0]), slice(None)
        return
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order], prepend=-1, append=-1))
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if codes[order[first]] >= 0:
            yield int(codes[order[first]]), order[first:last]


def _words_of_term(expression: TextIndex, term: str) -> list[str]:
    if not expression.is_case_sensitive:
        term = term.lower()
    if not expression.tokenize and expression.word_re is None:
        return [term]
    return _words(term, expression.word_separator_character_re, expression.word_re)


def _weights(expression: TextIndex, texts: _TextsInWords, term: list[str]) -> NDArray[np.float64]:
    """float64, shape (n_texts,): the weight of a term in each text."""
    frequency = texts.count(term, expression.max_levenshtein_distance, best_only=expression.count_hits == "bestHits")
    occurs = (frequency > 0).astype(np.float64)
    match expression.local_term_weights:
        case "binary":
            return occurs
        case "logarithmic":
            return np.array([math.log10(1 + count) for count in range(int(frequency.max(initial=0)) + 1)])[frequency]
        case "augmentedNormalizedTermFrequency":
            # 0.5 * (binary + frequency / frequency of the most frequent term of the text)
            weights: NDArray[np.float64] = 0.5 * (occurs + frequency / np.maximum(texts.most_frequent, 1))
            return np.where(texts.most_frequent > 0, weights, 0.0)
    return frequency.astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Splitting:
    """All of an expression that bears on how a text is split, whatever the term."""

    is_case_sensitive: bool
    max_levenshtein_distance: int
    separator: str
    word: str | None
    tokenize: bool
    normalizations: tuple[TextIndexNormalization, ...]

    @classmethod
    def of(cls, expression: TextIndex) -> _Splitting:
        return cls(
            expression.is_case_sensitive,
            expression.max_levenshtein_distance,
            expression.word_separator_character_re,
            expression.word_re,
            expression.tokenize,
            expression.normalizations,
        )

    def words(self, text: str) -> list[str]:
        """The words of a text, in order."""
        case, distance = self.is_case_sensitive, self.max_levenshtein_distance
        for table in self.normalizations:
            text = _normalize(text, table, case, distance, self.separator, self.tokenize)
        return _words(text if case else text.lower(), self.separator, self.word)


class _TextsInWords:
    """Texts as numbers of words, one after the other, so that a term is looked for in all of them at once."""

    __slots__ = ("_numbers", "_order", "_owner", "_starts", "_tokens", "most_frequent")

    def __init__(self, texts: list[list[str]]) -> None:
        numbers: dict[str, int] = {}
        # A word that is none ends each text: no hit reaches from one text into the next.
        tokens = [[*(numbers.setdefault(word, len(numbers)) for word in words), -1] for words in texts]
        self._numbers = numbers
        self._tokens = np.array([number for words in tokens for number in words], dtype=np.int64)
        self._owner = np.repeat(np.arange(len(texts)), [len(words) for words in tokens])
        self._order = np.argsort(self._tokens, kind="stable")
        self._starts = np.searchsorted(self._tokens[self._order], np.arange(len(numbers) + 1))
        self.most_frequent = self._most_frequent()

    def _most_frequent(self) -> NDArray[np.int64]:
        """int64, shape (n_texts,): how often the most frequent word of each text occurs."""
        is_word = self._tokens >= 0
        keys, counts = np.unique(
            self._owner[is_word] * max(len(self._numbers), 1) + self._tokens[is_word], return_counts=True
        )
        most = np.zeros(np.count_nonzero(~is_word), dtype=np.int64)
        np.maximum.at(most, keys // max(len(self._numbers), 1), counts)
        return most

    def count(self, term: list[str], distance: int, *, best_only: bool) -> NDArray[np.int64]:
        """Number of places in each text where the term's words stand, within an edit distance.

        Args:
            term: The words of the term.
            distance: Number of edits by which a place may differ, over all words.
            best_only: Whether only the places with the fewest edits of their text count.

        Returns:
            int64, shape (n_texts,).
        """
        n_texts = len(self.most_frequent)
        if not term:
            return np.zeros(n_texts, dtype=np.int64)
        if not distance:
            return np.bincount(self._owner[self._places(term)], minlength=n_texts)
        edits = self._edits(term, distance)
        places = np.flatnonzero(edits <= distance)
        owner = self._owner[places]
        if best_only:
            fewest = np.full(n_texts, distance + 1)
            np.minimum.at(fewest, owner, edits[places])
            owner = owner[edits[places] == fewest[owner]]
        return np.bincount(owner, minlength=n_texts)

    def _places(self, term: list[str]) -> NDArray[np.int64]:
        """Where the term begins, exactly."""
        numbers = [self._numbers.get(word, -2) for word in term]
        if -2 in numbers:
            return np.empty(0, dtype=np.int64)
        places = self._order[self._starts[numbers[0]] : self._starts[numbers[0] + 1]]
        for offset, number in enumerate(numbers[1:], 1):
            places = places[self._tokens[places + offset] == number]
        return places

    def _edits(self, term: list[str], limit: int) -> NDArray[np.int64]:
        """Edit distance between the term and the words from each place on; above the limit where the text ends."""
        total = np.zeros(len(self._tokens), dtype=np.int64)
        for offset, word in enumerate(term):
            # The last entry is that of -1, the end of a text.
            distances = np.array([*(_levenshtein(known, word, limit) for known in self._numbers), limit + 1])
            here = distances[self._tokens[offset:]]
            total[: len(here)] += here
            total[len(here) :] = limit + 1
        return total


# One document may index several columns in several ways, in turn; more texts than these are not kept.
@lru_cache(maxsize=8)
def _texts_in_words(splitting: _Splitting, texts: tuple[str, ...]) -> _TextsInWords:
    return _TextsInWords([splitting.words(text) for text in texts])


def _words(text: str, separator: str, word: str | None) -> list[str]:
    if word is not None:
        return [match.group() for match in compiled(word).finditer(text)]
    # Punctuation around a word is not part of it (PMML 4.4, TextIndex, tokenize).
    stripped = (re.sub(_PUNCTUATION_AROUND, "", token) for token in compiled(separator).split(text))
    return [token for token in stripped if token]


_PUNCTUATION_AROUND = re.compile(r"^[^\w\s]+|[^\w\s]+$")


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
        expression = compiled(pattern, flags)
        return expression.sub(python_replacement(replacement, expression), text)
    if distance:
        words = compiled(f"({separator})").split(text)
        fold = str if case_sensitive else str.lower
        near = [_levenshtein(fold(word), fold(pattern), distance) <= distance for word in words]
        return "".join(replacement if hit else word for word, hit in zip(words, near, strict=True))
    plain = re.escape(pattern)
    if in_words:
        plain = rf"(?<!\w){plain}(?!\w)"
    return re.sub(plain, lambda _: replacement, text, flags=flags)
