"""The matrix that a tree ensemble's nodes test: numbers, and texts and set members by their positions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._expressions import lower_cast
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._tree_nodes import BinaryNodes
from modelport_runtime.executors.onnx._values import Number, Text
from modelport_runtime.hub import DataType, TreeEnsemble

__all__ = ["FeatureMatrix", "feature_matrix"]


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Input of a ``TreeEnsemble`` node.

    Attributes:
        name: Tensor [N, number of columns].
        n_columns: Number of its columns.
        columns: int32, shape (number of nodes,): the column that each node tests.
        sets: Members of each set, as the columns hold them.
        can_miss: Whether any tested value may be missing.
        plain: Column of each feature as it is, not as a position among set members.
    """

    name: str
    n_columns: int
    columns: NDArray[np.int32]
    sets: list[NDArray[np.float64]]
    can_miss: bool
    plain: dict[int, int]


def feature_matrix(
    lowering: Lowering, ensemble: TreeEnsemble, nodes: BinaryNodes, scope: Scope, single: bool
) -> FeatureMatrix:
    """Build the matrix.

    ONNX Runtime tests membership of whole numbers only, so numbers that sets ask for become positions among all
    members; such a feature gets a second column. Texts are codes already, whole numbers.

    Args:
        lowering: State of the lowering.
        ensemble: The trees.
        nodes: Their nodes in binary form.
        scope: The model's fields.
        single: Whether the matrix is float32.

    Raises:
        RefusedError: A feature has no exact column.
    """
    values = _features(lowering, ensemble, scope)
    is_text = np.array([categories is not None for categories in ensemble.feature_categories], dtype=np.bool_)
    is_test = (nodes.leaf < 0) & (nodes.feature >= 0)
    feature = np.maximum(nodes.feature, 0)
    asks_set = is_test & (nodes.set_index >= 0)
    by_number = asks_set & ~is_text[feature] if len(is_text) else asks_set
    if by_number.any():
        by_number = asks_set  # both may ask the same set, so then codes of texts become positions too
    universe, sets = _sets(ensemble, bool(by_number.any()))
    in_leaves = np.zeros(0, np.int32) if ensemble.linear is None else ensemble.linear.features
    used = np.unique(np.concatenate((feature[is_test & ~by_number], in_leaves))).tolist()
    coded = np.unique(feature[by_number]).tolist()
    tensors = [lowering.rows_like(values[index].name) for index in used]
    tensors += [lowering.rows_like(_member_position(lowering, values[index], universe)) for index in coded]
    columns = np.zeros(len(feature), dtype=np.int32)
    for position, index in enumerate(used):
        columns[(feature == index) & ~by_number] = position
    for position, index in enumerate(coded, start=len(used)):
        columns[(feature == index) & by_number] = position
    if not tensors:
        tensors = [lowering.rows_like(lowering.graph.number(0.0))]
    name = tensors[0] if len(tensors) == 1 else lowering.graph.op("Concat", *tensors, axis=1)
    if single and lowering.graph.real is not np.float32:
        name = lowering.graph.op("Cast", name, to=TensorProto.FLOAT)
    can_miss = any(values[index].can_miss for index in [*used, *coded])
    plain = {index: place for place, index in enumerate(used)}
    return FeatureMatrix(name, len(tensors), columns, sets, can_miss, plain)


def _features(lowering: Lowering, ensemble: TreeEnsemble, scope: Scope) -> list[Number]:
    """Every feature's column; all are looked at, so that every cause is found."""
    values: list[Number] = []
    for name, categories in zip(ensemble.features, ensemble.feature_categories, strict=True):
        with lowering.collecting():
            if categories is None:
                values.append(_number(lowering, ensemble, lowering.read_number(scope, name)))
                continue
            text = lower_cast(lowering, lowering.read(scope, name), DataType.STRING)
            if isinstance(text, Text):
                values.append(lowering.code_of(text, categories))
    if len(values) < len(ensemble.features):
        raise RefusedError("features")
    return values


def _number(lowering: Lowering, ensemble: TreeEnsemble, value: Number) -> Number:
    if ensemble.input_type is not DataType.FLOAT:
        return value
    return Number(lowering.to_float32(value.name), DataType.FLOAT, value.can_miss)


def _sets(ensemble: TreeEnsemble, by_number: bool) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """All members of all sets, and each set: as positions among them, or as it is given."""
    if ensemble.set_members is None or ensemble.set_offsets is None:
        return np.zeros(0), []
    universe, position = np.unique(ensemble.set_members, return_inverse=True)
    members = position.astype(np.float64) if by_number else ensemble.set_members
    bounds = ensemble.set_offsets.tolist()
    return universe, [np.unique(members[first:last]) for first, last in pairwise(bounds)]


def _member_position(lowering: Lowering, value: Number, universe: NDArray[np.float64]) -> str:
    """Position [N, 1] of a number among all members; beyond them when it is none; missing when it is missing."""
    position = position_of(lowering, value, universe.tolist())
    code = Number(lowering.graph.op("Cast", position, to=lowering.graph.real_type), can_miss=False)
    return lowering.make_missing(code, lowering.is_missing(value)).name
