"""Built-in functions of documents: values from the specification's examples, C and POSIX, or worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="v" optype="{v_op}" dataType="{v_type}"/></DataDictionary>
<RegressionModel functionName="regression"><MiningSchema><MiningField name="v"/></MiningSchema>
<Output><OutputField name="result" feature="transformedValue" dataType="{data_type}" optype="{op_type}">
<Apply function="{function}" {attributes}>{arguments}</Apply></OutputField></Output>
<RegressionTable intercept="1"/></RegressionModel></PMML>"""


def load(function, *arguments, v_type="string", data_type="string", attributes=""):
    """A document that applies a function; ``None`` among the arguments is the input, a text is a constant's element."""
    parts = "".join('<FieldRef field="v"/>' if argument is None else argument for argument in arguments)
    continuous = ("double", "integer")
    text = DOCUMENT.format(
        function=function,
        arguments=parts,
        attributes=attributes,
        v_type=v_type,
        data_type=data_type,
        v_op="continuous" if v_type in continuous else "categorical",
        op_type="continuous" if data_type in continuous else "categorical",
    )
    return modelport_runtime.load(text.encode(), engine="reference")


def apply(value, function, *arguments, **options):
    scorer = load(function, *arguments, **options)
    dtype = "float64" if options.get("v_type") == "double" else "object"
    found = scorer.score(pd.DataFrame({"v": pd.Series([value], dtype=dtype)}))["result"].tolist()[0]
    return None if found is None or found is pd.NA or found != found else found


def text(value):
    escaped = value.replace("&", "&amp;").replace("<", "&lt;")
    return f'<Constant dataType="string">{escaped}</Constant>'


def number(value):
    return f'<Constant dataType="double">{value}</Constant>'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # PMML 4.4, Built-in functions, formatDatetime: the pattern of its example.
        ("%m/%d/%y", "08/20/04"),
        ("%Y-%m-%d", "2004-08-20"),
        ("%F %T", "2004-08-20 19:30:03"),
        # 2004-08-20 is a Friday, day 233 of a leap year, in ISO week 34 (Python's isocalendar agrees).
        ("%A %a %B %b %h", "Friday Fri August Aug Aug"),
        ("%j %u %w %V %G %g", "233 5 5 34 2004 04"),
        # Weeks that begin on Sunday and on Monday: 2004-01-04 is the first Sunday, 2004-01-05 the first Monday.
        ("%U %W", "33 33"),
        ("%H %I %k %l %M %S %p", "19 07 19  7 30 03 PM"),
        ("%D %R %r", "08/20/04 19:30 07:30:03 PM"),
        ("%e%n%t%%", "20\n\t%"),
        ("%C %y %s", "20 04 1093030203"),
        ("%c", "Fri Aug 20 19:30:03 2004"),
        ("%Ey %Od", "04 20"),
        ("no directive", "no directive"),
    ],
)
def test_format_datetime(pattern, expected):
    assert apply("2004-08-20T19:30:03", "formatDatetime", None, text(pattern), v_type="dateTime") == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("0099-01-02", "%Y", "0099"),
        ("12345-01-02", "%F", "12345-01-02"),  # beyond the years of Python's datetime
        ("2000-02-29", "%F", "2000-02-29"),
        ("1900-02-29", "%F", None),  # 1900 was no leap year: an invalid date
        ("2021-01-03", "%V %G", "53 2020"),  # ISO 8601: the Sunday of the week of Thursday 2020-12-31
        ("2018-12-31", "%V %G %U %W", "01 2019 52 53"),
        (None, "%F", None),
    ],
)
def test_format_dates_at_the_edges(value, pattern, expected):
    assert apply(value, "formatDatetime", None, text(pattern), v_type="date") == expected


def test_dates_since_a_year():
    # PMML 4.4, Built-in functions: 2003-04-01 is 15796 days and 2003-04-01T00:00:00 1,364,774,400 seconds after 1960.
    days = load("dateDaysSinceYear", None, number(1960), v_type="date", data_type="integer")
    assert days.score(pd.DataFrame({"v": ["2003-04-01", "1960-01-01", "1959-12-31", "2003-02-29", None]}))[
        "result"
    ].tolist() == [15796, 0, -1, pd.NA, pd.NA]
    # 1960-01-03T03:30:03: two days, three and a half hours and three seconds.
    seconds = apply(
        "1960-01-03T03:30:03", "dateSecondsSinceYear", None, number(1960), v_type="dateTime", data_type="integer"
    )
    assert seconds == 2 * 86400 + 12603
    # The example of dateSecondsSinceMidnight: 05:23:30 is 19410 seconds after midnight.
    assert apply("05:23:30", "dateSecondsSinceMidnight", None, v_type="time", data_type="integer") == 19410
    midnight = ("2004-02-29T24:00:00", "dateSecondsSinceMidnight", None)
    assert apply(*midnight, v_type="dateTime", data_type="integer") == 0


