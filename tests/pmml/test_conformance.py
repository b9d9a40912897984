"""Real documents of many producers, scored by the reference engine and compared with the producers' own results.

The corpus is not part of the project: PMML_CORPUS names its folder, else it lies beside the project, else these tests
skip. Every case that fails stands in ``conformance_known_failures.toml`` with its cause; one that has come to pass
fails here until it is taken off that list.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tomllib
import warnings
from pathlib import Path

import pytest

import modelport_runtime

_ROOT = Path(__file__).parents[2]
_SCRIPT = _ROOT.parent / "shared" / "corpus" / "conformance.py"
_CORPUS = Path(os.environ.get("PMML_CORPUS", _SCRIPT.parent / ".cache"))
_KNOWN = tomllib.loads((Path(__file__).parent / "conformance_known_failures.toml").read_text("utf-8"))
_MODELS = {"TreeModel", "RegressionModel", "RegressionModel(embedded)", "MiningModel"}


def _cases() -> list[dict]:
    manifest = _CORPUS / "manifest.jsonl"
    if not manifest.exists() or not _SCRIPT.exists():
        return []
    cases = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    return [case for case in cases if case.get("models") and set(case["models"]) <= _MODELS]


@pytest.fixture(scope="module")
def conformance():
    os.environ.setdefault("PMML_CORPUS", str(_CORPUS))
    spec = importlib.util.spec_from_file_location("conformance", _SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_FOUND = _cases()


@pytest.mark.skipif(not _FOUND, reason="the PMML corpus is not here")
@pytest.mark.parametrize("case", _FOUND, ids=lambda case: case["id"])
def test_document(case, conformance):
    problem = _problem(case, conformance)
    known = _KNOWN.get(case["id"])
    if known is None:
        assert problem is None
    else:
        assert problem is not None, "passes now: take it off conformance_known_failures.toml"
        assert known["status"] == problem[0], problem[1]


def _problem(case: dict, conformance) -> tuple[str, str] | None:
    """What is wrong: ``refused``, or ``wrong`` results."""
    path = str(_CORPUS / "cases" / case["id"] / "model.pmml")
    try:
        scorer = modelport_runtime.load(path, engine="reference")
    except modelport_runtime.ModelportError as error:
        return "refused", str(error)
    if not conformance.yardstick(case):
        return None
    columns, rows = conformance.load_input(case)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = scorer.score(conformance.frame(case, columns, rows))
    found = {str(name): result[name].tolist() for name in result.columns}
    verdict = conformance.compare(case, found, len(result))
    return None if verdict["status"] == "pass" else ("wrong", verdict["detail"])


@pytest.mark.skipif(not _FOUND, reason="the PMML corpus is not here")
def test_every_known_failure_is_a_case():
    assert set(_KNOWN) <= {case["id"] for case in _FOUND}
    assert all(entry["cause"] for entry in _KNOWN.values())
