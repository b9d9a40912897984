"""Validation of a PMML document: everything that is wrong, in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import PathLike, fspath

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.findings import Finding, Report, Severity
from modelport_runtime.pmml._source import PmmlSource
from modelport_runtime.pmml.grammar import VERSIONS, grammar, namespace_of
from modelport_runtime.pmml.validation._document import ValidatedDocument, local_name, parse_document
from modelport_runtime.pmml.validation._grammar_check import check_grammar
from modelport_runtime.pmml.validation._profile import Entry
from modelport_runtime.pmml.validation._profiles import PROFILES
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes
from modelport_runtime.pmml.validation.rules import RULES

__all__ = ["validate"]

_PLACE = re.compile(r":(\d+)(?::(\d+))?: ")
_STRUCTURE = "PMML 4.4, General Structure"
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def validate(source: PmmlSource, *, profile: str | None = None) -> Report:
    """Find what is wrong with a PMML document of version 3.0 to 4.4.1.

    Args:
        source: A path, bytes, or a binary file object; plain or compressed with gzip, as its content says.
        profile: Name of a consumer, ``pmml4s`` or ``jpmml``, or ``portable`` for all: what it is known to refuse or
            misread is found too.

    Returns:
        All findings; a file that cannot be read gives one.

    Raises:
        ValueError: There is no such profile.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"there is no profile {profile!r}; known are {', '.join(PROFILES)}")
    name = _name_of(source)
    try:
        document = parse_document(source)
    except ArtifactError as error:
        return Report(file=name, findings=(_unreadable(name, error),), is_readable=False)
    if not document.is_pmml:
        return Report(file=name, findings=(_not_pmml(document),), is_readable=False)
    found = _findings(document, PROFILES[profile] if profile is not None else ())
    findings = sorted(found, key=lambda finding: (_ORDER[finding.severity], finding.line, finding.column))
    return Report(file=name, version=document.declared_version, findings=tuple(dict.fromkeys(findings)))


def _findings(document: ValidatedDocument, profile: tuple[Entry, ...]) -> Iterator[Finding]:
    yield from _check_version(document)
    yield from check_grammar(document)
    scopes = Scopes(document)
    problems = [(rule, problem) for rule in RULES for problem in rule.check(scopes)]
    seen = [(entry, element) for entry in profile for element in entry.find(scopes)]
    others = (problem.other for _, problem in problems if problem.other is not None)
    document.locate((*(problem.element for _, problem in problems), *others))
    document.locate(element for _, element in seen)
    for rule, problem in problems:
        yield _finding(document, rule, problem)
    for entry, element in seen:
        line, column = document.position(element)
        known = grammar().elements.get(local_name(element))
        page = known.section if known is not None else "General Structure"
        yield Finding(
            rule=entry.id,
            severity=entry.severity,
            message=entry.message,
            path=document.path(element),
            line=line,
            column=column,
            section=f"PMML {document.version or '4.4'}, {page}",
            remedy=entry.remedy,
        )


def _finding(document: ValidatedDocument, rule: Rule, problem: Problem) -> Finding:
    line, column = document.position(problem.element)
    message = problem.message
    if problem.other is not None:
        message = message.replace("{line}", f"{document.position(problem.other)[0]:,}")
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=message,
        path=document.path(problem.element),
        line=line,
        column=column,
        section=f"PMML {document.version or '4.4'}, {rule.section}",
        remedy=problem.remedy,
    )


def _name_of(source: PmmlSource) -> str:
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, str | PathLike):
        return fspath(source)
    return str(getattr(source, "name", "<file object>"))


def _unreadable(name: str, error: ArtifactError) -> Finding:
    text = str(error).removeprefix(name)
    place = _PLACE.match(text)
    numbers = [int(part) for part in place.groups() if part] if place else []
    what, _, remedy = text[place.end() if place else 0 :].strip().partition("; ")
    # Where no line is known the message goes on from the name: "is a directory".
    what = what if place or not str(error).startswith(name) else f"the file {what}"
    return Finding(
        rule="file/unsafe" if isinstance(error, UnsafeArtifactError) else "file/unreadable",
        severity=Severity.ERROR,
        message=what,
        path="PMML" if numbers else "",
        line=numbers[0] if numbers else 0,
        column=numbers[1] if len(numbers) > 1 else 0,
        section=_STRUCTURE if numbers else "",
        remedy=remedy,
    )


def _not_pmml(document: ValidatedDocument) -> Finding:
    line, column = document.position(document.root)
    namespace = f" of namespace {document.namespace}" if document.namespace else ""
    return Finding(
        rule="file/not-pmml",
        severity=Severity.ERROR,
        message=f"the root element is {local_name(document.root)}{namespace}, not PMML",
        path=local_name(document.root),
        line=line,
        column=column,
        section=_STRUCTURE,
        remedy="give a PMML file",
    )


def _check_version(document: ValidatedDocument) -> Iterator[Finding]:
    declared, root = document.declared_version, document.root
    line, column = document.position(root)
    if document.version is None:
        yield Finding(
            rule="version/unknown",
            severity=Severity.ERROR,
            message=f"version={declared!r} is no version of PMML that is known"
            if declared
            else "PMML lacks its version",
            path="PMML",
            line=line,
            column=column,
            section=_STRUCTURE,
            remedy=f"known are {', '.join(VERSIONS)}",
        )
        return
    expected = namespace_of(document.version)
    if document.namespace != expected:
        yield Finding(
            rule="version/namespace",
            severity=Severity.WARNING,
            message=f"the namespace is {document.namespace or 'none'}, that of version {declared} is {expected}",
            path="PMML",
            line=line,
            column=column,
            section=f"PMML {document.version}, General Structure",
            remedy="make namespace and version agree: some consumers go by the one, some by the other",
        )
