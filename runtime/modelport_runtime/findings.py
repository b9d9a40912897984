"""What a validation finds, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Report", "Severity"]


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The document is not PMML of its version, or means nothing: a consumer may refuse it or score wrong."""
    WARNING = "warning"
    """The document is valid, and likely not what was meant, or some consumers misread it."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found.

    Attributes:
        rule: Identifier of the rule, such as ``grammar/unknown-attribute``.
        severity: How bad it is.
        message: What is wrong.
        path: Path of the element, such as ``PMML/TreeModel/Node/Node[2]``; empty for the file as a whole.
        line: Line of the element, from 1; 0 when it is not known.
        column: Column of the element, from 1; 0 when it is not known.
        section: Version and page of the specification that asks for it; empty when none does.
        remedy: How to mend it.
    """

    rule: str
    severity: Severity
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    section: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one file.

    Attributes:
        file: Its name.
        kind: ``PMML`` or ``ONNX``.
        version: Version of the format that it says it has; empty when it could not be read.
        findings: Errors first, then in the order of the file.
        is_readable: Whether the file could be read at all; if not, the one finding says why.
    """

    file: str
    kind: str = "PMML"
    version: str = ""
    findings: tuple[Finding, ...] = ()
    is_readable: bool = True

    @property
    def is_valid(self) -> bool:
        """Whether there are no errors."""
        return self.is_readable and not self.count(Severity.ERROR)

    def count(self, severity: Severity) -> int:
        """Number of findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)
