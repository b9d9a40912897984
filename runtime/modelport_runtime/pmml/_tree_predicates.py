"""Predicates of tree nodes as blocks of binary tests with shared continuations.

A predicate has three results (PMML 4.4, TreeModel, CompoundPredicate). ``and``, ``or``, ``xor`` and ``surrogate`` of
tests become tests that continue at one another, so that evaluation needs no stack and no three-valued arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from modelport_runtime.hub import TreeTest
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element

__all__ = ["OPERATORS", "CompiledTest", "Continuation", "compile_predicate"]

OPERATORS = {
    "equal": TreeTest.EQUAL,
    "notEqual": TreeTest.NOT_EQUAL,
    "lessThan": TreeTest.LESS_THAN,
    "lessOrEqual": TreeTest.LESS_OR_EQUAL,
    "greaterThan": TreeTest.GREATER_THAN,
    "greaterOrEqual": TreeTest.GREATER_OR_EQUAL,
}
"""Operators of a SimplePredicate that compare with a value."""

_MAXIMUM_TESTS = 100_000


class Continuation(IntEnum):
    """Where a block of tests is left: the predicate is true, false or unknown."""

    TRUE = -2
    FALSE = -3
    UNKNOWN = -4


@dataclass(slots=True)
class CompiledTest:
    """One test; its ways are positions in the block or a ``Continuation``."""

    test: TreeTest
    field: str
    text: str
    members: tuple[str, ...] | None
    line: int
    when_true: int
    when_false: int
    when_missing: int
    penalised: tuple[bool, bool, bool] = (False, False, False)
    """Whether a surrogate decides where it is true, false or missing."""


class _Block:
    def __init__(self) -> None:
        self.tests: list[CompiledTest] = []

    def compile(self, element: Element, true: int, false: int, unknown: int) -> int:
        """Add the tests of a predicate, given where each result continues; returns where it starts."""
        if true == false == unknown:
            return true
        tag = element.tag
        if tag == "True":
            return true
        if tag == "False":
            return false
        if tag == "SimplePredicate":
            return self._simple(element, true, false, unknown)
        if tag == "SimpleSetPredicate":
            return self._set(element, true, false, unknown)
        if tag == "CompoundPredicate":
            return self._compound(element, true, false, unknown)
        raise element.error(f"{tag} is no predicate; correct the document or export it again")

    def _simple(self, element: Element, true: int, false: int, unknown: int) -> int:
        operator = element.require("operator")
        if operator == "isMissing":
            return self._add(element, TreeTest.IS_MISSING, "", None, true, false, true)
        if operator == "isNotMissing":
            return self._add(element, TreeTest.IS_MISSING, "", None, false, true, false)
        test = OPERATORS.get(operator)
        if test is None:
            known = ", ".join([*OPERATORS, "isMissing", "isNotMissing"])
            raise element.error(f"operator {operator!r} is unknown; known are {known}")
        return self._add(element, test, element.require("value"), None, true, false, unknown)

    def _set(self, element: Element, true: int, false: int, unknown: int) -> int:
        members = read_array(element.require_child("Array"))
        operator = element.require("booleanOperator")
        if operator not in ("isIn", "isNotIn"):
            raise element.error(f"booleanOperator {operator!r} is unknown; known are isIn, isNotIn")
        ways = (true, false) if operator == "isIn" else (false, true)
        return self._add(element, TreeTest.IN_SET, "", members, *ways, unknown)

    def _compound(self, element: Element, true: int, false: int, unknown: int) -> int:
        operator = element.require("booleanOperator")
        parts = element.children
        if not parts:
            raise element.error("CompoundPredicate has no predicates; correct the document or export it again")
        if operator == "surrogate":
            return self._surrogate(parts, true, false, unknown)
        if operator == "xor":
            return self._parity(parts, true, false, unknown)
        if operator == "and":
            # ``clear`` and ``doubtful``: where to go when the rest is true and no part, or some part, was unknown.
            clear, doubtful = true, unknown
            for index, part in reversed(list(enumerate(parts))):
                after, after_doubt = clear, doubtful
                clear = self.compile(part, after, false, after_doubt)
                doubtful = self.compile(part, after_doubt, false, after_doubt) if index else doubtful
            return clear
        if operator == "or":
            clear, doubtful = false, unknown
            for index, part in reversed(list(enumerate(parts))):
                after, after_doubt = clear, doubtful
                clear = self.compile(part, true, after, after_doubt)
                doubtful = self.compile(part, true, after_doubt, after_doubt) if index else doubtful
            return clear
        raise element.error(f"booleanOperator {operator!r} is unknown; known are and, or, xor, surrogate")

    def _surrogate(self, parts: list[Element], true: int, false: int, unknown: int) -> int:
        """Each part stands in where the one before is unknown; what a part but the first decides is penalised."""
        stands_in = unknown
        for index, part in reversed(list(enumerate(parts))):
            first = len(self.tests)
            begin = self.compile(part, true, false, stands_in)
            if index and begin in (true, false):
                # A constant has no test whose ways could be marked.
                always = CompiledTest(TreeTest.ALWAYS, "", "", None, part.line, begin, begin, begin)
                always.penalised = (True, True, True)
                self.tests.append(always)
                begin = len(self.tests) - 1
            for test in self.tests[first:] if index else ():
                ways = (test.when_true, test.when_false, test.when_missing)
                by_missing = test.test is TreeTest.IS_MISSING
                decided = (ways[0] in (true, false), ways[1] in (true, false), by_missing and ways[2] in (true, false))
                old = test.penalised
                test.penalised = (old[0] or decided[0], old[1] or decided[1], old[2] or decided[2])
            stands_in = begin
        return stands_in

    def _parity(self, parts: list[Element], true: int, false: int, unknown: int) -> int:
        even, odd = false, true
        for part in reversed(parts):
            even, odd = self.compile(part, odd, even, unknown), self.compile(part, even, odd, unknown)
        return even

    def _add(
        self,
        element: Element,
        test: TreeTest,
        text: str,
        members: tuple[str, ...] | None,
        true: int,
        false: int,
        missing: int,
    ) -> int:
        if len(self.tests) >= _MAXIMUM_TESTS:
            raise element.error(
                f"the predicate needs more than {_MAXIMUM_TESTS} tests; write it with fewer nested parts"
            )
        field = element.require("field")
        self.tests.append(CompiledTest(test, field, text, members, element.line, true, false, missing))
        return len(self.tests) - 1


def compile_predicate(element: Element, *, unknown_is_false: bool) -> tuple[int, list[CompiledTest]]:
    """Compile a predicate to tests.

    Args:
        element: Any predicate.
        unknown_is_false: Whether an unknown result continues as a false one does.

    Returns:
        Where it starts (0, or a ``Continuation`` when the result is constant), and the tests in an order in which each
        continues at a later one.

    Raises:
        ArtifactError: The predicate is not well formed.
    """
    block = _Block()
    unknown = Continuation.FALSE if unknown_is_false else Continuation.UNKNOWN
    start = block.compile(element, Continuation.TRUE, Continuation.FALSE, unknown)
    if start < 0:
        return start, []
    # They were added from the last to the first, since a test must know where it continues. Those added after the
    # start are copies that nothing leads to.
    ordered = block.tests[start::-1]
    for test in ordered:
        test.when_true, test.when_false, test.when_missing = (
            start - way if way >= 0 else way for way in (test.when_true, test.when_false, test.when_missing)
        )
    return 0, ordered
