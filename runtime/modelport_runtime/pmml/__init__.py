"""PMML documents to the hub, safely and without an element tree of what is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelport_runtime.pmml._clean import OnlyModel, clean_bytes
from modelport_runtime.pmml._document import read_model_names, read_pmml
from modelport_runtime.pmml._source import PmmlSource

if TYPE_CHECKING:
    from modelport_runtime.pmml.validation import validate

__all__ = ["OnlyModel", "PmmlSource", "clean_bytes", "read_model_names", "read_pmml", "validate"]


def __getattr__(name: str) -> object:
    """Import the validator when it is first asked for: what scores needs no lxml."""
    if name == "validate":
        from modelport_runtime.pmml.validation import validate

        return validate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
