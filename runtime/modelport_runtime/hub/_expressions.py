"""Expressions: how a derived column is computed from others.

Missing is a value: an expression over a missing operand is missing unless the operation says otherwise, and the
logical functions ``and``, ``or`` and ``not`` follow three-valued logic. Predicates are expressions of boolean
result. In a floating-point column NaN *is* missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._fields import Interval
from modelport_runtime.hub._types import DataType, InvalidValueTreatment, OpType, OutlierTreatment, Scalar

__all__ = [
    "Aggregate",
    "Apply",
    "Cast",
    "Constant",
    "DerivedField",
    "Discretize",
    "DiscretizeBin",
    "Expression",
    "FieldRef",
    "Function",
    "FunctionParameter",
    "Lag",
    "MapValues",
    "NormContinuous",
    "NormDiscrete",
    "TextIndex",
    "TextIndexNormalization",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant; ``value=None`` is a missing constant (PMML 4.4, Transformations, Constant)."""

    value: Scalar | None
    data_type: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRef:
    """The value of a field, or ``map_missing_to`` where it is missing (PMML 4.4, Transformations, FieldRef)."""

    field: str
    map_missing_to: Scalar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """A function of arguments (PMML 4.4, Functions, Apply).

    Attributes:
        function: Name of a PMML 4.4 built-in function, of a function of the document, or one of the hub's own:
            ``xor`` and ``surrogate`` (PMML 4.4, TreeModel, CompoundPredicate; ``surrogate`` is the first argument
            that is not missing).
        arguments: The arguments.
        map_missing_to: Result where any argument is missing (``mapMissingTo``).
        default_value: Result where the function's own result is missing (``defaultValue``).
        invalid_value_treatment: What becomes of an undefined result such as a division by zero:
            ``returnInvalid`` (the row has no prediction), ``asIs`` or ``asMissing`` (the result is missing).
    """

    function: str
    arguments: tuple[Expression, ...]
    map_missing_to: Scalar | None = None
    default_value: Scalar | None = None
    invalid_value_treatment: InvalidValueTreatment = InvalidValueTreatment.RETURN_INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A value converted to a data type: to ``float`` rounds to float32, to ``integer`` rounds as PMML asks.

    Precision is part of the model; a framework that computes in float32 is written with this.
    """

    expression: Expression
    data_type: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class NormContinuous:
    """Piecewise linear interpolation (PMML 4.4, Transformations, NormContinuous).

    Attributes:
        field: Name of a numeric field.
        original: float64, shape (n_points,), ascending: the points' input values.
        norm: float64, shape (n_points,): their output values.
        outlier_treatment: Beyond the first and last point: extrapolate, be missing, or be clipped.
        map_missing_to: Result where the field is missing.
    """

    field: str
    original: NDArray[np.float64]
    norm: NDArray[np.float64]
    outlier_treatment: OutlierTreatment = OutlierTreatment.AS_IS
    map_missing_to: float | None = None

    def __post_init__(self) -> None:
        original = freeze_field(self, "original", np.float64, 1)
        norm = freeze_field(self, "norm", np.float64, 1)
        if len(original) != len(norm) or len(original) < 2:
            raise ValueError(f"NormContinuous of {self.field!r} needs two or more points, got {len(original)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NormDiscrete:
    """1.0 where the field has the value, else 0.0 (PMML 4.4, Transformations, NormDiscrete)."""

    field: str
    value: Scalar
    map_missing_to: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscretizeBin:
    """One bin of a ``Discretize``: the value that stands for an interval."""

    value: Scalar
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Discretize:
    """The value of the first bin that holds the number (PMML 4.4, Transformations, Discretize)."""

    field: str
    bins: tuple[DiscretizeBin, ...]
    data_type: DataType
    default_value: Scalar | None = None
    map_missing_to: Scalar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapValues:
    """A look-up by one or more fields (PMML 4.4, Transformations, MapValues).

    Attributes:
        fields: Names of the key fields.
        keys: One tuple of keys for each row of the table, aligned with ``fields``; a ``None`` matches anything
            (an empty cell).
        results: One result for each row of the table.
        data_type: Type of the results.
        default_value: Result where no row matches.
        map_missing_to: Result where any key is missing.
    """

    fields: tuple[str, ...]
    keys: tuple[tuple[Scalar | None, ...], ...]
    results: tuple[Scalar | None, ...]
    data_type: DataType
    default_value: Scalar | None = None
    map_missing_to: Scalar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextIndexNormalization:
    """One table of text replacements (PMML 4.4, Transformations, TextIndexNormalization).

    Attributes:
        rows: Pairs of pattern and replacement (``stem`` column), and whether the pattern is a regular expression.
        is_case_sensitive: Whether case counts; ``None`` inherits from the ``TextIndex``.
        max_levenshtein_distance: Edit distance allowed; ``None`` inherits.
        word_separator_character_re: Separator of words; ``None`` inherits.
        tokenize: Whether the text is split into words first; ``None`` inherits.
        recursive: Whether the table is applied until nothing changes.
    """

    rows: tuple[tuple[str, str, bool], ...]
    is_case_sensitive: bool | None = None
    max_levenshtein_distance: int | None = None
    word_separator_character_re: str | None = None
    tokenize: bool | None = None
    recursive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextIndex:
    r"""How often a term occurs in a text (PMML 4.4, Transformations, TextIndex).

    Attributes:
        text_field: Name of the field that holds the text.
        term: The term looked for.
        local_term_weights: ``termFrequency``, ``binary``, ``logarithmic`` or ``augmentedNormalizedTermFrequency``.
        is_case_sensitive: Whether case counts.
        max_levenshtein_distance: Number of edits by which a hit may differ.
        count_hits: ``allHits`` or ``bestHits``.
        word_separator_character_re: Regular expression that separates words.
        word_re: Regular expression of a word (JPMML's ``x-wordRE``); replaces the separator when given.
        tokenize: Whether the text is split into words.
        normalizations: Tables applied to the text first, in order.
    """

    text_field: str
    term: Expression
    local_term_weights: str = "termFrequency"
    is_case_sensitive: bool = False
    max_levenshtein_distance: int = 0
    count_hits: str = "allHits"
    word_separator_character_re: str = r"\s+"
    word_re: str | None = None
    tokenize: bool = True
    normalizations: tuple[TextIndexNormalization, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """An earlier value of a field, or a summary of the values before (PMML 4.4, Transformations, Lag).

    The rows of one table stand in order of time. The values before the first row are missing.

    Attributes:
        field: Name of the field.
        n: How many rows back; of a summary, how many rows before this one it covers.
        aggregate: ``none``, or what summarises the ``n`` values: ``avg``, ``max``, ``median``, ``min``, ``product``,
            ``sum`` or ``stddev`` (of a sample). Missing values, and those before the first row, are passed over.
        block_fields: Fields by whose values rows are told apart (``BlockIndicator``): only rows with the same values
            count, in order; a missing value is a value here.
    """

    field: str
    n: int = 1
    aggregate: str = "none"
    block_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A summary of a field over the rows of a group (PMML 4.4, Transformations, Aggregate).

    Attributes:
        field: Name of the field.
        function: ``count``, ``sum``, ``average``, ``min`` or ``max``; missing values are passed over.
        group_field: Rows with the same value of this field are one group, rows where it is missing are in none; without
            it all rows are one group.
    """

    field: str
    function: str
    group_field: str | None = None


Expression = (
    Constant
    | FieldRef
    | Apply
    | Cast
    | NormContinuous
    | NormDiscrete
    | Discretize
    | MapValues
    | TextIndex
    | Lag
    | Aggregate
)
"""Any expression. A new kind is added here, in ``hub/_registry.py`` and in the executors' tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedField:
    """A named, typed column computed from others (PMML 4.4, Transformations, DerivedField).

    Attributes:
        name: Name of the column, unique in its scope.
        data_type: Type that the expression's result is cast to.
        op_type: Operational type.
        expression: How it is computed.
        values: The categories, when known, in order.
        step: Path of the framework's step that this came from, such as ``preprocess/num/scaler``; parity names it.
    """

    name: str
    data_type: DataType
    op_type: OpType
    expression: Expression
    values: tuple[Scalar, ...] = ()
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionParameter:
    """A formal parameter of a document's function."""

    name: str
    data_type: DataType | None = None
    op_type: OpType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that a document defines (PMML 4.4, Functions, DefineFunction).

    Inside ``expression`` a ``FieldRef`` names a parameter, nothing else.
    """

    name: str
    parameters: tuple[FunctionParameter, ...]
    expression: Expression
    data_type: DataType | None = None
    op_type: OpType | None = None
