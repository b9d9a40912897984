"""Golden rows scored again: whether an artifact still gives what its source gave (PMML 4.4, ModelVerification)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import Card, DataType, GoldenColumn, GoldenRows, Scalar

__all__ = ["Verification", "VerificationDifference", "VerifiedField", "verify_golden_rows"]

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDifference:
    """One result that is not as expected.

    Attributes:
        row: Position of the golden row, from 0.
        field: Name of the result column.
        expected: The source's result; ``None`` is missing.
        found: What was found instead.
    """

    row: int
    field: str
    expected: Scalar | None
    found: Scalar | None

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: expected {_shown(self.expected)}, found {_shown(self.found)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedField:
    """One result column.

    Attributes:
        name: Its name.
        precision: Relative difference that counts as equal, for numbers.
        zero_threshold: Absolute value up to which a number counts as zero.
        n_different: Rows that are not as expected.
        problem: Why it was not compared; empty when it was.
        differences: The first rows that are not as expected.
    """

    name: str
    precision: float
    zero_threshold: float
    n_different: int = 0
    problem: str = ""
    differences: tuple[VerificationDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What scoring the golden rows again has shown.

    Attributes:
        engine: The engine that scored them.
        n_rows: How many there are.
        fields: The result columns, in order.
    """

    engine: str
    n_rows: int
    fields: tuple[VerifiedField, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every result that could be compared is as expected."""
        return all(field.n_different == 0 for field in self.fields)

    @property
    def differences(self) -> tuple[VerificationDifference, ...]:
        """The first rows that are not as expected, field by field."""
        return tuple(difference for field in self.fields for difference in field.differences)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values; infinities are text."""
        report: dict[str, Any] = _plain({"equal": self.is_equal, **asdict(self)})
        return report

    def __str__(self) -> str:
        lines = [f"{'equal' if self.is_equal else 'different'}: {self.n_rows} rows on {self.engine}"]
        lines += [f"  {difference}" for difference in self.differences]
        lines += [f"  {field.name}: not compared, {field.problem}" for field in self.fields if field.problem]
        return "\n".join(lines)


def verify_golden_rows(
    card: Card, engine: str, score: Callable[[pa.Table], pa.Table], limit: int = _SHOWN
) -> Verification:
    """Score golden rows and compare.

    Args:
        card: The card that holds them.
        engine: Name of the engine, for the report.
        score: From inputs to results, row for row.
        limit: How many differences of a field are shown.

    Raises:
        ArtifactError: There are no golden rows, or none of their results is one of the model's.
    """
    golden = card.golden_rows
    if golden is None or not golden.outputs:
        raise ArtifactError(
            "the model holds no golden rows to verify (PMML: ModelVerification): convert it again with data=..., "
            "which gives it some, or compare it with its source by check_parity"
        )
    results = score(pa.table({column.name: _arrow(column) for column in golden.inputs}))
    fields = tuple(_verify(column, golden, results, limit) for column in golden.outputs)
    if all(field.problem for field in fields):
        raise ArtifactError(f"none of the golden rows' results was compared: {fields[0].name!r} {fields[0].problem}")
    return Verification(engine=engine, n_rows=len(golden.outputs[0].values), fields=fields)


def _arrow(column: GoldenColumn) -> Any:
    """A golden column as data to score; what is neither number nor boolean is text, as a CSV file has it."""
    if column.data_type is DataType.BOOLEAN and all(isinstance(value, bool | None) for value in column.values):
        return pa.array(column.values, pa.bool_())
    if column.data_type.is_number and all(isinstance(value, int | float | None) for value in column.values):
        whole = column.data_type is DataType.INTEGER and all(isinstance(value, int | None) for value in column.values)
        return pa.array(column.values, pa.int64() if whole else pa.float64())
    return pa.array([None if value is None else _text(value) for value in column.values], pa.string())


def _verify(column: GoldenColumn, golden: GoldenRows, results: pa.Table, limit: int) -> VerifiedField:
    precision = golden.precision if column.precision is None else column.precision
    zero_threshold = golden.zero_threshold if column.zero_threshold is None else column.zero_threshold
    verified = VerifiedField(name=column.name, precision=precision, zero_threshold=zero_threshold)
    if column.name not in results.column_names:
        return VerifiedField(
            name=column.name, precision=precision, zero_threshold=zero_threshold, problem="is no result of the model"
        )
    found: list[Scalar | None] = results.column(column.name).to_pylist()
    expected_numbers, found_numbers = _numbers(column.values), _numbers(found)
    same = _same_texts(column.values, found)
    if expected_numbers is not None and found_numbers is not None:
        same |= _same_numbers(expected_numbers, found_numbers, precision, zero_threshold)
    rows = np.flatnonzero(~same)
    differences = tuple(
        VerificationDifference(row=row, field=column.name, expected=column.values[row], found=_known(found[row]))
        for row in rows[:limit].tolist()
    )
    return VerifiedField(
        name=verified.name,
        precision=precision,
        zero_threshold=zero_threshold,
        n_different=len(rows),
        differences=differences,
    )


def _same_texts(expected: Sequence[Scalar | None], found: Sequence[Scalar | None]) -> NDArray[np.bool_]:
    """Where the values are the same by their text, or both missing."""
    left = np.array([None if _known(value) is None else _text(value) for value in expected], dtype=object)
    right = np.array([None if _known(value) is None else _text(value) for value in found], dtype=object)
    return np.asarray(left == right, dtype=np.bool_)


def _same_numbers(
    expected: NDArray[np.float64], found: NDArray[np.float64], precision: float, zero_threshold: float
) -> NDArray[np.bool_]:
    """Where numbers agree: within the precision, or both about zero (PMML 4.4, ModelVerification).

    An expected value in [-zeroThreshold, zeroThreshold] asks for one in the same interval; any other for one between
    it times (1 - precision) and it times (1 + precision).
    """
    with np.errstate(invalid="ignore"):
        near = np.isfinite(expected) & (np.abs(found - expected) <= precision * np.abs(expected))
        is_zero = np.abs(expected) <= zero_threshold
        return np.asarray(np.where(is_zero, np.abs(found) <= zero_threshold, near) | (found == expected))


def _numbers(values: Sequence[Scalar | None]) -> NDArray[np.float64] | None:
    """The values as numbers, NaN for missing; ``None`` when one of them is no number."""
    try:
        return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
    except ValueError:
        return None


def _known(value: Scalar | None) -> Scalar | None:
    return None if value is None or value != value else value


def _text(value: Scalar | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _shown(value: Scalar | None) -> str:
    return "nothing" if value is None else repr(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
