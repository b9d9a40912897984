"""What rules ask of the elements that a tree has in masses, gathered in one pass over each kind.

A document of 40 MB has 650,000 of them, and a look at one from Python takes as long as parsing it. So rules ask these
summaries first, and look for elements only in a model whose summary shows that something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from modelport_runtime.pmml.validation._document import Element

__all__ = ["Comparisons", "Distributions", "Nodes", "comparisons", "distributions", "nodes"]

_ALWAYS = 2
"""Attributes that every distribution has: its class and the record count. More are shares of some kind."""

Comparisons = dict[tuple[str | None, str | None], set[str | None]]
"""Constants that the predicates of a model compare a field with, by field and operator."""


def comparisons(predicates: Iterable[Element]) -> Comparisons:
    """What some ``SimplePredicate`` elements compare."""
    found: Comparisons = {}
    for predicate in predicates:
        key = predicate.get("field"), predicate.get("operator")
        values = found.get(key)
        if values is None:
            values = found[key] = set()
        values.add(predicate.get("value"))
    return found


@dataclass(slots=True)
class Nodes:
    """What the nodes of a model say.

    Attributes:
        scores: Their scores.
        has_default: Whether one names a default child.
        has_count: Whether one has a record count.
        has_twins: Whether two have the same id.
    """

    scores: set[str] = field(default_factory=set)
    has_default: bool = False
    has_count: bool = False
    has_twins: bool = False


def nodes(elements: Iterable[Element]) -> Nodes:
    """What some ``Node`` elements say."""
    scores: set[str] = set()
    ids: list[str] = []
    others: set[str] = set()
    for node in elements:
        for name, value in node.items():
            if name == "score":
                scores.add(value)
            elif name == "id":
                ids.append(value)
            else:
                others.add(name)
    return Nodes(
        scores=scores,
        has_default="defaultChild" in others,
        has_count="recordCount" in others,
        has_twins=len(set(ids)) < len(ids),
    )


@dataclass(slots=True)
class Distributions:
    """What the distributions over classes of a model say.

    Attributes:
        classes: The classes that they are for.
        has_shares: Whether one may have a probability or a confidence.
        has_twins: Whether two of one element are for the same class.
    """

    classes: set[str | None] = field(default_factory=set)
    has_shares: bool = False
    has_twins: bool = False


def distributions(elements: Iterable[Element]) -> Distributions:
    """What some ``ScoreDistribution`` elements say; those of one element follow each other."""
    classes: set[str | None] = set()
    has_shares = has_twins = False
    holder: Element | None = None
    held: list[str | None] = []
    for element in elements:
        value, around = element.get("value"), element.getparent()
        if around is not holder:
            classes.update(held)
            holder, held = around, [value]
        elif value in held:
            has_twins = True
        else:
            held.append(value)
        if not has_shares and len(element.keys()) > _ALWAYS:
            has_shares = True
    classes.update(held)
    return Distributions(classes=classes, has_shares=has_shares, has_twins=has_twins)
