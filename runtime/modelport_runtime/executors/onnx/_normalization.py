"""From raw scores to predictions and probabilities (PMML 4.4, Regression, normalizationMethod).

Scores and probabilities are tensors [N, K] of the graph's real type. Under ``float`` the arithmetic is in float32, as
XGBoost's is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._mathematics import expm1
from modelport_runtime.hub import DataType, NormalizationMethod

__all__ = ["class_probabilities", "inverse_link", "ordinal_probabilities", "renormalized", "scores_needed"]


def inverse_link(
    lowering: Lowering, scores: str, method: NormalizationMethod, sum_type: DataType = DataType.DOUBLE
) -> str:
    """The method applied to each score by itself.

    Raises:
        RefusedError: The method has no float64 kernel (``probit`` needs the error function, ``cauchit`` arctan).
    """
    if method in (NormalizationMethod.NONE, NormalizationMethod.SIMPLEMAX):
        return scores
    if method not in _INVERSE_LINKS:
        raise lowering.refuse(f"normalization {method!s}, for which ONNX Runtime has no float64 operator")
    if sum_type is not DataType.FLOAT:
        return _INVERSE_LINKS[method](lowering, scores)
    if method in (NormalizationMethod.LOGIT, NormalizationMethod.SOFTMAX):
        return _to_real(lowering, _sigmoid_single(lowering, _to_single(lowering, scores)))
    if method is NormalizationMethod.EXP:
        return _to_real(lowering, _exp_single(lowering, _to_single(lowering, scores)))
    return lowering.to_float32(_INVERSE_LINKS[method](lowering, lowering.to_float32(scores)))


def class_probabilities(
    lowering: Lowering, scores: str, method: NormalizationMethod, n_classes: int, sum_type: DataType = DataType.DOUBLE
) -> str:
    """Probabilities [N, K] of nominal classes from their scores [N, ``scores_needed(method, K)``].

    Raises:
        RefusedError: As ``inverse_link``.
    """
    graph = lowering.graph
    if method is NormalizationMethod.SOFTMAX:
        return _softmax_single(lowering, scores) if sum_type is DataType.FLOAT else _softmax(lowering, scores)
    if method is NormalizationMethod.SIMPLEMAX:
        return renormalized(lowering, scores)
    if method is NormalizationMethod.NONE and n_classes == 1:
        return lowering.rows_like(graph.number(1.0))
    probabilities = inverse_link(lowering, scores, method, sum_type)
    if scores_needed(method, n_classes) == n_classes:
        return probabilities
    taken = probabilities
    if n_classes != 2:
        taken = graph.op("ReduceSum", probabilities, graph.integers([1]), keepdims=1)
    return graph.op("Concat", probabilities, graph.op("Sub", graph.number(1.0), taken), axis=1)


def scores_needed(method: NormalizationMethod, n_classes: int) -> int:
    """How many of the classes need a score for ``class_probabilities``: the last may have what the others leave."""
    if method in (NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX):
        return n_classes
    leaves_last = n_classes == 2 or (method is NormalizationMethod.NONE and n_classes > 1)
    return n_classes - 1 if leaves_last else n_classes


def renormalized(lowering: Lowering, scores: str) -> str:
    """Scores divided by their sum, row by row."""
    graph = lowering.graph
    # Over the first axis ``ReduceSum`` adds in order; along a row its order depends on the processor.
    columns = graph.op("Transpose", scores, perm=[1, 0])
    total = graph.op("ReduceSum", columns, graph.integers([0]), keepdims=1)
    return graph.op("Div", scores, graph.op("Transpose", total, perm=[1, 0]))


def ordinal_probabilities(lowering: Lowering, scores: str, method: NormalizationMethod, n_classes: int) -> str:
    """Probabilities of ordered classes: the scores are of "this class or one before it".

    Raises:
        RefusedError: As ``inverse_link``.
    """
    graph = lowering.graph
    cumulative = graph.op(
        "Gather", inverse_link(lowering, scores, method), graph.integers(range(n_classes - 1)), axis=1
    )
    upper = graph.op("Concat", cumulative, lowering.rows_like(graph.number(1.0)), axis=1)
    lower = graph.op("Concat", lowering.rows_like(graph.number(0.0)), cumulative, axis=1)
    return graph.op("Sub", upper, lower)


def _logit(lowering: Lowering, scores: str) -> str:
    # Both forms are exact in their half; neither overflows.
    graph = lowering.graph
    one = graph.number(1.0)
    exponential = graph.op("Exp", graph.op("Neg", graph.op("Abs", scores)))
    is_positive = graph.op("GreaterOrEqual", scores, graph.number(0.0))
    numerator = graph.op("Where", is_positive, one, exponential)
    return graph.op("Div", numerator, graph.op("Add", one, exponential))


def _complementary_log_log(lowering: Lowering, scores: str) -> str:
    graph = lowering.graph
    return graph.op("Neg", expm1(graph, graph.op("Neg", graph.op("Exp", scores))))


def _log_log(lowering: Lowering, scores: str) -> str:
    graph = lowering.graph
    return graph.op("Exp", graph.op("Neg", graph.op("Exp", graph.op("Neg", scores))))


def _exp(lowering: Lowering, scores: str) -> str:
    return lowering.graph.op("Exp", scores)


_INVERSE_LINKS: dict[NormalizationMethod, Callable[[Lowering, str], str]] = {
    # "softmax" of a single regression table is the logistic function (PMML 4.4, Regression).
    NormalizationMethod.SOFTMAX: _logit,
    NormalizationMethod.LOGIT: _logit,
    NormalizationMethod.CLOGLOG: _complementary_log_log,
    NormalizationMethod.EXP: _exp,
    NormalizationMethod.LOGLOG: _log_log,
}


def _softmax(lowering: Lowering, scores: str) -> str:
    graph = lowering.graph
    axis = graph.integers([1])
    exponential = graph.op("Exp", graph.op("Sub", scores, graph.op("ReduceMax", scores, axis, keepdims=1)))
    return graph.op("Div", exponential, graph.op("ReduceSum", exponential, axis, keepdims=1))


def _softmax_single(lowering: Lowering, scores: str) -> str:
    # XGBoost, common/math.h, Softmax: float32 exponentials, their sum in double, divided as float32.
    graph = lowering.graph
    axis = graph.integers([1])
    single = _to_single(lowering, scores)
    parts = _exp_single(lowering, graph.op("Sub", single, graph.op("ReduceMax", single, axis, keepdims=1)))
    total = graph.op("ReduceSum", graph.op("Cast", parts, to=TensorProto.DOUBLE), axis, keepdims=1)
    return _to_real(lowering, graph.op("Div", parts, graph.op("Cast", total, to=TensorProto.FLOAT)))


def _sigmoid_single(lowering: Lowering, single: str) -> str:
    # XGBoost, common/math.h, Sigmoid: 1 / (exp(min(-x, 88.7)) + 1 + 1e-16), in float32.
    graph = lowering.graph
    limit, one, tiny = (graph.constant(np.array([[value]], np.float32)) for value in (88.7, 1.0, 1e-16))
    negated = graph.op("Neg", single)
    # Where rather than Min, so that a missing score stays missing whatever a kernel's Min does with NaN.
    bounded = graph.op("Where", graph.op("Greater", negated, limit), limit, negated)
    denominator = graph.op("Add", graph.op("Add", _exp_single(lowering, bounded), one), tiny)
    return graph.op("Div", one, denominator)


def _exp_single(lowering: Lowering, single: str) -> str:
    """The float32 exponential, rounded once, as the C library's that XGBoost calls.

    ONNX Runtime's own for float32 is another in one of ten values; only a graph asked to be float32 keeps to it.
    """
    graph = lowering.graph
    if graph.real is np.float32:
        return graph.op("Exp", single)
    return graph.op("Cast", graph.op("Exp", graph.op("Cast", single, to=TensorProto.DOUBLE)), to=TensorProto.FLOAT)


def _to_single(lowering: Lowering, name: str) -> str:
    return name if lowering.graph.real is np.float32 else lowering.graph.op("Cast", name, to=TensorProto.FLOAT)


def _to_real(lowering: Lowering, name: str) -> str:
    return name if lowering.graph.real is np.float32 else lowering.graph.op("Cast", name, to=TensorProto.DOUBLE)
