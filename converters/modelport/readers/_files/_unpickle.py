"""Unpickles under an allow-list. Runs in the child process only."""

from __future__ import annotations

import pickle
from importlib.metadata import version
from pathlib import Path
from typing import Any

from modelport.readers._files._allowed import is_allowed, resolve
from modelport.readers._files._guard import guarded, unguarded
from modelport_runtime.errors import ArtifactError, EngineError, UnsafeArtifactError

__all__ = ["load_joblib", "load_pickle"]

_OLDEST_JOBLIB = (1, 6)


class _Refused:
    """Stands for a global that is not allowed: it does nothing, so that the whole file can be looked at."""

    def __new__(cls, *_: Any, **__: Any) -> _Refused:
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def append(self, _: Any) -> None:
        pass

    def extend(self, _: Any) -> None:
        pass


class _AllowList:
    """Decides about every global that a file names and remembers the refused ones."""

    def __init__(self) -> None:
        self.refused: dict[str, None] = {}

    def find_class(self, module: str, name: str) -> Any:
        if is_allowed(module, name):
            with unguarded():
                return resolve(module, name)
        self.refused[f"{module}.{name}"] = None
        return _Refused

    def load(self, unpickler: Any, path: Path) -> Any:
        """Run the unpickler; afterwards raise when anything was refused, whatever else went wrong.

        Raises:
            UnsafeArtifactError: The file names something that is not allowed; all of it is listed.
            ArtifactError: The file cannot be read.
        """
        try:
            with guarded():
                model = unpickler.load()
        except MemoryError:
            raise
        except Exception as error:  # an unpickler of hostile bytes can raise anything
            self._raise_if_refused(path)
            raise ArtifactError(f"{path} cannot be unpickled: {type(error).__name__}: {error}") from error
        self._raise_if_refused(path)
        return model

    def _raise_if_refused(self, path: Path) -> None:
        if self.refused:
            names = ", ".join(self.refused)
            raise UnsafeArtifactError(
                f"{path} was refused: it names {names}, which the allow-list does not hold: no class that modelport "
                "reads needs it. Nothing of it was run. If the model is yours, call modelport.convert(model, ...) in "
                "the program that trained it: it lists every step that cannot be read, and converts when there is none"
            )


def load_pickle(path: Path) -> Any:
    """Load a plain pickle.

    Raises:
        UnsafeArtifactError: It names something that is not on the allow-list.
        ArtifactError: It is not a pickle, or not readable by the installed versions.
    """
    allowed = _AllowList()

    class Restricted(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return allowed.find_class(module, name)

    with path.open("rb") as file:
        return allowed.load(Restricted(file), path)


def load_joblib(path: Path) -> Any:
    """Load a joblib file, compressed or not; arrays of objects in it are pickles of their own and checked likewise.

    Raises:
        EngineError: joblib is older than 1.6, which unpickles nested arrays without asking (joblib, numpy_pickle.py,
            ``NumpyArrayWrapper.read_array``).
        UnsafeArtifactError: It names something that is not on the allow-list.
        ArtifactError: It is not a joblib file, or not readable by the installed versions.
    """
    from joblib.numpy_pickle import NumpyUnpickler
    from joblib.numpy_pickle_utils import _validate_fileobject_and_memmap

    installed = version("joblib")
    if tuple(int(part) for part in installed.split(".")[:2]) < _OLDEST_JOBLIB:
        raise EngineError(f"joblib {installed} cannot be held back; read joblib files with: pip install 'joblib>=1.6'")
    allowed = _AllowList()

    class Restricted(NumpyUnpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            return allowed.find_class(module, name)

    with path.open("rb") as file, _validate_fileobject_and_memmap(file, str(path), None) as (stream, _):
        if isinstance(stream, str):
            raise ArtifactError(f"{path} is from joblib older than 0.10; save it again with joblib.dump")
        return allowed.load(Restricted(str(path), stream, ensure_native_byte_order=True), path)
