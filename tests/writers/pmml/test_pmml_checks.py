"""Names, labels and types that consumers of PMML do not take: refused by name, said in a notice, or made to work."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from modelport import convert
from modelport.readers import read_model
from modelport.writers.pmml import write_pmml
from modelport_runtime import load
from modelport_runtime.errors import UnsupportedModelError

X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
Y = (X.a > 0).astype(int).to_numpy()


def refused(model, frame):
    with pytest.raises(UnsupportedModelError) as caught:
        write_pmml(read_model(model, data=frame), io.BytesIO())
    return str(caught.value)


def test_an_input_with_the_name_of_a_result_is_refused():
    frame = X.rename(columns={"a": "probability(0)"})
    text = refused(LogisticRegression().fit(frame, Y), frame)
    assert "result column 'probability(0)'" in text
    assert "rename the input column 'probability(0)'" in text


def test_a_column_without_a_name_is_refused():
    frame = X.rename(columns={"a": ""})
    assert "rename the column" in refused(LinearRegression().fit(frame, Y), frame)


def test_an_empty_class_label_is_refused():
    text = refused(DecisionTreeClassifier(max_depth=2).fit(X, np.array(["", "b"])[Y]), X)
    assert "class label ''" in text
    assert "DataField[y]" in text


@pytest.mark.parametrize("engine", ["pmml4s", "jpmml"])
def test_long_labels_and_long_columns(engine, tmp_path):
    frame = X.rename(columns={"a": "ä l" * 2000, "b": "ä l" * 2000 + "2"})
    labels = np.array(["l" * 5000, "l" * 5000 + "2"])
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(frame, labels[Y])
    convert(model, tmp_path / "long.pmml", data=frame)
    results = load(tmp_path / "long.pmml", engine=engine).score(frame)
    assert results["y"].tolist() == model.predict(frame).tolist()
    np.testing.assert_array_equal(results[f"probability({labels[0]})"], model.predict_proba(frame)[:, 0])


def codes(model, frame):
    return [notice.code for notice in write_pmml(read_model(model, data=frame), io.BytesIO())]


def test_float32_columns_outside_trees_are_told_of():
    single = X.astype(np.float32)
    assert "float32-inputs" in codes(LinearRegression().fit(single, Y), single)
    assert "float32-inputs" not in codes(LinearRegression().fit(X, Y), X)
    assert "float32-inputs" not in codes(DecisionTreeRegressor(max_depth=2).fit(single, Y), single)
