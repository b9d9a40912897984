"""Regular expressions of documents, in the dialect of XQuery and Java, as Python's (PMML 4.4, Built-in functions).

What the two write differently is rewritten: properties of characters, quoting, named groups, sets within sets. What
has no equal raises ``re.error``, so that it can be refused before anything is scored.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

__all__ = ["compiled", "python_replacement"]

_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7F",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1F\x7F",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0B\f\r",
}
"""Java's names of sets of ASCII characters."""
_BINARY = {"Alphabetic": ("L", "Nl"), "Letter": ("L",), "Digit": ("Nd",), "Punctuation": ("P",)} | {
    "Uppercase": ("Lu",),
    "Lowercase": ("Ll",),
    "White_Space": ("Z",),
    "WhiteSpace": ("Z",),
}
"""Java's ``\\p{IsAlphabetic}`` and the like, by general categories."""
_SHORT = {"h": r" \t\xA0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000", "i": "A-Za-z_:", "c": "-.0-9:A-Z_a-z"}
"""Escapes that Python lacks: horizontal blanks, and XQuery's characters of names."""


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, ready to use.

    Raises:
        re.error: It is no regular expression, or has no equal in Python.
    """
    try:
        return re.compile(_Translation(pattern).whole(), flags)
    except (OverflowError, RecursionError) as error:
        raise re.error(f"{error}: {pattern!r}") from error


def python_replacement(replacement: str, pattern: re.Pattern[str]) -> str:
    r"""A replacement with ``$1``, ``$0`` or ``${name}`` as ``re.sub`` takes it; ``\$`` is a dollar, ``\\`` a backslash.

    Of ``$12`` only as many digits count as name a group of the pattern, and one at least (XQuery, fn:replace).

    Raises:
        re.error: A ``$`` names no group.
    """
    parts = []
    at = 0
    while at < len(replacement):
        letter = replacement[at]
        if letter == "\\":
            parts.append(_literal(replacement[at + 1 : at + 2] or letter))
            at += 2
        elif letter == "$":
            name, at = _group(replacement, at + 1, pattern)
            parts.append(rf"\g<{name}>")
        else:
            parts.append(_literal(letter))
            at += 1
    return "".join(parts)


def _literal(letter: str) -> str:
    return "\\\\" if letter == "\\" else letter


def _group(text: str, at: int, pattern: re.Pattern[str]) -> tuple[str, int]:
    named = re.compile(r"\{(\w+)\}").match(text, at)
    if named is not None and named[1] in pattern.groupindex:
        return named[1], named.end()
    digits = re.compile(r"[0-9]+").match(text, at)
    if digits is None or int(digits[0][0]) > pattern.groups:
        raise re.error(f"{text!r} names a group that the pattern does not have", pattern.pattern)
    length = max(n for n in range(1, len(digits[0]) + 1) if n == 1 or int(digits[0][:n]) <= pattern.groups)
    return str(int(digits[0][:length])), at + length


class _Translation:
    """One pattern, read from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> str:
        parts = []
        closing = 0
        while self._at < len(self._pattern):
            letter = self._take()
            if letter == "\\":
                parts.append(self._escape(in_set=False))
            elif letter == "[":
                parts.append(self._set())
            elif letter == "(":
                opened, further = self._open(at_start=not parts)
                parts.append(opened)
                closing += further
            else:
                parts.append(letter)
        return "".join(parts) + ")" * closing

    def _take(self) -> str:
        letter = self._pattern[self._at]
        self._at += 1
        return letter

    def _fail(self, message: str) -> re.error:
        return re.error(message, self._pattern, self._at)

    def _open(self, *, at_start: bool) -> tuple[str, int]:
        """What stands for ``(``, and how many parentheses are to be closed at the end of the pattern."""
        rest = self._pattern[self._at :]
        if rest.startswith("?<") and rest[2:3] not in ("=", "!"):
            self._at += 1
            return "(?P", 0
        flags = re.match(r"\?([a-zA-Z]+)\)", rest)
        if flags is None:
            return "(", 0
        # Java's d (UNIX lines) and U (Unicode classes) change nothing that Python's text patterns do otherwise.
        kept = re.sub("[dU]", "", flags[1])
        if set(kept) - set("imsxu"):
            raise self._fail(f"unknown flags {flags[1]!r}")
        if not at_start and "(" in self._pattern[: self._at - 1]:
            raise self._fail("flags inside a group")
        self._at += flags.end()
        kept = kept.replace("u", "")
        if not kept:
            return "", 0
        return (f"(?{kept})", 0) if at_start else (f"(?{kept}:", 1)

    def _escape(self, *, in_set: bool) -> str:
        if self._at >= len(self._pattern):
            raise self._fail("bad escape (end of pattern)")
        letter = self._take()
        if letter in "pP":
            return self._property(letter == "P", in_set)
        if letter == "Q":
            end = self._pattern.find("\\E", self._at)
            quoted = self._pattern[self._at : end if end >= 0 else None]
            self._at = end + 2 if end >= 0 else len(self._pattern)
            return re.escape(quoted)
        if letter in "hicHIC" and letter.lower() in _SHORT:
            return self._wrapped(_SHORT[letter.lower()], letter.isupper(), in_set)
        if letter == "R" and not in_set:
            return r"(?:\r\n|[\n\x0B\f\r\x85\u2028\u2029])"
        if letter in "zZG":
            return {"z": r"\Z", "Z": r"(?=\r?\n?\Z)"}.get(letter) or self._unknown(letter)
        if letter == "k" and self._pattern.startswith("<", self._at):
            name = self._pattern[self._at + 1 : self._pattern.find(">", self._at)]
            self._at += len(name) + 2
            return f"(?P={name})"
        if letter == "x" and self._pattern.startswith("{", self._at):
            code = self._braced()
            return re.escape(chr(int(code, 16)))
        if letter == "e":
            return r"\x1B"
        if letter == "0":
            octal = re.compile("[0-3]?[0-7]{1,2}").match(self._pattern, self._at)
            if octal is None:
                raise self._fail("bad octal escape")
            self._at = octal.end()
            return re.escape(chr(int(octal[0], 8)))
        return "\\" + letter

    def _unknown(self, letter: str) -> str:
        raise self._fail(rf"\{letter} has no equal")

    def _braced(self) -> str:
        if not self._pattern.startswith("{", self._at):
            raise self._fail("{ expected")
        end = self._pattern.find("}", self._at)
        if end < 0:
            raise self._fail("} expected")
        name = self._pattern[self._at + 1 : end]
        self._at = end + 1
        return name

    def _property(self, negated: bool, in_set: bool) -> str:
        name = self._braced() if self._pattern.startswith("{", self._at) else self._take()
        if name.startswith("^"):
            name, negated = name[1:], not negated
        members = _members(name)
        if members is None:
            raise self._fail(f"unknown property of characters {name!r}")
        return self._wrapped(members, negated, in_set)

    def _wrapped(self, members: str, negated: bool, in_set: bool) -> str:
        if not in_set:
            return f"[{'^' if negated else ''}{members}]"
        return _complement(members) if negated else members

    def _set(self) -> str:
        """A set of characters after its ``[``; sets within it are joined, ``&&`` and ``-[`` restrict it."""
        negated = self._pattern.startswith("^", self._at)
        self._at += negated
        parts: list[str] = []
        limits: list[str] = []
        first = True
        while True:
            if self._at >= len(self._pattern):
                raise self._fail("unterminated character set")
            rest = self._pattern[self._at :]
            if rest.startswith("&&"):
                self._at += 2
                limits.append(f"(?={self._restriction()})")
            elif rest.startswith("-["):
                self._at += 2
                limits.append(f"(?!{self._set()})")
            else:
                letter = self._take()
                if letter == "]" and not first:
                    break
                parts.append(self._member(letter))
            first = False
        if negated and limits:
            raise self._fail("a negated set that is restricted")
        own = f"[{'^' if negated else ''}{''.join(parts)}]" if parts else ""
        return f"(?:{''.join(limits)}{own or '.'})" if limits else own

    def _restriction(self) -> str:
        """What follows ``&&``: a set in brackets, or members up to the closing bracket."""
        if self._pattern.startswith("[", self._at):
            self._at += 1
            return self._set()
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] != "]":
            parts.append(self._member(self._take()))
        return f"[{''.join(parts)}]"

    def _member(self, letter: str) -> str:
        if letter == "\\":
            return self._escape(in_set=True)
        if letter != "[":
            return letter
        inner = self._set()
        if not inner.startswith("[") or inner.startswith("[^"):
            raise self._fail("a negated or restricted set within a set")
        return inner[1:-1]


def _members(name: str) -> str | None:
    """The inside of a set of the characters that have a property."""
    if name in _POSIX:
        return _POSIX[name]
    bare = name.removeprefix("Is")
    if bare in _BINARY:
        return _category_members(_BINARY[bare])
    if re.fullmatch("[LMNPZSC][a-z]?", bare):
        return _category_members((bare,)) or None
    return None


@lru_cache(maxsize=32)
def _category_members(categories: tuple[str, ...]) -> str:
    """Ranges of all characters of some general categories of Unicode."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(categories):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def _complement(members: str) -> str:
    """The inside of a set of all other characters."""
    matches = re.compile(f"[{members}]").match
    codes = [code for code in range(sys.maxunicode + 1) if not matches(chr(code))]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
