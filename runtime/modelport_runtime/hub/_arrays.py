"""Arrays inside frozen dataclasses: read-only, of a fixed type, compared by value."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["equal", "freeze_field"]


def freeze_field(owner: object, name: str, dtype: DTypeLike, dimensions: int) -> NDArray[Any]:
    """Replace an attribute of a frozen dataclass by a contiguous, read-only array.

    Args:
        owner: The dataclass instance, inside its ``__post_init__``.
        name: Name of the attribute.
        dtype: Type of the elements.
        dimensions: Number of dimensions that the array must have.

    Returns:
        The array as stored.

    Raises:
        ValueError: The array has another number of dimensions.
    """
    given = getattr(owner, name)
    array = np.ascontiguousarray(given, dtype=dtype)
    if array.ndim != dimensions:
        raise ValueError(f"{type(owner).__name__}.{name} must have {dimensions} dimension(s), got {array.ndim}")
    if array.flags.writeable:
        array = array.copy() if array is given or array.base is not None else array
        array.setflags(write=False)
    object.__setattr__(owner, name, array)
    return array


def equal(left: object, right: object) -> bool:
    """Whether two hub values are the same, arrays compared element by element and NaN equal to NaN."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if not (isinstance(left, np.ndarray) and isinstance(right, np.ndarray)):
            return False
        same_kind = left.dtype == right.dtype and left.shape == right.shape
        return same_kind and bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))
    if type(left) is not type(right):
        return False
    if is_dataclass(left) and not isinstance(left, type):
        return all(equal(getattr(left, f.name), getattr(right, f.name)) for f in fields(left))
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (left != left and right != right)
    return bool(left == right)
