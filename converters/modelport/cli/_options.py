"""Options that several verbs share, and where they print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = [
    "ENGINE_NAMES",
    "existing_path",
    "json_option",
    "missing_option",
    "model_name_option",
    "output",
    "print_json",
    "progress",
    "target_option",
    "trust_option",
]

ENGINE_NAMES = ("auto", "reference", "onnx", "pmml4s", "jpmml")
_WIDTH_OF_FILES = 160

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
missing_option: Decorator = click.option(
    "--missing",
    multiple=True,
    metavar="TEXT",
    help="Text that means missing in a CSV file, besides the empty cell; may be repeated.",
)
model_name_option: Decorator = click.option(
    "--model-name",
    metavar="NAME",
    help="Which model of a PMML document that holds several.  [default: the first one]",
)
target_option: Decorator = click.option(
    "--target",
    multiple=True,
    metavar="NAME",
    help="Name of the target column; may be repeated.  [default: y; parity: as the artifacts say]",
)
trust_option: Decorator = click.option(
    "--trust", is_flag=True, help="Load joblib and pickle files, in a process of their own, under an allow-list."
)


def existing_path(**attributes: Any) -> click.Path:
    """A path that must be there."""
    return click.Path(exists=True, dir_okay=False, path_type=Path, **attributes)


def output() -> Console:
    """Standard output for people; wide when it goes to a file, so that tables do not wrap."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILES, highlight=False)


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def progress() -> Progress:
    """A progress bar on standard error; silent when that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
