"""Comparison measures and the fields that they compare (PMML 4.4, ClusteringModel; NearestNeighborModel)."""

from __future__ import annotations

from modelport_runtime.hub import ComparedField, CompareFunction, ComparisonMeasure, DataType, Measure, OpType, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import read_matrix
from modelport_runtime.pmml._reading import FieldType, Reading, Scope

__all__ = ["is_text", "read_compared_field", "read_measure"]

_COUNTS = ("11", "10", "01", "00")


def read_measure(reading: Reading, model: Element) -> ComparisonMeasure:
    """Read the ``ComparisonMeasure`` of a model.

    Raises:
        ArtifactError: It is absent, or no measure or an unknown one is in it.
    """
    element = model.require_child("ComparisonMeasure")
    reading.expect(element, tuple(Measure))
    kind = element.get("kind") or "distance"
    if kind not in ("distance", "similarity"):
        raise element.error(f"kind={kind!r} is unknown; known are distance, similarity")
    formula = element.child(*Measure)
    if formula is None:
        raise element.error(f"ComparisonMeasure holds no measure; known are {', '.join(Measure)}")
    measure = Measure(formula.tag)
    is_similarity = kind == "similarity"
    if measure is Measure.MINKOWSKI:
        p = formula.number("p-parameter")
        if not 0 < p < float("inf"):
            raise formula.error(f"p-parameter={p} must be greater than 0; correct the document")
        return ComparisonMeasure(measure=measure, is_similarity=is_similarity, p=p)
    if measure is Measure.BINARY_SIMILARITY:
        c11, c10, c01, c00 = (formula.number(f"c{name}-parameter") for name in _COUNTS)
        d11, d10, d01, d00 = (formula.number(f"d{name}-parameter") for name in _COUNTS)
        numerator, denominator = (c11, c10, c01, c00), (d11, d10, d01, d00)
        return ComparisonMeasure(
            measure=measure, is_similarity=is_similarity, numerator=numerator, denominator=denominator
        )
    return ComparisonMeasure(measure=measure, is_similarity=is_similarity)


def is_text(kind: FieldType) -> bool:
    """Whether a field's values are compared as texts: they are neither numbers nor booleans."""
    return not kind.data_type.is_number and kind.data_type is not DataType.BOOLEAN


def read_compared_field(
    reading: Reading,
    model: Element,
    element: Element,
    scope: Scope,
    measure: ComparisonMeasure,
    found: tuple[Scalar, ...] = (),
) -> ComparedField:
    """Read a ``ClusteringField`` or a ``KNNInput``.

    Args:
        reading: The document being read.
        model: The model, whose measure gives the default ``compareFunction``.
        element: The field's element.
        scope: Fields that may be named.
        measure: The model's measure.
        found: Of a field of text, the values that the model's clusters or instances have.

    Raises:
        ArtifactError: The field is unknown, or its values cannot be compared in the way asked for.
    """
    name = element.require("field")
    kind = scope.find(name)
    if kind is None:
        raise element.error(f"field {name!r} is not defined; define it, or correct the name")
    default = model.require_child("ComparisonMeasure").choice(
        "compareFunction", CompareFunction, CompareFunction.ABS_DIFF
    )
    function = element.choice("compareFunction", CompareFunction, default)
    categories: tuple[Scalar, ...] = ()
    if is_text(kind):
        categories = tuple(dict.fromkeys(str(value) for value in (*kind.values, *found)))
    needs_numbers = function in (CompareFunction.ABS_DIFF, CompareFunction.GAUSS_SIM) or measure.measure.is_binary
    if is_text(kind) and needs_numbers:
        what = measure.measure if measure.measure.is_binary else function
        remedy = "normalize it by NormDiscrete, or compare it by delta or equal"
        reading.refuse(element, f"field {name!r} of type {kind.data_type} in a comparison of numbers ({what})", remedy)
    scale = element.optional_number("similarityScale")
    if function is CompareFunction.GAUSS_SIM and not measure.measure.is_binary and not scale:
        raise element.error("gaussSim needs a similarityScale other than 0; correct the document")
    comparisons = None
    if function is CompareFunction.TABLE and not measure.measure.is_binary:
        categories = tuple(kind.values)
        if kind.op_type is OpType.CONTINUOUS or not categories:
            raise element.error(f"table needs a categorical field, but {name!r} declares no values")
        matrix = element.require_child("Comparisons").require_child("Matrix")
        comparisons = read_matrix(matrix, len(categories), len(categories))
    return ComparedField(
        field=name,
        weight=element.number("fieldWeight", 1.0),
        compare_function=function,
        similarity_scale=scale if scale is not None else 1.0,
        categories=categories,
        comparisons=comparisons,
    )
