"""Runs PMML4S or JPMML-Evaluator, as a user would, on documents and rows: a program of its own, for its own JVM.

Reads ``[[name, document, rows], ...]`` as JSON from standard input and writes ``{name: outcome}``, where an outcome is
``{"rows": [...]}`` or ``{"error": message}``.
"""

from __future__ import annotations

import json
import math
import sys


def pmml4s(document, rows):
    from pypmml import Model

    model = Model.fromString(document)
    return [model.predict(row) for row in rows]


def jpmml(document, rows):
    import tempfile
    from pathlib import Path

    import jpmml_evaluator

    if not hasattr(jpmml, "backend"):
        jpmml.backend = jpmml_evaluator.make_backend("jpype")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pmml"
        path.write_text(document, encoding="utf-8")
        evaluator = jpmml_evaluator.make_evaluator(str(path), jpmml.backend).verify()
    return [dict(evaluator.evaluate(row)) for row in rows]


def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | str | bool | type(None)) else str(value)


def outcome(consumer, document, rows):
    try:
        found = consumer(document, rows)
    except Exception as error:  # whatever a consumer raises is what is asked for
        return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:400]}
    return {"rows": [{str(name): plain(value) for name, value in row.items()} for row in found]}


if __name__ == "__main__":
    sys.setswitchinterval(0.005)
    chosen = {"pmml4s": pmml4s, "jpmml": jpmml}[sys.argv[1]]
    result = {name: outcome(chosen, document, rows) for name, document, rows in json.load(sys.stdin)}
    print("\n" + json.dumps(result))
