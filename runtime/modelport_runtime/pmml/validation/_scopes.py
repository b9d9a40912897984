"""Which field a name means, in every model of a document (PMML 4.4, General Structure and Field Scope)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from modelport_runtime.pmml._arrays import items_of
from modelport_runtime.pmml._grammar_names import model_elements
from modelport_runtime.pmml.validation._constants import NUMERIC_TYPES, is_value_of, number_of
from modelport_runtime.pmml.validation._document import Element, ValidatedDocument, local_name
from modelport_runtime.pmml.validation._few import MASSES, Index, in_order
from modelport_runtime.pmml.validation._masses import (
    Comparisons,
    Distributions,
    Nodes,
    comparisons,
    distributions,
    nodes,
)

__all__ = ["MODELS", "Field", "ModelScope", "Odd", "Scopes"]

MODELS = tuple(sorted(model_elements()))
"""Elements that are models."""


@dataclass(slots=True)
class Field:
    """A field that has a name.

    Attributes:
        name: Its name.
        element: Where it is defined.
        data_type: Its data type; empty where it is not declared.
        op_type: Its operational type; empty where it is not declared.
        values: Its valid values, as they are written; empty where any is valid.
        is_from_dictionary: Whether the data dictionary defines it.
    """

    name: str
    element: Element
    data_type: str = ""
    op_type: str = ""
    values: frozenset[str] = frozenset()
    is_from_dictionary: bool = False
    _numbers: frozenset[float | None] | None = field(default=None, init=False, repr=False, compare=False)

    def has_value(self, text: str) -> bool:
        """Whether a constant is among its valid values, numbers compared as numbers; true where any is valid."""
        if not self.values or text in self.values:
            return True
        number = number_of(text) if self.data_type in NUMERIC_TYPES else None
        if number is None:
            return False
        if self._numbers is None:
            self._numbers = frozenset(map(number_of, self.values))
        return number in self._numbers


@dataclass(frozen=True, slots=True)
class Odd:
    """A set with members that its field does not have.

    Attributes:
        element: The predicate.
        array: Its array.
        field: The field that is meant.
        members: Those members: not of the field's type, or not declared.
    """

    element: Element
    array: Element
    field: Field
    members: list[str]


@dataclass(slots=True)
class ModelScope:
    """A model and the fields that it defines or lists.

    Attributes:
        element: The model.
        outer: The model around it, if there is one.
        mining: Its mining fields by name.
        derived: Fields derived in it, by name.
        outputs: Its output fields by name.
    """

    element: Element
    outer: ModelScope | None
    mining: dict[str, Element] = field(default_factory=dict)
    derived: dict[str, Field] = field(default_factory=dict)
    outputs: dict[str, Field] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Its element's name."""
        return local_name(self.element)

    def targets(self) -> tuple[str, ...]:
        """Names of the fields that it predicts."""
        return tuple(name for name, use in self.mining.items() if use.get("usageType") in ("target", "predicted"))


