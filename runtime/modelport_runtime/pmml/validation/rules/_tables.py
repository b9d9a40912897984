"""Tables that map values, and reason codes of scorecards."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]


def _columns(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for mapping in document.all("MapValues"):
        table = next(mapping.iterchildren(document.tag("InlineTable")), None)
        if table is None:
            continue
        pairs = mapping.iterchildren(document.tag("FieldColumnPair"))
        named: list[tuple[Element, str]] = [(pair, pair.get("column", "")) for pair in pairs]
        named.append((mapping, mapping.get("outputColumn", "")))
        unseen = {name.rpartition(":")[2]: element for element, name in named}
        has_rows = False
        for row in table.iterchildren(document.tag("row")):
            has_rows = True
            for cell in row.iterchildren("*"):
                unseen.pop(local_name(cell), None)
            if not unseen:
                break
        for name, element in unseen.items() if has_rows else ():
            yield Problem(element, f"no row of the table has a column {name!r}", "correct the column's name")


def _reason_codes(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for card in document.all("Scorecard"):
        if card.get("useReasonCodes", "true") in ("false", "0"):
            continue
        for characteristic in card.iter(document.tag("Characteristic")):
            attributes = list(characteristic.iterchildren(document.tag("Attribute")))
            if characteristic.get("reasonCode") is None and any(one.get("reasonCode") is None for one in attributes):
                message = "the characteristic has no reasonCode, and not each of its attributes has one"
                yield Problem(characteristic, message, 'add reasonCode, or declare useReasonCodes="false"')
            if characteristic.get("baselineScore") is None and card.get("baselineScore") is None:
                message = "neither the characteristic nor the scorecard has a baselineScore"
                yield Problem(characteristic, message, 'add baselineScore, or declare useReasonCodes="false"')


RULES = (
    Rule(
        id="table/column",
        severity=Severity.ERROR,
        section="Transformations, MapValues",
        asks="the columns that a mapping names are in its table",
        check=_columns,
    ),
    Rule(
        id="scorecard/reason-code",
        severity=Severity.ERROR,
        section="Scorecard, useReasonCodes",
        asks="a scorecard with reason codes has them, and the baseline scores that rank them",
        check=_reason_codes,
    ),
)
