"""Items and sets of them, which association rules and sequences share (PMML 4.4, Association Rules)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelport_runtime.hub import DataType, Items, Scalar, UsageType
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["Identified", "read_items", "read_itemsets"]


@dataclass(slots=True)
class Identified:
    """Positions of elements by their ids.

    Attributes:
        what: What the elements are, for errors.
        positions: Position by id.
    """

    what: str
    positions: dict[str, int] = field(default_factory=dict)

    def add(self, element: Element) -> None:
        """Give the element's id the next position.

        Raises:
            ArtifactError: It has no id, or one that is taken.
        """
        name = element.require("id")
        if name in self.positions:
            raise element.error(f"another {self.what} has the id {name!r} too; give each its own")
        self.positions[name] = len(self.positions)

    def find(self, element: Element, attribute: str) -> int:
        """Position of what an attribute names.

        Raises:
            ArtifactError: There is none of that id.
        """
        name = element.require(attribute)
        position = self.positions.get(name)
        if position is None:
            raise element.error(f"there is no {self.what} with the id {name!r}; correct the reference")
        return position


def read_items(reading: Reading, model: Element, context: ModelContext) -> tuple[Items, Identified]:
    """Read the ``Item`` elements of a model, each with the field and the value by which it is recognised."""
    ids = Identified("Item")
    values: list[str] = []
    fields: list[str] = []
    categories: list[Scalar | None] = []
    elements = model.all("Item")
    finder = _FieldFinder(context)
    for element in elements:
        reading.expect(element, ())
        ids.add(element)
        name, category = finder.find(element)
        values.append(element.require("value"))
        fields.append(name)
        categories.append(category)
    mapped = tuple(element.get("mappedValue") for element in elements)
    items = Items(
        values=tuple(values),
        fields=tuple(fields),
        categories=tuple(categories),
        mapped_values=mapped if any(name is not None for name in mapped) else (),
    )
    return items, ids


class _FieldFinder:
    """Where the items of a model stand: in one field of transactions, or each in a field (PMML 4.3, Item)."""

    def __init__(self, context: ModelContext) -> None:
        self._scope = context.scope
        active = [item.name for item in context.mining_fields if item.usage_type is UsageType.ACTIVE]
        self._names = set(active)
        is_grouped = any(item.usage_type is UsageType.GROUP for item in context.mining_fields)
        self._item_field = active[0] if active and (is_grouped or len(active) == 1) else None

    def find(self, element: Element) -> tuple[str, Scalar | None]:
        """The field of an item and the value in it that means the item; ``None`` where the field is a flag."""
        value, name, category = element.require("value"), element.get("field"), element.get("category")
        if name is not None:
            if category is None and value != name:
                category = value.removeprefix(f"{name}=")
            return name, self._cast(element, name, category)
        if self._item_field is not None and category is None:
            own = self._split(value) if len(self._names) > 1 else None
            return own or (self._item_field, self._cast(element, self._item_field, value))
        if value in self._names:
            return value, self._cast(element, value, category)
        found = self._split(value)
        if found is None:
            raise element.error(
                f"value={value!r} names no active field, nor a field and its value as in 'field=value'; add field and "
                "category to the Item, or the field to the MiningSchema"
            )
        return found[0], self._cast(element, *found)

    def _split(self, value: str) -> tuple[str, str] | None:
        """A field and its value from ``field=value``; both may hold the sign themselves."""
        place = value.find("=")
        while place >= 0:
            if value[:place] in self._names:
                return value[:place], value[place + 1 :]
            place = value.find("=", place + 1)
        return None

    def _cast(self, element: Element, name: str, text: str | None) -> Scalar | None:
        kind = self._scope.find(name)
        if kind is None:
            raise element.error(f"field {name!r} is not defined; define it, or correct the name")
        if text is None:
            return None
        return (
            text.strip()
            if kind.data_type is DataType.STRING and not text.strip()
            else cast(element, text, kind.data_type)
        )


def read_itemsets(reading: Reading, model: Element, items: Identified) -> tuple[list[list[int]], Identified]:
    """Read the ``Itemset`` elements of a model: the positions of the items of each.

    Raises:
        ArtifactError: A set names an item that there is not, or has not as many as it says.
    """
    ids = Identified("Itemset")
    sets = []
    for element in model.all("Itemset"):
        reading.expect(element, {"ItemRef"})
        ids.add(element)
        members = [items.find(child, "itemRef") for child in element.all("ItemRef")]
        _check_count(element, members)
        sets.append(members)
    return sets, ids


def _check_count(element: Element, members: Sequence[int]) -> None:
    declared = element.integer("numberOfItems", len(members))
    if declared != len(members):
        raise element.error(f"numberOfItems={declared}, but there are {len(members)} ItemRef; correct the document")
