"""Which opsets and which version of the file format each release of ONNX Runtime knows.

Up to 1.19 from ONNX Runtime's own page on compatibility, except the opset of ai.onnx.ml in 1.18 and 1.19, which is that
of the ONNX release they are built on. From 1.19 on measured: the newest that each release loads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["RELEASES", "Release", "release_of"]

_SPECIFIER = re.compile(r"(?:onnxruntime(?:-gpu|-directml)?\s*==\s*)?(\d+)\.(\d+)(?:\.\d+)*(?:\.\*)?")


@dataclass(frozen=True, slots=True)
class Release:
    """A release of ONNX Runtime.

    Attributes:
        version: Its first two numbers.
        opset: The newest opset of the ai.onnx domain that it knows.
        ml_opset: The newest opset of ai.onnx.ml.
        ir_version: The newest version of the file format.
    """

    version: str
    opset: int
    ml_opset: int
    ir_version: int


RELEASES = {
    release.version: release
    for release in (
        Release("1.0", 11, 2, 6),
        Release("1.1", 11, 2, 6),
        Release("1.2", 11, 2, 6),
        Release("1.3", 12, 2, 7),
        Release("1.4", 12, 2, 7),
        Release("1.5", 12, 2, 7),
        Release("1.6", 13, 2, 7),
        Release("1.7", 13, 2, 7),
        Release("1.8", 14, 2, 7),
        Release("1.9", 15, 2, 8),
        Release("1.10", 15, 2, 8),
        Release("1.11", 16, 2, 8),
        Release("1.12", 17, 3, 8),
        Release("1.13", 17, 3, 8),
        Release("1.14", 18, 3, 8),
        Release("1.15", 19, 3, 8),
        Release("1.16", 19, 3, 9),
        Release("1.17", 20, 4, 9),
        Release("1.18", 21, 5, 10),
        Release("1.19", 21, 5, 10),
        Release("1.20", 21, 5, 10),
        Release("1.21", 22, 5, 10),
        Release("1.22", 22, 5, 10),
        Release("1.23", 23, 5, 11),
        Release("1.24", 25, 5, 13),
        Release("1.25", 26, 5, 13),
        Release("1.26", 26, 5, 13),
        Release("1.27", 26, 5, 13),
        Release("1.28", 26, 5, 13),
        Release("1.29", 26, 5, 13),
        Release("1.30", 26, 5, 13),
        Release("1.31", 26, 5, 13),
        Release("1.32", 28, 5, 14),
    )
}
"""Releases by their first two numbers, in order."""


def release_of(specifier: str) -> Release:
    """The release that a specifier such as ``onnxruntime==1.17`` or ``1.17.3`` names.

    Raises:
        ValueError: It names none that is known.
    """
    match = _SPECIFIER.fullmatch(specifier.strip())
    version = f"{match[1]}.{match[2]}" if match else ""
    if version not in RELEASES:
        first, *_, last = RELEASES
        raise ValueError(f"{specifier!r} names no known release: write onnxruntime==X, with X from {first} to {last}")
    return RELEASES[version]
