"""What the specification allows, and a rule might take for a mistake: the rule finds nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from modelport_runtime.pmml.validation import validate
from tests.pmml.validation._documents import REGRESSION


@dataclass(frozen=True, slots=True)
class Allowed:
    """A change of a clean document that keeps it right.

    Attributes:
        rule: The rule that might take it for a mistake.
        clean: The document.
        changes: What is replaced in it, once each, by what.
        why: Why it is right.
    """

    rule: str
    clean: str
    changes: tuple[tuple[str, str], ...]
    why: str

    @property
    def document(self) -> bytes:
        """The document, changed."""
        text = self.clean
        for old, new in self.changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text.encode()


CASES = (
    Allowed(
        "verification/column",
        REGRESSION,
        (("<colour>red</colour>", ""),),
        "a cell that is absent is a missing value",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.why}")
def test_does_not_fire(case):
    """No other rule fires either, so that what is changed is well formed otherwise."""
    assert [finding.rule for finding in validate(case.document).findings] == []
