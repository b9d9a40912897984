"""Build hook: puts the Java half of the JVM executor into the wheel, compiled where there is a JDK, else as sources."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = "modelport_runtime/executors/jvm"


class JavaShimHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the sources, and a jar of them if this machine can compile one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a temporary folder; an editable install needs neither."""
        if version == "editable":
            return
        shim = _shim_module(Path(self.root) / "runtime" / _PACKAGE / "_shim.py")
        sources = shim.source_folder()
        build_data["force_include"][str(sources)] = f"{_PACKAGE}/java"
        javac = shim.find_javac()
        if javac is None:
            self.app.display_warning("no javac found: the wheel holds the Java sources only, hosts need a JDK")
            return
        self._work = tempfile.TemporaryDirectory()
        jar = Path(self._work.name) / shim.packaged_jar().name
        shim.compile_shim(sources, jar, javac)
        build_data["force_include"][str(jar)] = f"{_PACKAGE}/{jar.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if hasattr(self, "_work"):
            self._work.cleanup()


def _shim_module(path: Path) -> ModuleType:
    """Load the module alone: the package needs numpy, which is not in a build environment."""
    spec = importlib.util.spec_from_file_location("modelport_shim", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
