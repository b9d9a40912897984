"""Sums whose order is part of their meaning."""

from __future__ import annotations

from modelport_runtime.executors.onnx._graph import Graph

__all__ = ["add_rows"]


def add_rows(graph: Graph, total: str | None, part: str) -> str:
    """[1, ...]: the sum so far, if any, and after it what a part has along its first axis, in order."""
    rows = part if total is None else graph.op("Concat", total, part, axis=0)
    return graph.op("ReduceSum", rows, graph.integers([0]), keepdims=1)
