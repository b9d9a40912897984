"""A document as readable text, for people and for tests: the structure indented, trees drawn, arrays summarised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import equal
from modelport_runtime.hub._trees import TreeEnsemble, TreeTest

__all__ = ["dump"]

_SHOWN_VALUES = 8
_SHOWN_TREES = 3
_SHOWN_NODES = 200
_SYMBOLS = {
    TreeTest.LESS_OR_EQUAL: "<=",
    TreeTest.LESS_THAN: "<",
    TreeTest.GREATER_OR_EQUAL: ">=",
    TreeTest.GREATER_THAN: ">",
    TreeTest.EQUAL: "==",
    TreeTest.NOT_EQUAL: "!=",
}


def dump(value: Any) -> str:
    """Any hub value as indented text; attributes at their default are left out."""
    return "\n".join(_lines(value, "", "")) + "\n"


def _lines(value: Any, label: str, indent: str) -> Iterator[str]:
    if isinstance(value, TreeEnsemble):
        counts = f"{value.n_trees} trees, {value.n_nodes} nodes, {len(value.leaf_values)} leaves"
        yield f"{indent}{label}TreeEnsemble: {counts}"
        yield from _attributes(value, indent + "  ", skip=_NODE_ARRAYS)
        yield from _trees(value, indent + "  ")
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"{indent}{label}{type(value).__name__}"
        yield from _attributes(value, indent + "  ")
    elif isinstance(value, tuple) and any(is_dataclass(item) for item in value):
        yield f"{indent}{label}".rstrip()
        for item in value:
            yield from _lines(item, "- ", indent + "  ")
    else:
        yield f"{indent}{label}{_text(value)}"


def _attributes(value: Any, indent: str, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    for field in fields(value):
        item = getattr(value, field.name)
        if field.name not in skip and not equal(item, field.default):
            yield from _lines(item, f"{field.name}: ", indent)


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return repr(value)


def _array(array: NDArray[Any]) -> str:
    shown = [repr(item) for item in array.ravel()[:_SHOWN_VALUES].tolist()]
    more = ", ..." if array.size > _SHOWN_VALUES else ""
    return f"{array.dtype.name}{list(array.shape)} [{', '.join(shown)}{more}]"


_NODE_ARRAYS = frozenset(
    {
        "feature",
        "test",
        "threshold",
        "set_index",
        "set_offsets",
        "set_members",
        "when_true",
        "when_false",
        "when_missing",
        "leaf",
        "roots",
    }
)


def _trees(ensemble: TreeEnsemble, indent: str) -> Iterator[str]:
    for number, root in enumerate(ensemble.roots[:_SHOWN_TREES].tolist()):
        yield f"{indent}tree {number}:"
        yield from _nodes(ensemble, root, indent + "  ")
    if ensemble.n_trees > _SHOWN_TREES:
        yield f"{indent}... and {ensemble.n_trees - _SHOWN_TREES} more trees"


def _nodes(ensemble: TreeEnsemble, root: int, indent: str) -> Iterator[str]:
    """One line a node, depth first; a node with several parents is drawn once and then named."""
    stack, seen = [(root, "", 0)], set[int]()
    while stack:
        node, branch, depth = stack.pop()
        pad = indent + "  " * depth
        if len(seen) == _SHOWN_NODES:
            yield f"{pad}... and more nodes"
            return
        again = node in seen
        seen.add(node)
        yield f"{pad}{branch}{_node(ensemble, node)}{' (drawn above)' if again else ''}"
        if not again:
            stack += [(child, name, depth + 1) for name, child in reversed(_branches(ensemble, node))]


def _branches(ensemble: TreeEnsemble, node: int) -> list[tuple[str, int]]:
    test = TreeTest(ensemble.test[node])
    if test is TreeTest.LEAF:
        return []
    ways: dict[int, list[str]] = {}
    names = ["true"] if test is TreeTest.ALWAYS else ["true", "false"] if test is TreeTest.IS_MISSING else list(_WAYS)
    for name in names:
        ways.setdefault(int(getattr(ensemble, f"when_{name}")[node]), []).append(name)
    return [(f"[{'|'.join(names)}] ", child) for child, names in ways.items()]


_WAYS = ("true", "false", "missing")


def _node(ensemble: TreeEnsemble, node: int) -> str:
    test = TreeTest(ensemble.test[node])
    if test is TreeTest.LEAF:
        return f"#{node} leaf {_array(ensemble.leaf_values[ensemble.leaf[node]])}"
    if test is TreeTest.ALWAYS:
        return f"#{node} always"
    feature = int(ensemble.feature[node])
    name, categories = ensemble.features[feature], ensemble.feature_categories[feature]
    if test is TreeTest.IS_MISSING:
        return f"#{node} {name!r} is missing"
    if test is TreeTest.IN_SET:
        return f"#{node} {name!r} in {_members(ensemble, node, categories)}"
    return f"#{node} {name!r} {_SYMBOLS[test]} {_constant(float(ensemble.threshold[node]), categories)}"


def _members(ensemble: TreeEnsemble, node: int, categories: tuple[str, ...] | None) -> str:
    if ensemble.set_index is None or ensemble.set_offsets is None or ensemble.set_members is None:
        raise ValueError("the ensemble has set tests but no sets")
    first, last = ensemble.set_offsets[ensemble.set_index[node] : ensemble.set_index[node] + 2]
    return "{" + ", ".join(_constant(member, categories) for member in ensemble.set_members[first:last].tolist()) + "}"


def _constant(number: float, categories: tuple[str, ...] | None) -> str:
    return repr(number) if categories is None else repr(categories[int(number)])
