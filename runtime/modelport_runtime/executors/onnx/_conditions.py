"""Where predicates hold: conditions without a third value, for whoever asks only for the rows in which one is true."""

from __future__ import annotations

from modelport_runtime.executors.onnx._expressions import lower_condition
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.hub import Apply, Expression

__all__ = ["lower_holds"]


def lower_holds(lowering: Lowering, scope: Scope, predicate: Expression) -> str:
    """Condition that is true where a predicate is, and false where it is false or unknown.

    Raises:
        RefusedError: A graph cannot say it exactly.
    """
    is_plain = isinstance(predicate, Apply) and predicate.map_missing_to is None and predicate.default_value is None
    if isinstance(predicate, Apply) and is_plain and predicate.arguments and predicate.function in ("and", "or"):
        parts = [lower_holds(lowering, scope, argument) for argument in predicate.arguments]
        return lowering.all_of(*parts) if predicate.function == "and" else str(lowering.any_of(*parts))
    return lowering.is_true(lower_condition(lowering, scope, predicate))
