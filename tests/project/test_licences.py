"""JPMML-Evaluator is AGPL-3.0: the tests run it, users get it only when they ask."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def environment(name):
    (line,) = re.findall(rf"^{name} := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return line


def test_only_the_extra_of_its_name_brings_it():
    extras = PROJECT["project"]["optional-dependencies"]
    bringing = [name for name, needed in extras.items() if any("jpmml" in item for item in needed)]
    assert bringing == ["jpmml"]
    assert not any("jpmml" in item for item in PROJECT["project"]["dependencies"])


def test_tests_run_it_and_the_demo_does_not():
    assert "jpmml" in environment("FOR_ALL")
    assert "jpmml" not in environment("FOR_DEMO")
    assert "jpmml_evaluator==" in (ROOT / "constraints.txt").read_text(encoding="utf-8")
