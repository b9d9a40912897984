"""Boolean expressions as PMML predicates."""

from __future__ import annotations

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._scalars import scalar_text
from modelport.writers.pmml._xml import escape_attribute, escape_text
from modelport_runtime.hub import Apply, Constant, DataType, Expression, FieldRef, Scalar

__all__ = ["predicate_text", "set_predicate_text", "simple_predicate_text", "write_predicate"]

_COMPARISONS = {"equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"}
_COMPOUNDS = {"and", "or", "xor", "surrogate"}
_ARRAY_TYPES = {DataType.INTEGER: "int", DataType.DOUBLE: "real", DataType.FLOAT: "real"}


def write_predicate(context: Context, predicate: Expression | None) -> None:
    """Write the predicate of a segment; ``None`` is always true (PMML 4.4, TreeModel, PREDICATE)."""
    text = "<True/>" if predicate is None else predicate_text(context, predicate)
    context.xml.line(text)


def predicate_text(context: Context, predicate: Expression) -> str:
    """Text of a predicate; an expression that no predicate can say becomes a cause."""
    match predicate:
        case Constant(value=bool()):
            return "<True/>" if predicate.value else "<False/>"
        case FieldRef(map_missing_to=None) if context.data_types.get(predicate.field) is DataType.BOOLEAN:
            return simple_predicate_text(predicate.field, "equal", "true")
        case Apply(function=function, arguments=arguments) if function in _COMPOUNDS and len(arguments) > 1:
            inner = "".join(predicate_text(context, argument) for argument in arguments)
            return f'<CompoundPredicate booleanOperator="{function}">{inner}</CompoundPredicate>'
        case Apply(function=function, arguments=(FieldRef(map_missing_to=None) as tested, *constants)):
            text = _test_text(context, function, tested.field, constants)
            if text is not None:
                return text
    context.unsupported(
        f"the predicate {predicate}", "make it a boolean derived field, and let the predicate test that field"
    )
    return "<False/>"


def _test_text(context: Context, function: str, field: str, constants: list[Expression]) -> str | None:
    values = [constant.value for constant in constants if isinstance(constant, Constant) and constant.value is not None]
    data_type = context.data_types.get(field)
    if len(values) != len(constants):
        return None
    if function in ("isMissing", "isNotMissing") and not values:
        return simple_predicate_text(field, function, None)
    if function in _COMPARISONS and len(values) == 1:
        return simple_predicate_text(field, function, scalar_text(values[0], data_type))
    if function in ("isIn", "isNotIn") and values:
        return set_predicate_text(field, function == "isIn", values, data_type)
    return None


def simple_predicate_text(field: str, operator: str, value: str | None) -> str:
    """Text of a SimplePredicate; tests for missing have no value."""
    given = "" if value is None else f' value="{escape_attribute(value)}"'
    return f'<SimplePredicate field="{escape_attribute(field)}" operator="{operator}"{given}/>'


def set_predicate_text(field: str, is_in: bool, values: list[Scalar], data_type: DataType | None) -> str:
    """Text of a test of set membership (PMML 4.4, TreeModel, SimpleSetPredicate).

    A member with a quote or a backslash makes it a chain of simple predicates, because consumers differ in how they
    read escapes inside an array.
    """
    texts = [scalar_text(value, data_type) for value in values]
    kind = _ARRAY_TYPES.get(data_type or DataType.STRING, "string")
    if any(mark in text for mark in '"\\' for text in texts) or (kind == "string" and "" in texts):
        return _set_as_comparisons(field, is_in, texts)
    items = " ".join(f'"{text}"' if kind == "string" else text for text in texts)
    array = f'<Array type="{kind}" n="{len(texts)}">{escape_text(items)}</Array>'
    operator = "isIn" if is_in else "isNotIn"
    head = f'<SimpleSetPredicate field="{escape_attribute(field)}" booleanOperator="{operator}">'
    return f"{head}{array}</SimpleSetPredicate>"


def _set_as_comparisons(field: str, is_in: bool, texts: list[str]) -> str:
    tests = [simple_predicate_text(field, "equal" if is_in else "notEqual", text) for text in texts]
    if len(tests) == 1:
        return tests[0]
    operator = "or" if is_in else "and"
    return f'<CompoundPredicate booleanOperator="{operator}">{"".join(tests)}</CompoundPredicate>'
