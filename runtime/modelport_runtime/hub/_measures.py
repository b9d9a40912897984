"""How records are compared with clusters and neighbours (PMML 4.4, ClusteringModel, ComparisonMeasure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._types import Scalar

__all__ = ["CompareFunction", "ComparedField", "ComparisonMeasure", "Measure"]


class CompareFunction(StrEnum):
    """How two values of one field are compared (PMML 4.4, COMPARE-FUNCTION)."""

    ABS_DIFF = "absDiff"
    GAUSS_SIM = "gaussSim"
    DELTA = "delta"
    EQUAL = "equal"
    TABLE = "table"


class Measure(StrEnum):
    """How the comparisons of all fields become one number (PMML 4.4, ComparisonMeasure)."""

    EUCLIDEAN = "euclidean"
    SQUARED_EUCLIDEAN = "squaredEuclidean"
    CHEBYCHEV = "chebychev"
    CITY_BLOCK = "cityBlock"
    MINKOWSKI = "minkowski"
    SIMPLE_MATCHING = "simpleMatching"
    JACCARD = "jaccard"
    TANIMOTO = "tanimoto"
    BINARY_SIMILARITY = "binarySimilarity"

    @property
    def is_binary(self) -> bool:
        """Whether it counts in how many fields of 0 and 1 two records agree and differ."""
        return self in (Measure.SIMPLE_MATCHING, Measure.JACCARD, Measure.TANIMOTO, Measure.BINARY_SIMILARITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonMeasure:
    """The measure of a model, with its parameters.

    With ``c`` the comparison of a field and ``w`` its weight, a distance is ``sum(w * c ** 2)`` (``squaredEuclidean``),
    its root (``euclidean``), ``max(w * c)``, ``sum(w * c)`` or ``sum(w * c ** p) ** (1 / p)``. Fields missing on one
    side are left out, and the sum or maximum is multiplied by the sum of all missing value weights over the sum of
    those of the fields present. A binary measure is a quotient of weighted counts ``a11``, ``a10``, ``a01`` and ``a00``
    of the fields present, the record's value first.

    Attributes:
        measure: The formula.
        is_similarity: Whether more is nearer.
        p: The exponent of ``minkowski``.
        numerator: Weights of a11, a10, a01 and a00 in the numerator, for ``binarySimilarity``.
        denominator: The same in the denominator.
    """

    measure: Measure
    is_similarity: bool = False
    p: float = 2.0
    numerator: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    denominator: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """A field that takes part in comparisons (PMML 4.4, ClusteringField; KNNInput).

    Attributes:
        field: Its name.
        weight: Its weight.
        compare_function: How two of its values are compared.
        similarity_scale: For ``gaussSim``: the difference at which similarity is one half.
        categories: Of a field of text, or under ``table``: the values known, whose positions stand for them in the
            model's arrays; empty for numbers.
        comparisons: Under ``table``: float64, shape (len(categories), len(categories)); the record's value chooses the
            row.
    """

    field: str
    weight: float = 1.0
    compare_function: CompareFunction = CompareFunction.ABS_DIFF
    similarity_scale: float = 1.0
    categories: tuple[Scalar, ...] = ()
    comparisons: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.comparisons is None:
            return
        shape = freeze_field(self, "comparisons", np.float64, 2).shape
        if shape != (len(self.categories), len(self.categories)):
            raise ValueError(f"{len(self.categories)} categories but comparisons of shape {shape}")