@pytest.mark.parametrize(
    ("value", "v_type", "expected"),
    [
        ("2004-02-29T12:30:15+02:00", "dateTime", "2004-02-29T10:30:15"),  # moved to UTC
        ("2004-02-29T12:30:15Z", "dateTime", "2004-02-29T12:30:15"),
        ("2004-02-29 12:30", "dateTime", "2004-02-29T12:30:00"),
        ("2004-02-29T12:30:15.25", "dateTime", "2004-02-29T12:30:15.25"),
        ("2004-02-29T24:00:00", "dateTime", "2004-03-01T00:00:00"),
        ("2004-02-29T24:00:01", "dateTime", None),
        ("2004-02-29+02:00", "date", "2004-02-29"),  # a date stays the one on the local calendar
        ("2004-02-30", "date", None),
        ("20040229", "date", None),
        ("24:00:00", "time", None),
        ("12:60:00", "time", None),
        ("12:59:30", "time", "12:59:30"),
        ("25:00:00", "timeSeconds", "25:00:00"),  # timeSeconds may go beyond a day (PMML 4.4, DataDictionary)
        ("-01:00:00", "timeSeconds", "-01:00:00"),
        ("1960-01-02", "dateDaysSince[1960]", "1"),
        ("0001-01-01", "dateDaysSince[0]", "366"),  # year 0 of the proleptic calendar is a leap year
        ("42", "dateDaysSince[1980]", "42"),
        ("1980-01-01T00:01:00", "dateTimeSecondsSince[1980]", "60"),
        ("1970-01-01T00:00:00", "dateTimeSecondsSince[1960]", "315619200"),  # 3653 days
    ],
)
def test_dates_as_text(value, v_type, expected):
    assert apply(value, "concat", None, text(""), v_type=v_type) == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        # PMML 4.4, Built-in functions, formatNumber: its example is the number 2 with the pattern %3d.
        ("%3d", 2.0, "  2"),
        # The rest is what C's printf gives.
        ("%5.2f", 3.14159, " 3.14"),
        ("%-8.1f|", -2.5, "-2.5    |"),
        ("%08.3f", -2.5, "-002.500"),
        ("%+.0f", 2.5, "+2"),
        ("%e", 1234567.891, "1.234568e+06"),
        ("%G", 1e-10, "1E-10"),
        ("%5.1f%%", 12.34, " 12.3%"),
        ("%ld", -7.0, "-7"),
        ("%x", 255.0, "ff"),
        ("%,.2f", 1234567.891, "1,234,567.89"),
        ("%'12d", 1234567.0, "   1,234,567"),
        ("%d", None, None),
    ],
)
def test_format_number(pattern, value, expected):
    assert apply(value, "formatNumber", None, text(pattern), v_type="double") == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("[a-c]+", "xbx", True),
        ("^a", "ba", False),
        (r"\p{Lu}", "straßE", True),
        (r"\p{Lu}", "straße", False),
        (r"\P{L}", "abc", False),
        (r"[\p{L}\d]+$", "é7", True),
        (r"[\P{Lu}]", "A", False),
        (r"\p{Punct}", "a.b", True),
        (r"\p{IsAlphabetic}", "7", False),
        (r"[a-z&&[^b]]", "b", False),
        (r"[a-z&&[^b]]", "c", True),
        (r"[a-z-[aeiou]]", "e", False),
        (r"[ab[cd]]", "d", True),
        (r"\Qa.b\E", "axb", False),
        (r"\Qa.b\E", "a.b", True),
        (r"(?<first>a)\k<first>", "aa", True),
        (r"(?i)ABC", "abc", True),
        (r"x(?i)y", "xY", True),
        (r"\h", "a\tb", True),
        (r"\x{41}", "A", True),
        (r"a\z", "a", True),
        (r"a++b", "aab", True),
    ],
)
def test_matches_in_the_dialect_of_xquery_and_java(pattern, value, expected):
    assert apply(value, "matches", None, text(pattern), data_type="boolean") is expected


