"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file beside a path, which takes the path's place when the block ends without an error.

    Whoever reads the path meanwhile finds the old file or the new one, never a part. What is there and is no regular
    file, such as a pipe or ``/dev/stdout``, is written to directly.

    Args:
        path: Where the file is to be.

    Yields:
        The file, open for writing. It gets the mode of any new file, 0666 less the umask: ``open`` leaves that to the
        kernel, while ``tempfile`` would make it the user's alone.

    Raises:
        OSError: The folder is not there, cannot be written to or is full; names the path itself.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with _writer(path, "w", path) as file:
            yield file
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with _writer(temporary, "x", path) as file:
            yield file
        with _errors_named(path):
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _writer(path: Path, mode: str, shown: Path) -> io.BufferedWriter:
    with _errors_named(shown):
        return io.BufferedWriter(_ShownAs(path, mode, shown))


class _ShownAs(io.FileIO):
    """A file whose errors name the path that the user gave."""

    def __init__(self, path: Path, mode: str, shown: Path) -> None:
        super().__init__(path, mode)
        self._shown = shown

    def write(self, data: Any) -> int:
        with _errors_named(self._shown):
            return super().write(data)


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # A new error rather than a changed one: the message of one made without a name never shows it.
        raise OSError(error.errno, error.strerror, str(path)) from error
