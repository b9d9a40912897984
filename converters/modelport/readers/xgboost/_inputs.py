"""What XGBoost does to a column before its trees see it: marks for missing values, codes of categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature
from modelport.readers.xgboost._model import XGBoostModel
from modelport.readers.xgboost._trees import categorical_columns
from modelport_runtime.hub import Apply, Cast, Constant, DataType, Notice

__all__ = ["TreeInputs", "tree_inputs"]

_FIRST_VERSION_WITH_CATEGORIES = (3, 1)


@dataclass(slots=True)
class TreeInputs:
    """The columns as trees test them.

    Attributes:
        features: One for each column of the model.
        members: For each categorical column, by position, what a set test names for each code: a number, or the
            position in ``texts``. A column that is not here holds the codes themselves.
        texts: For each categorical column of text, its categories in the order of their codes.
    """

    features: list[Feature]
    members: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    texts: dict[int, tuple[str, ...]] = field(default_factory=dict)


def tree_inputs(
    model: XGBoostModel, features: Sequence[Feature], missing: float, context: Context, step: str
) -> TreeInputs:
    """Prepare the columns that trees test.

    Args:
        model: The model.
        features: Its columns, in order.
        missing: The number that stands for a missing value besides NaN (``missing`` of the wrappers).
        context: What is gathered.
        step: Path of the step.
    """
    inputs = TreeInputs(list(features))
    categorical = set().union(*(categorical_columns(tree) for tree in model.trees))
    tested = {int(position) for tree in model.trees for position in np.asarray(tree["split_indices"])}
    for position, feature in enumerate(features):
        if position in categorical:
            _read_categories(model, position, inputs, context, step)
        elif position in tested and not np.isnan(missing) and feature.data_type is not DataType.STRING:
            inputs.features[position] = _without_mark(feature, missing, context, step)
    return inputs


def _read_categories(model: XGBoostModel, position: int, inputs: TreeInputs, context: Context, step: str) -> None:
    """A column whose categories the model stores refuses others; codes given as numbers are cut to integers."""
    feature, categories = inputs.features[position], model.categories[position]
    if categories is None:
        if model.feature_names and model.version[:2] < _FIRST_VERSION_WITH_CATEGORIES:
            version = ".".join(map(str, model.version))
            what = f"categories of column {feature.label!r}, which XGBoost {version} does not store"
            context.unsupported(step, what, "train with XGBoost 3.1 or newer, or on codes in an array without names")
        inputs.features[position] = _whole_number(feature, context, step)
        return
    if isinstance(categories[0], str):
        _refuse_cut_text(feature, categories, context, step)
        feature = context.declare_text(feature)
        inputs.texts[position] = categories
        inputs.members[position] = np.arange(len(categories), dtype=np.float64)
    else:
        inputs.members[position] = np.array(categories, dtype=np.float64)
    if isinstance(categories[0], str) != (feature.data_type is DataType.STRING):
        context.unsupported(
            step, f"categories {categories[:3]} of column {feature.label!r}, which holds {feature.data_type} values"
        )
    inputs.features[position] = feature
    context.restrictions[feature.name] = categories
    message = (
        f"a row gets no result where column {feature.label!r} holds a category that the model was not trained on; "
        "XGBoost itself may refuse the whole table then"
    )
    context.notices.append(Notice(code="unseen-categories", message=message, where=step))


def _refuse_cut_text(feature: Feature, categories: Sequence[str], context: Context, step: str) -> None:
    """XGBoost 3.2 counts characters where it stores bytes, so the file holds other texts than it was trained on."""
    damaged = [category for category in categories if not category.isascii()]
    if damaged:
        what = f"category {damaged[0]!r} of column {feature.label!r}: XGBoost cuts text beyond ASCII when it stores it"
        context.unsupported(step, what, "rename the categories to ASCII text, or encode them before XGBoost")


def _whole_number(feature: Feature, context: Context, step: str) -> Feature:
    """XGBoost rounds a code to float32, then cuts it to an integer (``AsCat`` in src/common/categorical.h)."""
    if feature.data_type in (DataType.INTEGER, DataType.BOOLEAN, DataType.STRING):
        return feature
    cut = Apply(function="floor", arguments=(Cast(expression=feature.ref, data_type=DataType.FLOAT),))
    return context.derive(f"floor({feature.name})", cut, step=step, label=feature.label)


def _without_mark(feature: Feature, missing: float, context: Context, step: str) -> Feature:
    """The column with NaN where it equals ``missing``; both are float32 in XGBoost."""
    mark = Constant(value=float(np.float32(missing)), data_type=DataType.DOUBLE)
    is_mark = Apply(function="equal", arguments=(Cast(expression=feature.ref, data_type=DataType.FLOAT), mark))
    nothing = Constant(value=None, data_type=DataType.DOUBLE)
    expression = Apply(function="if", arguments=(is_mark, nothing, feature.ref))
    return context.derive(f"present({feature.name})", expression, step=step, label=feature.label)
