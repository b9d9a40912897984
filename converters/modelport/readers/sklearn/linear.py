"""Linear regressors and generalised linear regressors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature, Prediction, TargetClasses
from modelport.readers.sklearn._expressions import array_type, numbers
from modelport_runtime.hub import (
    DataType,
    Ensemble,
    MiningField,
    MiningFunction,
    Model,
    MultipleModelMethod,
    NormalizationMethod,
    NumericTerm,
    RegressionModel,
    RegressionTable,
    Segment,
    UsageType,
)

__all__ = ["linear_terms", "read_generalized_linear_regressor", "read_linear_regressor", "sum_type"]

_LINKS = {
    "IdentityLink": NormalizationMethod.NONE,
    "LogLink": NormalizationMethod.EXP,
}
"""Inverse links of sklearn/_loss/link.py by PMML's names."""


def read_linear_regressor(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """``X @ coef_.T + intercept_`` (sklearn/linear_model/_base.py, LinearModel._decision_function)."""
    columns = numbers(features, context, path)
    coefficients = np.asarray(model.coef_)
    matrix = coefficients.reshape(-1, coefficients.shape[-1]) if coefficients.ndim else coefficients.reshape(1, 1)
    intercepts = np.broadcast_to(np.ravel(np.asarray(model.intercept_, dtype=np.float64)), (len(matrix),))
    terms = linear_terms(columns)
    kind = sum_type(columns, coefficients)
    predictors = tuple(
        RegressionModel(tables=(_table(terms, row, intercept),), sum_type=kind)
        for row, intercept in zip(matrix, intercepts, strict=True)
    )
    targets = tuple(TargetClasses(name=name) for name in context.target_names)
    predictor = predictors[0] if len(predictors) == 1 else _side_by_side(predictors, columns, context)
    return Prediction(function=MiningFunction.REGRESSION, predictor=predictor, targets=targets, has_probabilities=False)


def read_generalized_linear_regressor(
    model: Any, features: Sequence[Feature], context: Context, path: str
) -> Prediction:
    """The inverse link of the linear predictor (sklearn/linear_model/_glm/glm.py)."""
    columns = numbers(features, context, path)
    loss = getattr(model, "_base_loss", None) or model._get_loss()
    link = type(loss.link).__name__
    if link not in _LINKS:
        context.unsupported(path, f"link={link}", "use a log or an identity link")
    table = _table(linear_terms(columns), np.ravel(model.coef_), float(model.intercept_))
    predictor = RegressionModel(
        tables=(table,),
        normalization_method=_LINKS.get(link, NormalizationMethod.NONE),
        sum_type=sum_type(columns, model.coef_),
    )
    (target,) = context.target_names
    return Prediction(
        function=MiningFunction.REGRESSION,
        predictor=predictor,
        targets=(TargetClasses(name=target),),
        has_probabilities=False,
    )


def linear_terms(features: Sequence[Feature]) -> tuple[NumericTerm, ...]:
    """One term a column."""
    return tuple(NumericTerm(field=feature.name) for feature in features)


def sum_type(features: Sequence[Feature], coefficients: Any) -> DataType:
    """``float`` where numpy multiplies a float32 matrix by float32 coefficients."""
    single = array_type(features) is DataType.FLOAT and np.asarray(coefficients).dtype == np.float32
    return DataType.FLOAT if single else DataType.DOUBLE


def _table(
    terms: tuple[NumericTerm, ...], coefficients: NDArray[np.floating[Any]], intercept: float
) -> RegressionTable:
    return RegressionTable(
        intercept=float(intercept), terms=terms, coefficients=np.array(coefficients, dtype=np.float64)
    )


def _side_by_side(predictors: Sequence[RegressionModel], features: Sequence[Feature], context: Context) -> Ensemble:
    """One member for each target, each with its own result."""
    inputs = tuple(MiningField(name=feature.name) for feature in features)
    return Ensemble(
        method=MultipleModelMethod.MULTI_MODEL_CHAIN,
        segments=tuple(
            Segment(
                id=name,
                model=Model(
                    function=MiningFunction.REGRESSION,
                    predictor=predictor,
                    mining_fields=(*inputs, MiningField(name=name, usage_type=UsageType.TARGET)),
                ),
            )
            for name, predictor in zip(context.target_names, predictors, strict=True)
        ),
    )
