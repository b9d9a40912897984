"""What the table of built-in functions holds for each function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelport_runtime.columns import Column

__all__ = ["BuiltIn"]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A function of columns.

    Attributes:
        evaluate: From argument columns, all of one length, to the result column.
        min_arguments: Fewest arguments.
        max_arguments: Most arguments; ``None`` is any number.
        sees_missing: Whether the function itself says what a missing argument gives; else the result is missing.
    """

    evaluate: Callable[[Sequence[Column]], Column]
    min_arguments: int
    max_arguments: int | None
    sees_missing: bool = False
