"""``modelport inspect``: what is in a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from modelport.cli._options import existing_path, json_option, output, print_json, target_option, trust_option

__all__ = ["command"]


@click.command("inspect")
@click.argument("model", type=existing_path())
@target_option
@trust_option
@click.option("--native", is_flag=True, help="Print everything that the hub holds, readable and complete.")
@json_option
def command(model: Path, target: tuple[str, ...], trust: bool, native: bool, as_json: bool) -> None:
    """Show what is in MODEL.

    MODEL is an artifact or a model file. Shown are its fields and treatments, results, structure and card.

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
        summary = summary_of_scorer(modelport_runtime.load(model, engine="onnx"))
    else:
        document = read(model, target=target or None, trust=trust)
        if native:
            _print_native(document)
            return
        summary = summary_of_document(document)
    if as_json:
        print_json(summary)
    else:
        print_summary(summary, output())


def _print_native(document: Any) -> None:
    from modelport_runtime.hub._dump import dump

    click.echo(dump(document))
