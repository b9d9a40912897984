"""Named tolerances: how far two engines' numbers may be apart and still be the same score.

Labels, texts, booleans and integers are always compared exactly. A document says which tolerance its real numbers
have: one whose arithmetic is in float32 anywhere is compared under a float32 name, because engines that compute in
double precision cannot follow every rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelport_runtime.hub import DataType, Document, Model, RegressionModel, TreeEnsemble, inner_models

__all__ = ["TOLERANCES", "Tolerance", "tolerance_of", "widest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Numbers ``a`` and ``b`` are equal when ``|a - b| <= max(absolute, relative * max(|a|, |b|))``.

    Attributes:
        name: Its name in reports.
        relative: Relative difference allowed.
        absolute: Absolute difference allowed.
        reason: Where the difference comes from.
    """

    name: str
    relative: float
    absolute: float
    reason: str


TOLERANCES = {
    tolerance.name: tolerance
    for tolerance in (
        Tolerance(name="exact", relative=0.0, absolute=0.0, reason="Labels, texts, booleans and integers."),
        Tolerance(
            name="float64-sum",
            relative=1e-9,
            absolute=1e-12,
            reason="Double precision; engines add in different orders and their exp differs in the last place.",
        ),
        Tolerance(
            name="float32-sum",
            relative=1e-5,
            absolute=1e-6,
            reason="The source adds in float32, one rounding a term (XGBoost); consumers of PMML add doubles.",
        ),
        Tolerance(
            name="float32-graph",
            relative=1e-4,
            absolute=1e-5,
            reason="The artifact was written in float32 on request; every operation rounds.",
        ),
    )
}


def tolerance_of(document: Document) -> Tolerance:
    """The tolerance of a document's real numbers.

    Args:
        document: The source's document, or the artifact's when the source has none.
    """
    in_float32 = any(_computes_in_float32(model) for model in _models(document.model))
    return TOLERANCES["float32-sum" if in_float32 else "float64-sum"]


def widest(tolerances: Iterable[Tolerance]) -> Tolerance:
    """The widest of several tolerances; ``exact`` of none."""
    return max(tolerances, key=lambda tolerance: tolerance.relative, default=TOLERANCES["exact"])


def _models(model: Model) -> Iterator[Model]:
    yield model
    for inner in inner_models(model.predictor):
        yield from _models(inner)


def _computes_in_float32(model: Model) -> bool:
    predictor = model.predictor
    sums = predictor.sum_type if isinstance(predictor, RegressionModel | TreeEnsemble) else DataType.DOUBLE
    return DataType.FLOAT in (model.math_type, sums)
