"""Functions of a document that would never end, or not in any useful time, are found before anything runs them."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._limits import MAXIMUM_CALL_DEPTH, MAXIMUM_CALLS
from modelport_runtime.pmml._reading import Reading

__all__ = ["endless_functions"]


@dataclass(slots=True)
class _Cost:
    """What one call of a function leads to."""

    depth: int = 1
    calls: int = 1


def endless_functions(reading: Reading, definitions: list[Element]) -> set[str]:
    """Names of functions that call themselves, be it through others; those called too deep or too often are refused.

    PMML has no way to end a recursion but ``if``, whose branches are both evaluated here, a column at a time.
    """
    by_name = {definition.require("name"): definition for definition in definitions}
    calls = {name: _functions_called(definition, by_name) for name, definition in by_name.items()}
    costs: dict[str, _Cost] = {}
    begun: set[str] = set()
    endless: set[str] = set()
    for first in by_name:
        waiting = [first]
        while waiting:
            name = waiting[-1]
            if name in costs:
                waiting.pop()
                continue
            unknown = [called for called in dict.fromkeys(calls[name]) if called not in costs]
            if name in begun or not unknown:
                waiting.pop()
                if unknown or not endless.isdisjoint(calls[name]):
                    reading.notice(by_name[name], "function-without-end", f"function {name!r} calls itself; left out")
                    endless.add(name)
                costs[name] = _cost([costs[called] for called in calls[name] if called in costs])
                if costs[name].depth > MAXIMUM_CALL_DEPTH or costs[name].calls > MAXIMUM_CALLS:
                    reading.refuse(
                        by_name[name], f"function {name!r} leads to too many calls", "simplify the functions"
                    )
                    costs[name] = _Cost()
            else:
                begun.add(name)
                waiting.extend(called for called in unknown if called not in begun)
    return endless


def _cost(called: list[_Cost]) -> _Cost:
    return _Cost(1 + max((cost.depth for cost in called), default=0), 1 + sum(cost.calls for cost in called))


def _functions_called(definition: Element, known: dict[str, Element]) -> list[str]:
    names = []
    waiting = list(definition.children)
    while waiting:
        inner = waiting.pop()
        name = inner.get("function") if inner.tag == "Apply" else None
        if name is not None and name in known:
            names.append(name)
        waiting.extend(inner.children)
    return names
