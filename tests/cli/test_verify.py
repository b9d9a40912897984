"""``modelport verify``, models chosen by name, and rows with invalid values, as users of the command line see them."""

from __future__ import annotations

import json

import pytest

from tests.pmml.several_models import THREE_MODELS, document, model
from tests.scoring.test_invalid_values import PMML


@pytest.fixture
def three(tmp_path):
    path = tmp_path / "three.pmml"
    path.write_bytes(THREE_MODELS)
    return path


def test_equal_is_zero(run, three):
    status, out, err = run("verify", three, "--engine", "reference", "--engine", "onnx")
    assert (status, err) == (0, "")
    assert "equal: 1 golden rows on reference\n" in out
    assert "equal: 1 golden rows on onnx\n" in out


def test_different_is_one_and_names_what(run, tmp_path):
    path = tmp_path / "wrong.pmml"
    path.write_bytes(document(model(10, "y", expected=12.5)))
    status, out, err = run("verify", path)
    assert (status, err) == (1, "")
    assert "row 0, y: expected 12.5, found 11.0\n" in out
    assert "different: 1 golden rows on auto\n" in out
    status, out, _ = run("verify", path, "--json")
    told = json.loads(out)
    assert (status, told["equal"], told["engines"][0]["fields"][0]["n_different"]) == (1, False, 1)


def test_nothing_to_verify_is_two(run, tmp_path):
    path = tmp_path / "plain.pmml"
    text = document(model(10, "y"))
    path.write_bytes(text[: text.index(b"<ModelVerification")] + text[text.index(b"</RegressionModel>") :])
    status, out, err = run("verify", path)
    assert (status, out) == (2, "")
    assert "holds no golden rows to verify" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("verify", "{}"), ("inspect", "{}"), ("score", "{}", "{}.csv")])
def test_an_unknown_name_is_told_with_the_known_ones(run, three, arguments):
    three.with_suffix(".pmml.csv").write_text("x\n1\n")
    status, _, err = run(*(argument.format(three) for argument in arguments), "--model-name", "third")
    assert status == 2
    assert "no model named 'third'; known are 'first', 'second', None" in err


def test_the_model_of_a_name(run, three, tmp_path):
    rows, made = tmp_path / "rows.csv", tmp_path / "second.pmml"
    rows.write_text("x\n1\n")
    assert run("score", three, rows, "--model-name", "second")[1] == '"z"\n21\n'
    assert run("verify", three, "--model-name", "second", "--json")[0] == 0
    assert run("convert", three, made, "--model-name", "second")[0] == 0
    assert run("score", made, rows)[1] == '"z"\n21\n'
    assert run("parity", three, made, "--data", rows, "--model-name", "second", "--engine", "reference")[0] == 0
    assert run("parity", three, made, "--data", rows, "--engine", "reference")[0] == 1
    status, out, _ = run("inspect", three, "--model-name", "second")
    assert status == 0
    assert "3 models: 'first', 'second', (no name); shown is 'second'" in out
    assert json.loads(run("inspect", three, "--json")[1])["models"] == ["first", "second", None]
    assert "models" not in json.loads(run("inspect", made, "--json")[1])


def test_rows_with_invalid_values(run, tmp_path):
    path, rows = tmp_path / "m.pmml", tmp_path / "rows.csv"
    path.write_bytes(PMML)
    rows.write_text("age,colour,kept\n1,red,0\n-5,red,0\n2,mauve,0\n")
    assert run("score", path, rows)[1].splitlines() == ['"y"', "12", '""', '""']
    status, out, _ = run("score", path, rows, "--on-invalid", "report")
    assert (status, out.splitlines()) == (0, ['"y","invalid"', "12,", ',"age = -5"', ",\"colour = 'mauve'\""])
    status, out, err = run("score", path, rows, "--on-invalid", "raise")
    assert status == 2
    assert "row 1 (counted from 0): age = -5; row 2 (counted from 0): colour = 'mauve'" in err
