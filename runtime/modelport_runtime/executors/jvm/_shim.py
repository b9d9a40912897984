"""The Java half of the JVM executor: where its jar is, and how it is compiled.

The wheel holds a jar, compiled when the wheel was built on a machine with a JDK, so that hosts need a Java runtime
only. A checkout, or a wheel that was built without a JDK, compiles the sources once into the user's cache. This module
imports the standard library only: the build of the wheel runs it too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

__all__ = ["compile_shim", "find_javac", "packaged_jar", "source_digest", "source_folder"]

_HERE = Path(__file__).resolve().parent
_JAVA_RELEASE = "17"
_DIGEST_ENTRY = "META-INF/modelport-sources.sha256"


def packaged_jar() -> Path:
    """Where a wheel holds the jar, whether it is there or not."""
    return _HERE / "modelport-shim.jar"


def source_folder() -> Path | None:
    """The folder of the Java sources: in a wheel beside this module, in a checkout under ``java-bridge``."""
    in_wheel = _HERE / "java"
    if in_wheel.is_dir():
        return in_wheel
    in_checkout = _HERE.parents[3] / "java-bridge" / "src" / "main" / "java"
    return in_checkout if in_checkout.is_dir() else None


def source_digest(folder: Path) -> str:
    """SHA-256 of all sources, by which a jar is known to be of them."""
    digest = hashlib.sha256()
    for path in _sources(folder):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def jar_digest(jar: Path) -> str | None:
    """The digest of the sources that a jar was compiled from; ``None`` when there is no such jar."""
    if not jar.is_file():
        return None
    with zipfile.ZipFile(jar) as archive:
        return archive.read(_DIGEST_ENTRY).decode() if _DIGEST_ENTRY in archive.namelist() else None


def find_javac(java_home: Path | None = None) -> Path | None:
    """A Java compiler: of the given Java, of JAVA_HOME, or on PATH."""
    homes = [java_home, Path(os.environ["JAVA_HOME"]) if os.environ.get("JAVA_HOME") else None]
    for home in homes:
        found = home and shutil.which("javac", path=str(home / "bin"))
        if found:
            return Path(found)
    on_path = shutil.which("javac")
    return Path(on_path) if on_path else None


def compile_shim(folder: Path, jar: Path, javac: Path) -> None:
    """Compile the sources and pack them into a jar, which appears whole or not at all.

    Raises:
        RuntimeError: The compiler refused, or does not know Java 17; carries what it said.
    """
    jar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.parent) as work:
        classes = Path(work) / "classes"
        command = [str(javac), "--release", _JAVA_RELEASE, "-d", str(classes), *map(str, _sources(folder))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{javac} could not compile {folder}: {(done.stderr or done.stdout).strip()}")
        packed = Path(work) / "shim.jar"
        _pack(classes, packed, source_digest(folder))
        os.replace(packed, jar)


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.java"))


def _pack(classes: Path, jar: Path, digest: str) -> None:
    """Write the archive with fixed times, so that equal sources make equal wheels."""
    entries = {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n", _DIGEST_ENTRY: digest.encode()}
    for path in sorted(classes.rglob("*.class")):
        entries[path.relative_to(classes).as_posix()] = path.read_bytes()
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
