"""The conformance corpus: real documents with expected results, which lie beside the project and are no part of it.

``MODELPORT_SHARED`` names the folder beside the project that holds it and the Data Mining Group's schemas; it is
``../shared`` if it is not set. ``PMML_CORPUS`` names a folder where the corpus is unpacked. Otherwise its archive is
unpacked once into the temporary folder; without an archive there are no cases, and the tests that use them skip.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType

__all__ = ["SCHEMAS", "SCRIPT", "cases", "corpus_folder", "load_conformance"]

_SHARED = Path(os.environ.get("MODELPORT_SHARED", Path(__file__).parents[3] / "shared"))
_ARCHIVE = _SHARED / "corpus" / "corpus.tar.xz"
SCRIPT = _SHARED / "corpus" / "conformance.py"
SCHEMAS = _SHARED / "schemas"
"""The Data Mining Group's schemas of some versions."""


def corpus_folder() -> Path | None:
    """Where the documents are, or ``None`` when there are none."""
    named = os.environ.get("PMML_CORPUS")
    folder = Path(named) if named else _unpacked()
    if folder is None or not SCRIPT.exists() or not (folder / "manifest.jsonl").exists():
        return None
    return folder


def _unpacked() -> Path | None:
    """The archive's content; two processes may come here at once, the first one to finish wins."""
    if not _ARCHIVE.exists():
        return None
    digest = hashlib.sha256(_ARCHIVE.read_bytes()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"modelport-corpus-{digest}"
    if target.exists():
        return target
    work = Path(tempfile.mkdtemp(prefix="modelport-corpus-"))
    try:
        with tarfile.open(_ARCHIVE) as archive:
            archive.extractall(work, filter="data")
        try:
            work.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def cases() -> list[dict]:
    """The manifest's entries, one a document."""
    folder = corpus_folder()
    if folder is None:
        return []
    lines = (folder / "manifest.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def load_conformance() -> ModuleType:
    """The corpus's own script: how rows are read and results compared."""
    os.environ["PMML_CORPUS"] = str(corpus_folder())
    spec = importlib.util.spec_from_file_location("conformance", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
