"""``modelport verify``: whether an artifact still gives what its source gave, by the golden rows that it carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelport.cli._options import (
    ENGINE_NAMES,
    existing_path,
    json_option,
    model_name_option,
    output,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from rich.table import Table

    from modelport_runtime.verification import Verification

__all__ = ["command"]

_EQUAL, _DIFFERENT = 0, 1


@click.command("verify")
@click.argument("artifact", type=existing_path())
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(ENGINE_NAMES),
    default=["auto"],
    show_default=True,
    help="Which engine scores; may be repeated.",
)
@click.option("--show", type=click.IntRange(min=1), default=10, show_default=True, help="Differences to show a column.")
@model_name_option
@json_option
def command(artifact: Path, engines: tuple[str, ...], show: int, model_name: str | None, as_json: bool) -> int:
    """Score the golden rows of ARTIFACT again.

    ARTIFACT is a .pmml, .onnx or .modelport file that carries rows with its source's own results (in PMML:
    ModelVerification). They are scored by an engine and compared, each column within its own precision; neither the
    source nor its framework is needed. The exit status is 0 when all are equal, 1 when any differs, 2 when the check
    could not run.

    \b
    Example:
      modelport verify penguins.pmml
      modelport verify penguins.pmml --engine reference --engine pmml4s --json
    """
    import modelport_runtime

    with progress() as bar:
        task = bar.add_task(f"verifying {artifact.name}", total=len(engines))
        reports = []
        for engine in engines:
            reports.append(modelport_runtime.load(artifact, engine=engine, model_name=model_name).verify(show))
            bar.advance(task)
    is_equal = all(report.is_equal for report in reports)
    if as_json:
        print_json({"equal": is_equal, "engines": [report.to_json() for report in reports]})
    else:
        _print(reports)
    return _EQUAL if is_equal else _DIFFERENT


def _print(reports: list[Verification]) -> None:
    console = output()
    for report in reports:
        console.print(_table(report))
        for difference in report.differences:
            console.print(str(difference), markup=False)
        verdict = "equal" if report.is_equal else "different"
        console.print(f"{verdict}: {report.n_rows} golden rows on {report.engine}", markup=False)


def _table(report: Verification) -> Table:
    from rich.table import Table

    table = Table(title=report.engine, title_justify="left", title_style="bold", show_edge=False)
    for column in ("result", "precision", "zero threshold", "different"):
        table.add_column(column, overflow="fold")
    for field in report.fields:
        found = field.problem and f"not compared: {field.problem}"
        table.add_row(field.name, f"{field.precision:g}", f"{field.zero_threshold:g}", found or str(field.n_different))
    return table
