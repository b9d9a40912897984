"""The command line as its users see it: text out, files out, exit status."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

HEADER = "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n"
ADELIE = "Torgersen,39.1,18.7,181,3750,male\n"


@pytest.fixture(scope="session")
def penguins(tmp_path_factory, fixtures):
    """The penguins' pipeline as PMML and as a hub file, with golden rows."""
    import modelport
    from modelport._rows import read_table

    folder = tmp_path_factory.mktemp("penguins")
    rows = read_table(fixtures / "penguins.csv")
    document = modelport.read(fixtures / "penguins.skops", data=rows, target="species")
    for suffix in ("pmml", "pmml.gz", "modelport"):
        modelport.write(document, folder / f"penguins.{suffix}")
    return folder


def test_help_names_every_verb(run):
    status, out, _ = run("--help")
    assert status == 0
    for verb in ("convert", "score", "parity", "verify", "inspect", "doctor"):
        assert verb in out


@pytest.mark.parametrize("verb", ["convert", "score", "parity", "verify", "inspect", "doctor"])
def test_every_verb_has_an_example(run, verb):
    status, out, _ = run(verb, "--help")
    assert status == 0
    assert f"Example:\n    modelport {verb}" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["convrt"], "Did you mean convert?"),
        (["convert"], "Missing argument 'MODEL'"),
        (["score", "absent.pmml", "rows.csv"], "'absent.pmml' does not exist"),
        (
            ["score", "{pmml}", "{csv}", "--engine", "java"],
            "not one of 'auto', 'reference', 'onnx', 'pmml4s', 'jpmml'",
        ),
        (["score", "{pmml}", "{csv}", "-o", "x.xlsx"], "known suffixes: .csv, .csv.gz, .parquet, .arrow"),
        (["score", "{csv}", "{csv}"], "give a .pmml, .pmml.gz, .onnx or .modelport file"),
        (["convert", "{joblib}", "x.pmml"], "--trust"),
        (["convert", "{skops}", "x.doc"], "use one of .pmml, .pmml.gz, .xml, .onnx, .modelport"),
        (["convert", "{csv}", "x.pmml"], "is of no known format"),
        (["score", "{pmml}", "{csv}", "--keep", "specis"], "lacks the column 'specis' (there is 'species')"),
        (["parity", "{pmml}", "{skops}", "--data", "{csv}"], "is no artifact but a skops file"),
    ],
)
def test_user_errors_are_one_line_and_no_traceback(run, penguins, fixtures, arguments, said):
    files = {
        "pmml": penguins / "penguins.pmml",
        **{suffix: fixtures / f"penguins.{suffix}" for suffix in ("csv", "joblib", "skops")},
    }
    status, out, err = run(*(argument.format(**files) for argument in arguments))
    assert status == 2
    assert err.startswith("modelport: error: ")
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_convert_writes_and_tells(run, tmp_path, fixtures):
    artifact = tmp_path / "penguins.pmml.gz"
    status, out, err = run(
        "convert", fixtures / "penguins.joblib", artifact, "--trust", "--data", fixtures / "penguins.csv",
        "--target", "species", "--json",
    )  # fmt: skip
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["inputs"] == HEADER.strip().split(",")
    assert told["outputs"] == ["species", "probability(Adelie)", "probability(Chinstrap)", "probability(Gentoo)"]
    assert told["golden_rows"] == 20
    assert artifact.read_bytes()[:2] == b"\x1f\x8b"


def sklearn_scores(fixtures):
    import joblib
    import pandas as pd

    frame = pd.read_csv(fixtures / "penguins.csv")
    model = joblib.load(fixtures / "penguins.joblib")
    return model.predict(frame).tolist(), model.predict_proba(frame)[:, 0].tolist()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow", "jsonl", "csv.gz"])
def test_score_reads_and_writes_every_format(run, tmp_path, penguins, fixtures, suffix):
    from modelport._rows import read_table, write_batches

    rows, scores = tmp_path / f"rows.{suffix}", tmp_path / f"scores.{suffix}"
    with write_batches(rows) as write:
        write(read_table(fixtures / "penguins.csv"))
    status, _, err = run("score", penguins / "penguins.pmml", rows, "--output", scores, "--engine", "reference")
    assert (status, err) == (0, "")
    result = read_table(scores)
    labels, probabilities = sklearn_scores(fixtures)
    assert result.column("species").to_pylist() == labels
    assert result.column("probability(Adelie)").to_pylist() == pytest.approx(probabilities, rel=1e-9, abs=1e-12)


