"""Names of the built-in functions (PMML 4.4, Functions, Built-in functions)."""

from __future__ import annotations

__all__ = ["BUILT_IN_FUNCTIONS"]

# fmt: off
BUILT_IN_FUNCTIONS = frozenset({
    "+", "-", "*", "/", "min", "max", "sum", "avg", "median", "product", "log10", "ln", "sqrt", "abs", "exp",
    "pow", "threshold", "floor", "ceil", "round", "modulo", "isMissing", "isNotMissing", "isValid", "isNotValid",
    "equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual", "isIn", "isNotIn", "and",
    "or", "not", "if", "uppercase", "lowercase", "stringLength", "substring", "trimBlanks", "concat", "replace",
    "matches", "formatNumber", "formatDatetime", "dateDaysSinceYear", "dateSecondsSinceYear",
    "dateSecondsSinceMidnight", "normalCDF", "normalPDF", "stdNormalCDF", "stdNormalPDF", "erf", "normalIDF",
    "stdNormalIDF", "expm1", "hypot", "ln1p", "rint", "sin", "asin", "sinh", "cos", "acos", "cosh", "tan", "atan",
    "tanh",
})
# fmt: on
