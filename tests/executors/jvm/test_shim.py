"""The Java half is compiled once, is known by its sources, and says what is lacking."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm import _jars
from modelport_runtime.executors.jvm._shim import (
    compile_shim,
    find_javac,
    jar_digest,
    packaged_jar,
    source_digest,
    source_folder,
)


@pytest.fixture
def sources() -> Path:
    folder = source_folder()
    assert folder is not None
    return folder


@pytest.fixture
def javac() -> Path:
    found = find_javac()
    if found is None:
        pytest.skip("no javac")
    return found


def test_the_jar_holds_the_classes_and_the_digest_of_their_sources(sources: Path, javac: Path, tmp_path: Path) -> None:
    jar = tmp_path / "deep" / "shim.jar"

    compile_shim(sources, jar, javac)

    assert jar_digest(jar) == source_digest(sources)
    assert "io/modelport/bridge/ColumnScorer.class" in zipfile.ZipFile(jar).namelist()
    assert list(jar.parent.iterdir()) == [jar]


def test_equal_sources_make_equal_jars(sources: Path, javac: Path, tmp_path: Path) -> None:
    compile_shim(sources, tmp_path / "a.jar", javac)
    compile_shim(sources, tmp_path / "b.jar", javac)

    assert (tmp_path / "a.jar").read_bytes() == (tmp_path / "b.jar").read_bytes()


def test_a_source_that_does_not_compile_is_named_and_leaves_no_jar(javac: Path, tmp_path: Path) -> None:
    (tmp_path / "Broken.java").write_text("class Broken { int }")

    with pytest.raises(RuntimeError, match=r"Broken\.java:1"):
        compile_shim(tmp_path, tmp_path / "out" / "shim.jar", javac)

    assert list((tmp_path / "out").iterdir()) == []


def test_without_a_compiler_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if packaged_jar().exists():
        pytest.skip("this installation has the jar")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(EngineError, match=r"no javac to compile it: install a JDK 17"):
        _jars.shim_jar(tmp_path)


def test_the_compiled_jar_is_kept(javac: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if packaged_jar().exists():
        pytest.skip("this installation has the jar")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jar = _jars.shim_jar(javac.parent.parent)
    monkeypatch.setattr(_jars, "find_javac", lambda home: pytest.fail("compiled again"))

    assert _jars.shim_jar(javac.parent.parent) == jar
