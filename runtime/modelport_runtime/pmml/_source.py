"""Where a document comes from: a path, bytes or a file object, perhaps compressed."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import IO

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.pmml._limits import MAXIMUM_BYTES

__all__ = ["PmmlSource", "declared_encoding", "open_source"]

PmmlSource = str | PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
"""What a document can be read from."""

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def open_source(source: PmmlSource) -> tuple[str, Iterator[bytes]]:
    """The name of a source for messages, and its decompressed content in chunks.

    Raises:
        ArtifactError: The file is missing, is a directory, cannot be opened, or is not a binary file object.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>", _chunks("<bytes>", io.BytesIO(source))
    if isinstance(source, str | PathLike):
        path = Path(fspath(source))
        if path.is_dir():
            raise ArtifactError(f"{path} is a directory; give the path of one PMML file")
        try:
            return str(path), _chunks(str(path), path.open("rb"), close=True)
        except FileNotFoundError:
            raise ArtifactError(f"{path} does not exist; check the path") from None
        except (OSError, ValueError) as error:
            raise ArtifactError(f"{path} cannot be opened: {error}") from error
    if not hasattr(source, "read"):
        raise ArtifactError(
            f"cannot read PMML from {type(source).__name__}; give a path, bytes or a binary file object"
        )
    name = str(getattr(source, "name", "<file object>"))
    return name, _chunks(name, source)


def _chunks(name: str, stream: IO[bytes], *, close: bool = False) -> Iterator[bytes]:
    try:
        first = _read(name, stream)
        raw = _rest(name, first, stream)
        total = 0
        for chunk in _decompressed(name, raw) if first.startswith(_GZIP_MAGIC) else raw:
            total += len(chunk)
            if total > MAXIMUM_BYTES:
                raise UnsafeArtifactError(
                    f"{name} is longer than {MAXIMUM_BYTES} bytes (after decompression); split the model"
                )
            yield chunk
        if total == 0:
            raise ArtifactError(f"{name} is empty; export the model again")
    finally:
        if close:
            stream.close()


def _read(name: str, stream: IO[bytes]) -> bytes:
    try:
        chunk = stream.read(_CHUNK)
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error}") from error
    if isinstance(chunk, str):
        raise ArtifactError(f"{name} is opened as text; open it in binary mode ('rb')")
    return chunk


def _rest(name: str, first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = _read(name, stream)


def _decompressed(name: str, raw: Iterator[bytes]) -> Iterator[bytes]:
    """Gzip in bounded pieces, so that a small file cannot fill the memory before the limit is seen."""
    engine = zlib.decompressobj(wbits=31)
    for chunk in raw:
        pending = chunk
        while pending:
            try:
                piece = engine.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise ArtifactError(f"{name} is not a valid gzip file ({error}); compress it again") from error
            if piece:
                yield piece
            pending = engine.unconsumed_tail
            if engine.eof:
                # A gzip file may have several members (RFC 1952, 2.2).
                pending = engine.unused_data.lstrip(b"\0")
                if pending:
                    engine = zlib.decompressobj(wbits=31)
    tail = engine.flush()
    if tail:
        yield tail
    if not engine.eof:
        raise ArtifactError(f"{name} is a truncated gzip file; copy or compress it again")


def declared_encoding(first: bytes) -> str | None:
    """The encoding that the XML declaration names."""
    match = _DECLARATION.match(first.removeprefix(b"\xef\xbb\xbf")[:400])
    return match[1].decode("ascii").lower() if match else None
