"""Ensembles: segments that can never fire, and how they are named."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.pmml.validation._constants import number_of
from modelport_runtime.pmml.validation._document import Element, ValidatedDocument
from modelport_runtime.pmml.validation._findings import Severity
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_WEIGHTED = ("weightedMajorityVote", "weightedAverage", "weightedMedian", "weightedSum", "x-weightedSum")


def _never(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for segmentation in document.all("Segmentation"):
        first_only = segmentation.get("multipleModelMethod") == "selectFirst"
        decided: Element | None = None
        for segment in segmentation.iterchildren(document.tag("Segment")):
            if _has(document, segment, "False"):
                yield Problem(segment, "the segment's predicate is False: it never applies", "remove the segment")
            elif first_only and decided is not None:
                line = decided.sourceline
                yield Problem(
                    segment,
                    f"the segment is never reached: that of line {line} applies to every row before it",
                    "put the segment that is always true last",
                )
            elif first_only and _has(document, segment, "True"):
                decided = segment


def _has(document: ValidatedDocument, segment: Element, name: str) -> bool:
    return next(segment.iterchildren(document.tag(name)), None) is not None


def _ids(scopes: Scopes) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        seen: set[str] = set()
        for segment in segmentation.iterchildren(scopes.document.tag("Segment")):
            identifier = segment.get("id")
            if identifier is not None and identifier in seen:
                yield Problem(segment, f"two segments have the id {identifier!r}", "number the segments anew")
            elif identifier is not None:
                seen.add(identifier)


def _weights(scopes: Scopes) -> Iterator[Problem]:
    for segmentation in scopes.document.all("Segmentation"):
        method = segmentation.get("multipleModelMethod")
        for segment in segmentation.iterchildren(scopes.document.tag("Segment")):
            weight = number_of(segment.get("weight"))
            if weight is None:
                continue
            if weight < 0:
                yield Problem(segment, f"weight={segment.get('weight')!r} is negative", "give a weight of 0 or more")
            elif method not in _WEIGHTED and weight != 1:
                remedy = "leave it out, or choose a weighted method"
                yield Problem(segment, f"method {method} takes no weights, and the segment has one", remedy)


RULES = (
    Rule(
        id="segment/never",
        severity=Severity.WARNING,
        section="MultipleModels, Segment",
        asks="every segment can apply to some row",
        check=_never,
    ),
    Rule(
        id="segment/id",
        severity=Severity.ERROR,
        section="MultipleModels, Segment",
        asks="ids of segments are unique within a segmentation",
        check=_ids,
    ),
    Rule(
        id="segment/weight",
        severity=Severity.WARNING,
        section="MultipleModels, Segment",
        asks="weights are not negative, and stand where the method uses them",
        check=_weights,
    ),
)
