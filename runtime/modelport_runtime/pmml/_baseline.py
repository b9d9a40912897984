"""BaselineModel (PMML 4.4, Baseline Model)."""

from __future__ import annotations

import numpy as np

from modelport_runtime.hub import BaselineDistribution, BaselineModel, DataType, Scalar
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_baseline"]

_STATISTICS = ("zValue", "CUSUM", "scalarProduct")
_UNREAD = ("chiSquareIndependence", "chiSquareDistribution")
"""By their names the result is the statistic; Augustus, by the authors of this part of PMML, gives its probability."""
_SCHEMES = ("Independent", "SizeWeighted")


def read_baseline(reading: Reading, element: Element, context: ModelContext) -> BaselineModel | None:
    """Read the ``TestDistributions`` of a ``BaselineModel``."""
    test = element.require_child("TestDistributions")
    reading.expect(test, {"Baseline", "Alternate"})
    statistic, field = test.require("testStatistic"), test.require("field")
    kind = context.scope.find(field)
    if kind is None:
        raise test.error(f"field {field!r} is not defined; define it, or correct the name")
    if statistic in _UNREAD:
        what = f"testStatistic {statistic}, whose result may be the statistic or its probability"
        reading.refuse(test, what, f"use one of {', '.join(_STATISTICS)}")
        return None
    if statistic not in _STATISTICS:
        known = ", ".join((*_STATISTICS, *_UNREAD))
        raise test.error(f"testStatistic={statistic!r} is unknown; known are {known}")
    baseline = test.require_child("Baseline")
    if statistic == "scalarProduct":
        return _read_scalar_product(reading, test, baseline, context)
    if test.integer("windowSize", 0) > 1:
        reading.refuse(test, f"windowSize of {statistic} is not supported", "use a Lag with aggregate='avg' as field")
    alternate = None
    if statistic == "CUSUM":
        alternate = _read_distribution(reading, test.require_child("Alternate"))
    return BaselineModel(
        field=field,
        test_statistic=statistic,
        baseline=_read_distribution(reading, baseline),
        alternate=alternate,
        counts=np.zeros(0),
        reset_value=test.number("resetValue", 0.0),
    )


def _read_distribution(reading: Reading, parent: Element) -> BaselineDistribution | None:
    reading.expect(parent, {"AnyDistribution", "GaussianDistribution", "PoissonDistribution"})
    element = parent.child("AnyDistribution", "GaussianDistribution", "PoissonDistribution")
    if element is None:
        if not parent.children:
            raise parent.error("there is no distribution; add one")
        return None
    mean = element.number("mean")
    variance = mean if element.tag == "PoissonDistribution" else element.number("variance")
    return BaselineDistribution(name=element.tag.removesuffix("Distribution"), mean=mean, variance=variance)


def _read_scalar_product(reading: Reading, test: Element, baseline: Element, context: ModelContext) -> BaselineModel:
    reading.expect(baseline, {"CountTable", "NormalizedCountTable"})
    table = baseline.require_child("CountTable", "NormalizedCountTable")
    reading.expect(table, {"FieldValueCount"})
    field = test.require("field")
    kind = context.scope.find(field)
    data_type = kind.data_type if kind is not None else DataType.STRING
    values: list[Scalar] = []
    counts = []
    for child in table.all("FieldValueCount"):
        if child.require("field") != field:
            raise child.error(f"field {child.get('field')!r} is not the field tested, {field!r}; correct the document")
        values.append(cast(child, child.require("value"), data_type))
        counts.append(child.number("count"))
    scheme = test.get("normalizationScheme")
    if scheme is not None and scheme not in _SCHEMES:
        raise test.error(f"normalizationScheme={scheme!r} is unknown; known are {', '.join(_SCHEMES)}")
    weight = test.get("weightField")
    if weight is not None and context.scope.find(weight) is None:
        raise test.error(f"field {weight!r} is not defined; define it, or correct the name")
    window = test.integer("windowSize", 0)
    if window < 0:
        raise test.error(f"windowSize={window} is no number of rows; correct the document")
    return BaselineModel(
        field=field,
        test_statistic="scalarProduct",
        values=tuple(values),
        counts=np.array(counts, dtype=np.float64),
        window_size=window,
        weight_field=weight,
        normalization_scheme=scheme,
    )
