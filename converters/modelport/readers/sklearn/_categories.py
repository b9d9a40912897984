"""Categories of one column of an encoder, after scikit-learn's grouping of infrequent ones.

An engine has one kind of missing. So a category of NaN or None is *the missing value*; an encoder that holds both and
tells them apart cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers._document import python_scalars
from modelport.readers._references import origin
from modelport_runtime.hub import Constant, DataType, Scalar

__all__ = ["Categories", "category_constant", "category_feature", "read_categories", "refuse_other_mark", "restrict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """One column's categories.

    Attributes:
        values: The known categories, missing left out.
        codes: Code of each after grouping.
        members: The categories that share each code.
        n_codes: Number of codes.
        missing_code: Code of the missing value, or ``None`` when missing is no category.
        infrequent_code: Code that infrequent categories share, or ``None``.
        missing_title: The missing value as it stands in names of columns: ``nan`` or ``None``.
    """

    values: tuple[Scalar, ...]
    codes: tuple[int, ...]
    members: dict[int, list[Scalar]]
    n_codes: int
    missing_code: int | None
    infrequent_code: int | None
    missing_title: str = "nan"


def read_categories(model: Any, position: int, feature: Feature, context: Context, path: str) -> Categories:
    """Categories of a fitted encoder's column (sklearn/preprocessing/_encoders.py, _BaseEncoder)."""
    raw = list(model.categories_[position])
    mapping = model._default_to_infrequent_mappings[position] if model._infrequent_enabled else None
    n_missing_apart = 0 if mapping is None else len(raw) - len(mapping)
    codes = list(range(len(raw))) if mapping is None else [int(code) for code in mapping]
    codes += [max(codes, default=-1) + 1 + i for i in range(n_missing_apart)]
    absent = sorted({code for value, code in zip(raw, codes, strict=True) if _is_missing(value)})
    if len(absent) > 1:
        context.unsupported(path, "categories None and NaN in one column", "make both the same before fitting")
    for value in raw:
        if _is_missing(value):
            refuse_other_mark(feature, value, context, path)
    present = [(value, code) for value, code in zip(raw, codes, strict=True) if not _is_missing(value)]
    values = python_scalars([value for value, _ in present])
    members: dict[int, list[Scalar]] = {}
    for value, (_, code) in zip(values, present, strict=True):
        members.setdefault(code, []).append(value)
    return Categories(
        values=values,
        codes=tuple(code for _, code in present),
        members=members,
        n_codes=max(codes, default=-1) + 1,
        missing_code=absent[0] if absent else None,
        infrequent_code=None if mapping is None else int(mapping.max()),
        missing_title=next((str(value) for value in raw if _is_missing(value)), "nan"),
    )


def refuse_other_mark(feature: Feature, mark: object, context: Context, path: str) -> None:
    """Note a cause where a step takes one of None and NaN as missing and the column holds the other.

    scikit-learn compares them: an imputer of NaN leaves None as it is, an encoder that knows one of them does not know
    the other (sklearn/utils/_mask.py, _get_mask; sklearn/utils/_encode.py, _unique_python).

    Args:
        feature: The column.
        mark: What the step takes as missing: ``None``, or NaN or pandas' NA.
        context: What is gathered.
        path: Path of the step.
    """
    known, other = ("None", "NaN") if mark is None else ("NaN", "None")
    if other in context.missing_marks.get(feature.name, ()):
        what = f"column {feature.label!r} holds {other}, this step knows {known} only and scikit-learn tells them apart"
        context.unsupported(path, what, f"make every missing value {known} before fitting and in the sample")


def category_feature(feature: Feature, categories: Categories, context: Context, path: str) -> Feature:
    """The column with the type that its categories have; a cause is noted where they do not fit each other."""
    texts = [isinstance(value, str) for value in categories.values]
    if any(texts) and not all(texts):
        context.unsupported(path, f"column {feature.label!r} has categories of mixed types", "make them all text")
    if any(texts):
        feature = context.declare_text(feature)
    if categories.values and any(texts) is not (feature.data_type is DataType.STRING):
        kinds = ("text", feature.data_type) if any(texts) else ("numbers", feature.data_type)
        context.unsupported(path, f"categories are {kinds[0]}, column {feature.label!r} is {kinds[1]} in the sample")
    return feature


def restrict(feature: Feature, categories: Categories, context: Context) -> bool:
    """Make rows with other values than the known categories invalid, as an encoder that refuses them does.

    Returns:
        Whether that could be said of an input field; otherwise the expression has to be missing for other values.
    """
    name, replacement = origin(feature.name, context.derived_fields)
    if name is None:
        return False
    known = categories.values
    before = context.restrictions.get(name)
    context.restrictions[name] = known if before is None else tuple(value for value in before if value in known)
    missing_is_refused = categories.missing_code is None if replacement is None else replacement not in known
    if missing_is_refused:
        context.required.add(name)
    return True


def category_constant(value: Scalar) -> Constant:
    """A category as a constant of its own type."""
    if isinstance(value, str):
        return Constant(value=value, data_type=DataType.STRING)
    if isinstance(value, bool):
        return Constant(value=value, data_type=DataType.BOOLEAN)
    return Constant(value=value, data_type=DataType.INTEGER if isinstance(value, int) else DataType.DOUBLE)


def _is_missing(value: object) -> bool:
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
