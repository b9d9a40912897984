"""Trees: children that are named, and what their leaves say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_TOLERANCE = 1e-4
"""What the rounding of printed probabilities may add up to."""


def _default_children(scopes: Scopes) -> Iterator[Problem]:
    tag = scopes.document.tag("Node")
    for scope in scopes.models:
        if scope.kind != "TreeModel":
            continue
        named = scopes.nodes(scope).has_default
        for node in scopes.own_elements(scope, "Node") if named else ():
            default = node.get("defaultChild")
            if default is not None and all(child.get("id") != default for child in node.iterchildren(tag)):
                remedy = "name the id of one of the node's own children"
                yield Problem(node, f"defaultChild={default!r} is the id of no child of this Node", remedy)
        asks = scope.element.get("missingValueStrategy") == "defaultChild"
        if asks and not named and any(len(list(node.iterchildren(tag))) for node in scope.element.iterchildren(tag)):
            remedy = "give the nodes a defaultChild, or another strategy"
            yield Problem(scope.element, "missingValueStrategy='defaultChild', and no node names one", remedy)


def _distributions(scopes: Scopes) -> Iterator[Problem]:
    tag = scopes.document.tag("ScoreDistribution")
    for node in _distributed(scopes):
        children = list(node.iterchildren(tag))
        if not children:
            continue
        yield from _shares(node, children, "probability", 1.0)
        total = number_of(node.get("recordCount"))
        counts = [number_of(child.get("recordCount")) for child in children]
        if total is not None and all(count is not None for count in counts):
            found = math.fsum(count for count in counts if count is not None)
            if abs(found - total) > _TOLERANCE * max(1.0, abs(total)):
                yield Problem(
                    node,
                    f"the record counts of the classes sum to {found:g}, and the {local_name(node)} has {total:g}",
                    "make them agree, or leave the node's own count out",
                )
        if len({child.get("value") for child in children}) < len(children):
            yield Problem(node, "two score distributions are for one class", "remove one")


def _distributed(scopes: Scopes) -> Iterator[Element]:
    """The nodes and rules of the models in which something may be wrong with a distribution."""
    for scope in scopes.models:
        said = scopes.distributions(scope)
        if said.has_shares or said.has_twins or (said.classes and scopes.nodes(scope).has_count):
            yield from scopes.own_elements(scope, "Node", "SimpleRule")
        elif said.classes:
            yield from scopes.own_elements(scope, "SimpleRule")


def _shares(node: Element, children: list[Element], attribute: str, whole: float) -> Iterator[Problem]:
    shares = [number_of(child.get(attribute)) for child in children]
    if any(share is None for share in shares):
        if any(share is not None for share in shares):
            yield Problem(node, f"some classes have a {attribute}, some have none", "give it to all or to none")
        return
    known = [share for share in shares if share is not None]
    if any(not -_TOLERANCE <= share <= whole + _TOLERANCE for share in known):
        yield Problem(node, f"a {attribute} is outside [0, 1]", "correct it")
    elif abs(math.fsum(known) - whole) > _TOLERANCE:
        yield Problem(node, f"the probabilities of the classes sum to {math.fsum(known):g}", "make them sum to 1")


def _ids(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        if scope.kind != "TreeModel":
            continue
        seen: set[str] = set()
        for node in scopes.own_elements(scope, "Node") if scopes.nodes(scope).has_twins else ():
            identifier = node.get("id")
            if identifier is not None and identifier in seen:
                yield Problem(node, f"two nodes have the id {identifier!r}", "number the nodes anew")
            elif identifier is not None:
                seen.add(identifier)


def _splits(scopes: Scopes) -> Iterator[Problem]:
    tag = scopes.document.tag("Node")
    for scope in scopes.models:
        if scope.kind != "TreeModel" or scope.element.get("splitCharacteristic") != "binarySplit":
            continue
        for node in scopes.own_elements(scope, "Node"):
            children = sum(1 for _ in node.iterchildren(tag))
            if children not in (0, 2):
                message = f"the node has {children} child node{'s' if children > 1 else ''} in a tree of binary splits"
                yield Problem(node, message, 'add or remove children, or declare splitCharacteristic="multiSplit"')


RULES = (
    Rule(
        id="tree/default-child",
        severity=Severity.ERROR,
        section="TreeModel, defaultChild",
        asks="defaultChild is the id of one of the node's own children, and is there where the strategy asks for it",
        check=_default_children,
    ),
    Rule(
        id="tree/distribution",
        severity=Severity.WARNING,
        section="TreeModel, ScoreDistribution",
        asks="probabilities sum to 1 and record counts to the node's, one distribution a class",
        check=_distributions,
    ),
    Rule(
        id="tree/node-id",
        severity=Severity.WARNING,
        section="TreeModel, Node",
        asks="ids of nodes are unique within a tree",
        check=_ids,
    ),
    Rule(
        id="tree/split",
        severity=Severity.ERROR,
        section="TreeModel, splitCharacteristic",
        asks="in a tree of binary splits a node has two children or none",
        check=_splits,
    ),
)
