"""The state of one lowering: the graph, the fields in scope and the causes that stand against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import numpy_helper

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.onnx._graph import ML_DOMAIN, Graph
from modelport_runtime.executors.onnx._values import MISSING_TEXT, Number, Text, Value, ValueOperations
from modelport_runtime.hub import DataField, DataType, Document, Function, Scalar

__all__ = ["Lowering", "MakesTextError", "RefusedError", "Scope", "ScopedValue"]


class RefusedError(Exception):
    """Leaves the expression or predictor that a graph cannot say; its cause is noted already."""


class MakesTextError(Exception):
    """Leaves a lowering in which text is positions at an operation that makes new texts."""


@dataclass(frozen=True, slots=True)
class ScopedValue:
    """A field in scope: its column, and where an undefined operation made the row invalid."""

    value: Value
    invalid: str | None = None


@dataclass(slots=True)
class Scope:
    """Fields by name; what a model does not define itself it sees from outside.

    Attributes:
        parent: The fields around it.
        math_type: ``float`` where built-in functions compute in float32.
        values: Fields that are lowered.
        pending: Fields that are lowered when first asked for; the hub does not compute what nobody reads.
    """

    parent: Scope | None = None
    math_type: DataType = DataType.DOUBLE
    values: dict[str, ScopedValue] = field(default_factory=dict)
    pending: dict[str, Callable[[], ScopedValue]] = field(default_factory=dict)

    def find(self, name: str) -> ScopedValue | None:
        """The innermost field of the name.

        Raises:
            RefusedError: A graph cannot say how it is computed.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.pending:
                scope.values[name] = scope.pending.pop(name)()
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return None

    def define(self, name: str, make: Callable[[], ScopedValue]) -> None:
        """Give a name a field that is lowered when first asked for."""
        self.pending[name] = make


class Lowering(ValueOperations):
    """Columns of one document becoming tensors of one graph.

    Attributes:
        document: The document.
        functions: Its functions by name.
        data_fields: Its data dictionary by name.
        causes: Everything that a graph cannot say.
        path: Where in the document the lowering stands.
        n_rows: int64 tensor [2]: the shape (number of rows, 1).
    """

    def __init__(self, document: Document, graph: Graph) -> None:
        super().__init__(graph)
        self.document = document
        self.functions: Mapping[str, Function] = {function.name: function for function in document.functions}
        self.data_fields: Mapping[str, DataField] = {known.name: known for known in document.data_fields}
        self.causes: list[UnsupportedCause] = []
        self.path: list[str] = []
        self.n_rows = ""
        self._invalid: list[str] = []
        self._dictionaries: dict[str, tuple[onnx.NodeProto, dict[str, int]]] = {}

    # -- causes --------------------------------------------------------------------------------------------------

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """Name the part of the document that is lowered inside the block."""
        self.path.append(step)
        try:
            yield
        finally:
            self.path.pop()

    def refuse(self, what: str, remedy: str = "score it with the reference engine") -> RefusedError:
        """Note a cause; the result is to be raised."""
        self.causes.append(UnsupportedCause(where="/".join(self.path), what=what, remedy=remedy))
        return RefusedError(what)

    def require_text(self) -> None:
        """Check that text is held as text.

        Raises:
            MakesTextError: It is held as positions in a vocabulary.
        """
        if self.graph.vocabulary is not None:
            raise MakesTextError

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Go on after a refusal inside the block, so that every cause is found."""
        with suppress(RefusedError):  # it is noted in ``causes``, which the caller raises
            yield

    # -- rows that an undefined operation makes invalid ---------------------------------------------------------

    def mark_invalid(self, condition: str | None) -> None:
        """The rows of the condition are invalid for whoever reads the column that is being computed."""
        if condition is not None and condition not in self._invalid:
            self._invalid.append(condition)

    @contextmanager
    def recording_invalid(self) -> Iterator[list[str]]:
        """Gather the conditions marked inside the block, and only there."""
        outer, self._invalid = self._invalid, []
        try:
            yield self._invalid
        finally:
            self._invalid = outer

    # -- constants ----------------------------------------------------------------------------------------------

    def scalar(self, value: Scalar | None, data_type: DataType) -> Value:
        """A constant of a data type; ``None`` is missing.

        Raises:
            RefusedError: It cannot be read as that type.
        """
        try:
            return super().scalar(value, data_type)
        except ValueError as error:
            raise self.refuse(f"a constant of another type: {error}", f"give one of type {data_type}") from error

    # -- reading fields ------------------------------------------------------------------------------------------

    def read(self, scope: Scope, name: str) -> Value:
        """The column of a field; its invalid rows are marked.

        Raises:
            RefusedError: A graph cannot say how it is computed.
        """
        found = scope.find(name)
        if found is None:
            return self.missing_number()  # as in the reference: what nothing defines is missing
        self.mark_invalid(found.invalid)
        return found.value

    def read_all(self, scope: Scope, names: Iterable[str]) -> None:
        """Look at fields, so that every cause is found before the first ends the lowering.

        Raises:
            RefusedError: A graph cannot say how one of them is computed.
        """
        distinct = list(dict.fromkeys(names))
        readable = 0
        for name in distinct:
            with self.collecting():
                self.read(scope, name)
                readable += 1
        if readable < len(distinct):
            raise RefusedError("fields")

    def read_number(self, scope: Scope, name: str) -> Number:
        """The column of a numeric field.

        Raises:
            RefusedError: It is text, or there is none.
        """
        value = self.read(scope, name)
        if isinstance(value, Text):
            raise self.refuse(f"text field {name!r} is used as a number")
        return value

    # -- text as positions ---------------------------------------------------------------------------------------

    def code_of(self, text: Text, categories: tuple[str, ...]) -> Number:
        """Position of the text among categories: -1 when it is none of them, missing when it is missing."""
        keys = self.graph.text_array([*categories, MISSING_TEXT])
        values = np.array([*range(len(categories)), np.nan], dtype=self.graph.real)
        name = self.graph.op(
            "LabelEncoder",
            text.name,
            domain=ML_DOMAIN,
            keys_tensor=numpy_helper.from_array(keys, "keys"),
            values_tensor=numpy_helper.from_array(values, "values"),
            default_tensor=numpy_helper.from_array(np.array([-1], dtype=self.graph.real), "default"),
        )
        return Number(name, can_miss=text.can_miss)

    def text_equals(self, text: Text, constant: str) -> str:
        """Condition that is true where a text equals a constant.

        All constants that one column is compared with share one dictionary, filled in as they come.
        """
        if self.graph.vocabulary is not None:
            return super().text_equals(text, constant)
        if text.name not in self._dictionaries:
            self._dictionaries[text.name] = (self.graph.add_node("LabelEncoder", [text.name], domain=ML_DOMAIN), {})
        node, positions = self._dictionaries[text.name]
        position = positions.setdefault(constant, len(positions))
        return self.graph.op("Equal", node.output[0], self.graph.integers([[position]]))

    def complete_dictionaries(self) -> None:
        """Write the dictionaries of ``text_equals`` into their nodes, once the graph is complete."""
        for node, positions in self._dictionaries.values():
            attributes = {
                "keys_strings": list(positions),
                "values_int64s": list(positions.values()),
                "default_int64": -1,
            }
            node.attribute.extend(onnx.helper.make_attribute(name, value) for name, value in attributes.items())

    def rows_like(self, name: str) -> str:
        """A tensor [1, 1] or [N, 1] expanded to [N, 1]."""
        if name in self.graph.full:
            return name
        expanded = self.graph.op("Expand", name, self.n_rows)
        self.graph.full.add(expanded)
        return expanded
