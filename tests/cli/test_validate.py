"""``modelport validate``: what it prints in each format, and how it ends."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote, urlparse

import onnx
import pytest
from onnx import TensorProto, helper

from modelport.cli import main
from tests.pmml.validation._documents import REGRESSION

WRONG_FIELD = REGRESSION.replace('<Target field="y"/>', '<Target field="z"/>')
"""One error, at line 23 and column 5."""
COUNTS = REGRESSION.replace('numberOfFields="3"', 'numberOfFields="4"')
"""One warning, at line 3 and column 1."""
NOTED = REGRESSION.replace('importance="0.7"', 'importance="7"')
"""One note."""


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["validate", *map(str, arguments)])
        return left.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def files(tmp_path):
    for name, text in {"good": REGRESSION, "bad": WRONG_FIELD, "counts": COUNTS, "noted": NOTED}.items():
        (tmp_path / f"{name}.pmml").write_text(text, encoding="utf-8")
    return tmp_path


def graph(*kinds, opset=17, kind=TensorProto.DOUBLE):
    names = ["x", *(f"v{i}" for i in range(len(kinds) - 1)), "y"]
    nodes = [helper.make_node(one, [names[i]], [names[i + 1]]) for i, one in enumerate(kinds)]
    value = [helper.make_tensor_value_info(name, kind, (None,)) for name in ("x", "y")]
    made = helper.make_graph(nodes, "g", value[:1], value[1:])
    return helper.make_model(made, ir_version=8, opset_imports=[helper.make_opsetid("", opset)])


def test_text(files, run):
    code, said, complaint = run("bad.pmml")
    assert (code, complaint) == (1, "")
    assert said.splitlines() == [
        "bad.pmml: PMML 4.4 not valid: 1 error",
        "",
        "  error field/undefined  (PMML 4.4, General Structure, Field Scope)",
        "    a field is used where it is defined: in the data dictionary, the transformations or the model",
        "    bad.pmml:23:5: field 'z' is not defined in the scope of this RegressionModel",
        "      at PMML/RegressionModel/Targets/Target",
        "      mend: define the field, or correct the name",
    ]


def test_text_of_a_clean_file(files, run):
    assert run("good.pmml") == (0, "good.pmml: PMML 4.4 valid, nothing found\n", "")


def test_text_has_the_worst_first_and_counts(files, run):
    both = WRONG_FIELD.replace('numberOfFields="3"', 'numberOfFields="4"').replace('importance="0.7"', 'importance="7"')
    (files / "both.pmml").write_text(both)
    code, said, _ = run("both.pmml")
    assert code == 1
    assert said.splitlines()[0] == "both.pmml: PMML 4.4 not valid: 1 error, 1 warning, 1 note"
    places = [said.index(rule) for rule in ("field/undefined", "count/elements", "mining/importance")]
    assert places == sorted(places)


def test_text_shows_a_few_of_many_unless_asked(files, run):
    predictor = '<NumericPredictor name="x" coefficient="2"/>'
    (files / "many.pmml").write_text(REGRESSION.replace(predictor, predictor.replace('"x"', '"q"') * 9))
    _, said, _ = run("many.pmml")
    assert said.count("field 'q'") == 5
    assert "... and 4 more; --all shows them" in said
    _, said, _ = run("many.pmml", "--all")
    assert said.count("field 'q'") == 9


def test_colours_on_a_terminal_only(files, run, monkeypatch):
    _, plain, _ = run("bad.pmml")
    assert "\x1b[" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, coloured, _ = run("bad.pmml")
    assert "\x1b[31merror" in coloured


@pytest.mark.parametrize(
    ("name", "fail_on", "code"),
    [
        ("good", "error", 0),
        ("noted", "error", 0),
        ("noted", "warning", 0),
        ("counts", "error", 0),
        ("counts", "warning", 1),
        ("bad", "error", 1),
        ("bad", "warning", 1),
    ],
)
def test_exit_status(files, run, name, fail_on, code):
    assert run(f"{name}.pmml", "--fail-on", fail_on)[0] == code


def test_json(files, run):
    code, said, _ = run("bad.pmml", "good.pmml", "--format", "json")
    assert code == 1
    bad, good = json.loads(said)
    assert (good["valid"], good["findings"], good["version"]) == (True, [], "4.4")
    assert bad["counts"] == {"error": 1, "warning": 0, "note": 0}
    assert bad["findings"] == [
        {
            "rule": "field/undefined",
            "severity": "error",
            "message": "field 'z' is not defined in the scope of this RegressionModel",
            "line": 23,
            "column": 5,
            "path": "PMML/RegressionModel/Targets/Target",
            "section": "PMML 4.4, General Structure, Field Scope",
            "remedy": "define the field, or correct the name",
        }
    ]


def test_sarif(files, run):
    """The properties that SARIF 2.1.0 requires (OASIS, 3.13 to 3.30), and those that code hosts read."""
    (files / "größe 100%.pmml").write_text(WRONG_FIELD, encoding="utf-8")
    code, said, _ = run("bad.pmml", "counts.pmml", "größe 100%.pmml", "missing.pmml", "--format", "sarif")
    assert code == 2
    document = json.loads(said)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (one,) = document["runs"]
    driver = one["tool"]["driver"]
    assert driver["name"] == "modelport"
    assert one["columnKind"] == "unicodeCodePoints"
    assert one["invocations"] == [{"executionSuccessful": False}]
    assert [rule["id"] for rule in driver["rules"]] == ["field/undefined", "count/elements", "file/unreadable"]
    assert all(rule["shortDescription"]["text"] != rule["id"] for rule in driver["rules"])
    assert [result["level"] for result in one["results"]] == ["error", "warning", "error", "error"]
    for result in one["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
    places = [result["locations"][0]["physicalLocation"] for result in one["results"]]
    assert places[0] == {
        "artifactLocation": {"uri": "bad.pmml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 23, "startColumn": 5},
    }
    assert set(one["originalUriBaseIds"]) == {"%SRCROOT%"}
    assert unquote(places[2]["artifactLocation"]["uri"]) == "größe 100%.pmml"
    assert places[2]["artifactLocation"]["uri"].isascii()
    assert "region" not in places[3]
    assert one["results"][0]["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "PMML/RegressionModel/Targets/Target"}
    ]


def sarif_location(said):
    return json.loads(said)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]


@pytest.mark.parametrize("spell", [str, lambda path: f"{path.parent}/x/../{path.name}", lambda path: f"./{path.name}"])
def test_sarif_names_a_file_relative_to_where_the_command_runs(files, run, spell):
    _, said, _ = run(spell(files / "bad.pmml"), "--format", "sarif")
    assert sarif_location(said) == {"uri": "bad.pmml", "uriBaseId": "%SRCROOT%"}


def test_sarif_of_a_folder_behind_a_link(files, run):
    (files / "link").symlink_to(files)
    _, said, _ = run(files / "link" / "bad.pmml", "--format", "sarif")
    assert sarif_location(said)["uri"] == "link/bad.pmml"


def test_sarif_of_a_file_elsewhere_is_a_file_uri(files, run, monkeypatch):
    (files / "below").mkdir()
    monkeypatch.chdir(files / "below")
    for file in (files / "bad.pmml", "../bad.pmml"):
        _, said, _ = run(file, "--format", "sarif")
        location = sarif_location(said)
        assert urlparse(location["uri"]).scheme == "file"
        assert unquote(urlparse(location["uri"]).path) == str(files / "bad.pmml")
        assert "uriBaseId" not in location


def test_junit(files, run):
    (files / "odd.pmml").write_text(REGRESSION.replace('<Target field="y"/>', '<Target field="&lt;z&gt;&#x85;"/>'))
    code, said, _ = run("bad.pmml", "counts.pmml", "good.pmml", "odd.pmml", "--format", "junit")
    assert code == 1
    suites = ElementTree.fromstring(said)
    assert suites.tag == "testsuites"
    shown = [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites]
    assert shown == [("bad.pmml", "1", "1"), ("counts.pmml", "1", "0"), ("good.pmml", "1", "0"), ("odd.pmml", "1", "1")]
    failure = suites.find("testsuite[@name='bad.pmml']/testcase/failure")
    assert failure.get("type") == "field/undefined"
    assert "PMML/RegressionModel/Targets/Target" in failure.text
    assert "numberOfFields='4'" in suites.find("testsuite[@name='counts.pmml']/testcase/system-out").text


def test_junit_shows_what_fails(files, run):
    code, said, _ = run("counts.pmml", "noted.pmml", "bad.pmml", "--format", "junit", "--fail-on", "warning")
    assert code == 1
    suites = ElementTree.fromstring(said)
    assert [suite.get("failures") for suite in suites] == ["1", "0", "1"]
    assert suites.find("testsuite[@name='counts.pmml']/testcase/failure").get("type") == "count/elements"
    assert suites.find("testsuite[@name='noted.pmml']/testcase/failure") is None


def test_output_goes_to_a_file(files, run):
    code, said, _ = run("bad.pmml", "--format", "sarif", "--output", "out.sarif")
    assert (code, said) == (1, "")
    assert json.loads((files / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert run("bad.pmml", "--output", "out.txt")[0] == 2


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
def test_one_unreadable_file_hides_none_of_the_others(files, run, form):
    (files / "cut.pmml").write_text(REGRESSION[:200])
    code, said, _ = run("bad.pmml", "cut.pmml", "none.pmml", files, "counts.pmml", "--format", form)
    assert code == 2
    for rule in ("field/undefined", "file/unreadable", "count/elements"):
        assert rule in said
    assert said.count("not well-formed XML") >= 1


@pytest.mark.parametrize("name", ["none.pmml", "."])
def test_a_missing_file_or_a_folder_is_one_finding(files, run, name):
    code, said, _ = run(name, "--format", "json")
    assert code == 2
    (report,) = json.loads(said)
    assert (report["readable"], report["valid"]) == (False, False)
    (finding,) = report["findings"]
    assert finding["rule"] == "file/unreadable"
    assert finding["remedy"]


def test_names_of_any_script(files, run):
    name = "модель [1] données.pmml"
    (files / name).write_text(WRONG_FIELD.replace('field="z"', 'field="größe [bold]"'), encoding="utf-8")
    code, said, _ = run(name)
    assert code == 1
    assert f"{name}:23:5: field 'größe [bold]'" in said


def test_profile(files, run):
    (files / "chain.pmml").write_text(
        WRONG_FIELD.replace('"z"', '"y"').replace("<RegressionModel ", '<RegressionModel normalizationMethod="loglog" ')
    )
    assert run("chain.pmml")[0] == 0
    code, said, _ = run("chain.pmml", "--profile", "pmml4s")
    assert code == 1
    assert "pmml4s/loglog" in said
    assert "PMML4S 1.5.8 misreads normalizationMethod loglog" in said
    assert run("chain.pmml", "--profile", "jpmml")[0] == 0
    assert run("chain.pmml", "--profile", "portable")[0] == 1
    code, _, complaint = run("chain.pmml", "--profile", "spark")
    assert code == 2
    assert "portable" in complaint


def test_onnx(files, run):
    onnx.save(graph("Erf", "Acosh"), files / "m.onnx")
    (files / "without-suffix").write_bytes(graph("Erf", kind=TensorProto.FLOAT).SerializeToString())
    code, said, _ = run("m.onnx", "without-suffix", "bad.pmml")
    assert code == 1
    assert "m.onnx: ONNX IR 8, ai.onnx 17 not valid: 2 errors" in said
    assert "no kernel for Acosh" in said
    assert "at graph/node[2] Acosh" in said
    assert "without-suffix: ONNX IR 8, ai.onnx 17 valid, nothing found" in said
    assert "field/undefined" in said


def test_runtime(files, run):
    onnx.save(graph("Neg", opset=20), files / "m.onnx")
    assert run("m.onnx", "--runtime", "onnxruntime==1.17")[0] == 0
    code, said, _ = run("m.onnx", "--runtime", "onnxruntime==1.16")
    assert code == 1
    assert "opset 20 of ai.onnx is newer than ONNX Runtime 1.16 knows (19)" in said
    code, _, complaint = run("m.onnx", "--runtime", "onnxruntime==0.1")
    assert code == 2
    assert "1.0 to" in complaint


def test_explain(run):
    code, said, _ = run("--explain", "MiningField")
    assert code == 0
    assert "usageType" in said
    code, _, complaint = run("--explain", "MinningField")
    assert code == 2
    assert "did you mean MiningField" in complaint


def test_nothing_to_do_is_an_error(run):
    code, _, complaint = run()
    assert code == 2
    assert "--explain" in complaint


def test_no_progress_bar_without_a_terminal(files, run):
    assert not sys.stderr.isatty()
    assert run("good.pmml", "noted.pmml")[2] == ""


def test_the_facade_needs_no_lxml_before_it_validates():
    import subprocess

    code = (
        "import sys, modelport_runtime.pmml as pmml\n"
        "assert 'lxml' not in sys.modules and 'lxml.etree' not in sys.modules\n"
        "print(pmml.validate(b'<PMML/>').is_valid, 'lxml.etree' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("False True\n", "")
