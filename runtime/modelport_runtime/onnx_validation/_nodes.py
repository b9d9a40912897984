"""The nodes of a model, those of its subgraphs and functions included, and where each is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import onnx

__all__ = ["Node", "domain_of", "nodes_of"]

ONNX_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True, slots=True)
class Node:
    """A node and where it is.

    Attributes:
        proto: The node.
        path: Such as ``graph/node[3] Erf 'name'``, counted from 1.
        opsets: Opset of each domain in force.
    """

    proto: onnx.NodeProto
    path: str
    opsets: dict[str, int]


def domain_of(name: str) -> str:
    """A domain as it is written shortest: ``ai.onnx`` is the empty one."""
    return "" if name == "ai.onnx" else name


def nodes_of(model: onnx.ModelProto) -> Iterator[Node]:
    """Every node, in the order of the file."""
    yield from _nodes_of_graph(model.graph.node, "graph", _opsets(model.opset_import))
    for function in model.functions:
        yield from _nodes_of_graph(function.node, f"function {function.name!r}", _opsets(function.opset_import))


def _opsets(imports: object) -> dict[str, int]:
    return {domain_of(entry.domain): entry.version for entry in imports}  # type: ignore[attr-defined]


def _nodes_of_graph(nodes: object, path: str, opsets: dict[str, int]) -> Iterator[Node]:
    for position, node in enumerate(nodes, 1):  # type: ignore[var-annotated, arg-type]
        name = f" {node.name!r}" if node.name else ""
        here = f"{path}/node[{position}] {node.op_type}{name}"
        yield Node(node, here, opsets)
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                yield from _nodes_of_graph(graph.node, f"{here}/{attribute.name}", opsets)
