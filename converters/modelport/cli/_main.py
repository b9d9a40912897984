"""The ``modelport`` command: its verbs, and errors as one line instead of a traceback."""

from __future__ import annotations

import difflib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from modelport_runtime import __version__
from modelport_runtime.errors import ModelportError

__all__ = ["VERBS", "main"]

COULD_NOT_RUN = 2
INTERRUPTED, TERMINATED = 130, 143
"""128 and the number of the signal, as shells have it."""

DEBUG = "MODELPORT_DEBUG"

VERBS = {
    "convert": "modelport.cli.convert",
    "score": "modelport.cli.score",
    "parity": "modelport.cli.parity",
    "verify": "modelport.cli.verify",
    "validate": "modelport.cli.validate",
    "inspect": "modelport.cli.inspect",
    "doctor": "modelport.cli.doctor",
}
"""Verb -> module whose ``command`` is run; imported when it is needed."""


class _Terminated(BaseException):
    """The process was asked to end: like ``KeyboardInterrupt``, so that half-written files are removed."""


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
@click.option("--debug", is_flag=True, envvar=DEBUG, show_envvar=True, help="Show the traceback of an internal error.")
@click.pass_obj
def _modelport(settings: dict[str, bool], debug: bool) -> None:
    """Trained models to PMML and ONNX, with proof that every engine gives the same score.

    \b
    Example:
      modelport convert penguins.skops penguins.pmml --data penguins.csv --target species
      modelport parity  penguins.skops penguins.pmml --data penguins.csv --target species
    """
    settings["debug"] = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status: 0 done, 1 scores differ, 2 could not run."""
    with _termination_raised():
        sys.exit(_run(arguments))


@contextmanager
def _termination_raised() -> Iterator[None]:
    """Turn SIGTERM into an exception while a command runs; by itself it ends the process and leaves its files."""
    if threading.current_thread() is not threading.main_thread():  # which alone may set what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: Any) -> None:
    raise _Terminated


def _run(arguments: Sequence[str] | None) -> int:
    settings = {"debug": False}
    try:
        status = _modelport.main(
            args=None if arguments is None else list(arguments),
            prog_name="modelport",
            standalone_mode=False,
            obj=settings,
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
        return _fail("interrupted", status=INTERRUPTED)
    except _Terminated:
        return _fail("terminated", status=TERMINATED)
    except Exception as error:  # a defect of ours: never status 1, by which parity says that scores differ
        return _fail_internally(error, settings["debug"])
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int = COULD_NOT_RUN) -> int:
    click.echo(f"modelport: error: {message}", err=True)
    return status


def _fail_internally(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    what = " ".join(str(error).split())
    hint = "" if debug else f"; for the traceback run modelport --debug ..., or set {DEBUG}=1"
    return _fail(f"internal error, a defect of modelport: {type(error).__name__}: {what}{hint}")
