"""Operators that exist, domains that are imported, values that are there when they are used."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx import defs

from modelport_runtime.findings import Finding, Severity
from modelport_runtime.onnx_validation._nodes import Node, domain_of, nodes_of
from modelport_runtime.onnx_validation._rules import finding

__all__ = ["check_operators", "check_values", "is_standard"]

_STANDARD = ("", "ai.onnx.ml", "ai.onnx.preview.training", "ai.onnx.preview")


def is_standard(domain: str) -> bool:
    """Whether ONNX itself defines the operators of a domain."""
    return domain in _STANDARD


def check_operators(model: onnx.ModelProto) -> Iterator[Finding]:
    """Nodes whose operator, or whose domain, is not there."""
    yield from _imports(model)
    functions = {(domain_of(function.domain), function.name) for function in model.functions}
    for node in nodes_of(model):
        domain = domain_of(node.proto.domain)
        if (domain, node.proto.op_type) in functions:
            continue
        version = node.opsets.get(domain)
        shown = domain or "ai.onnx"
        if version is None:
            message = f"domain {shown!r} is not imported"
            yield finding("onnx/opset-import", message, f"add an opset_import for {shown!r}", node.path)
        elif is_standard(domain):
            yield from _schema(node, domain, version)


def _imports(model: onnx.ModelProto) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in model.opset_import:
        domain = domain_of(entry.domain)
        if domain in seen:
            message = f"domain {domain or 'ai.onnx'!r} is imported twice"
            yield finding("onnx/opset-import", message, "import it once", "opset_import")
        seen.add(domain)


def _schema(node: Node, domain: str, version: int) -> Iterator[Finding]:
    name, shown = node.proto.op_type, domain or "ai.onnx"
    newest = defs.onnx_opset_version() if not domain else None
    if newest is not None and version > newest:
        return  # newer than the installed onnx package, which cannot say
    if not defs.has(name, version, domain):
        later = defs.has(name, domain)
        message = f"{shown} {version} has no operator {name}"
        remedy = f"import a newer opset of {shown}, which has it" if later else "correct the operator's name"
        yield finding("onnx/unknown-operator", message, remedy, node.path)
        return
    if defs.get_schema(name, version, domain).deprecated:
        message = f"{name} is deprecated in {shown} {version}"
        remedy = "convert the model to another opset, or export it again"
        yield finding("onnx/deprecated-operator", message, remedy, node.path, Severity.WARNING)


def check_values(model: onnx.ModelProto) -> Iterator[Finding]:
    """Values that are used before they are computed, or are computed twice."""
    yield from _values(model.graph, "graph", frozenset())


def _values(graph: onnx.GraphProto, path: str, outer: frozenset[str]) -> Iterator[Finding]:
    known = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    known |= {sparse.values.name for sparse in graph.sparse_initializer}
    for position, node in enumerate(graph.node, 1):
        here = f"{path}/node[{position}] {node.op_type}" + (f" {node.name!r}" if node.name else "")
        for name in node.input:
            if name and name not in known and name not in outer:
                computed = any(name in later.output for later in graph.node)
                what = "used before it is computed" if computed else "not computed by any node"
                remedy = "put the nodes in order" if computed else "correct the name"
                yield finding("onnx/value", f"value {name!r} is {what}", remedy, here)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _values(inner, f"{here}/{attribute.name}", outer | known)
        for name in node.output:
            if name and name in known:
                yield finding("onnx/value", f"value {name!r} is computed twice", "rename one of them", here)
            known.add(name)
    for value in graph.output:
        if value.name not in known and value.name not in outer:
            message = f"output {value.name!r} is not computed by any node"
            yield finding("onnx/value", message, "correct the name", f"{path}/output {value.name!r}")
