"""The contents of an XGBoost model file (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers.xgboost._ubjson import parse_ubjson
from modelport_runtime.errors import ArtifactError

__all__ = ["XGBoostModel", "parse_model"]

_SAVE_AGAIN = "load the file with XGBoost and save it again as .json or .ubj"


@dataclass(frozen=True, kw_only=True)
class XGBoostModel:
    """A trained booster with K score columns (classes, targets or quantiles; 1 for most).

    Attributes:
        version: Version of XGBoost that wrote it.
        booster: ``gbtree``, ``dart`` or ``gblinear``.
        objective: Name of the objective.
        base_scores: float32, shape (K,): as stored, in the space of predictions, not of margins.
        n_classes: ``num_class``; 0 unless the objective is ``multi:...``.
        n_outputs_: Number of targets.
        n_features_in_: Number of columns.
        feature_names: Their names; empty when it never saw names.
        feature_types: Their types, ``c`` for categorical; empty when not given.
        categories: For each column the categories in the order of their codes, where the file stores them.
        trees: The trees as stored.
        tree_columns: int32, shape (n_trees,): the score column of each tree.
        tree_weights: float32, shape (n_trees,), for ``dart``; else ``None``.
        iteration_offsets: Iteration i has the trees ``[iteration_offsets[i], iteration_offsets[i + 1])``.
        best_iteration: The iteration that early stopping found best, if it was used.
    """

    version: tuple[int, ...]
    booster: str
    objective: str
    base_scores: NDArray[np.float32]
    n_classes: int
    n_outputs_: int
    n_features_in_: int
    feature_names: tuple[str, ...]
    feature_types: tuple[str, ...]
    categories: tuple[tuple[Any, ...] | None, ...]
    trees: Sequence[Mapping[str, Any]]
    tree_columns: NDArray[np.int32]
    tree_weights: NDArray[np.float32] | None
    iteration_offsets: tuple[int, ...]
    best_iteration: int | None

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        """Names of the columns, as scikit-learn's estimators have them: absent when there are none."""
        if not self.feature_names:
            raise AttributeError("the booster never saw names of columns")
        return self.feature_names

    @property
    def n_columns(self) -> int:
        """Number K of score columns."""
        return max(self.n_classes, self.n_outputs_, 1)

    @property
    def n_iterations(self) -> int:
        """Number of boosting rounds."""
        return len(self.iteration_offsets) - 1


def parse_model(data: bytes) -> XGBoostModel:
    """Parse a model in JSON or UBJSON.

    Raises:
        ArtifactError: The bytes are no such model.
    """
    document = _parse(data)
    try:
        return _model(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ArtifactError(f"no XGBoost model ({type(error).__name__}: {error}); {_SAVE_AGAIN}") from error


def _parse(data: bytes) -> Any:
    text = data.lstrip()[:2]
    if text[:1] != b"{":
        raise ArtifactError(f"no XGBoost model in JSON or UBJSON; {_SAVE_AGAIN}")
    if text[1:] in (b'"', b"\n", b"\r", b" ", b"\t", b"}"):
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"no valid JSON: {error}") from error
    return parse_ubjson(data)


def _model(document: Any) -> XGBoostModel:
    learner = document["learner"]
    parameters = learner["learner_model_param"]
    trees = _tree_model(learner["gradient_booster"])
    n_classes, n_targets = int(parameters["num_class"]), int(parameters.get("num_target", 1))
    n_columns = max(n_classes, n_targets, 1)
    n_features = int(parameters["num_feature"])
    columns = np.asarray(trees.get("tree_info", ()), dtype=np.int32)
    best = learner.get("attributes", {}).get("best_iteration")
    return XGBoostModel(
        version=tuple(int(part) for part in document["version"]),
        booster=learner["gradient_booster"]["name"],
        objective=learner["objective"]["name"],
        base_scores=_base_scores(parameters["base_score"], n_columns),
        n_classes=n_classes,
        n_outputs_=n_targets,
        n_features_in_=n_features,
        feature_names=tuple(learner.get("feature_names", ())),
        feature_types=tuple(learner.get("feature_types", ())),
        categories=_categories(trees.get("cats", {}), n_features),
        trees=trees.get("trees", ()),
        tree_columns=columns,
        tree_weights=_tree_weights(learner["gradient_booster"]),
        iteration_offsets=_iteration_offsets(trees, len(columns), n_columns),
        best_iteration=None if best is None else int(best),
    )


def _tree_model(booster: Mapping[str, Any]) -> Mapping[str, Any]:
    """The trees of ``gbtree``, which ``dart`` wraps once more; nothing for ``gblinear``."""
    if booster["name"] == "gblinear":
        return {}
    model: Mapping[str, Any] = (booster["gbtree"] if booster["name"] == "dart" else booster)["model"]
    return model


def _tree_weights(booster: Mapping[str, Any]) -> NDArray[np.float32] | None:
    return np.asarray(booster["weight_drop"], dtype=np.float32) if booster["name"] == "dart" else None


def _base_scores(text: str, n_columns: int) -> NDArray[np.float32]:
    """One number up to XGBoost 3.0, a list in brackets from 3.1 on."""
    numbers = np.array([float(part) for part in text.strip("[]").split(",")], dtype=np.float32)
    return np.broadcast_to(numbers, (n_columns,)).copy()


def _iteration_offsets(model: Mapping[str, Any], n_trees: int, n_columns: int) -> tuple[int, ...]:
    """Stored from XGBoost 2.0 on; before, every iteration had ``num_parallel_tree`` trees a column."""
    stored = model.get("iteration_indptr")
    if stored is not None:
        return tuple(int(offset) for offset in stored)
    parallel = int(model.get("gbtree_model_param", {}).get("num_parallel_tree", 1)) or 1
    return tuple(range(0, n_trees + 1, parallel * n_columns))


def _categories(stored: Mapping[str, Any], n_features: int) -> tuple[tuple[Any, ...] | None, ...]:
    """Categories of each column, stored from XGBoost 3.1 on: text as offsets into UTF-8 bytes, or numbers."""
    columns = list(stored.get("enc", ()))
    decoded = [_decoded(column) for column in columns]
    return tuple(decoded) if decoded else (None,) * n_features


def _decoded(column: Mapping[str, Any]) -> tuple[Any, ...] | None:
    values = np.asarray(column["values"])
    if "offsets" not in column:
        return tuple(values.tolist())
    offsets = np.asarray(column["offsets"], dtype=np.int64).tolist()
    if not offsets:
        return None
    text = values.astype(np.int64).astype(np.uint8).tobytes()
    return tuple(text[first:last].decode("utf-8", "replace") for first, last in itertools.pairwise(offsets))
