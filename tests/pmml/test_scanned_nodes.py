"""Nodes of trees are scanned as plain bytes where they are plain; the result is always that of the XML parser."""

from __future__ import annotations

import numpy as np
import pytest

from modelport_runtime.errors import ModelportError
from modelport_runtime.hub import equal
from modelport_runtime.pmml import _element_builder, _node_scanner, _scanned_text, read_pmml

HEAD = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="c" optype="categorical" dataType="string"/>
<DataField name="a &amp; b" optype="continuous" dataType="float"/>
<DataField name="y" optype="categorical" dataType="string"/></DataDictionary>
<TreeModel functionName="classification"><MiningSchema><MiningField name="x"/><MiningField name="c"/>
<MiningField name="y" usageType="target"/></MiningSchema>
<Output><OutputField name="node" feature="entityId"/></Output>"""
NODES = """
\t<Node id="0" score="no" recordCount="9"><True/>
\t\t<Node id="1" score="no" recordCount="4.5">
\t\t\t<SimplePredicate field="x" operator="lessOrEqual" value="-1.5E-3"/>
\t\t\t<ScoreDistribution value="no" recordCount="3"/>
\t\t\t<ScoreDistribution value="yes" recordCount="1.5"/>
\t\t</Node>
\t\t<Node id="2" score="yes" recordCount="4.5">
\t\t\t<SimplePredicate field="c" operator="equal" value="a>b"/>
\t\t\t<ScoreDistribution value="no" recordCount="0"/>
\t\t\t<ScoreDistribution value="yes" recordCount="4.5"/>
\t\t</Node>
\t</Node>
"""
TAIL = "</TreeModel></PMML>"


def read_both(content, monkeypatch):
    """What the reader makes of a document, what it makes of it without the scanner, and whether it scanned."""
    monkeypatch.setattr(_node_scanner, "_SMALLEST", 0)
    monkeypatch.setattr(_node_scanner, "_SMALLEST_WITH_SETS", 0)
    scanned = []
    scan = _element_builder.scan_nodes

    def counting(*arguments):
        nodes = scan(*arguments)
        scanned.append(nodes is not None)
        return nodes

    monkeypatch.setattr(_element_builder, "scan_nodes", counting)
    own = outcome(content)
    monkeypatch.setattr(_element_builder, "scan_nodes", lambda *_: None)
    return own, outcome(content), any(scanned)


def outcome(content):
    try:
        return read_pmml(content)
    except ModelportError as error:
        return type(error), str(error)


def assert_read_alike(content, monkeypatch, *, is_scanned):
    own, streamed, scanned = read_both(content, monkeypatch)
    assert scanned is is_scanned
    assert own == streamed if isinstance(own, tuple) or isinstance(streamed, tuple) else equal(own, streamed)
    return own


def changed(*pairs):
    text = NODES
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return (HEAD + text + TAIL).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(changed(), id="indented"),
        pytest.param(changed(("\n", "\r\n")), id="CRLF"),
        pytest.param(changed(("\n", ""), ("\t", "")), id="one line"),
        pytest.param(
            changed(('id="2" score="yes" recordCount="4.5"', 'recordCount="4.5" id="2" score="yes"')), id="order"
        ),
        pytest.param(changed(('value="no" recordCount="3"', 'recordCount = "3"\n  value= "no"')), id="blanks around ="),
        pytest.param(changed((' id="1"', ""), (' id="2"', "")), id="without ids"),
        pytest.param(changed((' recordCount="9"', "")), id="without counts"),
        pytest.param(
            changed(('recordCount="3"', 'recordCount="3" confidence="0.7" probability="0.6"')), id="all shares"
        ),
        pytest.param(changed(("a>b", "no_number")), id="text constant"),
        pytest.param(changed(("-1.5E-3", " 7 ")), id="blanks around a number"),
        pytest.param(changed(("a>b", "")), id="empty constant"),
        pytest.param(changed(('score="yes"', f'score="{"y" * 70}"')), id="long score"),
        pytest.param(changed(('value="yes"', f'value="{"y" * 70}"')), id="long share"),
        pytest.param(changed((' score="no" recordCount="9"', "")), id="root without score"),
        pytest.param(changed(("</Node>\n\t</Node>\n", "</Node> text ] ]> \n</Node>\n")), id="stray text"),
    ],
)
def test_plain_layouts_are_scanned(content, monkeypatch):
    own = assert_read_alike(content, monkeypatch, is_scanned=True)
    assert not isinstance(own, tuple)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(changed(("a>b", "a&gt;b")), id="reference"),
        pytest.param(changed(("a>b", "&#97;")), id="character reference"),
        pytest.param(changed(("a>b", "\u00e9")), id="not ASCII"),
        pytest.param(changed(('value="a>b"', "value='a>b'")), id="apostrophes"),
        pytest.param(changed(('value="a>b"', "value='a\"b'")), id="quote within apostrophes"),
        pytest.param(changed(("a>b", "a\tb")), id="tab in a value"),
        pytest.param(changed(("a>b", "a\nb")), id="line end in a value"),
        pytest.param(changed(('score="yes" ', 'score="y\r\ns" ')), id="line end in a score"),
        pytest.param(changed(("\n", "\r")), id="carriage returns alone"),
        pytest.param(changed(("<True/>", "<True></True>")), id="end tag of True"),
        pytest.param(changed(("<True/>", "<True />")), id="blank before the end"),
        pytest.param(changed(("</Node>\n\t\t<Node", "</Node >\n\t\t<Node")), id="blank in an end tag"),
        pytest.param(changed(("<True/>", "<True/><!-- <Node> -->")), id="comment"),
        pytest.param(changed(("<True/>", "<True/><?note <Node>?>")), id="processing instruction"),
        pytest.param(changed(("<True/>", "<True/><![CDATA[<Node>]]>")), id="CDATA section"),
        pytest.param(changed(("<True/>", "<True/><Extension/>")), id="extension"),
        pytest.param(
            changed(("<True/>", '<CompoundPredicate booleanOperator="or"><True/><False/></CompoundPredicate>')),
            id="compound",
        ),
        pytest.param(changed(('id="2"', 'id="2" xmlns=""')), id="namespace"),
        pytest.param(changed(('id="2"', 'id="2" functionName="x"')), id="unknown attribute"),
        pytest.param(changed(("-1.5E-3", "1_5")), id="underscore in a number"),
        pytest.param(changed(("-1.5E-3", "x")), id="no number"),
        pytest.param(changed(('id="2"', 'id="2" id="2"')), id="attribute twice"),
        pytest.param(changed(('id="2" score', 'id="2"score')), id="attributes run together"),
        pytest.param(changed(("a>b", "a<b")), id="less-than sign in a value"),
        pytest.param(changed(("<True/>", "<True/>]]>")), id="end of no CDATA section"),
        pytest.param(changed(("<True/>", "<True/>\x01")), id="control character"),
        pytest.param(changed(("<True/>", "<True/>&nbsp;")), id="undefined entity"),
        pytest.param(changed(("</Node>\n\t</Node>", "</Node>")), id="end tag missing"),
        pytest.param(changed(("</Node>\n\t</Node>", "</Node></Node></Node>")), id="end tag too many"),
        pytest.param(changed(("</Node>\n\t</Node>\n", "</Node>\n\t</Node><Node><True/></Node>")), id="two roots"),
        pytest.param(changed(("<True/>\n", "<True/><True/>\n")), id="two predicates"),
        pytest.param(changed(("<True/>\n", "\n")), id="no predicate"),
        pytest.param(changed(("lessOrEqual", "lessEqual")), id="unknown operator"),
        pytest.param(changed(('value="no" recordCount="3"', 'recordCount="3"')), id="share of nothing"),
    ],
)
def test_what_is_not_plain_is_streamed(content, monkeypatch):
    assert_read_alike(content, monkeypatch, is_scanned=False)


IN_SET = (
    '<SimpleSetPredicate field="c" booleanOperator="isIn"><Array n="2" type="string">a b</Array></SimpleSetPredicate>'
)
SIMPLE = '<SimplePredicate field="c" operator="equal" value="a>b"/>'


def with_set(*pairs, array="a b", strategy="none"):
    """The second node asks for a set, and a third one for something else of the same field."""
    text = NODES.replace(SIMPLE, IN_SET.replace("a b", array))
    third = '<Node id="3" score="no"><SimplePredicate field="c" operator="notEqual" value="b"/></Node>'
    text = text.replace("</Node>\n\t</Node>", f"</Node>{third}</Node>")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    head = HEAD.replace("<TreeModel ", f'<TreeModel missingValueStrategy="{strategy}" ')
    return (head + text + TAIL).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(with_set(), id="isIn"),
        pytest.param(with_set(("isIn", "isNotIn")), id="isNotIn"),
        pytest.param(with_set(strategy="lastPrediction"), id="lastPrediction"),
        pytest.param(with_set(("isIn", "isNotIn"), strategy="nullPrediction"), id="isNotIn, nullPrediction"),
        pytest.param(with_set(array="\n  a\r\n b "), id="line ends between members"),
        pytest.param(with_set(array='"a b" \\"c "d\\"e"'), id="quoted members"),
        pytest.param(with_set(array=""), id="empty"),
        pytest.param(with_set((' n="2"', "")), id="without n"),
        pytest.param(with_set((' n="2" type="string"', ' type="string" n="2"')), id="n last"),
        pytest.param(with_set(("<Array", "\n<Array"), ("</Array>", "</Array>\r\n")), id="indented"),
        pytest.param(with_set(('field="c" booleanOperator="isIn"', 'booleanOperator="isIn" field="c"')), id="order"),
        pytest.param(
            with_set(
                (IN_SET, IN_SET.replace("isIn", "isNotIn")),
                ('operator="notEqual" value="b"/>', "@"),
                ('<SimplePredicate field="c" @', IN_SET),
            ),
            id="a set and its complement",
        ),
        pytest.param(
            with_set(('<SimplePredicate field="x" operator="lessOrEqual" value="-1.5E-3"/>', IN_SET)), id="sets first"
        ),
        pytest.param(with_set(("<True/>", IN_SET)), id="set at the root"),
    ],
)
def test_sets_are_scanned(content, monkeypatch):
    own = assert_read_alike(content, monkeypatch, is_scanned=True)
    assert not isinstance(own, tuple)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(with_set(array="a&amp;b"), id="reference"),
        pytest.param(with_set(array="a>b"), id="greater-than sign"),
        pytest.param(with_set(array='"a\nb"'), id="line end in a member"),
        pytest.param(with_set(("</Array>", "</Array><Array>a</Array>")), id="two arrays"),
        pytest.param(with_set(('<Array n="2" type="string">a b</Array>', "")), id="no array"),
        pytest.param(with_set(('">a b</Array>', '"/>')), id="array without end tag"),
        pytest.param(with_set(("isIn", "among")), id="unknown operator"),
        pytest.param(with_set((' booleanOperator="isIn"', "")), id="no operator"),
        pytest.param(with_set(('<SimpleSetPredicate field="c"', "<SimpleSetPredicate")), id="no field"),
        pytest.param(with_set((' type="string"', ' type="string" x="1"')), id="unknown attribute"),
        pytest.param(with_set((' type="string"', ' type="string" n="2"')), id="attribute twice"),
        pytest.param(with_set((IN_SET, IN_SET + IN_SET)), id="two sets"),
        pytest.param(with_set((IN_SET, "<Array>a</Array>")), id="array in a node"),
        pytest.param(with_set(("</SimpleSetPredicate>", "</SimpleSetPredicates>")), id="wrong end"),
    ],
)
def test_sets_that_are_not_plain_are_streamed(content, monkeypatch):
    assert_read_alike(content, monkeypatch, is_scanned=False)


SPELLINGS = [
    *("0.1", "1e400", "-1e400", "1e-400", "4.9e-324", "2.2250738585072011e-308", "0.30000000000000004"),
    *("+1.5", ".5", "1.", "1E5", "inf", "-INF", "Infinity", "NaN", "nan(1)", "-nan", " 7", "7 ", "1_5"),
    *("", "1e", "0x10", "1,5", "1f", "--1", "9007199254740993", "179769313486231580793e289"),
]


@pytest.mark.parametrize("fewest", [1, 10**9], ids=["Arrow", "Python"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("place", ["-1.5E-3", "1.5"], ids=["value", "recordCount"])
def test_numbers_are_read_alike_however_they_are_spelt(place, spelling, fewest, monkeypatch):
    monkeypatch.setattr(_scanned_text, "_FEWEST_NUMBERS", fewest)
    own, streamed, _ = read_both(changed((f'"{place}"', f'"{spelling}"')), monkeypatch)
    assert own == streamed if isinstance(own, tuple) or isinstance(streamed, tuple) else equal(own, streamed)


def test_arrow_reads_numbers_to_the_bits_that_python_reads():
    random = np.random.default_rng(5)
    bits = random.integers(0, 2**63, size=20_000, dtype=np.uint64).view(np.float64)
    values = [*bits[np.isfinite(bits)].tolist(), *random.normal(size=20_000).tolist()]
    texts = [repr(value) for value in values] + [f"{value:.20g}" for value in values] + [f"{v:.6e}" for v in values]
    lengths = np.array([len(text) for text in texts])
    ends = np.cumsum(lengths + 1) - 1
    numbers = _scanned_text._numbers_by_arrow(" ".join(texts).encode(), ends - lengths, ends)
    assert numbers is not None
    np.testing.assert_array_equal(numbers.view(np.int64), np.array([float(t) for t in texts]).view(np.int64))


@pytest.mark.parametrize(
    ("before", "is_scanned"),
    [
        # After a CDATA section the scanner keeps out of the rest; comments and instructions it tells apart.
        pytest.param("<![CDATA[{}]]>", False, id="CDATA"),
        pytest.param("<!-- {} -->", True, id="comment"),
        pytest.param("<?x {} ?>", True, id="instruction"),
    ],
)
@pytest.mark.parametrize("end", ["", "</TreeModel>"])
def test_what_looks_like_a_tree_before_the_tree(before, is_scanned, end, monkeypatch):
    content = (HEAD + before.format(NODES + end) + NODES + TAIL).encode()
    assert not isinstance(assert_read_alike(content, monkeypatch, is_scanned=is_scanned), tuple)


@pytest.mark.parametrize(
    "content",
    [
        # Other elements of the same name.
        pytest.param(
            (HEAD + NODES + TAIL)
            .replace("xmlns=", 'xmlns="http://example.org/other" xmlns:p=')
            .replace("<PMML", "<p:PMML")
            .replace("</PMML", "</p:PMML")
            .encode(),
            id="foreign default namespace",
        ),
        # "+AGEAPgBi-" is "a>b" in UTF-7, and text in ASCII.
        pytest.param(
            b'<?xml version="1.0" encoding="utf-7"?>' + changed(("a>b", "+AGEAPgBi-")), id="encoding with shifts"
        ),
        pytest.param(('<?xml version="1.0" encoding="utf-16"?>' + HEAD + NODES + TAIL).encode("utf-16"), id="UTF-16"),
    ],
)
def test_bytes_that_only_look_like_nodes(content, monkeypatch):
    assert_read_alike(content, monkeypatch, is_scanned=False)


def test_nodes_after_a_comment_outside_the_tree_are_scanned(monkeypatch):
    content = (HEAD.replace("<Header/>", "<!-- <Node> --><Header/>") + NODES + TAIL).encode()
    assert not isinstance(assert_read_alike(content, monkeypatch, is_scanned=True), tuple)


def test_lines_count_on_after_scanned_nodes(monkeypatch):
    monkeypatch.setattr(_node_scanner, "_SMALLEST", 0)
    content = (HEAD + NODES + "</TreeModel>\n</PMLM>").encode()
    last_line = content.count(b"\n") + 1
    _, message = outcome(content)
    assert message.startswith(f"<bytes>:{last_line}:")
