"""What LightGBM does to a column before its trees see it: codes of categories, zeros that stand for missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature
from modelport.readers.lightgbm._model import LightGBMModel
from modelport_runtime.hub import Apply, Constant, DataType, Expression, MapValues

__all__ = ["ZERO_THRESHOLD", "TestedColumns"]

ZERO_THRESHOLD = float(np.float32(1e-35))
"""What is not farther from zero counts as zero (``kZeroThreshold`` in LightGBM/include/LightGBM/meta.h)."""


class TestedColumns:
    """The columns that trees test; one column of the model can be tested in several ways.

    Attributes:
        features: The columns tested, as trees name them by position.
        texts: For each of them that holds text, its categories in the order of their codes.
    """

    def __init__(self, model: LightGBMModel, features: Sequence[Feature], context: Context, step: str) -> None:
        self.features: list[Feature] = []
        self.texts: dict[int, tuple[str, ...]] = {}
        self._inputs = list(features)
        self._context = context
        self._step = step
        self._positions: dict[tuple[str, int], int] = {}
        self._members: dict[int, NDArray[np.float64]] = {}
        self._categories = _assigned_categories(model, features, context, step)
        for column, categories in self._categories.items():
            self._check_type(column, categories)

    @property
    def count(self) -> int:
        """Number of columns of the model."""
        return len(self._inputs)

    def as_number(self, column: int) -> int:
        """Position of the column as a number; a pandas category is its code."""
        return self._position("number", column, self._number)

    def without_zeros(self, column: int) -> int:
        """Position of the column with zeros missing (missing type ``zero``)."""
        return self._position("nonzero", column, self._nonzero)

    def as_category(self, column: int) -> int:
        """Position of the column for tests of set membership."""
        position = self._position("category", column, self._category)
        categories = self._categories.get(column)
        if categories is not None and _is_text(categories):
            self.texts[position] = tuple(categories)
        return position

    def members(self, column: int, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """What a set test names for codes of a categorical column."""
        categories = self._categories.get(column)
        if categories is None or _is_text(categories):
            return codes.astype(np.float64)
        return np.array([float(categories[code]) for code in codes if code < len(categories)])

    def _position(self, kind: str, column: int, make: Callable[[int], Feature]) -> int:
        key = (kind, column)
        if key not in self._positions:
            feature = make(column)  # may add another feature first
            self._positions[key] = len(self.features)
            self.features.append(feature)
        return self._positions[key]

    def _number(self, column: int) -> Feature:
        feature, categories = self._inputs[column], self._categories.get(column)
        if categories is None:
            return feature
        codes = MapValues(
            fields=(feature.name,),
            keys=tuple((category,) for category in categories),
            results=tuple(float(code) for code in range(len(categories))),
            data_type=DataType.DOUBLE,
        )
        return self._context.derive(f"code({feature.name})", codes, step=self._step, label=feature.label)

    def _nonzero(self, column: int) -> Feature:
        feature = self.features[self.as_number(column)]
        size = Apply(function="abs", arguments=(feature.ref,))
        is_zero = Apply(function="lessOrEqual", arguments=(size, _number(ZERO_THRESHOLD)))
        expression = Apply(function="if", arguments=(is_zero, _number(None), feature.ref))
        return self._context.derive(f"nonzero({feature.name})", expression, step=self._step, label=feature.label)

    def _category(self, column: int) -> Feature:
        """Codes given as numbers are cut towards zero (``CategoricalDecision`` in include/LightGBM/tree.h)."""
        feature = self._inputs[column]
        is_whole = feature.data_type in (DataType.INTEGER, DataType.BOOLEAN, DataType.STRING)
        if is_whole or column in self._categories:
            return feature
        is_negative = Apply(function="lessThan", arguments=(feature.ref, _number(0.0)))
        down, up = (Apply(function=name, arguments=(feature.ref,)) for name in ("floor", "ceil"))
        expression = Apply(function="if", arguments=(is_negative, up, down))
        return self._context.derive(f"truncate({feature.name})", expression, step=self._step, label=feature.label)

    def _check_type(self, column: int, categories: Sequence[Any]) -> None:
        feature = self._inputs[column]
        if _is_text(categories):
            feature = self._inputs[column] = self._context.declare_text(feature)
        if _is_text(categories) != (feature.data_type is DataType.STRING):
            self._context.unsupported(
                self._step,
                f"categories {categories[:3]} of column {feature.label!r}, which holds {feature.data_type} values",
            )


def _number(value: float | None) -> Expression:
    return Constant(value=value, data_type=DataType.DOUBLE)


def _is_text(categories: Sequence[Any]) -> bool:
    return len(categories) > 0 and isinstance(categories[0], str)


def _assigned_categories(
    model: LightGBMModel, features: Sequence[Feature], context: Context, step: str
) -> dict[int, tuple[Any, ...]]:
    """Categories by column. The file lists them without saying whose they are.

    They belong to the columns that were of pandas type ``category``: those that the file shows to be categorical and,
    for ordered or constant ones, those that hold text.
    """
    stored = model.pandas_categories
    if not stored:
        return {}
    shown = [column for column, info in enumerate(model.feature_infos) if ":" in info and not info.startswith("[")]
    for columns in (shown, sorted({*shown, *(i for i, f in enumerate(features) if f.data_type is DataType.STRING)})):
        if len(columns) == len(stored):
            return dict(zip(columns, stored, strict=True))
    what = f"{len(stored)} columns of pandas categories, but {len(shown)} categorical columns in the model"
    context.unsupported(step, what, "pass rows as the model was trained on as data=, ordered categories as text")
    return {}
