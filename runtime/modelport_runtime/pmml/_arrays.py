"""Arrays and tables of constants in a document."""

from __future__ import annotations

import re

from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Reading

__all__ = ["items_of", "read_array", "read_inline_table", "refuse_table_locator"]

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read_array(element: Element) -> tuple[str, ...]:
    r"""The items of an ``Array`` as text (PMML 4.4, General Structure, Array).

    Items are separated by blanks; an item in double quotes may hold blanks, and ``\"`` and ``\\`` in it stand for a
    quote and a backslash.
    """
    return items_of(element.text)


def items_of(text: str) -> tuple[str, ...]:
    """The items of the text of an array; see ``read_array``."""
    if '"' not in text:
        return tuple(text.split())
    return tuple(
        _ESCAPE.sub(lambda e: e[1] if e[1] in '"\\' else e[0], match[1]) if match[1] is not None else match[2]
        for match in _ITEM.finditer(text)
    )


def read_inline_table(element: Element, columns: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    """The cells of an ``InlineTable``, column by column as asked; an absent or empty cell is ``None``.

    Column names may carry a prefix (``data:input``), which the table's own elements carry too.

    Raises:
        ArtifactError: A column occurs in no row.
    """
    names = [column.rpartition(":")[2] for column in columns]
    rows = []
    for row in element.all("row"):
        cells = {cell.tag: cell.text for cell in row.children}
        rows.append(tuple(cells.get(name) or None for name in names))
    for name in names if rows else ():
        if not any(cell.tag == name for row in element.all("row") for cell in row.children):
            raise element.error(f"no row has a column {name!r}; correct the column's name")
    return rows


def refuse_table_locator(reading: Reading, element: Element) -> None:
    """Refuse a ``TableLocator``: PMML 4.4 leaves its content to Extensions, and a scoring host fetches nothing."""
    what = "TableLocator names a table outside the document, in a vendor's Extension"
    reading.refuse(element, what, "write the rows as an InlineTable")
