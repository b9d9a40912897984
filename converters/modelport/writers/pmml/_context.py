"""What the parts of the writer share while one document is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from modelport.writers.pmml._xml import XmlStream
from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import (
    DataType,
    Document,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    Notice,
    OutlierTreatment,
)

__all__ = ["Context"]

_TO_WHOLE = ("floor", "ceil", "round")


@dataclass(slots=True, kw_only=True)
class Context:
    """What is gathered while a document is written.

    Attributes:
        xml: Where elements go.
        extensions: Whether vendor extensions (``x-`` names, as JPMML reads them) may be written.
        data_types: Data type of every named column in scope.
        cast_functions: Names of the functions written for casts inside expressions.
        never_missing: Names of columns that always have a value.
        whole_numbers: Names of derived columns that a function makes whole numbers.
        present_in_output: For output fields that look for missing operands themselves, by name: what is not missing
            where they do not say otherwise.
        taken_names: Names of all columns so far.
        causes: Everything found that PMML cannot say.
        notices: What the artifact does not hold exactly.
        path: Path of the element being written.
    """

    xml: XmlStream
    extensions: bool = False
    data_types: dict[str, DataType] = field(default_factory=dict)
    cast_functions: dict[DataType, str] = field(default_factory=dict)
    never_missing: set[str] = field(default_factory=set)
    whole_numbers: set[str] = field(default_factory=set)
    present_in_output: dict[str, frozenset[str]] = field(default_factory=dict)
    taken_names: set[str] = field(default_factory=set)
    causes: list[UnsupportedCause] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    path: list[str] = field(default_factory=list)

    def enter(self, document: Document) -> None:
        """Note the names and types of the document's fields."""
        for data_field in document.data_fields:
            self.data_types[data_field.name] = data_field.data_type
        for derived_field in (*document.derived_fields, *document.model.derived_fields):
            self.data_types[derived_field.name] = derived_field.data_type
            made_by = getattr(derived_field.expression, "function", None)
            if made_by in _TO_WHOLE:
                self.whole_numbers.add(derived_field.name)
        self.never_missing |= {
            mining_field.name for mining_field in document.model.mining_fields if _is_present(mining_field)
        }
        self.taken_names |= set(self.data_types) | {output.name for output in document.model.outputs}

    def unique_name(self, wished: str) -> str:
        """A name that no column has yet."""
        name, number = wished, 2
        while name in self.taken_names:
            name, number = f"{wished}_{number}", number + 1
        self.taken_names.add(name)
        return name

    @property
    def where(self) -> str:
        """Path of the element being written."""
        return "/".join(self.path) or "PMML"

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Say which element is being written, for causes and notices."""
        self.path.append(name)
        yield
        self.path.pop()

    def unsupported(self, what: str, remedy: str = "") -> None:
        """Note a cause; writing goes on so that the other causes are found too."""
        self.causes.append(UnsupportedCause(where=self.where, what=what, remedy=remedy))

    def notice(self, code: str, message: str) -> None:
        """Note a known difference, once for the whole document."""
        if all(notice.code != code for notice in self.notices):
            self.notices.append(Notice(code=code, message=message))

    def raise_if_unsupported(self) -> None:
        """Raise once, naming every cause.

        Raises:
            UnsupportedModelError: At least one cause was noted.
        """
        if self.causes:
            raise UnsupportedModelError(self.causes)


def _is_present(mining_field: MiningField) -> bool:
    """Whether a row that gets a prediction always has a value of this field."""
    if mining_field.missing_value_replacement is not None:
        return True
    refused = mining_field.missing_value_treatment is MissingValueTreatment.RETURN_INVALID
    kept = mining_field.invalid_value_treatment is not InvalidValueTreatment.AS_MISSING
    return refused and kept and mining_field.outlier_treatment is not OutlierTreatment.AS_MISSING_VALUES
