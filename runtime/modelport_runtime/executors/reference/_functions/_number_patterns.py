"""Numbers as text by the patterns of C's ``printf``, which ``formatNumber`` follows (PMML 4.4, Built-in functions)."""

from __future__ import annotations

import math
import re

__all__ = ["check_number_pattern", "format_number"]

_DIRECTIVE = re.compile(
    r"%(?:%|(?:\d+\$)?(?P<flags>[-+ 0#,']*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?:hh?|ll?|[Lqjzt])?"
    r"(?P<kind>[a-zA-Z]))"
)
_WHOLE = "diuoxX"
_REAL = "eEfFgG"


def check_number_pattern(pattern: str) -> None:
    """Check a pattern before there is a number.

    Raises:
        ValueError: It has another number of directives than one, or one that is unknown.
    """
    kinds = [match["kind"] for match in _DIRECTIVE.finditer(pattern) if match["kind"]]
    if len(kinds) != 1 or kinds[0] not in f"{_WHOLE}{_REAL}s" or "%" in _DIRECTIVE.sub("", pattern):
        raise ValueError(f"{pattern!r} needs exactly one directive such as %5.2f or %d")


def format_number(number: float, text: str, pattern: str) -> str:
    """Text of a number.

    Args:
        number: The number.
        text: The number as text, for ``%s``.
        pattern: A text with one directive, such as ``%5.2f``.

    Raises:
        ValueError: The pattern is none.
    """
    check_number_pattern(pattern)
    return _DIRECTIVE.sub(lambda match: "%" if match["kind"] is None else _formatted(match, number, text), pattern)


def _formatted(match: re.Match[str], number: float, text: str) -> str:
    flags, kind, precision = match["flags"], match["kind"], match["precision"]
    after_point = "" if precision is None else f".{precision or 0}"
    if kind == "s":
        return f"%{'-' if '-' in flags else ''}{match['width']}{after_point}s" % text
    groups = "," in flags or "'" in flags
    plain = re.sub("[,']", "", flags)
    if not math.isfinite(number):
        return f"%{plain.replace('0', '')}{match['width']}f" % number
    if not groups:
        value: float = math.trunc(number) if kind in _WHOLE else number
        return f"%{plain}{match['width']}{after_point}{kind}" % value
    sign = next((sign for sign in "+ " if sign in plain), "")
    body = format(math.trunc(number), f"{sign},d") if kind in _WHOLE else format(number, f"{sign},{after_point}{kind}")
    width = int(match["width"] or 0)
    return body.ljust(width) if "-" in plain else body.rjust(width)
