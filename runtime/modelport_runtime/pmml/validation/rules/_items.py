"""Association rules: items, itemsets and rules that refer to each other."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]


def _references(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("AssociationModel"):
        items = yield from _identifiers(scopes, model, "Item")
        sets = yield from _identifiers(scopes, model, "Itemset")
        for reference in model.iter(document.tag("ItemRef")):
            if reference.get("itemRef") not in items:
                yield Problem(reference, f"there is no item {reference.get('itemRef')!r}", "correct the id")
        for rule in model.iterchildren(document.tag("AssociationRule")):
            for attribute in ("antecedent", "consequent"):
                name = rule.get(attribute)
                if name is not None and name not in sets:
                    yield Problem(rule, f"{attribute}={name!r} is the id of no Itemset", "correct the id")


def _identifiers(scopes: Scopes, model: Element, name: str) -> Generator[Problem, None, set[str | None]]:
    """Problems of ids that occur twice; returns the ids."""
    seen: set[str | None] = set()
    for element in model.iterchildren(scopes.document.tag(name)):
        if element.get("id") in seen:
            yield Problem(element, f"two elements {name} have the id {element.get('id')!r}", "number them anew")
        seen.add(element.get("id"))
    return seen


RULES = (
    Rule(
        id="association/reference",
        severity=Severity.ERROR,
        section="AssociationRules",
        asks="ids of items and itemsets are unique, and those named are there",
        check=_references,
    ),
)
