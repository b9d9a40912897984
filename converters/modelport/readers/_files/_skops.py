"""Loads skops files, which hold no pickle. Runs in the child process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelport.readers._files._allowed import is_allowed
from modelport_runtime.errors import ArtifactError, EngineError, UnsafeArtifactError

__all__ = ["load_skops"]


def load_skops(path: Path) -> Any:
    """Load a skops file.

    skops names the types that it does not know itself; of those only what the readers need is let through.

    Raises:
        EngineError: skops is not installed.
        UnsafeArtifactError: The file holds types that no reader needs; all of them are listed.
        ArtifactError: It is not a skops file, or not readable by the installed versions.
    """
    try:
        import skops.io
    except ImportError as error:
        message = "skops is needed to read a .skops file; install it with: pip install 'modelport[skops]'"
        raise EngineError(message) from error
    try:
        unknown = skops.io.get_untrusted_types(file=path)
        refused = [name for name in unknown if not is_allowed(*name.rpartition(".")[::2])]
        if not refused:
            return skops.io.load(path, trusted=unknown)
    except MemoryError:
        raise
    except Exception as error:  # skops raises whatever the content makes it raise
        raise ArtifactError(f"{path} cannot be read as a skops file: {type(error).__name__}: {error}") from error
    raise UnsafeArtifactError(
        f"{path} was refused: it holds {', '.join(refused)}, which the allow-list does not hold: no class that "
        "modelport reads needs it. If the model is yours, call modelport.convert(model, ...) in the program that "
        "trained it: it lists every step that cannot be read, and converts when there is none"
    )
