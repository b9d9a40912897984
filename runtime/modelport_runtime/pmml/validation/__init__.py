"""Validation of PMML documents, beyond the schema, with findings that people can act on."""

from __future__ import annotations

from modelport_runtime.findings import Finding, Report, Severity
from modelport_runtime.pmml.validation._profiles import PROFILES
from modelport_runtime.pmml.validation._validate import validate

__all__ = ["PROFILES", "Finding", "Report", "Severity", "validate"]
