"""Parity of a real pipeline with its artifacts; scikit-learn says what is right."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import modelport
from modelport_runtime.errors import ArtifactError, EngineError, InputError


@pytest.fixture(scope="module")
def credit(tmp_path_factory, fixtures):
    """The credit pipeline's artifacts, and its data with missing whole numbers and categories never seen."""
    frame = pd.read_csv(fixtures / "credit.csv", keep_default_na=False, na_values=[""])
    folder = tmp_path_factory.mktemp("credit")
    paths = [folder / "credit.pmml", folder / "credit.onnx"]
    document = modelport.read(fixtures / "credit.skops", data=frame, target="creditability")
    for path in paths:
        modelport.write(document, path)
    rows = frame.head(200).astype({"credit_amount": "Int64", "age_in_years": "Int64"})
    rows.loc[::3, "credit_amount"] = pd.NA
    rows.loc[1::4, "age_in_years"] = pd.NA
    rows.loc[::5, "purpose"] = "a holiday"
    return fixtures / "credit.skops", paths, rows


def test_missing_whole_numbers_and_unseen_categories_score_alike(credit):
    source, paths, rows = credit
    report = modelport.check_parity(source, paths, rows, ["reference", "onnx"], target="creditability")
    assert report.is_equal, report.to_differences()
    assert [participant.engine for participant in report.participants] == ["scikit-learn", "reference", "onnx", "onnx"]
    assert report.n_rows == 200
    assert report.tolerance == "float64-sum"


def test_a_planted_defect_is_found(credit, tmp_path):
    """Missing whole numbers replaced by another median reach other leaves."""
    source, (pmml, _), rows = credit
    text = pmml.read_text(encoding="utf-8")
    broken = tmp_path / "broken.pmml"
    assert text.count('"2319.5"') == 1
    broken.write_text(text.replace('"2319.5"', '"9319.5"'), encoding="utf-8")
    report = modelport.check_parity(source, broken, rows, ["reference"], target="creditability")
    assert not report.is_equal
    (comparison,) = report.comparisons
    column = {column.name: column for column in comparison.columns}["probability(bad)"]
    missing = rows["credit_amount"].isna().to_numpy()
    assert 0 < column.n_different <= missing.sum()
    assert all(missing[difference.row] for difference in column.differences)


def test_an_unknown_engine_lists_the_known(credit):
    source, paths, rows = credit
    with pytest.raises(EngineError, match="known engines: reference, onnx, pmml4s, jpmml"):
        modelport.check_parity(source, paths, rows, ["jvm"], target="creditability")


def test_a_source_is_no_artifact(credit):
    source, _, rows = credit
    with pytest.raises(InputError, match="is no artifact but a skops file"):
        modelport.check_parity(source, source, rows, target="creditability")


@pytest.mark.parametrize("position", [0, 1], ids=["pmml", "onnx"])
def test_the_target_is_named_as_the_artifact_has_it(credit, position):
    source, paths, rows = credit
    report = modelport.check_parity(source, paths[position], rows.head(20), ["onnx"])
    assert report.is_equal, report.to_differences()
    assert "creditability" in [column.name for comparison in report.comparisons for column in comparison.columns]


def test_damaged_metadata_say_so(credit, tmp_path):
    import onnx

    source, (_, path), rows = credit
    graph = onnx.load(path)
    next(entry for entry in graph.metadata_props if entry.key == "modelport.outputs").value = "[1"
    onnx.save(graph, tmp_path / "damaged.onnx")
    with pytest.raises(ArtifactError, match="metadata are damaged"):
        modelport.check_parity(source, tmp_path / "damaged.onnx", rows)


@pytest.mark.parametrize("as_arrow", [False, True])
def test_a_repeated_column_of_the_data_is_named(credit, as_arrow, tmp_path):
    source, paths, rows = credit
    twice = pd.concat([rows, rows[["purpose"]]], axis=1)
    if as_arrow:
        table = pa.Table.from_pandas(rows, preserve_index=False)
        twice = table.append_column("purpose", table["purpose"])
    said = "the data has two columns named 'purpose'"
    with pytest.raises(InputError, match=said):
        modelport.check_parity(source, paths, twice, target="creditability")
    with pytest.raises(InputError, match=said):
        modelport.convert(source, tmp_path / "m.pmml", data=twice)
    assert not (tmp_path / "m.pmml").exists()
