"""Trained models in, artifacts out, and the proof that they score the same."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from modelport_runtime import __version__

if TYPE_CHECKING:
    from modelport._convert import ConversionResult, convert, read, score, write
    from modelport.parity import ParityReport, check_parity

__all__ = [
    "ConversionResult",
    "ParityReport",
    "__version__",
    "check_parity",
    "convert",
    "read",
    "score",
    "write",
]

_MODULES = {
    "ConversionResult": "modelport._convert",
    "convert": "modelport._convert",
    "read": "modelport._convert",
    "score": "modelport._convert",
    "write": "modelport._convert",
    "ParityReport": "modelport.parity",
    "check_parity": "modelport.parity",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``modelport --help`` waits for nothing (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'modelport' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
