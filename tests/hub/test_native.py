"""The hub's own file: what is written comes back equal, and what is broken is refused with a reason."""

import dataclasses
import json
import math
import struct
import zlib

import numpy as np
import pytest

from modelport_runtime import hub
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub._dump import dump
from modelport_runtime.hub._native import document_bytes, load_document, save_document
from modelport_runtime.hub._registry import HUB_TYPES


def tree(**changes):
    arrays = {
        "feature": [0, -1, 1, -1, -1],
        "test": [1, 0, 7, 0, 0],
        "threshold": [0.5, 0, 0, 0, 0],
        "when_true": [1, -1, 3, -1, -1],
        "when_false": [2, -1, 4, -1, -1],
        "when_missing": [1, -1, 4, -1, -1],
        "leaf": [-1, 0, -1, 1, 2],
        "roots": [0],
        "leaf_values": [[1.0], [2.0], [math.nan]],
        "set_index": [-1, -1, 0, -1, -1],
        "set_offsets": [0, 1],
        "set_members": [1.0],
    }
    return hub.TreeEnsemble(
        features=("a", "b"),
        feature_categories=(None, ("x", "y")),
        targets=(hub.TreeTarget(),),
        **(arrays | changes),
    )


def document():
    member = hub.Model(function=hub.MiningFunction.REGRESSION, predictor=tree(), mining_fields=())
    predicate = hub.Apply(function="isMissing", arguments=(hub.FieldRef(field="a"),))
    ensemble = hub.Ensemble(
        method=hub.MultipleModelMethod.SUM, segments=(hub.Segment(id="1", model=member, predicate=predicate),)
    )
    return hub.Document(
        data_fields=(
            hub.DataField(
                name="größe",
                data_type=hub.DataType.STRING,
                op_type=hub.OpType.CATEGORICAL,
                values=("a", 1, 1.0, True, math.inf),
            ),
        ),
        model=hub.Model(
            function=hub.MiningFunction.REGRESSION,
            predictor=ensemble,
            mining_fields=(hub.MiningField(name="a", missing_value_replacement=1.5),),
        ),
        card=hub.Card(name="m", metrics=(("auc", 0.5),)),
    )


def packed(body, buffers=b"", **header):
    """A hub file by the layout that docs/hub-format.md gives, written without our own writer."""
    text = json.dumps(body).encode()
    payload = text.ljust(-(-len(text) // 8) * 8, b"\0") + buffers
    values = {"version": 1, "crc": zlib.crc32(payload), "size": 32 + len(payload)} | header
    return struct.pack("<8sIIQQ", b"MPORTHUB", values["version"], values["crc"], values["size"], len(text)) + payload


def minimal(**changes):
    model = {"kind": "Model", "function": "regression", "predictor": None, "mining_fields": []}
    body = {"kind": "Document", "data_fields": [], "model": model, "card": {"kind": "Card"}}
    return {"format": "modelport-hub", "document": body | changes, "buffers": []}


def test_round_trip_by_bytes_and_by_file(tmp_path):
    path = tmp_path / "model.modelport"
    save_document(document(), path)
    assert hub.equal(load_document(path), document())
    assert hub.equal(load_document(document_bytes(document())), document())
    assert [item.name for item in tmp_path.iterdir()] == ["model.modelport"]


def test_types_of_constants_survive():
    values = load_document(document_bytes(document())).data_fields[0].values
    assert [type(value) for value in values] == [str, int, float, bool, float]


def test_equal_documents_give_equal_bytes():
    assert document_bytes(document()) == document_bytes(document())


def test_arrays_are_read_only():
    loaded = load_document(document_bytes(document()))
    with pytest.raises(ValueError, match="read-only"):
        loaded.model.predictor.segments[0].model.predictor.threshold[0] = 1.0


def test_the_documented_layout_is_enough_to_write_a_file():
    loaded = load_document(packed(minimal()))
    assert loaded.model.function is hub.MiningFunction.REGRESSION
    assert loaded.card == hub.Card()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not start with MPORTHUB"),
        (b"PK\x03\x04" * 20, "does not start with MPORTHUB"),
        (packed(minimal())[:-1], "header says"),
        (packed(minimal(), crc=1), "damaged"),
        (packed(minimal(), version=99), "newer"),
        (packed(minimal(surprise=1)), "unknown attributes"),
        (packed(minimal(card=None)), "card"),
        (packed(minimal(data_fields=[{"kind": "Card"}])), "is a Card"),
        (packed(minimal(data_fields="x")), "data_fields"),
        (packed(minimal(card={"kind": "Nothing"})), "Nothing"),
        (packed(minimal(card={"kind": "Card", "name": {"buffer": 3}})), "is an array"),
        (packed(minimal(card={"kind": "Card", "name": 3})), "name is 3"),
        (packed({"format": "modelport-hub"}), "buffers"),
    ],
)
def test_broken_files_are_refused_with_a_reason(data, reason):
    with pytest.raises(ArtifactError, match=reason):
        load_document(data)


def test_deep_nesting_is_refused():
    text = b'{"a":' * 100_000
    payload = text.ljust(-(-len(text) // 8) * 8, b"\0")
    header = struct.pack("<8sIIQQ", b"MPORTHUB", 1, zlib.crc32(payload), 32 + len(payload), len(text))
    with pytest.raises(ArtifactError):
        load_document(header + payload)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_document(tmp_path / "nothing.modelport")


def test_an_endless_walk_is_refused():
    looped = tree(when_false=[0, -1, 4, -1, -1])
    model = hub.Model(function=hub.MiningFunction.REGRESSION, predictor=looped, mining_fields=())
    data = document_bytes(hub.Document(data_fields=(), model=model, card=hub.Card()))
    with pytest.raises(ArtifactError, match="reached from itself"):
        load_document(data)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("when_true", [9, -1, 3, -1, -1]),
        ("when_missing", [-1, -1, 4, -1, -1]),
        ("leaf", [-1, 7, -1, 1, 2]),
        ("feature", [2, -1, 1, -1, -1]),
        ("roots", [5]),
        ("set_index", [-1, -1, 1, -1, -1]),
        ("threshold", [0.5]),
    ],
)
def test_positions_outside_their_arrays_are_refused(attribute, value):
    with pytest.raises(ValueError, match=attribute):
        tree(**{attribute: value})


def test_every_hub_dataclass_is_known_to_the_file():
    exported = {name for name in hub.__all__ if dataclasses.is_dataclass(getattr(hub, name))}
    assert exported == set(HUB_TYPES)


def test_dump_draws_the_tree():
    assert dump(tree()).splitlines()[-5:] == [
        "    #0 'a' <= 0.5",
        "      [true|missing] #1 leaf float64[1] [1.0]",
        "      [false] #2 'b' in {'y'}",
        "        [true] #3 leaf float64[1] [2.0]",
        "        [false|missing] #4 leaf float64[1] [nan]",
    ]


def test_equal_sees_arrays_and_nan():
    assert hub.equal(tree(), tree())
    assert not hub.equal(tree(), tree(leaf_values=np.array([[1.0], [2.0], [3.0]])))
