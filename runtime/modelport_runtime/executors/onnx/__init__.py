"""Hub documents as ONNX graphs: the lowering, and the executor that runs graphs on ONNX Runtime."""

from __future__ import annotations

from modelport_runtime.executors.onnx._document import lower, lowering_notices
from modelport_runtime.executors.onnx._executor import OnnxExecutor
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, MISSING_TEXT

__all__ = ["MISSING_INTEGER", "MISSING_TEXT", "OnnxExecutor", "lower", "lowering_notices"]
