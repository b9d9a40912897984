"""Linear and generalised linear predictors (PMML 4.4, RegressionModel)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._types import DataType, NormalizationMethod, Scalar

__all__ = ["CategoricalTerm", "InteractionTerm", "NumericTerm", "RegressionModel", "RegressionTable", "Term"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericTerm:
    """``field ** exponent``; the whole table is missing where the field is (PMML NumericPredictor)."""

    field: str
    exponent: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalTerm:
    """1 where the field has the value, else 0, also where it is missing (PMML CategoricalPredictor)."""

    field: str
    value: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionTerm:
    """The product of several numeric fields (PMML PredictorTerm)."""

    fields: tuple[str, ...]


Term = NumericTerm | CategoricalTerm | InteractionTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionTable:
    """One linear function of terms.

    Attributes:
        intercept: The constant.
        terms: What is multiplied; tables of one model share the very same tuple where they can.
        coefficients: float64, shape (len(terms),).
        target_category: The class this table scores, for classification.
    """

    intercept: float
    terms: tuple[Term, ...]
    coefficients: NDArray[np.float64]
    target_category: Scalar | None = None

    def __post_init__(self) -> None:
        if len(freeze_field(self, "coefficients", np.float64, 1)) != len(self.terms):
            raise ValueError(f"{len(self.terms)} terms but {len(self.coefficients)} coefficients")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionModel:
    """One linear function, or one a class, and what turns them into the prediction.

    For classification the probabilities follow PMML 4.4, RegressionModel: two categories with ``logit``, ``probit``,
    ``cloglog``, ``loglog`` or ``cauchit`` give the first table's category the normalised value and the second its
    complement; an ordinal target uses cumulative probabilities; ``softmax`` and ``simplemax`` normalise over all
    tables; ``none`` leaves the last category what the others leave.

    Attributes:
        tables: In the order of the document; for classification one a category.
        normalization_method: What is applied to the linear functions.
        ordinal: Whether the target is ordinal.
        renormalize: Classification in one-versus-rest form: divide the probabilities, each normalised by itself, by
            their sum, as scikit-learn does (PMML needs a second step for it).
        tie_goes_to_last: The winning class among equals is the last one in table order rather than the first.
        sum_type: ``float`` when the linear function is computed in float32.
    """

    tables: tuple[RegressionTable, ...]
    normalization_method: NormalizationMethod = NormalizationMethod.NONE
    ordinal: bool = False
    renormalize: bool = False
    tie_goes_to_last: bool = False
    sum_type: DataType = DataType.DOUBLE
