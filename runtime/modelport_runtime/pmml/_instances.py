"""Training instances that a document carries (PMML 4.4, Nearest Neighbors, TrainingInstances)."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.hub import DataType, Scalar
from modelport_runtime.pmml._arrays import read_inline_table
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Reading, cast_text

__all__ = ["Instances", "read_instances"]


@dataclass(frozen=True, slots=True)
class Instances:
    """Rows of text.

    Attributes:
        element: The ``TrainingInstances``.
        columns: Position of each field's column by the field's name.
        rows: The cells; ``None`` is missing.
    """

    element: Element
    columns: dict[str, int]
    rows: list[tuple[str | None, ...]]

    @property
    def n_rows(self) -> int:
        """Number of instances."""
        return len(self.rows)

    def texts(self, name: str) -> list[str | None]:
        """The values of a field as they stand in the document."""
        position = self.columns[name]
        return [row[position] for row in self.rows]

    def values(self, name: str, data_type: DataType) -> list[Scalar | None]:
        """The values of a field.

        Raises:
            ArtifactError: One is no value of the type.
        """
        texts = self.texts(name)
        try:
            return [None if text is None else cast_text(text, data_type) for text in texts]
        except ValueError as error:
            raise self.element.error(f"a value of field {name!r} is not of type {data_type}: {error}") from None


def read_instances(reading: Reading, element: Element) -> Instances | None:
    """Read the ``TrainingInstances``; ``None`` where they are not in the document.

    Raises:
        ArtifactError: There are none, a column has no row, or a field is given twice.
    """
    reading.expect(element, {"InstanceFields", "TableLocator", "InlineTable"})
    table = element.child("InlineTable")
    if table is None:
        locator = element.require_child("TableLocator", "InlineTable")
        what = "training instances outside the document: a TableLocator holds nothing but a vendor's Extension"
        reading.refuse(locator, what, "export the model with an InlineTable")
        return None
    fields = element.require_child("InstanceFields")
    reading.expect(fields, {"InstanceField"})
    columns: dict[str, int] = {}
    names: list[str] = []
    for child in fields.all("InstanceField"):
        name = child.require("field")
        if name in columns:
            raise child.error(f"field {name!r} is given twice; remove one InstanceField")
        columns[name] = len(names)
        names.append(child.get("column") or name)
    rows = read_inline_table(table, tuple(names))
    if not rows:
        raise table.error("there are no training instances; export the model again")
    declared = element.integer("recordCount", len(rows))
    if declared != len(rows):
        reading.notice(element, "record-count", f"recordCount is {declared}, the table has {len(rows)} rows")
    return Instances(element, columns, rows)
