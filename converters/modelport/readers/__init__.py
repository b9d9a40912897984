"""Readers: from a framework's fitted object to the hub."""

from __future__ import annotations

from modelport.readers._read import read_model
from modelport.readers._source import score_source

__all__ = ["read_model", "score_source"]
