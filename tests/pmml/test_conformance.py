"""Real documents of many producers, scored and compared with the producers' own results.

Each document is scored by the reference engine and by ``auto``, which users get. Every case that fails stands in
``conformance_known_failures.toml`` with its cause; one that comes to pass fails here until it is taken off that list.
"""

from __future__ import annotations

import collections
import tomllib
import warnings
from pathlib import Path

import pytest

import modelport_runtime
from tests.pmml._corpus import cases, corpus_folder, load_conformance

_KNOWN = tomllib.loads((Path(__file__).parent / "conformance_known_failures.toml").read_text("utf-8"))
_CASES = cases()
_ENGINES = ("reference", "auto")

pytestmark = pytest.mark.skipif(not _CASES, reason="the PMML corpus is not here")


@pytest.fixture(scope="module")
def conformance():
    return load_conformance()


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_document(case, conformance):
    problems = {engine: _problem(case, conformance, engine) for engine in _ENGINES}
    known = _KNOWN.get(case["id"])
    for problem in problems.values():
        if known is None:
            assert problem is None
        else:
            assert problem is not None, "passes now: take it off conformance_known_failures.toml"
            assert known["status"] == problem[0], problem[1]


def _problem(case: dict, conformance, engine: str) -> tuple[str, str] | None:
    """What is wrong: ``refused``, or ``wrong`` results."""
    folder = corpus_folder() / "cases" / case["id"]
    try:
        scorer = modelport_runtime.load(folder / "model.pmml", engine=engine)
    except modelport_runtime.ModelportError as error:
        return "refused", str(error)
    if not (folder / "input.csv").exists():
        return None
    columns, rows = conformance.load_input(case)
    frame = conformance.frame(case, columns, rows)
    if not len(frame.columns):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = scorer.score(frame)
    if not conformance.yardstick(case):
        return None
    found = {str(name): result[name].tolist() for name in result.columns}
    verdict = conformance.compare(case, found, len(result))
    return None if verdict["status"] == "pass" else ("wrong", verdict["detail"])


def test_every_known_failure_is_a_case():
    assert set(_KNOWN) <= {case["id"] for case in _CASES}
    assert all(entry["cause"] for entry in _KNOWN.values())


def test_shares(conformance):
    """At least 98 % of all cases with expected results, and in every group of model type and producer at least the
    better peer's share.
    """
    groups: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for case in filter(conformance.yardstick, _CASES):
        group = groups[case["top_model"], _producer(case)]
        group["cases"] += 1
        group["ours"] += case["id"] not in _KNOWN
        for peer, status in case["peers"].items():
            group[peer] += status == "pass"
    total = sum(groups.values(), collections.Counter())
    assert total["ours"] >= 0.98 * total["cases"], total
    worse = {
        name: dict(group) for name, group in groups.items() if group["ours"] < max(group["jpmml"], group["pmml4s"])
    }
    assert worse == {}


def _producer(case: dict) -> str:
    return case.get("producer") or case["source"]
