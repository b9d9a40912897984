"""The hub's own file: a document saved as it is, losing nothing."""

from __future__ import annotations

import os
from typing import IO

from modelport_runtime.hub import Document, Notice
from modelport_runtime.hub._native import document_bytes, save_document

__all__ = ["write_native"]


def write_native(document: Document, target: str | os.PathLike[str] | IO[bytes]) -> tuple[Notice, ...]:
    """Save a document in the hub's own format; nothing is lost, so there is never a notice."""
    if isinstance(target, str | os.PathLike):
        save_document(document, target)
    else:
        target.write(document_bytes(document))
    return ()
