import numpy as np
import pandas as pd
import pytest
from sklearn import datasets


@pytest.fixture(scope="session")
def iris():
    return datasets.load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def cancer():
    frame, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    return frame.iloc[:, :8], target


@pytest.fixture(scope="session")
def diabetes():
    return datasets.load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def people():
    """A small frame with text, missing values, whole numbers and two targets."""
    rng = np.random.default_rng(7)
    count = 200
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, count).round(1),
            "income": np.exp(rng.normal(10, 1, count)),
            "children": rng.integers(0, 4, count),
            "city": rng.choice(["Oslo", "Zürich", "A&B <x>", "Rome"], count, p=[0.5, 0.3, 0.15, 0.05]).astype(object),
            "job": rng.choice(["clerk", "nurse", "Other"], count).astype(object),
        }
    )
    frame.loc[rng.random(count) < 0.1, "age"] = np.nan
    frame.loc[rng.random(count) < 0.1, "city"] = np.nan
    score = 0.05 * (frame["age"].fillna(50) - 45) + (frame["city"] == "Oslo") - (frame["job"] == "nurse")
    return frame, (score > 0.2).astype(int), score * 10 + 50
