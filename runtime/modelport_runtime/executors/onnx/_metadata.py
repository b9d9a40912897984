"""What an ONNX file says about itself beyond the graph, as JSON in ``metadata_props``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modelport_runtime.executors.onnx._inputs import InputTensor
from modelport_runtime.executors.onnx._values import MISSING_INTEGER, MISSING_TEXT
from modelport_runtime.hub import Card, DataField, Document, Ensemble, Model, Notice, RegressionModel, TreeEnsemble
from modelport_runtime.hub._native import from_json, to_json
from modelport_runtime.results import ResultField

__all__ = ["PREFIX", "card_of", "fields_of", "metadata_of", "targets_of"]

PREFIX = "modelport."


def metadata_of(
    document: Document, inputs: Sequence[InputTensor], results: tuple[ResultField, ...], notices: tuple[Notice, ...]
) -> Mapping[str, str]:
    """Metadata by key; every value is JSON.

    Args:
        document: The document.
        inputs: The graph's inputs, in order.
        results: Its result fields, in order.
        notices: What is lost in the graph.
    """
    fields = {field.name: field for field in document.data_fields}
    entries: dict[str, Any] = {
        "format": 1,
        "inputs": [
            {"tensor": tensor.name, "fields": [to_json(fields[name]) for name in tensor.fields]} for tensor in inputs
        ],
        "outputs": [
            {"name": result.name, "data_type": str(result.data_type), **_role(document.model, result.name)}
            for result in results
        ],
        "missing": {"number": "NaN", "integer": MISSING_INTEGER, "string": MISSING_TEXT},
        "function": str(document.model.function),
        "classes": list(class_labels(document.model)),
        "card": to_json(document.card),
        "notices": [to_json(notice) for notice in notices],
    }
    return {PREFIX + key: json.dumps(value, sort_keys=True, ensure_ascii=True) for key, value in entries.items()}


def card_of(entries: Mapping[str, str]) -> Card:
    """The card that the metadata hold; an empty one where they hold none.

    Raises:
        ValueError: The entry is no card.
    """
    if PREFIX + "card" not in entries:
        return Card()
    card: Card = from_json(json.loads(entries[PREFIX + "card"]), Card)
    return card


def fields_of(entries: Mapping[str, str]) -> dict[str, tuple[DataField, ...]]:
    """The fields in the columns of each input tensor.

    Raises:
        ValueError: The entry is damaged.
    """
    return {
        tensor["tensor"]: tuple(from_json(field, DataField) for field in tensor["fields"])
        for tensor in json.loads(entries[PREFIX + "inputs"])
    }


def targets_of(entries: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the targets that the graph predicts; none where the metadata do not say."""
    outputs = json.loads(entries.get(PREFIX + "outputs", "[]"))
    return tuple(output["name"] for output in outputs if output["target"] == output["name"])


def class_labels(model: Model) -> tuple[Any, ...]:
    """Class labels of the (last) classifier, in order; empty for regression."""
    match model.predictor:
        case RegressionModel():
            return tuple(table.target_category for table in model.predictor.tables if table.target_category is not None)
        case TreeEnsemble():
            return model.predictor.targets[0].classes
        case Ensemble() if model.predictor.segments:
            return class_labels(model.predictor.segments[-1].model)
    return tuple(getattr(model.predictor, "classes", ()))


def _role(model: Model, name: str) -> dict[str, Any]:
    for output in model.outputs:
        if output.name == name:
            return {"role": str(output.feature), "value": output.value, "target": output.target_field}
    return {"role": "predictedValue", "value": None, "target": name if name in model.target_names else None}
