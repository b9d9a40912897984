"""Text indices and their normalisation tables."""

from __future__ import annotations

from modelport_runtime.hub import Expression, TextIndex, TextIndexNormalization
from modelport_runtime.pmml._arrays import read_inline_table, refuse_table_locator
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_text_index"]

_WEIGHTS = ("termFrequency", "binary", "logarithmic", "augmentedNormalizedTermFrequency")
_COUNTS = ("allHits", "bestHits")


def read_text_index(reading: Reading, element: Element, term: Expression) -> TextIndex:
    """Read a ``TextIndex`` whose term has been read (PMML 4.4, Transformations, TextIndex)."""
    return TextIndex(
        text_field=element.require("textField"),
        term=term,
        local_term_weights=_one_of(element, "localTermWeights", _WEIGHTS),
        is_case_sensitive=element.boolean("isCaseSensitive", False),
        max_levenshtein_distance=element.integer("maxLevenshteinDistance", 0),
        count_hits=_one_of(element, "countHits", _COUNTS),
        word_separator_character_re=element.get("wordSeparatorCharacterRE") or r"\s+",
        word_re=element.get("wordRE", "x-wordRE"),
        tokenize=element.boolean("tokenize", True),
        normalizations=tuple(_normalization(reading, child) for child in element.all("TextIndexNormalization")),
    )


def _one_of(element: Element, name: str, known: tuple[str, ...]) -> str:
    value = element.get(name) or known[0]
    if value not in known:
        raise element.error(f"{name}={value!r} is unknown; known are {', '.join(known)}")
    return value


def _normalization(reading: Reading, element: Element) -> TextIndexNormalization:
    reading.expect(element, {"InlineTable", "TableLocator"})
    if element.get("wordRE", "x-wordRE") is not None:
        reading.refuse(element, "wordRE of a single normalization is not supported", "set it on the TextIndex")
    names = tuple(
        element.get(name) or default
        for name, default in (("inField", "string"), ("outField", "stem"), ("regexField", "regex"))
    )
    table = element.require_child("InlineTable", "TableLocator")
    if table.tag == "TableLocator":
        refuse_table_locator(reading, table)
    has_flag = any(cell.tag == names[2].rpartition(":")[2] for row in table for cell in row)
    rows = read_inline_table(table, names if has_flag else names[:2])
    distance = element.get("maxLevenshteinDistance")
    return TextIndexNormalization(
        rows=tuple((row[0] or "", row[1] or "", has_flag and str(row[2]).lower() == "true") for row in rows),
        is_case_sensitive=None if element.get("isCaseSensitive") is None else element.boolean("isCaseSensitive", False),
        max_levenshtein_distance=None if distance is None else element.integer("maxLevenshteinDistance", 0),
        word_separator_character_re=element.get("wordSeparatorCharacterRE"),
        tokenize=None if element.get("tokenize") is None else element.boolean("tokenize", True),
        recursive=element.boolean("recursive", False),
    )
