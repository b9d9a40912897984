"""What an ONNX file says about itself beyond the graph, as JSON in ``metadata_props``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from modelport_runtime.executors.onnx._inputs import InputTensor
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, MISSING_TEXT
from modelport_runtime.hub import Document, Ensemble, Model, RegressionModel, TreeEnsemble
from modelport_runtime.results import ResultField

__all__ = ["PREFIX", "metadata_of"]

PREFIX = "modelport."


def metadata_of(
    document: Document, inputs: Sequence[InputTensor], results: tuple[ResultField, ...], notices: tuple[str, ...]
) -> Mapping[str, str]:
    """Metadata by key; every value is JSON.

    Args:
        document: The document.
        inputs: The graph's inputs, in order.
        results: Its result fields, in order.
        notices: What is lost in the graph.
    """
    types = {field.name: str(field.data_type) for field in document.data_fields}
    card = asdict(document.card)
    golden_rows = card.pop("golden_rows")
    entries: dict[str, Any] = {
        "format": 1,
        "inputs": [
            {"tensor": tensor.name, "fields": [{"name": name, "data_type": types[name]} for name in tensor.fields]}
            for tensor in inputs
        ],
        "outputs": [
            {"name": result.name, "data_type": str(result.data_type), **_role(document.model, result.name)}
            for result in results
        ],
        "missing": {"number": "NaN", "integer": MISSING_INTEGER, "string": MISSING_TEXT},
        "function": str(document.model.function),
        "classes": list(class_labels(document.model)),
        "card": card,
        "notices": list(notices),
    }
    if golden_rows is not None:
        entries["golden_rows"] = golden_rows
    return {PREFIX + key: json.dumps(value, sort_keys=True, ensure_ascii=True) for key, value in entries.items()}


def class_labels(model: Model) -> tuple[Any, ...]:
    """Class labels of the (last) classifier, in order; empty for regression."""
    match model.predictor:
        case RegressionModel():
            return tuple(table.target_category for table in model.predictor.tables if table.target_category is not None)
        case TreeEnsemble():
            return model.predictor.targets[0].classes
        case Ensemble() if model.predictor.segments:
            return class_labels(model.predictor.segments[-1].model)
    return ()


def _role(model: Model, name: str) -> dict[str, Any]:
    for output in model.outputs:
        if output.name == name:
            return {"role": str(output.feature), "value": output.value, "target": output.target_field}
    return {"role": "predictedValue", "value": None, "target": name if name in model.target_names else None}
