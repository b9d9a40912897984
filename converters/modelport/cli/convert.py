"""``modelport convert``: a model file becomes an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from modelport.cli._options import (
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

__all__ = ["command"]


@click.command("convert")
@click.argument("model", type=existing_path())
@click.argument("artifact", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", type=click.Choice(["pmml", "onnx", "modelport"]), help="Kind of artifact.  [default: by suffix]")
@click.option("--data", type=existing_path(), help="Rows as the model was trained on: input types and golden rows.")
@target_option
@trust_option
@missing_option
@model_name_option
@click.option("--float32", is_flag=True, help="ONNX: compute in float32 (smaller and faster, no longer exact).")
@click.option("--matrix-input", is_flag=True, help="ONNX: one matrix as input instead of one input a field.")
@click.option("--extensions", is_flag=True, help="PMML: allow vendor extensions.")
@json_option
def command(
    model: Path,
    artifact: Path,
    to: str | None,
    data: Path | None,
    target: tuple[str, ...],
    trust: bool,
    missing: tuple[str, ...],
    model_name: str | None,
    as_json: bool,
    **flags: bool,
) -> None:
    """Convert MODEL into ARTIFACT.

    ARTIFACT is PMML, ONNX or the hub's own file, by its suffix: .pmml, .pmml.gz, .onnx or .modelport.

    MODEL is a .joblib or .pkl file (with --trust), a .skops file, a booster's own .json, .ubj or .txt file, a PMML
    document or a .modelport file.

    \b
    Example:
      modelport convert penguins.skops penguins.pmml --data penguins.csv --target species
    """
    from modelport import convert
    from modelport._rows import read_table

    options: dict[str, Any] = {name: True for name, given in flags.items() if given}
    with progress() as bar:
        bar.add_task(f"converting {model.name}", total=None)
        rows = None if data is None else read_table(data, missing=missing)
        result = convert(
            model, artifact, to, data=rows, target=target or None, trust=trust, model_name=model_name, **options
        )
    summary = _summary(result)
    if as_json:
        print_json(summary)
        return
    console = output()
    console.print(
        f"{artifact}: {artifact.stat().st_size:,} bytes, {len(summary['inputs'])} inputs, "
        f"results {', '.join(summary['outputs'])}, {summary['golden_rows']} golden rows",
        markup=False,
    )
    for notice in summary["notices"]:
        console.print(f"note: {notice['where'] and notice['where'] + ': '}{notice['message']}", markup=False)


def _summary(result: Any) -> dict[str, Any]:
    from modelport_runtime.results import result_fields

    document = result.document
    golden = document.card.golden_rows
    return {
        "path": str(result.path),
        "inputs": [field.name for field in document.input_fields],
        "outputs": [field.name for field in result_fields(document)],
        "golden_rows": len(golden.inputs[0].values) if golden is not None and golden.inputs else 0,
        "notices": [{"code": n.code, "where": n.where, "message": n.message} for n in result.notices],
    }
