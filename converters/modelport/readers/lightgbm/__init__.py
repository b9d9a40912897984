"""LightGBM: wrappers of scikit-learn's interface, boosters, and model files in its text format."""

from __future__ import annotations

from modelport.readers.lightgbm._file import read_file

__all__ = ["read_file"]
