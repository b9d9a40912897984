"""What the profiles say of consumers is true of the consumers: each entry is shown by running them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ModelportError
from modelport_runtime.findings import Severity
from modelport_runtime.pmml.grammar import grammar
from modelport_runtime.pmml.validation import PROFILES, validate
from modelport_runtime.pmml.validation._profile import Outcome
from tests.pmml.validation._documents import REGRESSION
from tests.pmml.validation._profile_cases import CASES

ENTRIES = {entry.id: entry for entry in PROFILES["portable"]}
PACKAGES = {"pmml4s": "pypmml", "jpmml": "jpmml_evaluator"}
NOT_SCORED_HERE = "the reference cannot read it"


PAGES = {element.section for element in grammar().elements.values()}


def case_version(case):
    return validate(case.document.encode()).version


def by_name(case):
    return case.entry


@pytest.fixture(scope="module")
def outcomes():
    """What each consumer makes of every case and its mended document; run once for all."""
    found: dict[str, dict[str, object]] = {}

    def of(consumer: str) -> dict[str, object]:
        if importlib.util.find_spec(PACKAGES[consumer]) is None:
            pytest.skip(f"{PACKAGES[consumer]} is not installed")
        if consumer not in found:
            found[consumer] = run(consumer)
        return found[consumer]

    return of


def run(consumer: str) -> dict[str, object]:
    chosen = [case for case in CASES if case.entry.startswith(f"{consumer}/")]
    work = [[case.entry, case.document, [case.row]] for case in chosen]
    work += [[f"{case.entry} mended", case.mended, [case.mended_row or case.row]] for case in chosen if case.mended]
    command = [sys.executable, str(Path(__file__).with_name("_consumers.py")), consumer]
    done = subprocess.run(command, input=json.dumps(work), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def equal(value, expected):
    if expected is None or value is None:
        return expected is None and value in (None, "nan")
    if isinstance(expected, str) or isinstance(value, str):
        return value == expected
    return value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_consumer_does_what_the_entry_says(case, outcomes):
    outcome = outcomes(case.entry.partition("/")[0])[case.entry]
    if ENTRIES[case.entry].outcome is Outcome.REFUSES:
        assert case.error
        assert case.error in outcome["error"]
    else:
        assert not case.error
        (row,) = outcome["rows"]
        assert not equal(row.get(case.column, "no such column"), case.expected)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_finding_names_the_page_of_its_element(case):
    found = [one for one in validate(case.document.encode(), profile="portable").findings if one.rule == case.entry]
    assert found
    assert {one.section for one in found} <= {f"PMML {case_version(case)}, {page}" for page in PAGES}


@pytest.mark.parametrize("case", [case for case in CASES if case.mended], ids=by_name)
def test_the_remedy_helps(case, outcomes):
    (row,) = outcomes(case.entry.partition("/")[0])[f"{case.entry} mended"]["rows"]
    assert equal(row[case.mended_column or case.column], case.expected)
    assert case.entry not in {finding.rule for finding in validate(case.mended.encode(), profile="portable").findings}


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_found_by_its_profile(case):
    consumer = case.entry.partition("/")[0]
    for profile in (consumer, "portable"):
        found = [one for one in validate(case.document.encode(), profile=profile).findings if one.rule == case.entry]
        assert found, profile
        assert found[0].severity is ENTRIES[case.entry].severity
        assert found[0].line == 1 or "\n" in case.document
        assert found[0].path.startswith("PMML")
        assert found[0].remedy
    other = next(name for name in PACKAGES if name != consumer)
    for profile in (other, None):
        assert case.entry not in {one.rule for one in validate(case.document.encode(), profile=profile).findings}


@pytest.mark.parametrize("case", [case for case in CASES if case.entry.startswith("pmml4s/")], ids=by_name)
def test_expected_is_what_the_reference_gives(case):
    """Where our own reader has the model; its values are held to frameworks elsewhere."""
    try:
        scored = modelport_runtime.load(case.document.encode()).score(pd.DataFrame([case.row]))
    except ModelportError:
        pytest.skip(NOT_SCORED_HERE)
    column = {"predicted_y": "y"}.get(case.column, case.column)
    if column not in scored:
        pytest.skip(NOT_SCORED_HERE)
    value = scored[column][0]
    assert equal(None if pd.isna(value) else value, case.expected)


def test_every_entry_has_a_case():
    assert {case.entry for case in CASES} == set(ENTRIES)
    assert len(CASES) == len(ENTRIES)


def test_a_plain_document_has_none_of_it():
    document = REGRESSION.replace('importance="0.7"', "")
    found = validate(document.encode(), profile="portable").findings
    assert [finding.rule for finding in found if finding.severity is Severity.ERROR] == []


def test_an_unknown_profile_is_an_error():
    with pytest.raises(ValueError, match="known are pmml4s, jpmml, portable"):
        validate(REGRESSION.encode(), profile="spark")
