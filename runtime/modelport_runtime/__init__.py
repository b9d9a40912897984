"""Everything that a scoring host needs: artifacts in, predictions out."""

from __future__ import annotations

from modelport_runtime.errors import (
    ArtifactError,
    EngineError,
    InputError,
    ModelportError,
    UnsafeArtifactError,
    UnsupportedCause,
    UnsupportedModelError,
)
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
