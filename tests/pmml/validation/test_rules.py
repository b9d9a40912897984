"""Every rule fires where it should, with its place, and does not where it should not."""

from __future__ import annotations

import pytest

from modelport_runtime.pmml._functions import BUILT_IN_FUNCTIONS
from modelport_runtime.pmml.grammar import grammar
from modelport_runtime.pmml.validation import Severity, validate
from modelport_runtime.pmml.validation.rules import DESCRIPTIONS, RULES
from modelport_runtime.pmml.validation.rules._functions import ARGUMENTS
from tests.pmml.validation import _documents
from tests.pmml.validation._cases import CASES, Case

FILE_RULES = {"file/unreadable", "file/unsafe", "file/not-pmml"}
"""Tested in test_files.py: they are about files that are no PMML document."""


def name(case: Case) -> str:
    return f"{case.rule}-{case.says}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_fires(case):
    found = [finding for finding in validate(case.broken.encode()).findings if finding.rule == case.rule]
    places = [(finding.line, finding.column, finding.path) for finding in found]
    assert (*case.place, case.path) in places
    finding = found[places.index((*case.place, case.path))]
    assert case.says in finding.message
    assert finding.section.startswith("PMML 4.4, ")
    assert finding.remedy


@pytest.mark.parametrize("case", CASES, ids=name)
def test_fires_once(case):
    """One mistake is one finding of a rule, except where the mistake has two sides."""
    found = [finding for finding in validate(case.broken.encode()).findings if finding.rule == case.rule]
    assert len(found) <= 2


@pytest.mark.parametrize("document", _documents.__all__)
def test_clean_documents_are_clean(document):
    assert validate(getattr(_documents, document).encode()).findings == ()


def test_every_rule_has_a_case():
    assert {case.rule for case in CASES} | FILE_RULES == set(DESCRIPTIONS)


def test_identifiers_are_unique():
    identifiers = [rule.id for rule in RULES]
    assert len(set(identifiers)) == len(identifiers)


def test_all_findings_come_in_one_pass():
    """Mistakes of several kinds in one document: none hides another."""
    broken = _documents.TREE
    wanted = [case for case in CASES if case.clean is broken and case.rule.startswith(("value/", "output/"))]
    for case in wanted:
        if broken.count(case.old) == 1:
            broken = broken.replace(case.old, case.new.replace("¦", ""))
    rules = {case.rule for case in wanted if case.new.replace("¦", "") in broken}
    found = {finding.rule for finding in validate(broken.encode()).findings}
    assert len(rules) >= 6
    assert rules <= found


def test_a_node_with_children_and_a_model_is_told_what_to_do():
    model = '<Regression functionName="regression"><RegressionTable intercept="1"/></Regression>'
    end = "<True/>\n    </Node>\n  </Node>"
    assert _documents.TREE.count(end) == 1
    both = validate(_documents.TREE.replace(end, f"<True/>\n    </Node>\n{model}  </Node>").encode())
    assert [finding.rule for finding in both.findings] == ["grammar/unexpected-element"]
    assert "child nodes or a model, not both" in both.findings[0].remedy
    alone = validate(_documents.TREE.replace(end, f"<True/>\n{model}    </Node>\n  </Node>").encode())
    assert alone.findings == ()


def test_the_worst_come_first():
    document = _documents.REGRESSION.replace('importance="0.7"', 'importance="7"').replace('"y"/>', '"Y"/>')
    severities = [finding.severity for finding in validate(document.encode()).findings]
    assert severities == sorted(severities, key=[Severity.ERROR, Severity.WARNING, Severity.NOTE].index)
    assert set(severities) >= {Severity.ERROR, Severity.NOTE}


def test_the_table_of_arguments_has_the_built_in_functions():
    assert set(ARGUMENTS) == BUILT_IN_FUNCTIONS


def test_sections_are_pages_of_the_specification():
    pages = {element.section for element in grammar().elements.values()}
    assert {rule.section.partition(",")[0] for rule in RULES} <= pages
    assert all(rule.asks for rule in RULES)
