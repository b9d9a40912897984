"""What the specification allows, and a rule might take for a mistake: the rule finds nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from modelport_runtime.pmml.validation import validate
from tests.pmml.validation._documents import BELIEFS, ENSEMBLE, NEIGHBOURS, REGRESSION, TRANSFORMATIONS, TREE, VOTES


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


_RED = '<SimplePredicate field="colour" operator="equal" value="red"/>'
_EITHER = (
    '<CompoundPredicate booleanOperator="or"><SimplePredicate field="x" operator="equal" value="2"/>'
    '<SimplePredicate field="x" operator="isMissing"/></CompoundPredicate>'
)
_MORE = (
    '<SimplePredicate field="x" operator="greaterThan" value="1"/>'
    '<SimpleSetPredicate field="colour" booleanOperator="isIn"><Array type="string">red</Array></SimpleSetPredicate>'
)

CASES = (
    Allowed(
        "segment/sum",
        ENSEMBLE,
        (('"selectFirst"', '"sum"'),),
        "numbers are summed",
    ),
    Allowed(
        "segment/sum",
        VOTES,
        (('"weightedMajorityVote"', '"weightedAverage"'),),
        "probabilities are averaged",
    ),
    Allowed(
        "segment/never",
        ENSEMBLE,
        ((_RED, '<SimplePredicate field="x" operator="greaterOrEqual" value="1"/>'),),
        "a range reaches beyond the earlier one",
    ),
    Allowed(
        "segment/never",
        ENSEMBLE,
        ((_RED, '<SimplePredicate field="x" operator="equal" value="1"/>'),),
        "a bound that is open is left over",
    ),
    Allowed(
        "segment/never",
        ENSEMBLE,
        ((_RED, _EITHER),),
        "another way of being true is left over",
    ),
    Allowed(
        "segment/never",
        ENSEMBLE,
        (
            (_RED, '<SimplePredicate field="x" operator="equal" value="2"/>'),
            ('<SimplePredicate field="x" operator="greaterThan" value="1"/>', _MORE),
        ),
        "an earlier segment asks for more than its range",
    ),
    Allowed(
        "segment/never",
        ENSEMBLE,
        (
            (_RED, '<SimplePredicate field="x" operator="equal" value="2"/>'),
            ('"selectFirst"', '"selectAll"'),
        ),
        "every segment that applies is selected",
    ),
    Allowed(
        "value/type",
        TREE,
        (('<SimplePredicate field="x" operator="lessThan"', '<SimplePredicate field="n" operator="lessThan"'),),
        "an integer is compared with 1.5 by order",
    ),
    Allowed(
        "value/type",
        TREE,
        (
            (
                '<SimplePredicate field="x" operator="lessThan" value="1.5"/>',
                '<SimplePredicate field="n" operator="equal" value="1.0"/>',
            ),
        ),
        "1.0 is an integer",
    ),
    Allowed(
        "value/undeclared",
        TREE,
        (
            (
                '<DataField name="n" optype="continuous" dataType="integer"/>',
                '<DataField name="n" optype="categorical" dataType="integer"><Value value="1.0"/>'
                '<Value value="2"/></DataField>',
            ),
        ),
        "numbers in a set are compared as numbers",
    ),
    Allowed(
        "value/constant",
        TRANSFORMATIONS,
        (('<Constant dataType="double">1</Constant>', '<Constant dataType="double">-INF</Constant>'),),
        "a constant of type double may be infinite",
    ),
    Allowed(
        "value/constant",
        TRANSFORMATIONS,
        (('<Constant dataType="double">1</Constant>', '<Constant dataType="double" missing="true"/>'),),
        "a missing constant has no text",
    ),
    Allowed(
        "value/result",
        TRANSFORMATIONS,
        (("<out>2</out>", "<out/>"),),
        "an empty cell is a missing value",
    ),
    Allowed(
        "value/result",
        TRANSFORMATIONS,
        (
            (
                '<Apply function="double"><FieldRef field="x"/>',
                '<Apply function="if"><Apply function="equal" mapMissingTo="false"><FieldRef field="x"/>'
                "<Constant>1</Constant></Apply><Constant>1</Constant>",
            ),
        ),
        "the result of an inner expression is of another type than the field",
    ),
    Allowed(
        "field/undefined",
        BELIEFS,
        (('<ParentValue parent="class"', '<ParentValue parent="high"'),),
        "a node may be a field that is derived within it",
    ),
    Allowed(
        "field/undefined",
        NEIGHBOURS,
        (
            (' numberOfNeighbors="1"', ' numberOfNeighbors="1" instanceIdVariable="id"'),
            (' fieldCount="2"', ' fieldCount="3"'),
            (
                '<InstanceField field="y" column="data:y1"/>',
                '<InstanceField field="y" column="data:y1"/><InstanceField field="id" column="data:y1"/>',
            ),
        ),
        "the variable of instances' ids is no field",
    ),
    Allowed(
        "number/not-finite",
        TRANSFORMATIONS,
        (
            (
                '<Interval closure="openOpen" rightMargin="6"/>',
                '<Interval closure="openOpen" leftMargin="-INF" rightMargin="6"/>',
            ),
        ),
        "a margin may be infinite",
    ),
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
