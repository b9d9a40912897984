"""Operators and types for which the installed ONNX Runtime has no kernel.

A model of one node is made for each combination of operator, attributes and types, and given to ONNX Runtime: no weight
is needed, and every gap is found, not the first only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import onnx
import onnxruntime

from modelport_runtime.findings import Finding
from modelport_runtime.onnx_validation._nodes import Node, domain_of, nodes_of
from modelport_runtime.onnx_validation._operators import is_standard
from modelport_runtime.onnx_validation._rules import finding
from modelport_runtime.onnx_validation._types import inferred

__all__ = ["check_kernels"]

_MISSING = re.compile(r"Could not find an implementation for ([\w.]+)\((\d+)\)")
_UNKNOWN = re.compile(r"No Op registered for|is not a registered function/op|Fatal error: [\w.]+:[\w.]+\(")


def check_kernels(model: onnx.ModelProto) -> Iterator[Finding]:
    """Nodes that ONNX Runtime cannot run, with the type that it lacks."""
    types = _types(inferred(model))
    functions = {(domain_of(function.domain), function.name) for function in model.functions}
    seen: dict[bytes, str | None] = {}
    for node in nodes_of(model):
        if (domain_of(node.proto.domain), node.proto.op_type) in functions or node.path.startswith("function "):
            continue
        probe = _probe(node, types, model.ir_version)
        if probe is None:
            continue
        key = probe.SerializeToString(deterministic=True)
        if key not in seen:
            seen[key] = _refusal(key, is_standard(domain_of(node.proto.domain)))
        said = seen[key]
        if said is not None:
            remedy = "cast to a type that has a kernel, write the operator with others, or use a newer ONNX Runtime"
            yield finding("onnx/kernel", f"{said}{_of_types(node, types)}", remedy, node.path)


def _of_types(node: Node, types: dict[str, onnx.TypeProto]) -> str:
    names = [_name(types[name]) for name in node.proto.input if name in types]
    return f" with inputs {', '.join(names)}" if names else ""


def _name(kind: onnx.TypeProto) -> str:
    if kind.HasField("tensor_type"):
        return f"tensor({onnx.TensorProto.DataType.Name(kind.tensor_type.elem_type).lower()})"
    return str(kind.WhichOneof("value")).removesuffix("_type")


def _types(model: onnx.ModelProto) -> dict[str, onnx.TypeProto]:
    """Types of all values that have one, those of subgraphs included; names are unique enough for that."""
    found: dict[str, onnx.TypeProto] = {}
    graphs = [model.graph]
    while graphs:
        graph = graphs.pop()
        for value in (*graph.input, *graph.value_info, *graph.output):
            if value.type.WhichOneof("value") is not None:
                found[value.name] = _without_shape(value.type)
        for tensor in graph.initializer:
            kind = onnx.helper.make_tensor_type_proto(tensor.data_type, None)
            found.setdefault(tensor.name, kind)
        for node in graph.node:
            for attribute in node.attribute:
                graphs.extend(inner for inner in (attribute.g, *attribute.graphs) if inner.node)
    return found


def _without_shape(kind: onnx.TypeProto) -> onnx.TypeProto:
    if not kind.HasField("tensor_type"):
        return kind
    return onnx.helper.make_tensor_type_proto(kind.tensor_type.elem_type, None)


def _probe(node: Node, types: dict[str, onnx.TypeProto], ir_version: int) -> onnx.ModelProto | None:
    """A model of the node alone; ``None`` where it cannot be told, and for nodes with subgraphs of their own."""
    proto = node.proto
    has_graph = any(attribute.HasField("g") or attribute.graphs for attribute in proto.attribute)
    used = [name for name in dict.fromkeys(proto.input) if name]
    if has_graph or any(name not in types for name in used):
        return None
    outputs = [name for name in proto.output if name]
    if any(name not in types for name in outputs):
        return None
    names = {name: f"i{position}" for position, name in enumerate(used)}
    results = {name: f"o{position}" for position, name in enumerate(outputs)}
    alone = onnx.NodeProto()
    alone.CopyFrom(proto)
    alone.name = ""
    alone.ClearField("doc_string")
    alone.input[:] = [names.get(name, "") for name in proto.input]
    alone.output[:] = [results.get(name, "") for name in proto.output]
    graph = onnx.helper.make_graph(
        [alone],
        "probe",
        [onnx.helper.make_value_info(names[name], types[name]) for name in used],
        [onnx.helper.make_value_info(results[name], types[name]) for name in outputs],
    )
    domains = {domain_of(proto.domain), ""} & set(node.opsets)
    imports = [onnx.helper.make_opsetid(domain, node.opsets[domain]) for domain in sorted(domains)]
    return onnx.helper.make_model(graph, ir_version=ir_version, opset_imports=imports)


def _refusal(probe: bytes, standard: bool) -> str | None:
    """Why ONNX Runtime cannot run a model of one node; ``None`` where it can, or where that is not told."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    release = f"ONNX Runtime {onnxruntime.__version__}"
    try:
        onnxruntime.InferenceSession(probe, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors derive from different classes, release by release
        missing = _MISSING.search(str(error))
        if missing is not None:
            return f"{release} has no kernel for {missing[1]} (opset {missing[2]})"
        if not standard and _UNKNOWN.search(str(error)):
            return f"{release} does not know the operator"
    return None
