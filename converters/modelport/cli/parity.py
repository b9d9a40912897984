"""``modelport parity``: whether artifacts score as their source does."""

from __future__ import annotations

from pathlib import Path

import click

from modelport.cli._options import (
    ENGINE_NAMES,
    existing_path,
    json_option,
    missing_option,
    model_name_option,
    output,
    print_json,
    progress,
    target_option,
    trust_option,
)
from modelport_runtime.hub import DataField

__all__ = ["command"]

_EQUAL, _DIFFERENT = 0, 1


@click.command("parity")
@click.argument("source", type=existing_path())
@click.argument("artifacts", type=existing_path(), nargs=-1, required=True)
@click.option("--data", type=existing_path(), required=True, help="Rows to score.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(ENGINE_NAMES[1:]),
    help="Engine to score artifacts on; may be repeated.  [default: all that are installed]",
)
@target_option
@trust_option
@missing_option
@model_name_option
@json_option
def command(
    source: Path,
    artifacts: tuple[Path, ...],
    data: Path,
    engines: tuple[str, ...],
    target: tuple[str, ...],
    trust: bool,
    missing: tuple[str, ...],
    model_name: str | None,
    as_json: bool,
) -> int:
    """Compare the scores of SOURCE and ARTIFACTS.

    The same rows are scored by SOURCE and by every artifact on every engine. Labels must be equal, numbers within a
    named tolerance. The exit status is 0 when all are equal, 1 when any differs, 2 when the check could not run.

    \b
    Example:
      modelport parity penguins.skops penguins.pmml penguins.onnx --data penguins.csv --target species
      modelport parity old.pmml new.onnx --data rows.parquet --engine reference --engine onnx
    """
    from modelport._rows import read_table
    from modelport.parity import check_parity

    with progress() as bar:
        bar.add_task("scoring and comparing", total=None)
        rows = read_table(data, _input_fields(artifacts, model_name), missing)
        report = check_parity(
            source, artifacts, rows, engines or None, target=target or None, trust=trust, model_name=model_name
        )
    if as_json:
        print_json(report.to_json())
    else:
        console = output()
        console.print(report.to_table())
        for line in report.to_differences():
            console.print(line, markup=False)
        for skipped in report.skipped:
            console.print(f"not run: {skipped.name}: {skipped.reason}", markup=False)
    return _EQUAL if report.is_equal else _DIFFERENT


def _input_fields(artifacts: tuple[Path, ...], model_name: str | None) -> tuple[DataField, ...]:
    """The input fields of the first artifact, so that a CSV file is read as the model asks and not guessed."""
    import modelport_runtime
    from modelport.parity import ENGINES, name_within
    from modelport.readers._files import file_format

    engines = ENGINES.get(file_format(artifacts[0]))
    if not engines:
        return ()
    name = name_within(artifacts[0], model_name)
    return tuple(modelport_runtime.load(artifacts[0], engine=engines[0], model_name=name).inputs)
