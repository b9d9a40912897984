"""An ONNX graph under construction: nodes, constants and names, made in a fixed order.

Equal nodes are made once. Names are numbered in the order of creation, so equal documents give equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from modelport_runtime.executors.onnx._vocabulary import Vocabulary

__all__ = ["ML_DOMAIN", "Graph"]

IR_VERSION = 10
ML_DOMAIN = "ai.onnx.ml"
OPSET_IMPORTS = (("", 21), (ML_DOMAIN, 5))
"""Opset 21 is the newest whose operators ONNX Runtime 1.23 has float64 kernels for; ``ai.onnx.ml`` 5 brought
``TreeEnsemble``."""

# fmt: off
_ROW_BY_ROW = frozenset((
    "Abs", "Add", "And", "ArgMax", "Cast", "Ceil", "Cos", "Div", "Equal", "Exp", "Floor", "GatherElements",
    "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "LabelEncoder", "Less", "LessOrEqual", "Log", "MatMul", "Max",
    "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Round", "Sign", "Sin", "Sqrt", "StringConcat", "Sub", "Tanh",
    "TopK", "Where", "Xor",
))
# fmt: on
"""Operators whose result has as many rows as the longest of their inputs."""


class Graph:
    """Nodes and constants, with one floating-point type for all numbers.

    Attributes:
        real: float64, or float32 when the graph is lowered to single precision on purpose.
        vocabulary: Where text is held as positions, the texts that the graph names; ``None`` where it is held as text.
        full: Tensors known to have a row for each row of the input; others may be constants, of one row.
    """

    def __init__(
        self, real: type[np.float64] | type[np.float32] = np.float64, vocabulary: Vocabulary | None = None
    ) -> None:
        self.real = real
        self.vocabulary = vocabulary
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.full: set[str] = set()
        self._known: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self._taken: set[str] = set()
        self._fills: dict[str, Callable[[onnx.NodeProto], None]] = {}

    @property
    def real_type(self) -> int:
        """ONNX element type of ``real``."""
        return int(helper.np_dtype_to_tensor_dtype(np.dtype(self.real)))

    @property
    def text_type(self) -> int:
        """ONNX element type of text."""
        return int(TensorProto.STRING if self.vocabulary is None else TensorProto.INT64)

    def unique(self, wish: str) -> str:
        """A name that no tensor has yet."""
        name, number = wish, 2
        while name in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name)
        return name

    def op(self, op_type: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node of one output, or find the equal one, and return the name of its output."""
        return self.ops(op_type, *inputs, domain=domain, outputs=1, **attributes)[0]

    def ops(self, op_type: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> tuple[str, ...]:
        """Add a node of several outputs, or find the equal one, and return the names of its outputs."""
        given = {name: value for name, value in attributes.items() if value is not None}
        key = (op_type, domain, inputs, outputs, tuple(sorted((k, _hashable(v)) for k, v in given.items())))
        if key not in self._known:
            names = tuple(self.unique(f"{op_type}_{len(self.nodes)}") for _ in range(outputs))
            self.nodes.append(helper.make_node(op_type, list(inputs), list(names), domain=domain, **given))
            self._known[key] = names
            if op_type in _ROW_BY_ROW and not self.full.isdisjoint(inputs):
                self.full.update(names)
        return self._known[key]

    def model(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """The model with what its outputs need.

        It is put together in place: ``helper.make_graph`` and ``make_model`` would copy a forest once more each.
        """
        model = onnx.ModelProto(ir_version=IR_VERSION, producer_name="modelport")
        model.opset_import.extend(helper.make_opsetid(domain, version) for domain, version in OPSET_IMPORTS)
        nodes, initializers = self._needed([output.name for output in outputs])
        model.graph.name = name
        model.graph.input.extend(inputs)
        model.graph.output.extend(outputs)
        model.graph.node.extend(nodes)
        for node in model.graph.node:
            if node.output[0] in self._fills:
                self._fills[node.output[0]](node)
        model.graph.initializer.extend(initializers)
        return model

    def _needed(self, outputs: Sequence[str]) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
        """The nodes and constants from which the outputs are made, in order."""
        wanted = set(outputs)
        nodes = []
        for node in reversed(self.nodes):
            if not wanted.isdisjoint(node.output):
                nodes.append(node)
                wanted.update(node.input)
        return nodes[::-1], [tensor for tensor in self.initializers if tensor.name in wanted]

    def add_node(self, op_type: str, inputs: Sequence[str], domain: str = "") -> onnx.NodeProto:
        """Add a node whose attributes the caller fills in, at once or when the graph is complete."""
        name = self.unique(f"{op_type}_{len(self.nodes)}")
        node = helper.make_node(op_type, list(inputs), [name], domain=domain)
        self.nodes.append(node)
        return node

    def add_large_node(
        self, op_type: str, inputs: Sequence[str], fill: Callable[[onnx.NodeProto], None], domain: str = ""
    ) -> str:
        """Add a node whose attributes are large, and return the name of its output.

        Args:
            op_type: The operator.
            inputs: Names of its inputs.
            fill: Adds the attributes to the node of the model, so that they are never copied.
            domain: The operator's domain.
        """
        name = str(self.add_node(op_type, inputs, domain).output[0])
        self._fills[name] = fill
        return name

    def number(self, value: float) -> str:
        """A constant of the graph's real type, shape [1, 1]."""
        return self.reals([[value]])

    def reals(self, values: ArrayLike) -> str:
        """A constant array of the graph's real type."""
        with np.errstate(over="ignore"):
            return self.constant(np.asarray(values, dtype=np.float64).astype(self.real))

    def integers(self, values: ArrayLike) -> str:
        """A constant array of int64."""
        return self.constant(np.asarray(values, dtype=np.int64))

    def text(self, value: str) -> str:
        """A constant text, shape [1, 1]."""
        return self.texts([[value]])

    def texts(self, values: Any) -> str:
        """A constant array of text."""
        return self.constant(self.text_array(values))

    def text_array(self, values: Any) -> NDArray[Any]:
        """Texts as the graph holds them: an array of objects, or of int64 positions in the vocabulary."""
        texts = np.asarray(values, dtype=object)
        if self.vocabulary is None:
            return texts
        return np.array([self.vocabulary.code(text) for text in texts.ravel()], dtype=np.int64).reshape(texts.shape)

    def constant(self, array: NDArray[Any]) -> str:
        """A constant array; equal ones are stored once."""
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        key = ("constant", str(array.dtype), array.shape, content)
        if key not in self._known:
            name = self.unique(f"constant_{len(self.initializers)}")
            self.initializers.append(numpy_helper.from_array(array, name))
            self._known[key] = (name,)
        return self._known[key][0]


def _hashable(value: Any) -> Any:
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString(deterministic=True)
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tobytes())
    return tuple(value) if isinstance(value, list) else value
