"""Missing operands spelled out, so that every consumer gives what the hub says.

The hub's functions are missing where an operand is. Consumers differ: JPMML-Evaluator refuses a missing argument of
most functions, PMML4S takes it for false in a comparison. Both agree on ``isNotMissing`` and on ``if`` without an else
branch, which is missing where the condition is false; so a function that may meet a missing operand is written inside
such a condition.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Constant,
    DataType,
    Discretize,
    Expression,
    FieldRef,
    InvalidValueTreatment,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    TextIndex,
)

__all__ = ["guard_missing", "may_be_missing"]

# Missing operands make these missing in every consumer.
_ARITHMETIC = {"+", "-", "*", "/"}
# These look at missing operands themselves, or leave them out (PMML 4.4, Functions).
_MISSING_AWARE = frozenset({"if", "min", "max", "sum", "avg", "median", "product", "concat"})
_ABOUT_MISSING = frozenset({"isMissing", "isNotMissing", "isValid", "isNotValid"})
_TRUE = Constant(value=True, data_type=DataType.BOOLEAN)
_FALSE = Constant(value=False, data_type=DataType.BOOLEAN)


def may_be_missing(expression: Expression, never_missing: Set[str]) -> bool:
    """Whether an expression may be missing, given the names of columns that never are. In doubt it may."""
    match expression:
        case Constant():
            return expression.value is None
        case FieldRef():
            return expression.map_missing_to is None and expression.field not in never_missing
        case Cast():
            return may_be_missing(expression.expression, never_missing)
        case NormDiscrete():
            return expression.map_missing_to is None and expression.field not in never_missing
        case NormContinuous():
            inside = expression.outlier_treatment is not OutlierTreatment.AS_MISSING_VALUES
            return not inside or (expression.map_missing_to is None and expression.field not in never_missing)
        case MapValues():
            unmapped = expression.default_value is None or None in expression.results
            present = expression.map_missing_to is not None or set(expression.fields) <= never_missing
            return unmapped or not present
        case Discretize():
            present = expression.map_missing_to is not None or expression.field in never_missing
            return expression.default_value is None or not present
        case TextIndex():
            return expression.text_field not in never_missing
        case Lag() | Aggregate():
            return True
        case Apply():
            return _apply_may_be_missing(expression, never_missing)


def _apply_may_be_missing(apply: Apply, never_missing: Set[str]) -> bool:
    if apply.default_value is not None or apply.function in _ABOUT_MISSING:
        return False
    if apply.function == "if" and len(apply.arguments) < 3:
        return True
    if apply.function == "surrogate":
        return all(may_be_missing(argument, never_missing) for argument in apply.arguments)
    operands = any(may_be_missing(argument, never_missing) for argument in apply.arguments)
    undefined = apply.invalid_value_treatment is InvalidValueTreatment.AS_MISSING
    return undefined or (operands and apply.map_missing_to is None)


def guard_missing(expression: Expression, never_missing: Set[str]) -> Expression:
    """Rewrite an expression so that no consumer meets a missing operand that it treats in its own way."""
    match expression:
        case Cast():
            return replace(expression, expression=guard_missing(expression.expression, never_missing))
        case Discretize() if expression.default_value is not None:
            return _discretize_apart(expression, never_missing)
        case Apply():
            arguments = tuple(guard_missing(argument, never_missing) for argument in expression.arguments)
            return _guard_apply(replace(expression, arguments=arguments), never_missing)
        case _:
            return expression


def _discretize_apart(discretize: Discretize, never_missing: Set[str]) -> Expression:
    """Outside the bins PMML4S gives the value for missing instead of the default, so there the two are the same."""
    alike = replace(discretize, map_missing_to=discretize.default_value)
    if discretize.field in never_missing:
        return alike
    field = FieldRef(field=discretize.field)
    if discretize.map_missing_to is None:
        return _apply("if", _apply("isNotMissing", field), alike)
    mapped = Constant(value=discretize.map_missing_to, data_type=discretize.data_type)
    return _apply("if", _apply("isMissing", field), mapped, alike)


def _guard_apply(apply: Apply, never_missing: Set[str]) -> Expression:
    if apply.function == "surrogate":
        return _first_present(apply.arguments)
    doubtful = [argument for argument in apply.arguments if may_be_missing(argument, never_missing)]
    if not doubtful or apply.map_missing_to is not None or apply.function in _ARITHMETIC:
        return apply
    if apply.function in ("and", "or"):
        return _three_valued(apply, never_missing)
    if apply.function == "if":
        return _guarded_condition(apply, never_missing)
    if apply.function in _MISSING_AWARE | _ABOUT_MISSING:
        return apply
    present = tuple(_apply("isNotMissing", operand) for operand in _sources(doubtful, never_missing))
    condition = present[0] if len(present) == 1 else Apply(function="and", arguments=present)
    inner = replace(apply, default_value=None)
    return Apply(function="if", arguments=(condition, inner), default_value=apply.default_value)


def _sources(operands: list[Expression], never_missing: Set[str]) -> list[Expression]:
    """What makes the operands missing: fields where arithmetic passes missing on, else the operand itself."""
    found: list[Expression] = []
    for operand in operands:
        is_arithmetic = isinstance(operand, Apply) and operand.function in _ARITHMETIC
        if isinstance(operand, Apply) and is_arithmetic and operand.default_value is None:
            doubtful = [part for part in operand.arguments if may_be_missing(part, never_missing)]
            parts = _sources(doubtful, never_missing)
        else:
            parts = [operand]
        found.extend(part for part in parts if part not in found)
    return found


def _guarded_condition(apply: Apply, never_missing: Set[str]) -> Expression:
    """``if`` is missing where its condition is; PMML4S would take the else branch."""
    condition, *branches = apply.arguments
    if not may_be_missing(condition, never_missing) or len(branches) == 1:
        return apply
    chosen = replace(apply, default_value=None)
    outer = (_apply("isNotMissing", condition), chosen)
    return Apply(function="if", arguments=outer, default_value=apply.default_value)


def _three_valued(apply: Apply, never_missing: Set[str]) -> Expression:
    """AND is false where any operand is, OR true where any is; else missing where any operand is."""
    decisive = _FALSE if apply.function == "and" else _TRUE
    other = _TRUE if apply.function == "and" else _FALSE
    decided = tuple(_decides(argument, decisive, never_missing) for argument in apply.arguments)
    doubtful = [argument for argument in apply.arguments if may_be_missing(argument, never_missing)]
    present = tuple(_apply("isNotMissing", argument) for argument in doubtful)
    all_present = present[0] if len(present) == 1 else Apply(function="and", arguments=present)
    undecided = _apply("if", all_present, other)
    any_decided = decided[0] if len(decided) == 1 else Apply(function="or", arguments=decided)
    return Apply(function="if", arguments=(any_decided, decisive, undecided), default_value=apply.default_value)


def _decides(argument: Expression, decisive: Constant, never_missing: Set[str]) -> Expression:
    truth = argument if decisive.value else _apply("not", argument)
    if not may_be_missing(argument, never_missing):
        return truth
    return _apply("if", _apply("isNotMissing", argument), truth, _FALSE)


def _first_present(arguments: tuple[Expression, ...]) -> Expression:
    first, *others = arguments
    if not others:
        return first
    return _apply("if", _apply("isMissing", first), _first_present(tuple(others)), first)


def _apply(function: str, *arguments: Expression) -> Apply:
    return Apply(function=function, arguments=arguments)
