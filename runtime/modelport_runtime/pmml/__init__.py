"""PMML documents to the hub, safely and without an element tree of what is large."""

from __future__ import annotations

from modelport_runtime.pmml._clean import OnlyModel, clean_bytes
from modelport_runtime.pmml._document import read_model_names, read_pmml
from modelport_runtime.pmml._source import PmmlSource

__all__ = ["OnlyModel", "PmmlSource", "clean_bytes", "read_model_names", "read_pmml"]
