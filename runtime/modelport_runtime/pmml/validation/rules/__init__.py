"""The rules beyond the schema: one literal table."""

from __future__ import annotations

from modelport_runtime.pmml.validation._rule import Rule
from modelport_runtime.pmml.validation.rules import _fields

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (*_fields.RULES,)
"""Every rule, in the order in which they are checked."""
