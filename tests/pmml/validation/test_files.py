"""Files that cannot be read or are no PMML, and places in files that are hard to point at."""

from __future__ import annotations

import gzip

import pytest

from modelport_runtime.pmml.validation import validate
from tests.pmml.validation._documents import REGRESSION

TARGET = '<Target field="z"/>'
BAD = REGRESSION.replace('<Target field="y"/>', '<Target field="z"/>')
"""Line 23 names a field that is not there."""


def only(report):
    (finding,) = report.findings
    return finding


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        (b"", 0, 0, "is empty"),
        (b"<PMML", 1, 0, "not well-formed"),
        (b"<PMML>\n  <Header>\n</PMML>", 3, 8, "not well-formed"),
        (b"\x00\x01\x02", 1, 0, "not well-formed"),
        (b'<?xml version="1.0" encoding="no-such"?><PMML/>', 1, 0, "'no-such' is unknown"),
        (b"\x1f\x8b\x08\x00garbage", 0, 0, "gzip"),
    ],
)
def test_unreadable(content, line, column, says):
    report = validate(content)
    finding = only(report)
    assert not report.is_readable
    assert not report.is_valid
    assert (finding.rule, finding.severity) == ("file/unreadable", "error")
    assert says in finding.message
    assert finding.remedy
    assert finding.line == line
    if column:
        assert abs(finding.column - column) <= 1  # libxml2 counts the character before or after


def test_a_missing_file_and_a_folder(tmp_path):
    for path, says in ((tmp_path / "no:3: such.pmml", "does not exist"), (tmp_path, "is a directory")):
        report = validate(path)
        finding = only(report)
        assert (finding.rule, finding.line, report.is_readable) == ("file/unreadable", 0, False)
        assert finding.message == f"the file {says}"
        assert report.file == str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
@pytest.mark.parametrize(
    "doctype", ['<!DOCTYPE PMML [<!ENTITY a "b">]>', "<!DOCTYPE\nPMML>", '<!DOCTYPE PMML SYSTEM "a.dtd">']
)
def test_unsafe(doctype, encoding):
    """A comment that speaks of one is none; the place is that of the declaration's beginning."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<!-- <!DOCTYPE x> -->\n  {doctype}\n<PMML version="4.4"/>'
    report = validate(text.encode(encoding))
    finding = only(report)
    assert (finding.rule, finding.line, finding.column, report.is_readable) == ("file/unsafe", 3, 3, False)
    assert (finding.path, finding.section) == ("PMML", "PMML 4.4, General Structure")
    assert "DOCTYPE" in finding.message


def test_a_comment_may_speak_of_a_doctype():
    assert validate(REGRESSION.replace("<PMML", "<!-- <!DOCTYPE PMML> -->\n<PMML", 1).encode()).findings == ()


def test_not_pmml():
    report = validate(b"<?xml version='1.0'?>\n\n <html xmlns='http://www.w3.org/1999/xhtml'/>")
    finding = only(report)
    assert (finding.rule, finding.line, finding.column) == ("file/not-pmml", 3, 2)
    assert "http://www.w3.org/1999/xhtml" in finding.message


def test_a_readable_document_breaks_none_of_these():
    assert validate(REGRESSION.encode()).is_readable
    assert validate(REGRESSION.encode()).is_valid


@pytest.mark.parametrize(
    ("change", "line", "column"),
    [
        (lambda text: text, 23, 5),
        (lambda text: text.replace('<Target field="z"/>', '<Target\n   \n field="z"\n />'), 23, 5),
        (lambda text: text.replace("\n", ""), 1, None),
        (lambda text: text.replace("\n", "\r\n"), 23, 5),
        (lambda text: text.replace("<Targets>", "<Targets><!-- <Target field='z'/>\n -->"), 24, 5),
        (
            lambda text: text.replace('    <Target field="z"/>', '<Extension name="äöü𝛼"/>    <Target field="z"/>'),
            23,
            29,
        ),
        (lambda text: text.replace("<Header/>", "<Header/>" + "\n" * 70_000), 70_023, 5),
    ],
    ids=["plain", "tag-of-several-lines", "one-line", "crlf", "comment", "unicode", "many-lines"],
)
def test_place(change, line, column):
    text = change(BAD)
    finding = next(finding for finding in validate(text.encode()).findings if finding.rule == "field/undefined")
    assert finding.path == "PMML/RegressionModel/Targets/Target"
    assert finding.line == line
    assert finding.column == (text.index('<Target field="z"/>') + 1 if column is None else column)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1", "windows-1252"])
def test_place_in_any_encoding(encoding):
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?>' + BAD.replace("    <Target ", "<!-- äö --> <Target ")
    finding = next(one for one in validate(text.encode(encoding)).findings if one.rule == "field/undefined")
    assert (finding.line, finding.column) == (23, 13)


def test_a_prefix_and_compression():
    text = BAD.replace("<", "<p:").replace("<p:/", "</p:").replace("xmlns=", "xmlns:p=")
    report = validate(gzip.compress(text.encode()))
    finding = only(report)
    assert (finding.rule, finding.line, finding.column) == ("field/undefined", 23, 5)
    assert finding.path == "PMML/RegressionModel/Targets/Target"


def test_siblings_are_numbered():
    text = REGRESSION.replace(
        '<NumericPredictor name="x" coefficient="2"/>', '<NumericPredictor name="q" coefficient="2"/>' * 3
    )
    paths = [finding.path for finding in validate(text.encode()).findings if finding.rule == "field/undefined"]
    assert paths == [f"PMML/RegressionModel/RegressionTable/NumericPredictor[{i}]" for i in (1, 2, 3)]
