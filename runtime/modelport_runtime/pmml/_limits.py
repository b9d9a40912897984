"""Bounds on what a document may cost before it is refused."""

from __future__ import annotations

__all__ = [
    "MAXIMUM_ATTRIBUTES",
    "MAXIMUM_BYTES",
    "MAXIMUM_CALLS",
    "MAXIMUM_CALL_DEPTH",
    "MAXIMUM_DEPTH",
    "MAXIMUM_ELEMENTS",
    "MAXIMUM_NODE_DEPTH",
    "MAXIMUM_TAGS",
]

MAXIMUM_BYTES = 2 * 1024**3
"""Length of the document, after decompression."""

MAXIMUM_DEPTH = 256
"""Nesting of elements outside trees; expressions are read by recursion, so this also bounds the stack."""

MAXIMUM_NODE_DEPTH = 10_000
"""Nesting of tree nodes, which are read without recursion. Deep chains are real: a rule list is one."""

MAXIMUM_ATTRIBUTES = 256
"""Attributes of one element; the largest of the specification has fewer than 30."""

MAXIMUM_ELEMENTS = 5_000_000
"""Elements held in memory at once; nodes of trees, which go into arrays, do not count."""

MAXIMUM_TAGS = 20_000_000
"""Tags of a document that is validated, which is held in memory as a whole: some 700 MB of a forest."""

MAXIMUM_CALL_DEPTH = 50
"""Functions of a document that call one another."""

MAXIMUM_CALLS = 100_000
"""Calls that one call of a function of a document leads to."""
