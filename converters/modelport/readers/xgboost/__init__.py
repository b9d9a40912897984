"""XGBoost: wrappers of scikit-learn's interface, boosters, and model files in JSON and UBJSON."""

from __future__ import annotations

from modelport.readers.xgboost._file import read_file

__all__ = ["read_file"]
