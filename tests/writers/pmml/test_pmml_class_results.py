"""Class results that engines look up by the target's name: in each engine they are the framework's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from modelport.readers import read_model
from modelport_runtime.pmml import validate

from ._written import ENGINES, score, written

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.normal(size=(120, 3)), columns=["a", "b", "c"])
CLASSES = np.stack([np.digitize(X.a, [-0.5, 0.5]), (X.b > 0.3).astype(int)], axis=1)
TEXTS = np.array([["p", "r"], ["q", "s"], ["n & m", "never"]], dtype=object)
TARGETS = {
    "numbers": CLASSES,
    "text": np.stack([TEXTS[CLASSES[:, 0], 0], TEXTS[CLASSES[:, 1], 1]], axis=1),
    "one class": np.stack([CLASSES[:, 0], np.zeros(120, dtype=int)], axis=1),
}


def assert_close(actual, expected, name):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("targets", TARGETS)
def test_forests_of_several_class_targets(targets, kind, engine, request):
    if (targets, engine) == ("one class", "jpmml"):
        request.applymarker(pytest.mark.xfail(strict=True, reason="JPMML-Evaluator refuses a forest of one class"))
    model = kind(3, max_depth=3, random_state=0).fit(X, TARGETS[targets])
    document = read_model(model, data=X)
    results = score(written(document)[0], document, X, engine)
    for target, predicted in zip(("y1", "y2"), model.predict(X).T, strict=True):
        assert results[target].tolist() == predicted.tolist()
    for target, labels, probabilities in zip(("y1", "y2"), model.classes_, model.predict_proba(X), strict=True):
        for label, expected in zip(labels, probabilities.T, strict=True):
            name = f"probability({target}, {label})"
            assert_close(results[name], expected, name)


@pytest.mark.parametrize("engine", ENGINES)
def test_probabilities_of_three_classes_that_add_up_to_something_else(engine):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(objective="multiclassova", n_estimators=3, num_leaves=4, verbose=-1)
    model.fit(X, CLASSES[:, 0])
    expected = model.predict_proba(X)
    assert np.abs(expected.sum(axis=1) - 1).max() > 1e-3
    document = read_model(model, data=X)
    results = score(written(document)[0], document, X, engine)
    assert results["y"].tolist() == model.predict(X).tolist()
    for label, column in enumerate(expected.T):
        assert_close(results[f"probability({label})"], column, str(label))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [GradientBoostingClassifier, LinearSVC, LogisticRegression])
def test_labels_of_type_float_are_categories(kind, engine):
    """The target of a classification is categorical or ordinal, in its output field too (PMML 4.4, Mining Schema)."""
    model = kind(random_state=0).fit(X, np.array([1.0, 2.0, 5.0])[CLASSES[:, 0]])
    document = read_model(model, data=X)
    pmml, _ = written(document)
    assert [finding.rule for finding in validate(pmml).findings] == []
    assert score(pmml, document, X, engine)["y"].tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("labels", [np.array([False, True]), np.array([1.0, 2.0]), np.array(["p", "n & m"])])
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=3, random_state=0),
        RandomForestClassifier(3, max_depth=3, random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_pmml4s_by_itself_shows_the_label_beside_the_probabilities(model, labels):
    """PMML4S as its own users call it, without the output fields that our engine adds for the targets."""
    document = read_model(model.fit(X, labels[CLASSES[:, 1]]), data=X)
    pmml, _ = written(document)
    score(pmml, document, X, "pmml4s")  # starts the JVM, or skips
    import jpype

    loaded = jpype.JClass("org.pmml4s.model.Model").fromBytes(pmml)
    names = [str(name) for name in loaded.outputNames()]
    assert names == ["y", *(output.name for output in document.model.outputs)]
    for row, expected in zip(X.head(20).to_dict("records"), model.predict(X.head(20)).tolist(), strict=True):
        found = loaded.predict(jpype.java.util.HashMap(row)).get("y")
        assert (str(found) if isinstance(expected, str) else found) == expected
