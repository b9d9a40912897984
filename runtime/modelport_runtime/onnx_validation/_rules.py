"""The rules for ONNX files, and findings of them."""

from __future__ import annotations

from modelport_runtime.findings import Finding, Severity

__all__ = ["ONNX_RULES", "finding"]

ONNX_RULES = {
    "onnx/unreadable": "the file can be read and is an ONNX model",
    "onnx/unsafe": "external data lie in the folder of the model",
    "onnx/external-data": "external data are there, as long as the model says",
    "onnx/opset-import": "every domain that nodes use is imported, once",
    "onnx/unknown-operator": "every operator is one of its domain's opset, or a function of the model",
    "onnx/deprecated-operator": "no operator is deprecated in the opset",
    "onnx/value": "values are computed once, before they are used",
    "onnx/checker": "the model passes ONNX's checker",
    "onnx/inference": "types and shapes agree with what the operators give",
    "onnx/kernel": "ONNX Runtime has a kernel for every operator and type",
    "onnx/runtime-opset": "the runtime knows the opsets of the model",
    "onnx/runtime-ir": "the runtime reads the model's version of the file format",
}
"""Rules of ONNX files, and what each says."""

_SECTIONS = {
    "onnx/external-data": "ONNX, External Data",
    "onnx/opset-import": "ONNX, Open Neural Network Exchange Intermediate Representation, Operator Sets",
    "onnx/unknown-operator": "ONNX, Operators",
    "onnx/deprecated-operator": "ONNX, Operators",
    "onnx/value": "ONNX, Open Neural Network Exchange Intermediate Representation, Graphs",
    "onnx/checker": "ONNX, Open Neural Network Exchange Intermediate Representation",
    "onnx/inference": "ONNX, Shape Inference",
    "onnx/kernel": "ONNX Runtime, Operator Kernels",
    "onnx/runtime-opset": "ONNX Runtime, Compatibility",
    "onnx/runtime-ir": "ONNX Runtime, Compatibility",
}


def finding(rule: str, message: str, remedy: str, path: str = "", severity: Severity = Severity.ERROR) -> Finding:
    """A finding of a rule at a node, or at the model as a whole."""
    return Finding(
        rule=rule, severity=severity, message=message, path=path, section=_SECTIONS.get(rule, ""), remedy=remedy
    )
