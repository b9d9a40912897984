"""ONNX files: every rule fires where it should, with its place, and not on files that ONNX Runtime runs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

import modelport
from modelport._rows import read_table
from modelport_runtime.onnx_validation import ONNX_RULES, RELEASES, release_of, validate_onnx
from modelport_runtime.onnx_validation._external import _bytes_of

FLOAT, DOUBLE, TEXT = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.STRING


MINE = [helper.make_opsetid("", 17)]


def model(nodes, *, kind=FLOAT, opset=17, ir=8, ml=None, weights=(), shape=(2, 3), out=None, domains=()):
    """A model from x to y."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind if out is None else out, (None, None))],
        list(weights),
    )
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("ai.onnx.ml", ml)] if ml else [])
    imports += [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(graph, ir_version=ir, opset_imports=imports)


def node(kind, inputs="x", outputs="y", **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), **attributes)


def found(proto, **options):
    return [(one.rule, one.path) for one in validate_onnx(proto.SerializeToString(), **options).findings]


def of(proto, rule, **options):
    return [one for one in validate_onnx(proto.SerializeToString(), **options).findings if one.rule == rule]


CLEAN = [
    model([node("Erf")]),
    model([node("Cast", to=DOUBLE)], out=DOUBLE),
    model([node("Scaler", domain="ai.onnx.ml", offset=[0.0], scale=[1.0])], ml=3),
    model([node("Gelu", domain="com.microsoft")], domains=("com.microsoft",)),
    model([node("MatMul", "x w")], weights=[helper.make_tensor("w", FLOAT, (3, 1), [1.0, 2.0, 3.0])]),
]


@pytest.mark.parametrize("proto", CLEAN, ids=lambda proto: proto.graph.node[0].op_type)
def test_what_onnx_runtime_runs_is_clean(proto):
    onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    assert found(proto) == []


@pytest.mark.parametrize("name", ["penguins", "credit"])
def test_our_own_files_are_clean(name, fixtures, tmp_path):
    target = {"penguins": "species", "credit": "creditability"}[name]
    rows = read_table(fixtures / f"{name}.csv")
    document = modelport.read(fixtures / f"{name}.skops", data=rows, target=target)
    modelport.write(document, tmp_path / "m.onnx")
    report = validate_onnx(tmp_path / "m.onnx")
    assert report.findings == ()
    assert report.is_valid
    assert report.kind == "ONNX"
    assert report.version.startswith("IR ")


def test_unreadable(tmp_path):
    for source, says in ((b"\x08\xff", "no ONNX model"), (b"", "no graph"), (tmp_path / "none.onnx", "No such file")):
        report = validate_onnx(source)
        (one,) = report.findings
        assert (one.rule, report.is_readable, report.is_valid) == ("onnx/unreadable", False, False)
        assert says in one.message
        assert one.remedy


def test_unknown_operator():
    proto = model([node("Relu", outputs="z"), node("Nope", "z", name="second")])
    (one,) = of(proto, "onnx/unknown-operator")
    assert one.path == "graph/node[2] Nope 'second'"
    assert "ai.onnx 17 has no operator Nope" in one.message
    assert "Gelu" in of(model([node("Gelu")]), "onnx/unknown-operator")[0].message
    assert "newer opset" in of(model([node("Gelu")]), "onnx/unknown-operator")[0].remedy
    assert of(model([node("Gelu")], opset=20, ir=9), "onnx/unknown-operator") == []


def test_an_operator_of_a_function_of_the_model_is_known():
    proto = model([node("Twice", domain="mine")], domains=("mine",))
    function = helper.make_function(
        "mine", "Twice", ["a"], ["b"], [node("Add", "a a", "b")], [helper.make_opsetid("", 17)]
    )
    proto.functions.append(function)
    assert found(proto) == []
    function = helper.make_function(
        "mine", "Twice", ["a"], ["b"], [node("Nope", "a", "b")], [helper.make_opsetid("", 17)]
    )
    del proto.functions[:]
    proto.functions.append(function)
    assert [one.path for one in of(proto, "onnx/unknown-operator")] == ["function 'Twice'/node[1] Nope"]


def test_a_domain_that_is_not_imported():
    (one,) = of(model([node("Foo", domain="com.acme")]), "onnx/opset-import")
    assert (one.path, "'com.acme'" in one.message) == ("graph/node[1] Foo", True)
    assert of(CLEAN[3], "onnx/opset-import") == []


def test_a_domain_imported_twice():
    proto = model([node("Erf")])
    proto.opset_import.append(helper.make_opsetid("ai.onnx", 16))
    assert [one.path for one in of(proto, "onnx/opset-import")] == ["opset_import"]


def test_deprecated_operator():
    proto = model([node("Upsample", "x s")], opset=10, ir=5, weights=[helper.make_tensor("s", FLOAT, (2,), [1.0, 2.0])])
    (one,) = of(proto, "onnx/deprecated-operator")
    assert (one.severity, one.path) == ("warning", "graph/node[1] Upsample")
    proto.opset_import[0].version = 9
    assert of(proto, "onnx/deprecated-operator") == []


