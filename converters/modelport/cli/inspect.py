"""``modelport inspect``: what is in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from modelport.cli._options import (
    existing_path,
    json_option,
    model_name_option,
    output,
    print_json,
    target_option,
    trust_option,
)

__all__ = ["command"]


@click.command("inspect")
@click.argument("model", type=existing_path())
@target_option
@trust_option
@click.option("--native", is_flag=True, help="Print everything that the hub holds, readable and complete.")
@model_name_option
@json_option
def command(
    model: Path, target: tuple[str, ...], trust: bool, native: bool, model_name: str | None, as_json: bool
) -> None:
    """Show what is in MODEL.

    MODEL is an artifact or a model file. Shown are its fields and treatments, results, structure and card; of a PMML
    document that holds several models also their names.

    \b
    Example:
      modelport inspect penguins.pmml
      modelport inspect penguins.skops --native
    """
    from modelport._convert import read
    from modelport.cli._summary import print_summary, summary_of_document, summary_of_scorer
    from modelport.readers._files import file_format

    if file_format(model) == "onnx":
        import modelport_runtime

        if native:
            raise click.UsageError("an ONNX graph holds no hub document; inspect the source model with --native")
        summary = summary_of_scorer(modelport_runtime.load(model, engine="onnx", model_name=model_name))
    else:
        document = read(model, target=target or None, trust=trust, model_name=model_name)
        if native:
            _print_native(document)
            return
        summary = {**_models(model), **summary_of_document(document)}
    if as_json:
        print_json(summary)
    else:
        print_summary(summary, output())


def _models(model: Path) -> dict[str, Any]:
    """Names of the models of a document that holds several."""
    from modelport.readers._files import file_format
    from modelport_runtime.pmml import read_model_names

    names = read_model_names(model) if file_format(model) == "pmml" else ()
    return {"models": list(names)} if len(names) > 1 else {}


def _print_native(document: Any) -> None:
    from modelport_runtime.hub._dump import dump

    click.echo(dump(document))
