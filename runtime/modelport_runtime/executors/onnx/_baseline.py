"""Baseline models (PMML 4.4, BaselineModel): the z value; the other tests run through the rows before."""

from __future__ import annotations

import math

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import BaselineDistribution, BaselineModel, Model

__all__ = ["lower_baseline"]


def lower_baseline(lowering: Lowering, model: Model, predictor: BaselineModel, scope: Scope) -> ModelResult:
    """The distance from the baseline's mean in standard deviations.

    Raises:
        RefusedError: The test looks at several rows, or the field is text.
    """
    if predictor.test_statistic in ("scalarProduct", "CUSUM"):
        what = f"test statistic {predictor.test_statistic}, which runs through the rows"
        raise lowering.refuse(what, "a graph scores each row by itself: use the reference engine")
    baseline = predictor.baseline or BaselineDistribution(name="Any", mean=0.0, variance=1.0)
    graph, value = lowering.graph, lowering.read_number(scope, predictor.field)
    distance = graph.op("Sub", value.name, graph.number(baseline.mean))
    number = Number(graph.op("Div", distance, graph.number(math.sqrt(baseline.variance))))
    return ModelResult(predictions=(Prediction(target=model.target_name, value=number),))
