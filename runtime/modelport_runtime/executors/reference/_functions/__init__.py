"""Every built-in function of PMML 4.4 and the hub's own, as one table.

``if`` is not here: it takes one of two branches, so expressions handle it themselves.
"""

from __future__ import annotations

from modelport_runtime.executors.reference._functions._aggregates import AGGREGATES
from modelport_runtime.executors.reference._functions._arithmetic import ARITHMETIC
from modelport_runtime.executors.reference._functions._dates import DATES
from modelport_runtime.executors.reference._functions._distributions import DISTRIBUTIONS
from modelport_runtime.executors.reference._functions._logic import LOGIC
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._functions._strings import STRINGS

__all__ = ["FUNCTIONS", "BuiltIn"]

FUNCTIONS: dict[str, BuiltIn] = {**ARITHMETIC, **AGGREGATES, **LOGIC, **DISTRIBUTIONS, **STRINGS, **DATES}
