"""XGBoost's model files are read without XGBoost, and hostile ones end in a clear error."""

import json
import subprocess
import sys

import numpy as np
import pytest
import xgboost
from sklearn import datasets

from modelport.readers.xgboost import read_file
from modelport.readers.xgboost._ubjson import parse_ubjson
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import equal
from tests.readers._tree_parity import BIT_FOR_BIT, assert_numbers, score


@pytest.fixture(scope="module")
def booster():
    rows, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    parameters = {"objective": "count:poisson", "max_depth": 4, "nthread": 1}
    return xgboost.train(parameters, xgboost.DMatrix(rows, target), 12)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_files_of_both_formats(booster, suffix, tmp_path):
    path = tmp_path / f"model.{suffix}"
    booster.save_model(path)
    rows, _ = datasets.load_diabetes(return_X_y=True, as_frame=True)
    document = read_file(path)
    assert document.card.name == "model"
    assert document.card.source_framework == "XGBoost"
    assert document.card.source_version == xgboost.__version__
    assert len(document.card.source_digest) == 64
    np.testing.assert_allclose(score(document, rows)["y"], booster.predict(xgboost.DMatrix(rows)), rtol=3e-7)


def test_both_formats_hold_the_same_model(booster, tmp_path):
    documents = []
    for suffix in ("json", "ubj"):
        booster.save_model(tmp_path / f"model.{suffix}")
        documents.append(read_file(tmp_path / f"model.{suffix}"))
    assert equal(documents[0].model, documents[1].model)


def test_xgboost_need_not_be_installed(booster, tmp_path):
    booster.save_model(tmp_path / "model.ubj")
    program = (
        "import sys; sys.modules['xgboost'] = None\n"
        "from modelport.readers.xgboost import read_file\n"
        f"print(read_file({str(tmp_path / 'model.ubj')!r}).model.predictor.n_trees)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "12"


def test_a_model_without_stored_iterations(booster, tmp_path):
    """XGBoost 1.x did not store where iterations begin, nor the number of targets."""
    model = json.loads(booster.save_raw("json"))
    trees = model["learner"]["gradient_booster"]["model"]
    trees.pop("cats", None)
    del trees["iteration_indptr"], model["learner"]["learner_model_param"]["num_target"]
    parameters = model["learner"]["learner_model_param"]
    parameters["base_score"] = parameters["base_score"].strip("[]")
    path = tmp_path / "old.json"
    path.write_text(json.dumps(model))
    booster.save_model(tmp_path / "new.json")
    assert equal(read_file(path).model, read_file(tmp_path / "new.json").model)


def test_a_sample_names_the_types(booster, tmp_path):
    booster.save_model(tmp_path / "model.json")
    rows, _ = datasets.load_diabetes(return_X_y=True, as_frame=True)
    document = read_file(tmp_path / "model.json", data=rows.astype(np.float32), target="progress")
    assert {str(field.data_type) for field in document.data_fields[:-1]} == {"float"}
    assert document.model.target_names == ("progress",)
    assert_numbers(score(document, rows)["progress"], score(read_file(tmp_path / "model.json"), rows)["y"], BIT_FOR_BIT)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no XGBoost model in JSON or UBJSON"),
        (b"binf\x00\x00", "no XGBoost model in JSON or UBJSON"),
        (b"{}", "no XGBoost model"),
        (b'{"learner": 3}', "no XGBoost model"),
        (b'{"learner": ', "no valid JSON"),
        (b'{"a": ' * 100_000, "no valid JSON"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner", "no valid UBJSON"),
        (b"{L\x7f\xff\xff\xff\xff\xff\xff\xffx", "more bytes expected"),
        (b"{i\x01a[$L#L\x7f\xff\xff\xff\xff\xff\xff\xff", "a container of"),
        (b"{i\x01a[$L#i\x08\x00", "more bytes expected"),
        (b"{i\x01a" + b"[" * 10_000, "nested deeper"),
        (b"{i\x01a?", "unknown type"),
        (b"{i\xff", "more bytes expected"),
        (b"{i\x01a[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff", "no valid UBJSON"),
        (b"{" + b"N" * 5000, "no valid UBJSON"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_files_that_are_no_models(content, what, tmp_path):
    path = tmp_path / "model.ubj"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=what):
        read_file(path)


@pytest.mark.parametrize(
    "edit",
    [
        {"left_children": [5000]},
        {"left_children": [0]},
        {"right_children": [1]},
        {"split_indices": [-4]},
        {"split_conditions": [1.0, 2.0, 3.0]},
        {"default_left": []},
    ],
    ids=str,
)
def test_damaged_trees(booster, edit, tmp_path):
    """A walk must not go astray or in circles."""
    model = json.loads(booster.save_raw("json"))
    tree = model["learner"]["gradient_booster"]["model"]["trees"][-1]
    for name, values in edit.items():
        tree[name] = values + tree[name][1:] if len(values) == 1 else values
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model))
    with pytest.raises(ArtifactError, match="damaged XGBoost model"):
        read_file(path)


def test_every_cut_of_a_file_is_an_error(booster, tmp_path):
    content = bytes(booster.save_raw("ubj"))
    for end in np.linspace(1, len(content) - 1, 60, dtype=int):
        path = tmp_path / "cut.ubj"
        path.write_bytes(content[:end])
        with pytest.raises(ArtifactError):
            read_file(path)


def test_every_type_of_ubjson():
    values = parse_ubjson(
        b"{i\x01ai\xfei\x01bU\xfei\x01cI\x01\x00i\x01dl\x00\x01\x00\x00i\x01eL\x00\x00\x00\x01\x00\x00\x00\x00"
        b"i\x01fd\x3f\x80\x00\x00i\x01gD\x3f\xf0\x00\x00\x00\x00\x00\x00i\x01hZi\x01iTi\x01jFi\x01kCxi\x01lSi\x02hi"
        b"i\x01m[i\x01TS\x55\x01z]i\x01n[#i\x02i\x01i\x02i\x01o[$U#i\x03\x01\x02\x03i\x01p{$i#i\x01i\x01q\x07N}"
    )
    arrays = {"o": [1, 2, 3]}
    assert {k: v for k, v in values.items() if k not in arrays} == {
        **{"a": -2, "b": 254, "c": 256, "d": 65536, "e": 2**32, "f": 1.0, "g": 1.0, "h": None, "i": True, "j": False},
        **{"k": "x", "l": "hi", "m": [1, True, "z"], "n": [1, 2], "p": {"q": 7}},
    }
    assert values["o"].tolist() == arrays["o"]