class Scopes:
    """The fields of a document and of its models."""

    def __init__(self, document: ValidatedDocument) -> None:
        self.document = document
        self._models = frozenset(self._tags(MODELS))
        self._segmentation, self._segment = self._tags(("Segmentation", "Segment"))
        self._comparisons: dict[Element, Comparisons] = {}
        self._odd: dict[Element, list[Odd]] = {}
        self._nodes: dict[Element, Nodes] = {}
        self._distributions: dict[Element, Distributions] = {}
        self._named: dict[Element, dict[str, ModelScope | None]] = {}
        self.dictionary = self._read_dictionary()
        self.derived = dict(self._derived_in("TransformationDictionary", document.root))
        self.functions = {
            element.get("name", ""): element
            for dictionary in self._children(document.root, "TransformationDictionary")
            for element in self._children(dictionary, "DefineFunction")
        }
        self.models: list[ModelScope] = []
        self._by_element: dict[Element, ModelScope] = {}
        for element in document.root.iterchildren(*self._tags(MODELS)):
            self._read_model(element, None)

    def _tags(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.document.tag(name) for name in names)

    def _children(self, element: Element, *names: str) -> Iterator[Element]:
        return iter(element.iterchildren(*self._tags(names)))

    def _read_dictionary(self) -> dict[str, Field]:
        fields = {}
        for dictionary in self._children(self.document.root, "DataDictionary"):
            for element in self._children(dictionary, "DataField"):
                name = element.get("name", "")
                valid = (
                    value.get("value", "")
                    for value in self._children(element, "Value")
                    if value.get("property", "valid") == "valid"
                )
                fields[name] = Field(
                    name,
                    element,
                    element.get("dataType", ""),
                    element.get("optype", ""),
                    frozenset(valid),
                    is_from_dictionary=True,
                )
        return fields

    def _derived_in(self, holder: str, parent: Element) -> Iterator[tuple[str, Field]]:
        for transformations in self._children(parent, holder):
            yield from self._derived_of(transformations)

    def _derived_of(self, holder: Element) -> Iterator[tuple[str, Field]]:
        for element in self._children(holder, "DerivedField"):
            name = element.get("name", "")
            yield name, Field(name, element, element.get("dataType", ""), element.get("optype", ""))

    def _read_model(self, element: Element, outer: ModelScope | None) -> None:
        scope = ModelScope(element, outer)
        self.models.append(scope)
        self._by_element[element] = scope
        for schema in self._children(element, "MiningSchema"):
            scope.mining.update({use.get("name", ""): use for use in self._children(schema, "MiningField")})
        scope.derived.update(self._derived_in("LocalTransformations", element))
        for nodes_of in self._children(element, "BayesianNetworkNodes"):
            for node in self._children(nodes_of, "DiscreteNode", "ContinuousNode"):
                scope.derived.update(self._derived_of(node))
        for output in self._children(element, "Output"):
            for shown in self._children(output, "OutputField"):
                name = shown.get("name", "")
                scope.outputs[name] = Field(name, shown, shown.get("dataType", ""), shown.get("optype", ""))
        for segmentation in self._children(element, "Segmentation"):
            scope.derived.update(self._derived_in("LocalTransformations", segmentation))
            for segment in self._children(segmentation, "Segment"):
                for inner in self._children(segment, *MODELS):
                    self._read_model(inner, scope)
        if local_name(element) == "AnomalyDetectionModel":
            for inner in self._children(element, *MODELS):
                self._read_model(inner, scope)

    def find(self, name: str, scope: ModelScope | None) -> Field | None:
        """The field that a name means in a model, or in the transformation dictionary for ``None``.

        The operational type of a mining field, the nearest that has one, takes the place of the data field's (PMML 4.4,
        Mining Schema).
        """
        op_type: str | None = None
        while scope is not None:
            found = scope.derived.get(name) or scope.outputs.get(name)
            if found is not None:
                return found
            if name in self._member_outputs.get(scope.element, {}):
                return self._member_outputs[scope.element][name]
            if op_type is None and name in scope.mining:
                op_type = scope.mining[name].get("optype")
            scope = scope.outer
        found = self.derived.get(name) or self.dictionary.get(name)
        if found is None or op_type is None or op_type == found.op_type:
            return found
        return replace(found, op_type=op_type)

    def is_listed(self, name: str, scope: ModelScope | None) -> bool:
        """Whether the mining schema of a model, or of one around it, lists a field."""
        while scope is not None:
            if name in scope.mining:
                return True
            scope = scope.outer
        return False

    @cached_property
    def _member_outputs(self) -> dict[Element, dict[str, Field]]:
        """For each ensemble what its members put out, or predict, for later members and its own outputs."""
        shown: dict[Element, dict[str, Field]] = {}
        for scope in self.models:
            outer = scope.outer
            while outer is not None:
                shown.setdefault(outer.element, {}).update(scope.outputs)
                outer = outer.outer
        return shown

    def own_elements(self, scope: ModelScope, *names: str) -> Iterator[Element]:
        """Elements of a model that are in no model within it, in the order of the document."""
        tags = self._tags(names)
        if MASSES.isdisjoint(names):
            return in_order(self._few.get(scope.element, {}), tags)
        return itertools.chain.from_iterable(part.iter(*tags) for part in self._own_parts(scope))

    def _own_parts(self, scope: ModelScope) -> Iterator[Element]:
        """The parts of a model that hold no model within it."""
        nested = self._models
        for child in scope.element.iterchildren():
            if child.tag in nested:
                continue
            if child.tag != self._segmentation:
                yield child
                continue
            for part in child.iterchildren():
                if part.tag != self._segment:
                    yield part
                else:
                    yield from (inner for inner in part.iterchildren() if inner.tag not in nested)

    @cached_property
    def _few(self) -> dict[Element, Index]:
        """The elements that the document has few of, by the model that they are in."""
        owners: dict[Element, Element] = {scope.element: scope.element for scope in self.models}
        owners[self.document.root] = self.document.root
        found: dict[Element, Index] = {}
        for tag, entries in self.document.few.items():
            for place, element in entries:
                owner = _owner(element.getparent(), owners)
                if tag not in self._models:
                    found.setdefault(owner, {}).setdefault(tag, []).append((place, element))
        return found

    def comparisons(self, scope: ModelScope) -> Comparisons:
        """What the simple predicates of a model compare."""
        if scope.element not in self._comparisons:
            self._comparisons[scope.element] = comparisons(self.own_elements(scope, "SimplePredicate"))
        return self._comparisons[scope.element]

    def odd_members(self, scope: ModelScope) -> list[Odd]:
        """The sets of a model that have members which their field does not have."""
        if scope.element not in self._odd:
            self._odd[scope.element] = list(self._odd_members(scope))
        return self._odd[scope.element]

    def _odd_members(self, scope: ModelScope) -> Iterator[Odd]:
        fields: dict[str, tuple[Field | None, set[str]]] = {}
        tag = self.document.tag("Array")
        for element in self.own_elements(scope, "SimpleSetPredicate"):
            name = element.get("field", "")
            if name not in fields:
                found = self.find(name, scope)
                fields[name] = found, set(found.values if found is not None else ())
            found, right = fields[name]
            array = next(element.iterchildren(tag), None)
            if found is None or array is None:
                continue
            items = items_of(array.text or "")
            if right.issuperset(items):
                continue
            wrong = []
            for item in dict.fromkeys(items):
                if item in right:
                    continue
                if is_value_of(item, found.data_type) and (found.op_type == "continuous" or found.has_value(item)):
                    right.add(item)
                else:
                    wrong.append(item)
            if wrong:
                yield Odd(element, array, found, wrong)

    def nodes(self, scope: ModelScope) -> Nodes:
        """What the nodes of a model say."""
        if scope.element not in self._nodes:
            self._nodes[scope.element] = nodes(self.own_elements(scope, "Node"))
        return self._nodes[scope.element]

    def distributions(self, scope: ModelScope) -> Distributions:
        """What the distributions over classes of a model say."""
        if scope.element not in self._distributions:
            self._distributions[scope.element] = distributions(self.own_elements(scope, "ScoreDistribution"))
        return self._distributions[scope.element]

    def member(self, scope: ModelScope, segment: str) -> ModelScope | None:
        """The model of the segment of an ensemble that has an id."""
        if scope.element not in self._named:
            named = ((one.get("id"), inner) for one, inner in self.members(scope))
            self._named[scope.element] = {name: inner for name, inner in named if name is not None}
        return self._named[scope.element].get(segment)

    def members(self, scope: ModelScope) -> Iterator[tuple[Element, ModelScope | None]]:
        """The segments of an ensemble and the model of each."""
        for segmentation in self._children(scope.element, "Segmentation"):
            for segment in self._children(segmentation, "Segment"):
                inner = next(self._children(segment, *MODELS), None)
                yield segment, None if inner is None else self._by_element.get(inner)


def _owner(element: Element | None, owners: dict[Element, Element]) -> Element | None:
    """The model that an element belongs to; elements that are looked up are added to those known."""
    passed = []
    while element is not None and element not in owners:
        passed.append(element)
        element = element.getparent()
    owner = None if element is None else owners[element]
    owners.update(dict.fromkeys(passed, owner))
    return owner
