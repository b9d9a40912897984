"""The names that artifacts give to a model's targets; most frameworks know none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modelport.readers._files import file_format, read_file
from modelport_runtime.errors import ArtifactError
from modelport_runtime.pmml import read_model_names

__all__ = ["name_within", "target_names_of"]


def name_within(path: Path, model_name: str | None) -> str | None:
    """The name, for a PMML document that holds several models; one that holds a single model needs none."""
    if model_name is None or file_format(path) != "pmml" or len(read_model_names(path)) < 2:
        return None
    return model_name


def target_names_of(artifacts: Sequence[Path], model_name: str | None = None) -> tuple[str, ...]:
    """Names of the targets by the first artifact that says them; empty when none does.

    Args:
        artifacts: PMML, hub or ONNX files; an ONNX file of another writer says nothing.
        model_name: Which model of PMML documents that hold several.

    Raises:
        ArtifactError: An artifact cannot be read.
    """
    for path in artifacts:
        kind = file_format(path)
        if kind in ("pmml", "modelport"):
            names: tuple[str, ...] = tuple(read_file(path, model_name=name_within(path, model_name)).model.target_names)
        else:
            names = _of_graph(path) if kind == "onnx" else ()
        if names:
            return names
    return ()


def _of_graph(path: Path) -> tuple[str, ...]:
    from modelport_runtime.executors.onnx._metadata import targets_of
    from modelport_runtime.executors.onnx._source import read_model

    try:
        return targets_of({entry.key: entry.value for entry in read_model(path).metadata_props})
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path}: its metadata are damaged, so it cannot be read; convert it anew") from error
