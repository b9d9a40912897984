"""The grammar of PMML 3.0 to 4.4.1: one table, and the XML Schema of each version made from it."""

from __future__ import annotations

from modelport_runtime.pmml.grammar._rules import VERSIONS, AttributeRule, ElementRule, Grammar, TypeRule
from modelport_runtime.pmml.grammar._schema import namespace_of, schema_text
from modelport_runtime.pmml.grammar._table import grammar

__all__ = [
    "VERSIONS",
    "AttributeRule",
    "ElementRule",
    "Grammar",
    "TypeRule",
    "grammar",
    "namespace_of",
    "schema_text",
]
