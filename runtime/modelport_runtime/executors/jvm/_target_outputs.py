"""Making PMML4S return the targets.

Given an ``Output`` element PMML4S returns its fields only, without one fields of its own choice and naming; either way
a missing integer becomes the least long and a missing boolean ``false``. So the document that it gets asks for each
target by an output field of ours, of a type that can say "missing". The bytes are spliced, not parsed into a tree: a
forest's document is large, and what is looked for stands at its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from modelport_runtime.hub import DataType

__all__ = ["add_target_outputs", "target_output_name"]

_NOT_MODELS = frozenset({"Header", "MiningBuildTask", "DataDictionary", "TransformationDictionary", "Extension"})
_BEFORE_OUTPUT = frozenset({"Extension", "MiningSchema"})


def target_output_name(position: int) -> str:
    """Name of our output field for the target at a position."""
    return f"modelport:target:{position}"


def add_target_outputs(
    pmml: bytes, targets: Sequence[tuple[str | None, DataType]], *, only_beside_others: bool = False
) -> bytes:
    """Add an output field for each target to the document's model.

    Args:
        pmml: A document in UTF-8 without DOCTYPE.
        targets: Name and type of each; ``None`` for the one target of a model that does not name it.
        only_beside_others: Leave a model without an ``Output`` element as it is: the columns that are wanted besides
            the targets are then outputs of the members of a chain, which PMML4S returns only if the chain has none.
    """
    place = _find_place(pmml)
    if place.output_start is None and only_beside_others:
        return pmml
    prefix = place.prefix
    plain, computed = "", ""
    for position, (target, data_type) in enumerate(targets):
        if target is not None and target in place.computed:
            computed += _computed_field(prefix, position, target, data_type)
        else:
            plain += _output_field(prefix, position, target, data_type)
    if place.output_start is None:
        at = _end_of_tag(pmml, place.schema_end)
        return pmml[:at] + f"<{prefix}Output>{plain}</{prefix}Output>".encode() + pmml[at:]
    at = _end_of_tag(pmml, place.output_start)
    if pmml[at - 2 : at] == b"/>":
        return pmml[: at - 2] + f">{plain}</{prefix}Output>".encode() + pmml[at:]
    end = place.output_end
    return pmml[:at] + plain.encode() + pmml[at:end] + computed.encode() + pmml[end:]


def _shown(data_type: DataType) -> tuple[str, str]:
    """Data type and operational type: numbers have NaN to say "missing", everything else has it as text only."""
    return ("double", "continuous") if data_type.is_number else ("string", "categorical")


def _computed_field(prefix: str, position: int, target: str, data_type: DataType) -> str:
    """The target as the document itself computes it, in an output field of the target's name (see ``writers.pmml``)."""
    shown = _shown(data_type)
    return (
        f'<{prefix}OutputField name="{target_output_name(position)}" feature="transformedValue" '
        f'dataType="{shown[0]}" optype="{shown[1]}"><{prefix}FieldRef field={quoteattr(target)}/></{prefix}OutputField>'
    )


def _output_field(prefix: str, position: int, target: str | None, data_type: DataType) -> str:
    shown = _shown(data_type)
    target_field = "" if target is None else f" targetField={quoteattr(target)}"
    return (
        f'<{prefix}OutputField name="{target_output_name(position)}" feature="predictedValue" '
        f'dataType="{shown[0]}" optype="{shown[1]}"{target_field}/>'
    )


@dataclass(slots=True)
class _Place:
    """Offsets of the tags of the first model that matter, in bytes."""

    prefix: str = ""
    schema_end: int = 0
    output_start: int | None = None
    output_end: int = 0
    computed: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)


class _Found(Exception):  # noqa: N818 - no error: it ends the parse early
    pass


def _find_place(pmml: bytes) -> _Place:
    place = _Place()
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        prefix, _, name = tag.rpartition(":")
        if len(place.path) == 2 and place.path[1] not in _NOT_MODELS:
            place.prefix = f"{prefix}:" if prefix else ""
            if name == "Output":
                place.output_start = parser.CurrentByteIndex
            elif name not in _BEFORE_OUTPUT:
                raise _Found
        if name == "OutputField" and place.path[2:] == ["Output"] and attributes.get("feature") == "transformedValue":
            place.computed.add(attributes.get("name", ""))
        place.path.append(name)

    def end(_: str) -> None:
        name = place.path.pop()
        if len(place.path) == 2 and name == "MiningSchema":
            place.schema_end = parser.CurrentByteIndex
        if len(place.path) == 2 and name == "Output":
            place.output_end = parser.CurrentByteIndex
            raise _Found

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with suppress(_Found):
        parser.Parse(pmml, True)
    return place


def _end_of_tag(pmml: bytes, start: int) -> int:
    """Offset behind the tag that starts at an offset. A writer escapes ``>`` inside attributes."""
    return pmml.index(b">", start) + 1