def test_score_to_standard_output_keeps_columns(run, tmp_path, penguins):
    rows = tmp_path / "rows.csv"
    rows.write_text(HEADER + ADELIE, encoding="utf-8")
    arguments = ["score", penguins / "penguins.modelport", rows, "--keep", "island", "--engine", "reference"]
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["island"], row["species"]) == ("Torgersen", "Adelie")


def test_marks_of_missing_values_are_not_guessed(run, tmp_path, penguins):
    rows = tmp_path / "rows.csv"
    rows.write_text(HEADER + "NA,39.1,18.7,181,3750,male\n,39.1,18.7,181,3750,male\n", encoding="utf-8")
    arguments = ["score", penguins / "penguins.modelport", rows, "--engine", "reference"]
    as_category, as_missing = csv.DictReader(io.StringIO(run(*arguments)[1]))
    assert as_category != as_missing  # an unknown island is encoded as none, a missing one is imputed
    both_missing = list(csv.DictReader(io.StringIO(run(*arguments, "--missing", "NA")[1])))
    assert both_missing == [as_missing, as_missing]


def test_a_missing_column_is_named(run, tmp_path, penguins):
    rows = tmp_path / "rows.csv"
    rows.write_text("island,sex\nTorgersen,male\n", encoding="utf-8")
    status, _, err = run("score", penguins / "penguins.modelport", rows, "--engine", "reference")
    assert status == 2
    assert "lacks the column 'bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'" in err


