"""The rooms of the architecture: who may import whom. Read from the source, so that lazy imports count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "runtime" / "modelport_runtime"
CONVERTERS = ROOT / "converters" / "modelport"
STANDARD = frozenset(__import__("sys").stdlib_module_names)


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def violations(folder: Path, *forbidden: str) -> list[str]:
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]
    assert files, f"{folder} holds no code"
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in sorted(imported(path))
        if any(name == prefix or name.startswith(f"{prefix}.") for prefix in forbidden)
    ]


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        (RUNTIME, ("modelport",)),
        (RUNTIME / "pmml", ("modelport_runtime.executors", "modelport_runtime.scorer")),
        (CONVERTERS / "readers", ("modelport.writers", "modelport.parity", "modelport.cli")),
        (CONVERTERS / "writers", ("modelport.readers", "modelport.parity", "modelport.cli")),
        (CONVERTERS / "parity", ("modelport.cli", "modelport.writers")),
        (CONVERTERS / "readers" / "sklearn", ("modelport.readers.xgboost", "modelport.readers.lightgbm")),
        (CONVERTERS / "readers" / "xgboost", ("modelport.readers.sklearn", "modelport.readers.lightgbm")),
        (CONVERTERS / "readers" / "lightgbm", ("modelport.readers.sklearn", "modelport.readers.xgboost")),
    ],
)
def test_direction(folder, forbidden):
    assert violations(folder, *forbidden) == []


def test_the_hub_imports_numpy_only():
    allowed = ("numpy", "modelport_runtime.hub", "modelport_runtime.errors", "modelport_runtime._atomic", "__future__")
    strange = [
        f"{path.name} imports {name}"
        for path in sorted((RUNTIME / "hub").glob("*.py"))
        for name in sorted(imported(path))
        if not name.startswith(allowed) and name.split(".")[0] not in STANDARD
    ]
    assert strange == []


def test_whole_files_need_the_standard_library_only():
    """The hub imports it, so it may not bring in more than the hub may."""
    assert {name.split(".")[0] for name in imported(RUNTIME / "_atomic.py")} <= STANDARD


def test_violations_are_found(tmp_path):
    """The check itself can fail: a lazy import inside a function is seen."""
    code = tmp_path / "lazy.py"
    code.write_text("def f():\n    from modelport.writers import pmml\n", encoding="utf-8")
    assert imported(code) == {"modelport.writers.pmml"}