@pytest.mark.parametrize(
    ("pattern", "replacement", "value", "expected"),
    [
        ("B+", "c", "aBBa", "aca"),  # PMML 4.4, Built-in functions, replace
        ("(a)(.)", "$2$1", "abab", "baba"),
        ("b", "[$0]", "abc", "a[b]c"),
        ("b", r"\$", "abc", "a$c"),
        ("b", r"\\", "abc", r"a\c"),
        ("(b)", "$12", "abc", "ab2c"),  # there is no group 12: it is group 1 and a 2 (XQuery, fn:replace)
        ("(?<x>b)", "${x}${x}", "abc", "abbc"),
    ],
)
def test_replace(pattern, replacement, value, expected):
    assert apply(value, "replace", None, text(pattern), text(replacement)) == expected


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        pytest.param("matches", (None, text("(a")), "pattern '\\(a'", id="regular expression"),
        pytest.param("matches", (None, text(r"\p{Klingon}")), "Klingon", id="unknown property"),
        pytest.param("replace", (None, text("[a"), text("b")), "pattern '\\[a'", id="replacement"),
        pytest.param("formatNumber", (None, text("%d %d")), "exactly one directive", id="two numbers"),
        pytest.param("formatNumber", (None, text("%q")), "exactly one directive", id="unknown number"),
        pytest.param("formatDatetime", (None, text("%q")), "%q is no directive", id="unknown date"),
    ],
)
def test_patterns_are_refused_before_scoring(function, arguments, message):
    with pytest.raises(UnsupportedModelError, match=message):
        load(function, *arguments)


def test_a_pattern_that_only_the_data_know_makes_the_row_invalid():
    scorer = load("matches", text("abc"), None, data_type="boolean")
    assert scorer.score(pd.DataFrame({"v": ["b", "(", None]}))["result"].tolist() == [True, pd.NA, pd.NA]
    as_missing = load(
        "replace", text("abc"), None, text("x"), attributes='invalidValueTreatment="asMissing" defaultValue="?"'
    )
    assert as_missing.score(pd.DataFrame({"v": ["b", "("]}))["result"].tolist() == ["axc", "?"]


@pytest.mark.parametrize("function", ["normalCDF", "normalPDF", "normalIDF"])
@pytest.mark.parametrize("deviation", [0.0, -1.0])
def test_no_normal_distribution_without_a_deviation(function, deviation):
    attributes = 'invalidValueTreatment="asMissing"'
    arguments = (number(0.5), number(0), None)
    options = {"v_type": "double", "data_type": "double", "attributes": attributes}
    assert apply(deviation, function, *arguments, **options) is None
    assert apply(1.0, function, *arguments, **options) is not None


def test_normal_distribution():
    options = {"v_type": "double", "data_type": "double"}
    # Tables of the normal distribution: 97.5 % lie below 1.959964, at two deviations of 3 above 10 that is 15.879892.
    assert apply(0.975, "stdNormalIDF", None, **options) == pytest.approx(1.959963984540054, rel=1e-12)
    assert apply(0.975, "normalIDF", None, number(10), number(3), **options) == pytest.approx(
        10 + 3 * 1.959963984540054, rel=1e-12
    )
    assert apply(13.0, "normalCDF", None, number(10), number(3), **options) == pytest.approx(
        0.8413447460685429, rel=1e-12
    )
    assert apply(10.0, "normalPDF", None, number(10), number(2), **options) == pytest.approx(
        1 / (2 * math.sqrt(2 * math.pi)), rel=1e-12
    )


def test_names_with_a_vendor_prefix():
    # JPMML wrote functions of PMML 4.3 and 4.4 with x- before the specification had them.
    assert apply(7.0, "x-modulo", None, number(3), v_type="double", data_type="double") == 1.0


def test_if_maps_missing_arguments():
    condition = '<Apply function="isMissing"><FieldRef field="v"/></Apply>'
    options = {"v_type": "double", "data_type": "double", "attributes": 'mapMissingTo="9"'}
    # The arguments are the condition and the branch that it takes.
    assert apply(math.nan, "if", condition, None, number(2), **options) == 9.0
    assert apply(1.0, "if", condition, None, number(2), **options) == 2.0
    compared = '<Apply function="lessThan"><FieldRef field="v"/><Constant>1</Constant></Apply>'
    assert apply(math.nan, "if", compared, number(1), number(2), **options) == 9.0
    assert apply(5.0, "if", compared, number(1), **options) is None  # no branch is no missing argument


@pytest.mark.parametrize(
    ("constant", "expected"),
    [
        ('<Constant dataType="double">true</Constant>', 1.0),
        ('<Constant dataType="double"></Constant>', None),
        ('<Constant dataType="double">-INF</Constant>', -math.inf),
        ('<Constant dataType="integer">1e3</Constant>', 1000.0),
        ('<Constant dataType="double" missing="true">5</Constant>', None),
    ],
)
def test_constants(constant, expected):
    options = {"v_type": "double", "data_type": "double"}
    assert apply(1.0, "max", constant, **options) == expected


def test_constants_that_are_none_are_refused():
    with pytest.raises(ArtifactError, match=r":5: .*'1.5' is no value of type integer"):
        load("max", '<Constant dataType="integer">1.5</Constant>')
    with pytest.raises(UnsupportedModelError, match="constant '2004-02-30' of type date"):
        load("isMissing", '<Constant dataType="date">2004-02-30</Constant>', data_type="boolean")
