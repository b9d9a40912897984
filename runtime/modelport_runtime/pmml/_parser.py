"""From bytes to the calls of an XML parser, safely: no DOCTYPE, no entities, no network.

The standard library's expat reads the bytes. With the DOCTYPE handler raising, an entity cannot be declared, so none
can be expanded or fetched.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from xml.parsers import expat

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError
from modelport_runtime.pmml._source import declared_encoding

__all__ = ["feed", "refused_doctype", "secure_parser"]

_NATIVE_ENCODINGS = frozenset({None, "utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1"})


def secure_parser(name: str, *, namespaces: bool = True) -> expat.XMLParserType:
    """An expat parser that refuses a DOCTYPE as soon as its name is read."""
    parser = expat.ParserCreate(None, "}" if namespaces else None)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise refused_doctype(f"{name}:{parser.CurrentLineNumber}")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def refused_doctype(where: str) -> UnsafeArtifactError:
    """The refusal of a document that has a DOCTYPE somewhere."""
    return UnsafeArtifactError(
        f"{where}: the document has a DOCTYPE, which could pull in files or exhaust memory; remove the <!DOCTYPE ...> "
        "declaration"
    )


def feed(
    parser: expat.XMLParserType, name: str, chunks: Iterator[bytes], skipped_lines: Callable[[], int] = lambda: 0
) -> None:
    """Give a parser the whole document.

    Raises:
        ArtifactError: It is not well-formed XML, is cut short, or is not in the encoding that it declares.
    """
    decoder: codecs.IncrementalDecoder | None = None
    started = False
    try:
        for chunk in chunks:
            if not started:
                decoder = _decoder(name, chunk)
                started = True
            parser.Parse(decoder.decode(chunk) if decoder else chunk, False)
        parser.Parse(decoder.decode(b"", final=True) if decoder else b"", True)
    except UnicodeDecodeError as error:
        where = f"{name}:{parser.CurrentLineNumber + skipped_lines()}"
        raise ArtifactError(
            f"{where}: not in the encoding that the XML declaration names ({error}); save it again"
        ) from error
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        hint = "the file is cut short or is not PMML; export or copy it again"
        raise ArtifactError(
            f"{name}:{error.lineno + skipped_lines()}: not well-formed XML ({reason}); {hint}"
        ) from error


def _decoder(name: str, first: bytes) -> codecs.IncrementalDecoder | None:
    encoding = declared_encoding(first)
    if encoding in _NATIVE_ENCODINGS:
        return None
    try:
        found = codecs.lookup(str(encoding))
        "".encode(found.name)  # raises LookupError for codecs that are not text encodings
    except LookupError:
        raise ArtifactError(f"{name}:1: encoding {encoding!r} is unknown; save the document as UTF-8") from None
    return found.incrementaldecoder("strict")