def test_parity_of_equal_scores(run, penguins, fixtures):
    status, out, err = run(
        "parity", fixtures / "penguins.skops", penguins / "penguins.pmml", "--data", fixtures / "penguins.csv",
        "--target", "species", "--engine", "reference",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert out.startswith("equal: 344 rows, 2 engines, 1 comparisons")


def test_parity_of_a_changed_model(run, tmp_path, penguins, fixtures):
    text = (penguins / "penguins.pmml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.pmml"
    assert 'intercept="' in text
    broken.write_text(text.replace('intercept="', 'intercept="1', 1), encoding="utf-8")
    arguments = ["parity", penguins / "penguins.pmml", broken, "--data", fixtures / "penguins.csv"]
    status, out, _ = run(*arguments, "--engine", "reference", "--json")
    assert status == 1
    columns = {column["name"]: column for column in json.loads(out)["comparisons"][0]["columns"]}
    assert columns["probability(Adelie)"]["n_different"] > 0
    assert columns["probability(Adelie)"]["differences"][0]["row"] == 0


@pytest.fixture(scope="module")
def scaled(tmp_path_factory):
    """A skops and a joblib file of a pipeline that refuses missing values, and its PMML."""
    import joblib
    import pandas as pd
    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import modelport

    folder = tmp_path_factory.mktemp("scaled")
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 3.0, 1.0, 2.0]})
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, [0, 0, 1, 1])
    skops.io.dump(model, folder / "model.skops")
    joblib.dump(model, folder / "model.joblib")
    modelport.convert(model, folder / "model.pmml", data=frame)
    (folder / "empty.csv").write_text("a,b\n1,\n2,\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("arguments", [["model.skops"], ["model.joblib", "--trust"]], ids=["skops", "joblib"])
@pytest.mark.parametrize("verb", ["convert", "parity"])
def test_rows_that_the_framework_refuses_are_one_line(run, scaled, tmp_path, verb, arguments):
    source, *options = arguments
    artifact = tmp_path / "new.pmml" if verb == "convert" else scaled / "model.pmml"
    status, out, err = run(verb, scaled / source, artifact, *options, "--data", scaled / "empty.csv")
    assert (status, out) == (2, "")
    assert err.startswith("modelport: error: scikit-learn refuses the rows: Input X contains NaN.")
    assert err.count("\n") == 1


def test_text_that_looks_like_a_date_stays_text(run, tmp_path):
    import pandas as pd
    import skops.io
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = pd.DataFrame({"day": ["2020-01-01", "2020-01-02", "2020-01-01", "2021-12-31"], "n": [1.0, 2.0, 3.0, 4.0]})
    encoder = make_column_transformer((OneHotEncoder(), ["day"]), remainder="passthrough")
    skops.io.dump(make_pipeline(encoder, LogisticRegression()).fit(frame, [0, 0, 1, 1]), tmp_path / "model.skops")
    frame.to_json(tmp_path / "rows.jsonl", orient="records", lines=True)
    for suffix in ("pmml", "onnx"):
        artifact = tmp_path / f"model.{suffix}"
        assert run("convert", tmp_path / "model.skops", artifact, "--data", tmp_path / "rows.jsonl")[0] == 0
        status, out, _ = run("parity", tmp_path / "model.skops", artifact, "--data", tmp_path / "rows.jsonl")
        assert status == 0, out


def test_a_class_outside_the_allow_list_is_named(run, tmp_path):
    import joblib
    from sklearn.svm import SVC

    joblib.dump(SVC().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.joblib")
    status, _, err = run("convert", tmp_path / "model.joblib", tmp_path / "model.pmml", "--trust")
    assert status == 2
    assert err.count("\n") == 1
    for said in ("sklearn.svm._classes.SVC", "allow-list", "Nothing of it was run", "modelport.convert(model, ...)"):
        assert said in err


def test_parity_that_cannot_run(run, penguins, fixtures):
    arguments = ["parity", penguins / "penguins.pmml", penguins / "penguins.modelport", "--data"]
    status, _, err = run(*arguments, fixtures / "README.md")
    assert status == 2
    assert "README.md: the suffix does not say how rows are stored" in err


def test_inspect_shows_fields_structure_and_card(run, penguins):
    status, out, _ = run("inspect", penguins / "penguins.modelport")
    assert status == 0
    for text in (
        "bill_length_mm",
        "double continuous",
        "probability(Gentoo)",
        "softmax",
        "scikit-learn",
        "golden rows: 20",
    ):
        assert text in out


def test_inspect_of_pmml_names_the_framework_that_trained_the_model(run, penguins):
    import sklearn

    status, out, _ = run("inspect", penguins / "penguins.pmml", "--json")
    assert status == 0
    assert json.loads(out)["card"]["source"] == f"scikit-learn {sklearn.__version__}"


def test_inspect_native_and_json(run, penguins):
    status, out, _ = run("inspect", penguins / "penguins.modelport", "--native")
    assert status == 0
    assert "RegressionModel" in out
    status, out, _ = run("inspect", penguins / "penguins.modelport", "--json")
    assert json.loads(out)["results"][0] == {"name": "species", "type": "string"}


def test_doctor_tells_versions(run):
    import sklearn

    status, out, _ = run("doctor", "--json")
    assert status == 0
    findings = {finding["name"]: finding for finding in json.loads(out)["findings"]}
    assert findings["scikit-learn"]["found"] == sklearn.__version__
    assert findings["engine reference"]["found"]


def test_doctor_says_how_to_get_what_is_missing(run, monkeypatch):
    from importlib.metadata import PackageNotFoundError

    from modelport.cli import doctor

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", absent)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    status, out, _ = run("doctor", "--json")
    assert status == 0
    advice = {finding["name"]: finding["advice"] for finding in json.loads(out)["findings"]}
    assert advice["scikit-learn"] == "pip install 'modelport[sklearn]'"
    assert advice["skops"] == "pip install 'modelport[skops]'"


def test_batches_are_bounded(tmp_path):
    from modelport._rows import BATCH_ROWS, read_batches

    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"a": pa.array(range(3 * BATCH_ROWS + 1))}), path)
    sizes = [batch.num_rows for batch in read_batches(path)]
    assert max(sizes) <= BATCH_ROWS
    assert sum(sizes) == 3 * BATCH_ROWS + 1


def test_reading_parquet_does_not_keep_what_was_read(tmp_path):
    from modelport._rows import read_batches

    path = tmp_path / "rows.parquet"
    values = np.random.default_rng(0).normal(size=2_000_000)
    pyarrow.parquet.write_table(pa.table({"a": values}), path, row_group_size=100_000)
    held = pa.total_allocated_bytes()
    peaks = [pa.total_allocated_bytes() - held for _ in read_batches(path)]
    assert max(peaks) < values.nbytes / 4
