"""Findings of the validator as text for people, JSON, SARIF 2.1.0 and JUnit XML."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from rich.console import Console
from rich.markup import escape as plain

from modelport_runtime import __version__
from modelport_runtime.findings import Finding, Report, Severity

__all__ = ["FORMATS", "print_reports"]

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_SHOWN_OF_A_RULE = 5
_ROOT = "%SRCROOT%"
"""What SARIF calls the folder that names of files are relative to."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold; names in findings may."""


def print_reports(reports: Sequence[Report], console: Console, *, every: bool = False) -> None:
    """Print findings grouped by rule, the worst first.

    Args:
        reports: One a file.
        console: Where to print.
        every: Whether to show every place of a rule, rather than the first few.
    """
    for report in reports:
        _print_report(report, console, every)


def _print_report(report: Report, console: Console, every: bool) -> None:
    version = f" {report.kind} {report.version}".rstrip()
    if not report.findings:
        console.print(f"[bold]{plain(report.file)}[/bold]:{version} [green]valid[/green], nothing found")
        return
    verdict = "[green]valid[/green]" if report.is_valid else "[red]not valid[/red]"
    console.print(f"[bold]{plain(report.file)}[/bold]:{version} {verdict}: {_counted(report)}")
    descriptions = _descriptions([report])
    for rule, findings in _by_rule(report).items():
        first = findings[0]
        colour = _COLOURS[first.severity]
        section = f"  ({plain(first.section)})" if first.section else ""
        console.print(f"\n  [{colour}]{first.severity.value}[/{colour}] [bold]{rule}[/bold]{section}")
        if rule in descriptions:
            console.print(f"    [dim]{plain(descriptions[rule])}[/dim]")
        shown = findings if every else findings[:_SHOWN_OF_A_RULE]
        for finding in shown:
            console.print(f"    {_place(report.file, finding)}: {plain(finding.message)}")
            if finding.path:
                console.print(f"      [dim]at[/dim] {plain(finding.path)}")
            if finding.remedy:
                console.print(f"      [dim]mend:[/dim] {plain(finding.remedy)}")
        if len(findings) > len(shown):
            console.print(f"    ... and {len(findings) - len(shown):,} more; --all shows them")


def _descriptions(reports: Sequence[Report]) -> Mapping[str, str]:
    """What each rule says; imported for the kinds of files that there are."""
    found: dict[str, str] = {}
    if any(report.kind == "PMML" for report in reports):
        from modelport_runtime.pmml.validation import PROFILES
        from modelport_runtime.pmml.validation.rules import DESCRIPTIONS

        found |= DESCRIPTIONS
        found |= {entry.id: f"{entry.consumer.name} {entry.outcome.value} it" for entry in PROFILES["portable"]}
    if any(report.kind == "ONNX" for report in reports):
        from modelport_runtime.onnx_validation import ONNX_RULES

        found |= ONNX_RULES
    return found


def _place(file: str, finding: Finding) -> str:
    name = plain(PurePath(file).name)
    if not finding.line:
        return name
    return f"{name}:{finding.line}:{finding.column}" if finding.column else f"{name}:{finding.line}"


def _by_rule(report: Report) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(finding.rule, []).append(finding)
    return groups


def _counted(report: Report) -> str:
    parts = []
    for severity in Severity:
        count = report.count(severity)
        if count:
            parts.append(f"{count:,} {severity.value}{'' if count == 1 else 's'}")
    return ", ".join(parts)


def _json(reports: Sequence[Report], _: Collection[Severity]) -> str:
    return json.dumps([_report_values(report) for report in reports], indent=2, ensure_ascii=False)


def _report_values(report: Report) -> dict[str, Any]:
    return {
        "file": report.file,
        "kind": report.kind,
        "version": report.version,
        "valid": report.is_valid,
        "readable": report.is_readable,
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "message": finding.message,
                "line": finding.line or None,
                "column": finding.column or None,
                "path": finding.path,
                "section": finding.section,
                "remedy": finding.remedy,
            }
            for finding in report.findings
        ],
    }


def _sarif(reports: Sequence[Report], _: Collection[Severity]) -> str:
    """Static Analysis Results Interchange Format, version 2.1.0 (OASIS)."""
    descriptions = _descriptions(reports)
    used = list(dict.fromkeys(finding.rule for report in reports for finding in report.findings))
    run = {
        "tool": {
            "driver": {
                "name": "modelport",
                "semanticVersion": __version__,
                "rules": [{"id": rule, "shortDescription": {"text": descriptions.get(rule, rule)}} for rule in used],
            }
        },
        "invocations": [{"executionSuccessful": all(report.is_readable for report in reports)}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder that modelport validate ran in"}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _sarif_result(report, finding, used.index(finding.rule))
            for report in reports
            for finding in report.findings
        ],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _location(file: str) -> dict[str, str]:
    """A file as SARIF names it: relative to the folder that the command runs in, if it is below that.

    A code host matches relative names with the files of a repository, and takes that folder for its root (SARIF 2.1.0,
    3.4.4 and 3.14.14).
    """
    folder, path = Path.cwd(), Path(os.path.abspath(file))
    for candidate in (path, path.parent.resolve() / path.name):
        if candidate.is_relative_to(folder):
            return {"uri": quote(candidate.relative_to(folder).as_posix()), "uriBaseId": _ROOT}
    return {"uri": path.as_uri()}


def _sarif_result(report: Report, finding: Finding, rule_index: int) -> dict[str, Any]:
    text = f"{finding.message}; {finding.remedy}" if finding.remedy else finding.message
    location: dict[str, Any] = {"artifactLocation": _location(report.file)}
    if finding.line:
        region = {"startLine": finding.line}
        if finding.column:
            region["startColumn"] = finding.column
        location["region"] = region
    where: dict[str, Any] = {"physicalLocation": location}
    if finding.path:
        where["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [where],
    }


def _junit(reports: Sequence[Report], failing: Collection[Severity]) -> str:
    """A test suite a file and a test case a finding, as CI servers show them; it fails if its severity is to fail."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="modelport validate">']
    for report in reports:
        failures = sum(map(report.count, failing))
        cases = max(len(report.findings), 1)
        name = quoteattr(report.file)
        lines.append(f'  <testsuite name={name} tests="{cases}" failures="{failures}">')
        if not report.findings:
            lines.append(f'    <testcase classname={name} name="valid"/>')
        for finding in report.findings:
            lines.extend(_junit_case(report, finding, failing))
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", "\n".join(lines))


def _junit_case(report: Report, finding: Finding, failing: Collection[Severity]) -> list[str]:
    place = f"{finding.rule} {_place(report.file, finding)}"
    head = f"    <testcase classname={quoteattr(report.file)} name={quoteattr(place)}"
    text = "\n".join(part for part in (finding.path, finding.section, finding.remedy) if part)
    if finding.severity not in failing:
        said = f"{finding.severity.value}: {finding.message}\n{text}"
        return [f"{head}>", f"      <system-out>{escape(said)}</system-out>", "    </testcase>"]
    failure = f"      <failure type={quoteattr(finding.rule)} message={quoteattr(finding.message)}>"
    return [f"{head}>", f"{failure}{escape(text)}</failure>", "    </testcase>"]


FORMATS: Mapping[str, Callable[[Sequence[Report], Collection[Severity]], str]] = {
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
}
"""Formats for programs, given the severities that fail; ``text`` is printed by ``print_reports``."""
