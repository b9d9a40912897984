"""The command line: one module a verb."""

from __future__ import annotations

from modelport.cli._main import main

__all__ = ["main"]
