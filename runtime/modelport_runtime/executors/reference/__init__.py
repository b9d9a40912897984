"""The reference executor: the exact meaning of the hub, in numpy, vectorised over rows."""

from __future__ import annotations

from modelport_runtime.executors.reference._casts import cast_checked
from modelport_runtime.executors.reference._executor import InvalidValue, ReferenceExecutor, tree_leaves
from modelport_runtime.executors.reference._fields import invalid_rows
from modelport_runtime.executors.reference._supported import causes_of

__all__ = ["InvalidValue", "ReferenceExecutor", "cast_checked", "causes_of", "invalid_rows", "tree_leaves"]
