"""The README's example runs and prints what the README says; its commands are commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from modelport.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_example_prints_what_it_says(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    (expected,) = re.findall(r"```text\n(.*?)```", README, re.S)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected


def test_commands_run(tmp_path, monkeypatch):
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    (modelport .*)$", README, re.M)
    assert len(commands) == 6
    for command in commands:
        with pytest.raises(SystemExit) as left:
            main(shlex.split(command)[1:])
        assert left.value.code == 0, command


def test_the_invalid_document_is_told_what_the_readme_says(tmp_path, monkeypatch, capsys):
    (document,) = re.findall(r"```xml\n(.*?)```", README, re.S)
    (expected,) = re.findall(r"```console\n(.*?)```", README, re.S)
    (tmp_path / "loan.pmml").write_text(document, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["validate", "loan.pmml"])
    assert left.value.code == 1
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/validation.md", "fixtures/README.md"]
)
def test_paths_named_in_the_docs_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:converters|runtime|tests|fixtures|docs|benchmarks|java-bridge)/[\w./-]+)`", text)
    lacking = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    lacking += [path for path in paths if not (ROOT / path).exists()]
    assert lacking == []
