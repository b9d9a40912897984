"""Selectors of columns: all of them say by ``get_support`` which columns they keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelport.readers._contract import Context, Feature

__all__ = ["read_selector"]


def read_selector(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """The columns kept, as they are (sklearn/feature_selection/_base.py, SelectorMixin.transform)."""
    del context, path  # nothing is computed
    return [feature for feature, kept in zip(features, model.get_support(), strict=True) if kept]
