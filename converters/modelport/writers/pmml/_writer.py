"""From a document to a file: the order of elements, the header, and a target that is written whole or not at all."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from modelport.writers.pmml._checks import check_document
from modelport.writers.pmml._context import Context
from modelport.writers.pmml._fields import write_data_dictionary
from modelport.writers.pmml._models import write_model
from modelport.writers.pmml._scopes import with_local_fields
from modelport.writers.pmml._transformations import write_transformation_dictionary
from modelport.writers.pmml._xml import ForbiddenCharacterError, XmlStream
from modelport_runtime import __version__
from modelport_runtime._atomic import replacing
from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import Card, Document, Notice

__all__ = ["write_pmml"]

_NAMESPACE = "http://www.dmg.org/PMML-4_4"
_VERSION = "4.4"


def write_pmml(
    document: Document, target: str | os.PathLike[str] | IO[bytes], extensions: bool = False
) -> tuple[Notice, ...]:
    """Write a document as PMML 4.4.

    Args:
        document: What to write.
        target: A path, or a binary file object. A file appears under its name only when it is whole; a name that
            ends in ``.gz`` is compressed.
        extensions: Whether what PMML 4.4 lacks may be written as the extensions that JPMML-Evaluator reads.

    Returns:
        What the file does not hold exactly.

    Raises:
        UnsupportedModelError: PMML cannot say what the document says; every cause is listed, and nothing is written.
    """
    if isinstance(target, str | os.PathLike):
        with _replacing(Path(target)) as file:
            return _write(document, file, extensions)
    with tempfile.TemporaryFile() as whole:
        notices = _write(document, cast(IO[bytes], whole), extensions)
        whole.seek(0)
        shutil.copyfileobj(whole, target)
    return notices


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the path's place when all went well, compressed when its name says so."""
    with replacing(path) as file:
        if path.suffix == ".gz":
            # No name and no time in the header: equal documents make equal files.
            with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0, compresslevel=6) as compressed:
                yield cast(IO[bytes], compressed)
        else:
            yield file


def _write(document: Document, file: IO[bytes], extensions: bool) -> tuple[Notice, ...]:
    context = Context(xml=XmlStream(file), extensions=extensions)
    document = with_local_fields(document)
    context.enter(document)
    check_document(context, document)
    try:
        with context.xml.element("PMML", {"xmlns": _NAMESPACE, "version": _VERSION}):
            _write_header(context, document.card)
            write_data_dictionary(context, document)
            write_transformation_dictionary(context, document)
            write_model(context, document.model, document)
    except ForbiddenCharacterError as error:
        cause = UnsupportedCause(where=context.where, what=str(error), remedy="rename or replace the text")
        raise UnsupportedModelError([*context.causes, cause]) from error
    context.raise_if_unsupported()
    return tuple(context.notices)


def _write_header(context: Context, card: Card) -> None:
    """Write where the model comes from (PMML 4.4, Header)."""
    attributes = {
        "copyright": card.copyright or None,
        "description": card.description or None,
        "modelVersion": card.version or None,
    }
    created = card.created or datetime.now(UTC).isoformat(timespec="seconds")
    with context.xml.element("Header", attributes):
        context.xml.empty("Application", {"name": "modelport", "version": __version__})
        for text in _annotations(card):
            context.xml.text("Annotation", text)
        context.xml.text("Timestamp", created)


def _annotations(card: Card) -> list[str]:
    """What the header has no attributes for, one fact an annotation."""
    facts = {
        "source framework": f"{card.source_framework} {card.source_version}".strip(),
        "source application": "" if card.source_framework else f"{card.application} {card.application_version}".strip(),
        "trained": card.trained,
        "source SHA-256": card.source_digest,
        **{f"metric {name}": repr(float(value)) for name, value in card.metrics},
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]
