"""``modelport validate``: what is wrong with PMML and ONNX files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelport.cli._options import output, progress

if TYPE_CHECKING:
    from modelport_runtime.findings import Report

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
@click.option(
    "--profile",
    type=click.Choice(("pmml4s", "jpmml", "portable")),
    help="Also find what a consumer of PMML is known to refuse or misread; portable: what any of them does.",
)
@click.option(
    "--runtime",
    metavar="onnxruntime==X",
    help="The release of ONNX Runtime that is to run ONNX files.  [default: the installed one]",
)
@click.option("--all", "every", is_flag=True, help="Show every place of a finding, not the first few.")
@click.option("--explain", metavar="ELEMENT", help="Print what the grammar knows of an element, and leave.")
def command(
    files: tuple[Path, ...],
    form: str,
    destination: Path | None,
    fail_on: str,
    profile: str | None,
    runtime: str | None,
    every: bool,
    explain: str | None,
) -> int:
    """Find what is wrong with FILEs, all of it in one pass.

    PMML 3.0 to 4.4.1 is held to the grammar of its version and to what the specification asks beyond it; ONNX files to
    ONNX's checker, full shape inference and the kernels of ONNX Runtime. Each finding says where it is, which rule and
    page of the specification it breaks, and how to mend it. The exit status is 0 when there is nothing to mend, 1 when
    there is, 2 when a file could not be read.

    \b
    Example:
      modelport validate model.pmml
      modelport validate model.pmml --profile portable --fail-on warning
      modelport validate model.onnx --runtime onnxruntime==1.17
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
    from modelport_runtime.findings import Severity

    reports = _validated(files, profile, runtime)
    failing = (Severity.ERROR,) if fail_on == "error" else (Severity.ERROR, Severity.WARNING)
    if form == "text":
        print_reports(reports, output(), every=every)
    elif destination is None:
        click.echo(FORMATS[form](reports, failing))
    else:
        _write(destination, FORMATS[form](reports, failing))
    if not all(report.is_readable for report in reports):
        return _UNREADABLE
    return _FOUND if any(report.count(severity) for report in reports for severity in failing) else _CLEAN


def _validated(files: tuple[Path, ...], profile: str | None, runtime: str | None) -> list[Report]:
    """A report a file; a progress bar where there are several and somebody looks."""
    if runtime is not None:
        from modelport_runtime.onnx_validation import release_of

        try:
            release_of(runtime)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--runtime") from error
    reports = []
    with progress() as bar:
        task = bar.add_task("validating", total=len(files), visible=len(files) > 1)
        for file in files:
            reports.append(_validate(file, profile, runtime))
            bar.advance(task)
    return reports


def _validate(file: Path, profile: str | None, runtime: str | None) -> Report:
    if _is_onnx(file):
        from modelport_runtime.onnx_validation import validate_onnx

        return validate_onnx(file, runtime=runtime)
    from modelport_runtime.pmml.validation import validate

    return validate(file, profile=profile)


def _is_onnx(file: Path) -> bool:
    """By its suffix, or by how a serialised ModelProto begins: its field 1, the IR version, as a varint."""
    if file.suffix.lower() in (".onnx", ".pmml", ".xml", ".gz"):
        return file.suffix.lower() == ".onnx"
    if not file.is_file():
        return False  # a pipe, of which nothing may be taken, or what the validator of PMML says more of
    try:
        with file.open("rb") as stream:
            return stream.read(1) == b"\x08"
    except OSError:
        return False


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
