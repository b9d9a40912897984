"""The contents of a LightGBM model file in text (LightGBM/src/boosting/gbdt_model_text.cpp, src/io/tree.cpp)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelport_runtime.errors import ArtifactError

__all__ = ["LightGBMModel", "parse_model"]

_TREE = "Tree="
_CATEGORIES = "pandas_categorical:"


@dataclass(frozen=True, kw_only=True)
class LightGBMModel:
    """A trained booster.

    Attributes:
        version: Version of the format, such as ``v4``.
        objective: Name of the objective; empty for a function of the user's own.
        objective_options: What follows the name, such as ``{"sigmoid": "1"}``; a flag has an empty value.
        n_columns: Trees an iteration, which is the number of score columns.
        averages: Whether scores are averaged over iterations (``boosting="rf"``).
        feature_names_in_: Names of the columns; ``Column_0``, ... when it never saw names.
        feature_infos: For each column its range ``[low:high]``, its codes ``0:2:1``, or ``none``.
        trees: The trees as stored: texts by key.
        pandas_categories: For each categorical column of the pandas frame that it was trained on, in the order of the
            frame, the categories in the order of their codes.
    """

    version: str
    objective: str
    objective_options: Mapping[str, str]
    n_columns: int
    averages: bool
    feature_names_in_: tuple[str, ...]
    feature_infos: tuple[str, ...]
    trees: Sequence[Mapping[str, str]]
    pandas_categories: tuple[tuple[Any, ...], ...]

    @property
    def n_features_in_(self) -> int:
        """Number of columns."""
        return len(self.feature_names_in_)


def parse_model(text: str) -> LightGBMModel:
    """Parse a model in LightGBM's text format.

    Raises:
        ArtifactError: The text is no such model.
    """
    lines = iter(text.splitlines())
    if next(lines, "").strip() != "tree":
        raise ArtifactError("no LightGBM model: the first line is not 'tree'; save it with Booster.save_model")
    header, trees = _sections(lines)
    try:
        return _model(header, trees, _pandas_categories(text))
    except (KeyError, ValueError, TypeError) as error:
        raise ArtifactError(f"no LightGBM model ({type(error).__name__}: {error})") from error


def _sections(lines: Iterator[str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Keys and values before the first tree, and those of each tree."""
    header: dict[str, str] = {}
    trees: list[dict[str, str]] = []
    section = header
    for line in lines:
        if line.startswith(_TREE):
            section = {}
            trees.append(section)
        elif line.startswith("end of trees"):
            return header, trees
        else:
            key, _, value = line.partition("=")
            section[key.strip()] = value.strip()
    raise ArtifactError("the LightGBM model is cut off: 'end of trees' is missing")


def _model(
    header: Mapping[str, str], trees: Sequence[Mapping[str, str]], categories: tuple[tuple[Any, ...], ...]
) -> LightGBMModel:
    name, *options = header.get("objective", "").split() or [""]
    names = tuple(header["feature_names"].split(" "))
    if len(names) != int(header["max_feature_idx"]) + 1:
        raise ValueError(f"{len(names)} names of {int(header['max_feature_idx']) + 1} features")
    return LightGBMModel(
        version=header["version"],
        objective=name,
        objective_options={key: value for key, _, value in (option.partition(":") for option in options)},
        n_columns=int(header["num_tree_per_iteration"]),
        averages="average_output" in header,
        feature_names_in_=names,
        feature_infos=tuple(header["feature_infos"].split(" ")),
        trees=trees,
        pandas_categories=categories,
    )


def _pandas_categories(text: str) -> tuple[tuple[Any, ...], ...]:
    """The last line, JSON; ``null`` for a model that was not trained on a frame."""
    start = text.rfind(f"\n{_CATEGORIES}")
    if start < 0:
        return ()
    stored = json.loads(text[start + 1 + len(_CATEGORIES) :])
    return tuple(tuple(categories) for categories in stored or ())
