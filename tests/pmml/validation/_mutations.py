"""Documents made wrong, a little at a time, by a seeded source of chance."""

from __future__ import annotations

import copy
import random

from lxml import etree

__all__ = ["mutated"]

_VALUES = (
    *("", " ", "1", "-1", "+7", "0.5", "1e400", "1E-3", "NaN", "INF", "2147483648"),
    *("true", "yes", "x", "asIs", "a b", " none "),
)


def mutated(root, chance: random.Random, names, attributes, *, steps: int = 2):
    """A copy of a document after a few changes.

    Args:
        root: The document's root element; it is left as it is.
        chance: Where the changes come from.
        names: Names that elements may get.
        attributes: Names that attributes may get.
        steps: Most changes.

    Returns:
        The root of the changed copy, parsed anew from its text, so that it has no memory of what it was.
    """
    changed = copy.deepcopy(root)
    for _ in range(chance.randint(1, steps)):
        elements = list(changed.iter(etree.Element))
        element = chance.choice(elements)
        change = chance.choice(_CHANGES)
        change(element, chance, names, attributes)
    return etree.fromstring(etree.tostring(changed), etree.XMLParser(huge_tree=True))


def _drop_element(element, chance, names, attributes):
    if element.getparent() is not None:
        element.getparent().remove(element)


def _duplicate_element(element, chance, names, attributes):
    if element.getparent() is not None:
        element.addnext(copy.deepcopy(element))


def _rename_element(element, chance, names, attributes):
    element.tag = f"{{{etree.QName(element).namespace}}}{chance.choice(names)}"


def _reorder(element, chance, names, attributes):
    children = list(element)
    chance.shuffle(children)
    element[:] = children


def _insert_element(element, chance, names, attributes):
    namespace = etree.QName(element).namespace
    fresh = etree.Element(f"{{{namespace}}}{chance.choice((*names, 'Extension', 'Extension'))}")
    element.insert(chance.randint(0, len(element)), fresh)


def _move_up(element, chance, names, attributes):
    parent = element.getparent()
    if parent is not None and parent.getparent() is not None:
        parent.addnext(element)


def _put_text(element, chance, names, attributes):
    element.text = chance.choice(_VALUES)


def _drop_attribute(element, chance, names, attributes):
    if element.attrib:
        del element.attrib[chance.choice(sorted(element.attrib))]


def _rename_attribute(element, chance, names, attributes):
    if element.attrib:
        element.set(chance.choice(attributes), element.attrib.pop(chance.choice(sorted(element.attrib))))


def _retype_attribute(element, chance, names, attributes):
    if element.attrib:
        element.set(chance.choice(sorted(element.attrib)), chance.choice(_VALUES))


def _add_attribute(element, chance, names, attributes):
    element.set(chance.choice(attributes), chance.choice(_VALUES))


_CHANGES = (
    *(_drop_element, _duplicate_element, _rename_element, _reorder, _insert_element, _move_up, _put_text),
    *(_drop_attribute, _rename_attribute, _retype_attribute, _add_attribute),
)
