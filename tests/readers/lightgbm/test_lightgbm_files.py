"""LightGBM's model files are read without LightGBM, and hostile ones end in a clear error."""

import subprocess
import sys

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from modelport.readers.lightgbm import read_file
from modelport_runtime.errors import ArtifactError
from tests.readers._tree_parity import BIT_FOR_BIT, assert_labels, assert_numbers, score


@pytest.fixture(scope="module")
def trained():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    parameters = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 8}
    return rows, lightgbm.train(parameters, lightgbm.Dataset(rows, target > 140), 12)


def test_a_file(trained, tmp_path):
    rows, booster = trained
    booster.save_model(tmp_path / "model.txt")
    document = read_file(tmp_path / "model.txt")
    assert document.card.source_framework == "LightGBM"
    assert len(document.card.source_digest) == 64
    result, raw = score(document, rows), booster.predict(rows)
    assert_labels(result["y"], (raw > 0.5).astype(int))
    np.testing.assert_allclose(result["probability(1)"], raw, rtol=4e-16)


def test_lightgbm_need_not_be_installed(trained, tmp_path):
    trained[1].save_model(tmp_path / "model.txt")
    program = (
        "import sys; sys.modules['lightgbm'] = None\n"
        "from modelport.readers.lightgbm import read_file\n"
        f"print(read_file({str(tmp_path / 'model.txt')!r}).model.predictor.n_trees)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "12"


def test_windows_line_ends(trained, tmp_path):
    rows, booster = trained
    path = tmp_path / "model.txt"
    path.write_bytes(booster.model_to_string().replace("\n", "\r\n").encode())
    booster.save_model(tmp_path / "unix.txt")
    assert_numbers(
        score(read_file(path), rows)["probability(0)"],
        score(read_file(tmp_path / "unix.txt"), rows)["probability(0)"],
        BIT_FOR_BIT,
    )


def test_pandas_categories_in_a_file(tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"n": rng.normal(size=300), "city": pd.Categorical(rng.choice(["Oslo", "Zürich", "é"], 300))})
    target = rows["n"] + (rows["city"] == "é")
    parameters = {"verbose": -1, "num_threads": 1, "min_data_per_group": 5}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, target), 8)
    booster.save_model(tmp_path / "model.txt")
    plain = rows.assign(city=rows["city"].astype(object))
    assert_numbers(score(read_file(tmp_path / "model.txt"), plain)["y"], booster.predict(rows), BIT_FOR_BIT)


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda text: "", "first line"),
        (lambda text: "forest" + text, "first line"),
        (lambda text: text[: len(text) // 3], "cut off"),
        (lambda text: text.replace("end of trees", ""), "cut off"),
        (lambda text: text.replace("max_feature_idx=9", "max_feature_idx=7"), "names of 8 features"),
        (lambda text: text.replace("num_tree_per_iteration=1", ""), "num_tree_per_iteration"),
        (lambda text: text.replace("leaf_value=", "leaf_value=x "), "Tree 0"),
        (lambda text: text.replace("left_child=", "left_child=7000 "), "Tree 0"),
        (lambda text: text.replace("split_feature=", "split_feature=99 ", 1), "Tree 0"),
        (lambda text: text.replace("threshold=", "threshold=1 2 ", 1), "Tree 0"),
        (lambda text: text.replace("decision_type=", "no_type=", 1), "Tree 0"),
    ],
    ids=range(11),
)
def test_files_that_are_no_models(trained, edit, what, tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(edit(trained[1].model_to_string()))
    with pytest.raises(ArtifactError, match=what):
        read_file(path)


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "model.txt").write_bytes(b"tree\n\xff\xfe")
    with pytest.raises(ArtifactError, match="UTF-8"):
        read_file(tmp_path / "model.txt")
