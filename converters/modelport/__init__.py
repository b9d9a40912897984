"""Trained models in, artifacts out, and the proof that they score the same."""

from __future__ import annotations

from modelport_runtime import __version__

__all__ = ["__version__"]
