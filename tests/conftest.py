"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of real pipelines and their data."""
    return Path(__file__).parents[1] / "fixtures"
