"""Writes hub documents as PMML 4.4 (https://dmg.org/pmml/v4-4-1/GeneralStructure.html)."""

from __future__ import annotations

from modelport.writers.pmml._writer import write_pmml

__all__ = ["write_pmml"]
