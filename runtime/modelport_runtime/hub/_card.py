"""The card: where a model comes from, what was lost on the way, and golden rows that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.hub._types import DataType, Scalar

__all__ = ["Card", "GoldenColumn", "GoldenRows", "Notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A known loss or doubt, as a value that results and reports carry.

    Attributes:
        code: Stable identifier in kebab case, such as ``untested-version``.
        message: What it means for the user.
        where: Path of the step or element; empty for the whole model.
    """

    code: str
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenColumn:
    """One column of golden rows.

    Attributes:
        name: Name of the input field or result column.
        data_type: What the values are.
        values: One a row; ``None`` is missing.
        precision: Relative difference that still counts as equal; that of all columns when not given.
        zero_threshold: Absolute value up to which a number counts as zero; likewise.
    """

    name: str
    data_type: DataType
    values: tuple[Scalar | None, ...]
    precision: float | None = None
    zero_threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRows:
    """Inputs with the source framework's own outputs (written as PMML 4.4, ModelVerification).

    Attributes:
        inputs: Input columns, all of one length.
        outputs: The source framework's results, named as result columns are.
        precision: Relative difference that still counts as equal, of columns that have no other.
        zero_threshold: Absolute value up to which a number counts as zero, likewise.
    """

    inputs: tuple[GoldenColumn, ...]
    outputs: tuple[GoldenColumn, ...]
    precision: float = 1e-6
    zero_threshold: float = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Where a model comes from.

    Attributes:
        name: Name of the model.
        version: Version of the model.
        description: Free text.
        source_framework: Such as ``scikit-learn``.
        source_version: Version of the framework that trained it.
        application: Program that wrote the document.
        application_version: Its version.
        created: When the document was made, ISO 8601.
        trained: When the model was trained, ISO 8601.
        copyright: As in the document.
        metrics: Pairs of a training metric's name and value.
        source_digest: SHA-256 of the source file, hexadecimal.
        training_columns: Name and type of each column that the model was trained on, in order, where it reads only
            some of them; empty where it reads them all.
        golden_rows: Inputs and expected results.
        notices: What is known to be lost or in doubt.
    """

    name: str = ""
    version: str = ""
    description: str = ""
    source_framework: str = ""
    source_version: str = ""
    application: str = ""
    application_version: str = ""
    created: str = ""
    trained: str = ""
    copyright: str = ""
    metrics: tuple[tuple[str, float], ...] = ()
    source_digest: str = ""
    training_columns: tuple[tuple[str, DataType], ...] = ()
    golden_rows: GoldenRows | None = None
    notices: tuple[Notice, ...] = ()
