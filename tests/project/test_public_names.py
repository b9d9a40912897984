"""The public names are what is promised, and every one of them is there."""

from __future__ import annotations

import modelport
import modelport_runtime


def test_facade():
    assert modelport.__all__ == [
        "ConversionResult",
        "ParityReport",
        "__version__",
        "check_parity",
        "convert",
        "read",
        "score",
        "write",
    ]
    for name in modelport.__all__:
        assert getattr(modelport, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(modelport, "transmogrify")


def test_runtime_promises():
    assert {"ModelportError", "Scorer", "load"} <= set(modelport_runtime.__all__)
    for name in modelport_runtime.__all__:
        assert getattr(modelport_runtime, name) is not None


def test_every_error_is_a_modelport_error():
    from modelport_runtime import errors

    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert len(kinds) >= 6
    assert all(issubclass(kind, modelport_runtime.ModelportError) for kind in kinds)
