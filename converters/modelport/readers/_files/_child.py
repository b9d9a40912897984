"""The child process that loads an untrusted model file, reads it and scores with it.

Started as ``python -P -B -m modelport.readers._files._child REQUEST``. The request is a JSON file; results are a hub
file and an Arrow file beside it, or ``error.json``. Nothing that the model file made ever reaches the parent: only a
document of the closed hub vocabulary and plain columns do.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

_GIVEN_UP = 3


def main() -> int:
    """Serve one request; the exit status is 0, or 3 when ``error.json`` tells why not."""
    request_path = Path(sys.argv[1])
    request = json.loads(request_path.read_text(encoding="utf-8"))
    _limit(request["limits"])
    folder = request_path.parent
    try:
        _hand_back(_load(request["format"], Path(request["path"])), request, folder)
    except MemoryError:
        return _give_up(
            folder, "UnsafeArtifactError", f"{request['path']} was refused: it needs more memory than allowed"
        )
    except Exception as error:  # the parent raises it again as the error that it is
        return _give_up(folder, type(error).__name__, str(error), error)
    return 0


def _limit(limits: dict[str, int]) -> None:
    for name, value in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))


def _hand_back(model: Any, request: dict[str, Any], folder: Path) -> None:
    from modelport.readers import read_model, score_source
    from modelport.readers._files._exchange import read_rows, write_arrow
    from modelport.readers._golden import with_golden_rows
    from modelport_runtime.frames import from_table
    from modelport_runtime.hub._native import save_document

    data = read_rows(folder / "rows.arrow") if request["has_rows"] else None
    document = read_model(model, data=data, target=request["target"])
    if request["score"]:
        import pyarrow as pa

        write_arrow(from_table(score_source(model, data, document), like=pa.table({})), folder / "scores.arrow")
    elif data is not None and document.model.predictor is not None:
        document = with_golden_rows(document, model, data)
    card = replace(document.card, source_digest=request["digest"])
    save_document(replace(document, card=card), folder / "document.modelport")


def _load(file_format: str, path: Path) -> Any:
    if file_format == "skops":
        from modelport.readers._files._skops import load_skops

        return load_skops(path)
    from modelport.readers._files._unpickle import load_joblib, load_pickle

    return load_joblib(path) if file_format == "joblib" else load_pickle(path)


def _give_up(folder: Path, kind: str, message: str, error: Exception | None = None) -> int:
    causes = [[cause.where, cause.what, cause.remedy] for cause in getattr(error, "causes", ())]
    text = json.dumps({"kind": kind, "message": message, "causes": causes})
    (folder / "error.json").write_text(text, encoding="utf-8")
    return _GIVEN_UP


if __name__ == "__main__":
    sys.exit(main())