def test_values():
    proto = model([node("Add", "x q"), node("Relu", "late", "z"), node("Relu", "x", "late"), node("Neg", "x", "z")])
    assert [(one.path, one.message) for one in of(proto, "onnx/value")] == [
        ("graph/node[1] Add", "value 'q' is not computed by any node"),
        ("graph/node[2] Relu", "value 'late' is used before it is computed"),
        ("graph/node[4] Neg", "value 'z' is computed twice"),
    ]
    proto = model([node("Relu", "x", "z")])
    assert [one.path for one in of(proto, "onnx/value")] == ["graph/output 'y'"]


def test_values_of_subgraphs_are_in_scope():
    branch = helper.make_graph([node("Neg", "x", "b")], "b", [], [helper.make_tensor_value_info("b", FLOAT, None)])
    other = helper.make_graph([node("Neg", "q", "b")], "b", [], [helper.make_tensor_value_info("b", FLOAT, None)])
    condition = helper.make_tensor("c", TensorProto.BOOL, (), [True])
    proto = model([node("If", "c", then_branch=branch, else_branch=branch)], weights=[condition])
    assert found(proto) == []
    proto = model([node("If", "c", then_branch=branch, else_branch=other)], weights=[condition])
    assert [one.path for one in of(proto, "onnx/value")] == ["graph/node[1] If/else_branch/node[1] Neg"]


def test_checker_finds_every_node_that_is_wrong():
    proto = model([node("Cast", outputs="z"), node("Erf", "z", "w"), node("Cast", "w")])
    assert [one.path for one in of(proto, "onnx/checker")] == ["graph/node[1] Cast", "graph/node[3] Cast"]
    assert "to" in of(proto, "onnx/checker")[0].message
    proto = model([node("Erf")])
    proto.graph.name = ""
    assert "name" in of(proto, "onnx/checker")[0].message


def test_inference_finds_every_contradiction():
    proto = model(
        [node("MatMul", "x x", "z", name="first"), node("Concat", "x x", "w", axis=7, name="second"), node("Neg", "x")]
    )
    paths = [one.path for one in of(proto, "onnx/inference")]
    assert paths[0] == "graph/node[1] MatMul 'first'"
    assert "Incompatible dimensions" in of(proto, "onnx/inference")[0].message
    assert of(model([node("Erf")], out=DOUBLE), "onnx/inference")
    assert of(CLEAN[4], "onnx/inference") == []


def test_kernels():
    """ONNX Runtime has no kernel of Erf and Acosh for double; it has that of Erf for float."""
    proto = model([node("Erf", outputs="z"), node("Acosh", "z", "w", name="n2"), node("Erf", "w")], kind=DOUBLE)
    with pytest.raises(Exception, match="Could not find an implementation for Erf"):
        onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    kernels = of(proto, "onnx/kernel")
    assert [one.path for one in kernels] == ["graph/node[1] Erf", "graph/node[2] Acosh 'n2'", "graph/node[3] Erf"]
    assert "no kernel for Erf (opset 13) with inputs tensor(double)" in kernels[0].message
    assert "Acosh" in kernels[1].message
    assert of(model([node("Erf")]), "onnx/kernel") == []


def test_a_kernel_by_way_of_a_function_body():
    """Gelu of ONNX is a function, of Erf among others."""
    (one,) = of(model([node("Gelu")], kind=DOUBLE, opset=20, ir=9), "onnx/kernel")
    assert one.path == "graph/node[1] Gelu"
    assert "Erf" in one.message


def test_kernels_need_no_weights(tmp_path):
    proto = model([node("MatMul", "x w", "z"), node("Erf", "z")], kind=DOUBLE, weights=[external("w", "w.bin")])
    (tmp_path / "w.bin").write_bytes(bytes(24))
    (tmp_path / "m.onnx").write_bytes(proto.SerializeToString())
    assert [one.path for one in validate_onnx(tmp_path / "m.onnx").findings] == ["graph/node[2] Erf"]


def test_an_operator_that_only_another_build_has():
    proto = model([node("Foo", domain="com.acme")], domains=("com.acme",))
    (one,) = of(proto, "onnx/kernel")
    assert "does not know the operator" in one.message


def test_kernels_inside_subgraphs():
    branch = helper.make_graph([node("Erf", "x", "b")], "b", [], [helper.make_tensor_value_info("b", DOUBLE, None)])
    condition = helper.make_tensor("c", TensorProto.BOOL, (), [True])
    proto = model([node("If", "c", then_branch=branch, else_branch=branch)], kind=DOUBLE, weights=[condition])
    assert {one.path for one in of(proto, "onnx/kernel")} == {
        "graph/node[1] If/then_branch/node[1] Erf",
        "graph/node[1] If/else_branch/node[1] Erf",
    }


