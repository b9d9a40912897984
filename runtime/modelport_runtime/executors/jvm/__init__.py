"""Executors in a Java virtual machine: PMML4S (extra ``jvm``) and JPMML-Evaluator (extra ``jpmml``, AGPL)."""

from __future__ import annotations

from modelport_runtime.executors.jvm._executor import JvmExecutor
from modelport_runtime.executors.jvm._session import RowFailures

__all__ = ["JvmExecutor", "RowFailures"]
