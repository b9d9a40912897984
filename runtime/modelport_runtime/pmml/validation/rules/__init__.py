"""The rules beyond the schema: one literal table."""

from __future__ import annotations

from modelport_runtime.pmml.validation._grammar_check import GRAMMAR_RULES
from modelport_runtime.pmml.validation._rule import Rule
from modelport_runtime.pmml.validation.rules import (
    _arrays,
    _counts,
    _expressions,
    _fields,
    _functions,
    _items,
    _mining,
    _numbers,
    _outputs,
    _parameters,
    _segments,
    _tables,
    _trees,
    _values,
    _verification,
)

__all__ = ["DESCRIPTIONS", "FILE_RULES", "RULES"]

FILE_RULES = {
    "file/unreadable": "the file can be read and is well-formed",
    "file/unsafe": "the file has no DOCTYPE and stays within bounds of size and depth",
    "file/not-pmml": "the root element is PMML",
    "version/unknown": "the version is one of those that exist",
    "version/namespace": "the namespace is that of the version",
}
"""Rules of the file as a whole, and what each says."""

RULES: tuple[Rule, ...] = (
    *_fields.RULES,
    *_mining.RULES,
    *_values.RULES,
    *_expressions.RULES,
    *_arrays.RULES,
    *_counts.RULES,
    *_parameters.RULES,
    *_items.RULES,
    *_numbers.RULES,
    *_functions.RULES,
    *_tables.RULES,
    *_outputs.RULES,
    *_trees.RULES,
    *_segments.RULES,
    *_verification.RULES,
)
"""Every rule, in the order in which they are checked."""

DESCRIPTIONS: dict[str, str] = {**FILE_RULES, **GRAMMAR_RULES, **{rule.id: rule.asks for rule in RULES}}
"""What each rule says, by its identifier."""
