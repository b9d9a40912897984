"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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
        OSError: The folder is not there, or cannot be written to.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:
            yield file
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(temporary, "xb") as file:
        try:
            yield file
            file.close()
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