def external(name, location, **entries):
    tensor = TensorProto(name=name, data_type=DOUBLE, dims=[3, 1], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def test_external_data(tmp_path):
    (tmp_path / "short.bin").write_bytes(bytes(10))
    (tmp_path / "whole.bin").write_bytes(bytes(24))
    cases = [
        (external("w", "none.bin"), "onnx/external-data", "which is missing"),
        (
            external("w", "short.bin", offset=0, length=24),
            "onnx/external-data",
            "end at byte 24, and short.bin has 10",
        ),
        (external("w", "short.bin"), "onnx/external-data", "end at byte 24, and short.bin has 10"),
        (external("w", "whole.bin", offset=8), "onnx/external-data", "end at byte 32, and whole.bin has 24"),
        (external("w", "whole.bin", length=16), "onnx/external-data", "have 16 bytes, and its shape asks for 24"),
        (external("w", "../w.bin"), "onnx/unsafe", "outside the model's folder"),
        (external("w", "/etc/passwd"), "onnx/unsafe", "outside the model's folder"),
    ]
    for tensor, rule, says in cases:
        proto = model([node("MatMul", "x w")], kind=DOUBLE, weights=[tensor])
        (tmp_path / "m.onnx").write_bytes(proto.SerializeToString())
        one = next(one for one in validate_onnx(tmp_path / "m.onnx").findings if one.rule == rule)
        assert says in one.message
        assert one.path == "graph/initializer 'w'"
        assert of(proto, "onnx/external-data")  # bytes have no folder to look in
    for entries in ({"length": 24}, {}):
        proto = model([node("MatMul", "x w")], kind=DOUBLE, weights=[external("w", "whole.bin", **entries)])
        (tmp_path / "m.onnx").write_bytes(proto.SerializeToString())
        assert validate_onnx(tmp_path / "m.onnx").findings == ()


@pytest.mark.parametrize(
    ("kind", "dims", "n_bytes"),
    [
        (TensorProto.INT4, [3], 2),
        (TensorProto.BOOL, [3], 3),
        (TensorProto.FLOAT16, [2, 3], 12),
        (TensorProto.DOUBLE, [], 8),
        (TensorProto.DOUBLE, [0, 3], 0),
        (TensorProto.STRING, [3], 0),
        (999, [3], 0),
    ],
)
def test_bytes_of_a_tensor(kind, dims, n_bytes):
    assert _bytes_of(TensorProto(data_type=kind, dims=dims)) == n_bytes


def test_a_runtime_that_is_older_than_the_model():
    proto = model([node("Erf")], opset=20, ir=9, ml=4)
    assert found(proto) == []
    assert found(proto, runtime="onnxruntime==1.17.3") == []
    assert found(proto, runtime="1.16") == [("onnx/runtime-opset", "opset_import")] * 2
    assert found(proto, runtime="onnxruntime==1.15.1")[0] == ("onnx/runtime-ir", "ir_version")
    (one, _) = of(proto, "onnx/runtime-opset", runtime="onnxruntime==1.16")
    assert "opset 20 of ai.onnx is newer than ONNX Runtime 1.16 knows (19)" in one.message
    assert one.remedy == "export the model with opset 19, or use ONNX Runtime 1.17 or newer"


@pytest.mark.parametrize("specifier", ["onnxruntime==99.0", "tensorrt==8", "1", ""])
def test_an_unknown_runtime_is_an_error(specifier):
    with pytest.raises(ValueError, match="write onnxruntime==X, with X from"):
        release_of(specifier)


def test_the_table_agrees_with_the_installed_onnx_runtime():
    """The newest opset and file format that it loads, found by trying."""
    release = release_of(onnxruntime.__version__)

    def loads(**options):
        try:
            onnxruntime.InferenceSession(model([node("Identity")], **options).SerializeToString())
        except Exception:
            return False
        return True

    onnxruntime.set_default_logger_severity(4)
    assert loads(opset=release.opset)
    assert not loads(opset=release.opset + 1)
    assert loads(ir=release.ir_version)
    assert not loads(ir=release.ir_version + 1)
    assert loads(ml=release.ml_opset)
    assert not loads(ml=release.ml_opset + 1)


def test_releases_never_know_less_than_those_before():
    rows = [(one.opset, one.ml_opset, one.ir_version) for one in RELEASES.values()]
    assert all((np.array(after) >= np.array(before)).all() for before, after in pairwise(rows))


def test_all_findings_come_in_one_pass():
    proto = model(
        [node("Nope", outputs="a"), node("Add", "x q", "b"), node("Cast", "x", "c"), node("Erf", "x")], kind=DOUBLE
    )
    rules = {rule for rule, _ in found(proto)}
    assert rules >= {"onnx/unknown-operator", "onnx/value", "onnx/checker", "onnx/kernel"}


def test_every_rule_is_tested_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule for rule in ONNX_RULES if f'"{rule}"' not in text] == []
