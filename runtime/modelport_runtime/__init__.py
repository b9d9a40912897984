"""Everything that a scoring host needs: artifacts in, predictions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelport_runtime.errors import (
    ArtifactError,
    EngineError,
    InputError,
    ModelportError,
    UnsafeArtifactError,
    UnsupportedCause,
    UnsupportedModelError,
)

if TYPE_CHECKING:
    from modelport_runtime.scorer import Scorer, load

__all__ = [
    "ArtifactError",
    "EngineError",
    "InputError",
    "ModelportError",
    "Scorer",
    "UnsafeArtifactError",
    "UnsupportedCause",
    "UnsupportedModelError",
    "load",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import what scores when it is first asked for, so that the hub by itself needs numpy only."""
    if name in ("Scorer", "load"):
        from modelport_runtime import scorer

        return getattr(scorer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
