"""The ``modelport`` command: its verbs, and errors as one line instead of a traceback."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from modelport_runtime import __version__
from modelport_runtime.errors import ModelportError

__all__ = ["VERBS", "main"]

COULD_NOT_RUN = 2

VERBS = {
    "convert": "modelport.cli.convert",
    "score": "modelport.cli.score",
    "parity": "modelport.cli.parity",
    "inspect": "modelport.cli.inspect",
    "doctor": "modelport.cli.doctor",
}
"""Verb -> module whose ``command`` is run; imported when it is needed."""


class _Verbs(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = import_module(VERBS[name]).command
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and arguments[0] not in VERBS:
            near = difflib.get_close_matches(arguments[0], VERBS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {arguments[0]!r}.{hint} Commands: {', '.join(VERBS)}", context)
        return super().resolve_command(context, arguments)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="modelport")
def _modelport() -> None:
    """Trained models to PMML and ONNX, with proof that every engine gives the same score.

    \b
    Example:
      modelport convert penguins.skops penguins.pmml --data penguins.csv --target species
      modelport parity  penguins.skops penguins.pmml --data penguins.csv --target species
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status: 0 done, 1 scores differ, 2 could not run."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        status = _modelport.main(
            args=None if arguments is None else list(arguments), prog_name="modelport", standalone_mode=False
        )
    except click.UsageError as error:
        hint = f"\nTry '{error.ctx.command_path} --help'." if error.ctx else ""
        return _fail(f"{error.format_message()}{hint}")
    except click.ClickException as error:
        return _fail(error.format_message())
    except ModelportError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Whoever read our output has left (as `head` does): no error, and nothing more may be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted", status=130)
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int = COULD_NOT_RUN) -> int:
    click.echo(f"modelport: error: {message}", err=True)
    return status
