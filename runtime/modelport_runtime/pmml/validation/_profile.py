"""What an entry of a consumer's profile is, and how a document is held to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["CONSUMERS", "Consumer", "Entry", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A program that scores PMML.

    Attributes:
        name: What it is called.
        version: The version that the entries were seen with.
    """

    name: str
    version: str


CONSUMERS = {
    "pmml4s": Consumer(name="PMML4S", version="1.5.8"),
    "jpmml": Consumer(name="JPMML-Evaluator", version="1.7.7"),
}
"""Consumers that have a profile."""


class Outcome(StrEnum):
    """What a consumer does."""

    REFUSES = "refuses"
    """It raises an error, for the document or for a row."""
    MISREADS = "misreads"
    """It gives another result than the specification asks for, without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that a consumer is known to refuse or to misread.

    Attributes:
        id: Its identifier, the consumer's name first.
        outcome: What the consumer does.
        what: What it does so with, and what comes out.
        rows: The rows on which it does; empty for all.
        remedy: What to write instead.
        is_note: Whether what it returns is right, if not all of it.
        find: The elements of a document that the entry is about.
    """

    id: str
    outcome: Outcome
    what: str
    rows: str = ""
    remedy: str
    is_note: bool = False
    find: Callable[[Scopes], Iterator[Element]]

    @property
    def consumer(self) -> Consumer:
        """Whose profile it belongs to."""
        return CONSUMERS[self.id.partition("/")[0]]

    @property
    def severity(self) -> Severity:
        """An error where no row is scored right, a warning where some are not."""
        if self.is_note:
            return Severity.NOTE
        return Severity.WARNING if self.rows else Severity.ERROR

    @property
    def message(self) -> str:
        """What is said of it."""
        rows = f" on rows {self.rows}" if self.rows else ""
        return f"{self.consumer.name} {self.consumer.version} {self.outcome.value} {self.what}{rows}"
