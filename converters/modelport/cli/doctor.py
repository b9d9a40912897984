"""``modelport doctor``: what is installed, what is supported, and how to get what is missing."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import click
from rich.table import Table

from modelport.cli._options import json_option, output, print_json
from modelport_runtime.errors import EngineError

__all__ = ["command"]

_FRAMEWORKS = {"sklearn": "scikit-learn", "xgboost": "xgboost", "lightgbm": "lightgbm"}
_JVM_ENGINES = {"pmml4s": "pypmml", "jpmml": "jpmml_evaluator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: What.
        found: Its version or place; empty when it is missing.
        supported: Versions that the tests run with, or what it is for.
        advice: How to get it, or what to mind; empty when all is well.
    """

    name: str
    found: str
    supported: str
    advice: str = ""


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Say what is installed and what is missing.

    Shows which versions are supported and how to get what is missing.

    \b
    Example:
      modelport doctor
      modelport doctor --json
    """
    findings = [*_base(), *_frameworks(), *_file_formats(), _java(), *_engines()]
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
        return
    table = Table(show_edge=False)
    for heading in ("", "found", "supported"):
        table.add_column(heading, overflow="fold")
    table.add_column("what to do", overflow="fold", min_width=40)
    for finding in findings:
        table.add_row(finding.name, finding.found or "missing", finding.supported, finding.advice)
    output().print(table)


def _base() -> list[Finding]:
    names = ("modelport", "numpy", "onnx", "onnxruntime", "narwhals", "pyarrow", "lxml")
    python = Finding(name="Python", found=platform.python_version(), supported="3.11 and newer")
    return [python, *(Finding(name=name, found=_version(name), supported="base install") for name in names)]


def _frameworks() -> list[Finding]:
    from modelport.readers._table import FRAMEWORKS

    findings = []
    for package, framework in FRAMEWORKS.items():
        found = _version(_FRAMEWORKS[package])
        oldest, newest = (".".join(map(str, bound)) for bound in (framework.oldest, framework.newest))
        advice = "" if found else f"pip install 'modelport[{package}]'"
        if found and _release(found) < framework.oldest:
            advice = f"pip install -U {_FRAMEWORKS[package]}"
        elif found and _release(found) > framework.newest:
            advice = "newer than what was tested: converts with a notice"
        supported = f"{oldest} to {newest}"
        findings.append(Finding(name=framework.title, found=found, supported=supported, advice=advice))
    return findings


def _file_formats() -> list[Finding]:
    joblib, skops = _version("joblib"), _version("skops")
    old = bool(joblib) and _release(joblib) < (1, 6)
    return [
        Finding(
            name="joblib",
            found=joblib,
            supported="1.6 and newer, for .joblib and .pkl files",
            advice="pip install 'joblib>=1.6'" if old or not joblib else "",
        ),
        Finding(
            name="skops",
            found=skops,
            supported="0.11 and newer, for .skops files",
            advice="" if skops else "pip install 'modelport[skops]'",
        ),
    ]


def _java() -> Finding:
    from modelport_runtime.executors.jvm._java import find_java

    try:
        java = find_java()
    except EngineError as error:
        return Finding(name="Java", found="", supported="17 and newer", advice=str(error))
    return Finding(name="Java", found=f"{java.home} (from {java.source})", supported="17 and newer")


def _engines() -> list[Finding]:
    from modelport_runtime.executors.jvm._jars import require_engine

    findings = [Finding(name="engine reference", found=_version("modelport"), supported="always there")]
    findings.append(Finding(name="engine onnx", found=_version("onnxruntime"), supported="base install"))
    for engine, distribution in _JVM_ENGINES.items():
        try:
            require_engine(engine)
            found, advice = _version(distribution), ""
        except EngineError as error:
            found, advice = "", str(error)
        findings.append(Finding(name=f"engine {engine}", found=found, supported="needs Java", advice=advice))
    return findings


def _release(text: str) -> tuple[int, int]:
    major, minor, *_ = (*text.split("."), "0")
    return int(major), int("".join(filter(str.isdigit, minor)) or 0)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
