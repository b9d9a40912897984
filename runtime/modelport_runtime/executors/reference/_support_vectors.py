"""Support vector machines (PMML 4.4, Support Vector Machine)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modelport_runtime.columns import TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._expressions import evaluate
from modelport_runtime.executors.reference._kernels import Reals, blocks, squared_distances
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    CategoricalTerm,
    DataField,
    DataType,
    FieldRef,
    MiningFunction,
    Model,
    SupportVectorMachineModel,
    SvmClassificationMethod,
    SvmKernel,
    SvmRepresentation,
)

__all__ = ["make_support_vectors", "vote_matrices"]


def make_support_vectors(
    predictor: SupportVectorMachineModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """Machines ready to run."""
    return lambda model, scope: _evaluate(model, predictor, scope)


def _evaluate(model: Model, predictor: SupportVectorMachineModel, scope: Scope) -> ModelResult:
    """The number predicted, or the class with its share of the votes."""
    dtype = np.float32 if model.math_type is DataType.FLOAT else np.float64
    decisions = _decisions(predictor, _rows(predictor, scope).astype(dtype, copy=False))
    target = model.target_name
    if model.function is not MiningFunction.CLASSIFICATION:
        return ModelResult(predictions=(Prediction(target=target, value=decisions[:, 0]),))
    if predictor.classification_method is SvmClassificationMethod.ONE_AGAINST_ONE:
        prediction = _one_against_one(predictor, decisions)
    else:
        prediction = _one_against_all(predictor, decisions)
    prediction.target = target
    return ModelResult(predictions=(prediction,))


def _rows(predictor: SupportVectorMachineModel, scope: Scope) -> Numbers:
    """float64, shape (n_rows, n_fields): the components of each row's vector."""
    rows = np.empty((scope.n_rows, len(predictor.fields)))
    for position, (field, scale) in enumerate(zip(predictor.fields, predictor.scales.tolist(), strict=True)):
        values = _component(field, scope)
        rows[:, position] = values if scale == 1.0 else values * scale
    return rows


def _component(field: FieldRef | CategoricalTerm, scope: Scope) -> Numbers:
    if isinstance(field, FieldRef):
        value = evaluate(field, scope)
        scope.mark(value.invalid)
        return numbers(value.column)
    column = scope.column(field.field)
    try:
        known = physical(field.value, column.data_type)
    except ValueError:
        return np.where(column.missing, np.nan, 0.0)
    if isinstance(column, TextColumn):
        table = np.array([*(float(category == known) for category in column.categories), np.nan])
        taken: Numbers = table[column.codes]
        return taken
    return np.where(column.missing, np.nan, (column.values == known).astype(np.float64))


def _decisions(predictor: SupportVectorMachineModel, rows: Reals) -> Numbers:
    """float64, shape (n_rows, n_machines): the value of each machine, computed in the type of ``rows``."""
    coefficients = np.ascontiguousarray(predictor.coefficients.T, dtype=rows.dtype)
    intercepts = predictor.intercepts.astype(rows.dtype)
    with np.errstate(all="ignore"):
        if predictor.representation is SvmRepresentation.COEFFICIENTS:
            return (rows @ coefficients + intercepts).astype(np.float64, copy=False)
        vectors = predictor.vectors.astype(rows.dtype, copy=False)
        result = np.empty((len(rows), len(intercepts)))
        for block in blocks(len(rows), len(vectors)):
            result[block] = _kernel(predictor, rows[block], vectors) @ coefficients + intercepts
    return result


def _kernel(predictor: SupportVectorMachineModel, rows: Reals, vectors: Reals) -> Reals:
    """The kernel of all pairs, shape (n_rows, n_vectors); parameters are plain floats, which keep float32 as it is."""
    match predictor.kernel:
        case SvmKernel.RADIAL_BASIS:
            result = squared_distances(rows, vectors)
            result *= -predictor.gamma
            return np.exp(result, out=result)
        case SvmKernel.LINEAR:
            linear: Reals = rows @ vectors.T
            return linear
        case SvmKernel.POLYNOMIAL:
            inner: Reals = predictor.gamma * (rows @ vectors.T) + predictor.coef0
            return inner if predictor.degree == 1.0 else inner**predictor.degree
        case SvmKernel.SIGMOID:
            return np.tanh(predictor.gamma * (rows @ vectors.T) + predictor.coef0)


def vote_matrices(predictor: SupportVectorMachineModel) -> tuple[Numbers, Numbers]:
    """The votes for each class when every machine speaks for its other class, and what its own class changes.

    Returns:
        float64, shape (n_classes,), and float64, shape (n_machines, n_classes).
    """
    n_machines, n_classes = len(predictor.intercepts), len(predictor.classes)
    own, other = np.zeros((2, n_machines, n_classes))
    own[np.arange(n_machines), predictor.class_of_machine] = 1.0
    other[np.arange(n_machines), predictor.other_class_of_machine] = 1.0
    return other.sum(axis=0), own - other


def _one_against_one(predictor: SupportVectorMachineModel, decisions: Numbers) -> Prediction:
    speaks = decisions > predictor.thresholds if predictor.max_wins else decisions < predictor.thresholds
    base, change = vote_matrices(predictor)
    votes = base + speaks.astype(np.float64) @ change
    votes[np.isnan(decisions).any(axis=1)] = np.nan
    shares = votes / len(predictor.intercepts)
    return Prediction(classes=predictor.classes, winner=winners(votes), probabilities=shares)


def _one_against_all(predictor: SupportVectorMachineModel, decisions: Numbers) -> Prediction:
    """The specification gives these classes no probabilities."""
    order = decisions if predictor.max_wins else -decisions
    return Prediction(classes=predictor.classes, winner=winners(order))
