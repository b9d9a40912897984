"""Everything that a scoring host needs: artifacts in, predictions out."""

from __future__ import annotations

__version__ = "0.1.0"
