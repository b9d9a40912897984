"""ONNX's checker and full shape inference, each message a finding of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import onnx
from onnx import checker, shape_inference

from modelport_runtime.findings import Finding
from modelport_runtime.onnx_validation._nodes import Node, nodes_of
from modelport_runtime.onnx_validation._rules import finding

__all__ = ["check_inference", "check_model", "inferred"]

_TOLD_ELSEWHERE = ("No Op registered", "No opset import", "topologically sorted", "SSA form", "Data of TensorProto")
"""Messages of the checker about what other rules find, each place of it."""
_OPERATOR = re.compile(r"\(op_type:\s*([^,)]+)(?:,\s*node name:\s*([^)]*))?\):?\s*")


def check_model(model: onnx.ModelProto) -> Iterator[Finding]:
    """What the checker says; of nodes one by one, because it stops at the first that it does not like."""
    context = checker.C.CheckerContext()
    found = False
    for node in nodes_of(model):
        context.ir_version = model.ir_version
        context.opset_imports = dict(node.opsets)
        try:
            checker.check_node(node.proto, context)
        except checker.ValidationError as error:
            if not any(part in str(error) for part in _TOLD_ELSEWHERE):
                found = True
                yield finding("onnx/checker", _first_line(error), "correct the node", node.path)
    if not found:
        yield from _check_whole(model)


def _check_whole(model: onnx.ModelProto) -> Iterator[Finding]:
    try:
        checker.check_model(model, full_check=False)
    except checker.ValidationError as error:
        text = _first_line(error)
        if not any(part in str(error) for part in _TOLD_ELSEWHERE):
            yield finding("onnx/checker", text, "export the model again")


def _first_line(error: Exception) -> str:
    return " ".join(str(error).partition("==> Context")[0].split())


def inferred(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the types and shapes of its values, as far as they can be inferred."""
    try:
        return shape_inference.infer_shapes(model, check_type=False, strict_mode=False, data_prop=True)
    except (shape_inference.InferenceError, ValueError, RuntimeError):
        return model


def check_inference(model: onnx.ModelProto) -> Iterator[Finding]:
    """Types and shapes that contradict each other: each of them, not the first only."""
    try:
        shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except shape_inference.InferenceError as error:
        nodes = list(nodes_of(model))
        for message, operator, name in _parts(str(error)):
            if any(part in message for part in _TOLD_ELSEWHERE):
                continue
            path = next((node.path for node in nodes if _is(node, operator, name)), "graph")
            remedy = "correct the types and shapes of the node's inputs and of its declared outputs"
            yield finding("onnx/inference", message, remedy, path)


def _is(node: Node, operator: str, name: str) -> bool:
    return node.proto.op_type == operator and (not name or node.proto.name == name)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Messages, operators and names of nodes in what shape inference says."""
    matches = list(_OPERATOR.finditer(text))
    if not matches:
        yield " ".join(text.split()), "", ""
        return
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        end = following.start() if following is not None else len(text)
        message = re.sub(r"\[\w+InferenceError\]|Inference error\(s\):", "", text[match.end() : end])
        operator, name = match[1].strip(), (match[2] or "").strip()
        yield f"{operator}: {' '.join(message.split())}", operator, name
