"""The rules beyond the schema: one literal table."""

from __future__ import annotations

from modelport_runtime.pmml.validation._rule import Rule
from modelport_runtime.pmml.validation.rules import (
    _counts,
    _fields,
    _functions,
    _mining,
    _numbers,
    _outputs,
    _segments,
    _trees,
    _values,
    _verification,
)

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    *_fields.RULES,
    *_mining.RULES,
    *_values.RULES,
    *_counts.RULES,
    *_numbers.RULES,
    *_functions.RULES,
    *_outputs.RULES,
    *_trees.RULES,
    *_segments.RULES,
    *_verification.RULES,
)
"""Every rule, in the order in which they are checked."""
