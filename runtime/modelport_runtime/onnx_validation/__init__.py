"""Validation of ONNX files: what the checker, shape inference and ONNX Runtime's kernels have against them."""

from __future__ import annotations

from modelport_runtime.onnx_validation._releases import RELEASES, Release, release_of
from modelport_runtime.onnx_validation._rules import ONNX_RULES
from modelport_runtime.onnx_validation._validate import validate_onnx

__all__ = ["ONNX_RULES", "RELEASES", "Release", "release_of", "validate_onnx"]
