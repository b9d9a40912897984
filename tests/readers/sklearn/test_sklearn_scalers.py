import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing as pp

from tests.readers.sklearn._same_scores import assert_same_columns

SCALERS = [
    pp.StandardScaler(),
    pp.StandardScaler(with_mean=False),
    pp.StandardScaler(with_std=False),
    pp.StandardScaler(with_mean=False, with_std=False),
    pp.MinMaxScaler(),
    pp.MinMaxScaler((-3, 0.1), clip=True),
    pp.MaxAbsScaler(),
    pp.RobustScaler(),
    pp.RobustScaler(with_centering=False),
    pp.RobustScaler(with_scaling=False, quantile_range=(10, 90)),
]


def rows(X):
    far = X.iloc[:20] * 1e3 - 17
    return pd.concat([X, far], ignore_index=True)


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_bit_for_bit(scaler, cancer):
    X, _ = cancer
    assert_same_columns(scaler.fit(X), rows(X))


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_float32_bit_for_bit(scaler, cancer):
    X, _ = cancer
    single = rows(X).astype(np.float32)
    assert_same_columns(scaler.fit(X), single)
    assert_same_columns(scaler.fit(single.iloc[:300]), single)


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_missing_stays_missing(scaler, cancer):
    X, _ = cancer
    holes = X.mask(np.random.default_rng(0).random(X.shape) < 0.2)
    assert_same_columns(scaler.fit(holes), holes)


def test_float32_beside_float64_is_computed_in_float64(cancer):
    X, _ = cancer
    mixed = X.astype({X.columns[0]: np.float32})
    assert_same_columns(pp.StandardScaler().fit(mixed), mixed)


def test_whole_numbers_and_booleans():
    frame = pd.DataFrame({"count": [1, 2, 3, 5], "flag": [True, False, True, True], "constant": [4, 4, 4, 4]})
    for scaler in SCALERS:
        assert_same_columns(scaler.fit(frame), frame)


def test_max_abs_scaler_clips(cancer):
    X, _ = cancer
    if "clip" not in pp.MaxAbsScaler().get_params():
        pytest.skip("MaxAbsScaler has no clip before 1.8")
    assert_same_columns(pp.MaxAbsScaler(clip=True).fit(X), rows(X))
