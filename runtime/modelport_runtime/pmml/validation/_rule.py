"""A rule beyond the schema: its identifier, what the specification asks, and the check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["Check", "Problem", "Rule"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check found at an element.

    Attributes:
        element: Where.
        message: What is wrong.
        remedy: How to mend it.
        other: Another element that it is about; ``{line}`` in the message stands for its line.
    """

    element: Element
    message: str
    remedy: str
    other: Element | None = None


Check = Callable[[Scopes], Iterator[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule beyond the schema.

    Attributes:
        id: Its identifier.
        severity: How bad it is to break it.
        section: Page of the specification that asks for it.
        asks: What the specification asks.
        check: Finds where a document breaks it.
    """

    id: str
    severity: Severity
    section: str
    asks: str
    check: Check
