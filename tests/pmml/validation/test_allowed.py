"""What the specification allows, and a rule might take for a mistake: the rule finds nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from modelport_runtime.pmml.validation import validate
from tests.pmml.validation._documents import REGRESSION, TREE


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
        "value/operator",
        TREE,
        (
            ('<DataField name="n" optype="continuous"', '<DataField name="n" optype="categorical"'),
            ('<MiningField name="n"/>', '<MiningField name="n" optype="ordinal"/>'),
            ('<SimplePredicate field="x" operator="lessThan"', '<SimplePredicate field="n" operator="lessThan"'),
        ),
        "the mining field gives the operational type",
    ),
    Allowed(
        "value/undeclared",
        TREE,
        (
            (
                """<DataField name="n" optype="continuous" dataType="integer"/>""",
                """<DataField name="n" optype="categorical" dataType="integer"><Value value="1"/></DataField>""",
            ),
            ('<MiningField name="n"/>', '<MiningField name="n" optype="continuous"/>'),
            (
                '<SimplePredicate field="x" operator="lessThan" value="1.5"/>',
                '<SimplePredicate field="n" operator="equal" value="7"/>',
            ),
        ),
        "a field that is used as continuous has other values",
    ),
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
