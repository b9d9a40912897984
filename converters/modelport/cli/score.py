"""``modelport score``: a file of rows through an artifact, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import click

from modelport.cli._options import ENGINE_NAMES, existing_path, missing_option, model_name_option, progress

__all__ = ["command"]


@click.command("score")
@click.argument("artifact", type=existing_path())
@click.argument("data", type=existing_path(allow_dash=True))
@click.option(
    "-o", "--output", default="-", show_default="CSV on standard output", help="Where the results go; written whole.",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(ENGINE_NAMES), default="auto", show_default=True, help="Which engine scores."
)
@click.option("--keep", multiple=True, metavar="COLUMN", help="Column of DATA to copy in front; may be repeated.")
@click.option(
    "--on-invalid",
    type=click.Choice(["missing", "raise", "report"]),
    default="missing",
    show_default=True,
    help="Rows with a value that the model declares invalid: no results; stop; no results, and a column that says why.",
)
@missing_option
@model_name_option
def command(
    artifact: Path,
    data: Path,
    output: Path,
    engine: str,
    keep: tuple[str, ...],
    on_invalid: str,
    missing: tuple[str, ...],
    model_name: str | None,
) -> None:
    """Score the rows of DATA with ARTIFACT.

    ARTIFACT is a .pmml, .onnx or .modelport file. DATA and the results are .csv, .parquet, .arrow or .jsonl files, by
    their suffix; - is CSV on standard input or output. Rows are read, scored and written in batches, so memory stays
    bounded; a model whose results depend on other rows, such as the values before or the items of a transaction, is
    given all rows at once, and gives one row a group where groups of rows are its records. CSV columns are read as the
    model's own input types; an empty cell is missing. A result that is a list is a JSON text in CSV.

    \b
    Example:
      modelport score penguins.pmml penguins.csv --output scores.parquet
      modelport score penguins.pmml penguins.csv --keep island --missing NA --on-invalid report
    """
    import modelport_runtime
    from modelport._rows import read_batches, row_count, rows_format, write_batches
    from modelport.cli._score import check_columns, record_batches, scored

    rows_format(output)
    scorer = modelport_runtime.load(artifact, engine=engine, model_name=model_name)
    first_row = 0
    with progress() as bar, write_batches(output) as write:
        task = bar.add_task(f"scoring {data.name}", total=row_count(data))
        for batch in record_batches(scorer, read_batches(data, scorer.inputs, missing), keep):
            check_columns(batch, scorer.inputs, keep, data)
            write(scored(scorer, batch, keep, on_invalid, first_row))
            first_row += batch.num_rows
            bar.advance(task, batch.num_rows)
