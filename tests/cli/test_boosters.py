"""Boosters' own files through the command line, compared with the libraries that wrote them."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from modelport.cli import main

GENERATOR = np.random.default_rng(0)
ROWS = pd.DataFrame(GENERATOR.normal(size=(200, 4)), columns=["a", "b", "c", "d e"])
ROWS.iloc[::7, 1] = np.nan
TWO = (ROWS["a"] + ROWS["b"].fillna(0.5) > 0).astype(int)
THREE = GENERATOR.integers(0, 3, 200)


def xgboost_file(path):
    xgboost.XGBClassifier(n_estimators=20, max_depth=3).fit(ROWS, TWO).save_model(path)


def lightgbm_file(path):
    options = {"objective": "multiclass", "num_class": 3, "verbose": -1}
    lightgbm.train(options, lightgbm.Dataset(ROWS, THREE), 10).save_model(path)


@pytest.fixture
def run(capfd):
    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        return left.value.code, *capfd.readouterr()

    return call


@pytest.mark.parametrize(
    ("name", "make", "tolerance"),
    [
        ("x.json", xgboost_file, "float32-sum"),
        ("x.ubj", xgboost_file, "float32-sum"),
        ("l.txt", lightgbm_file, "float64-sum"),
    ],
)
def test_convert_and_parity(run, tmp_path, name, make, tolerance):
    make(tmp_path / name)
    data = tmp_path / "rows.csv"
    ROWS.to_csv(data, index=False)
    artifacts = [tmp_path / f"model.{suffix}" for suffix in ("pmml", "onnx", "modelport")]
    for artifact in artifacts:
        status, out, err = run("convert", tmp_path / name, artifact, "--data", data, "--target", "class")
        assert (status, err) == (0, "")
        assert "results class, probability(0), probability(1)" in out
    arguments = ["parity", tmp_path / name, *artifacts, "--data", data, "--target", "class", "--json"]
    status, out, err = run(*arguments, "--engine", "reference", "--engine", "onnx")
    assert (status, err) == (0, "")
    report = json.loads(out)
    with_source = [item for item in report["comparisons"] if item["left"].startswith(name)]
    assert len(with_source) == 5
    tolerances = {column["name"]: column["tolerance"] for item in with_source for column in item["columns"]}
    assert tolerances["class"] == "exact"
    assert tolerances["probability(1)"] == tolerance


@pytest.mark.parametrize(("name", "make"), [("x.json", xgboost_file), ("l.txt", lightgbm_file)])
def test_rows_that_the_library_refuses_are_one_line(run, tmp_path, name, make):
    make(tmp_path / name)
    ROWS.to_parquet(tmp_path / "rows.parquet")
    run("convert", tmp_path / name, tmp_path / "model.pmml")
    ROWS.drop(columns="c").to_parquet(tmp_path / "short.parquet")
    status, out, err = run("parity", tmp_path / name, tmp_path / "model.pmml", "--data", tmp_path / "short.parquet")
    assert (status, out) == (2, "")
    assert err.startswith("modelport: error: ")
    assert err.count("\n") == 1
    assert "'c'" in err or "columns" in err or "features" in err
