"""``modelport validate``: what is wrong with PMML and ONNX files."""

from __future__ import annotations

from pathlib import Path

import click

from modelport.cli._options import output

__all__ = ["command"]

_CLEAN, _FOUND, _UNREADABLE = 0, 1, 2


@click.command("validate")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "sarif", "junit")),
    default="text",
    show_default=True,
    help="What to print: for people, for programs, for code hosts (SARIF 2.1.0), for CI servers (JUnit).",
)
@click.option("--output", "destination", type=click.Path(path_type=Path), help="Write to a file instead.")
@click.option(
    "--fail-on",
    type=click.Choice(("error", "warning")),
    default="error",
    show_default=True,
    help="Severity from which the exit status is 1.",
)
@click.option("--all", "every", is_flag=True, help="Show every place of a finding, not the first few.")
@click.option("--explain", metavar="ELEMENT", help="Print what the grammar knows of an element, and leave.")
def command(
    files: tuple[Path, ...], form: str, destination: Path | None, fail_on: str, every: bool, explain: str | None
) -> int:
    """Find what is wrong with FILEs, all of it in one pass.

    PMML 3.0 to 4.4.1 is held to the grammar of its version and to what the specification asks beyond it. Each finding
    says where it is, which rule and page of the specification it breaks, and how to mend it. The exit status is 0 when
    there is nothing to mend, 1 when there is, 2 when a file could not be read.

    \b
    Example:
      modelport validate model.pmml
      modelport validate models/*.pmml --format sarif --output findings.sarif
      modelport validate --explain MiningField
    """
    if explain is not None:
        return _explain(explain)
    if not files:
        raise click.UsageError("give one or more files, or --explain ELEMENT")
    if destination is not None and form == "text":
        raise click.UsageError("--output needs --format json, sarif or junit")
    from modelport.cli._findings import FORMATS, print_reports
    from modelport_runtime.pmml.validation import Severity, validate

    reports = [validate(file) for file in files]
    if form == "text":
        print_reports(reports, output(), every=every)
    elif destination is None:
        click.echo(FORMATS[form](reports))
    else:
        _write(destination, FORMATS[form](reports))
    if not all(report.is_readable for report in reports):
        return _UNREADABLE
    severities = [Severity.ERROR] if fail_on == "error" else [Severity.ERROR, Severity.WARNING]
    return _FOUND if any(report.count(severity) for report in reports for severity in severities) else _CLEAN


def _write(destination: Path, text: str) -> None:
    from modelport_runtime._atomic import replacing

    with replacing(destination) as file:
        file.write(f"{text}\n".encode())


def _explain(name: str) -> int:
    import difflib

    from modelport.cli._grammar_text import explanation
    from modelport_runtime.pmml.grammar import grammar

    if name not in grammar().elements:
        near = difflib.get_close_matches(name, grammar().elements, n=3)
        hint = f": did you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"PMML has no element {name!r}{hint}")
    for line in explanation(grammar(), name):
        click.echo(line)
    return _CLEAN
