"""Time series: forecasts worked out by hand, by another way of computing them, or by statsmodels 0.15."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="y" optype="continuous" dataType="double"/><DataField name="h" optype="continuous" dataType="integer"/>
</DataDictionary><TimeSeriesModel functionName="timeSeries" bestFit="{best}"><MiningSchema>
<MiningField name="y" usageType="target"/>{fields}</MiningSchema>{output}{body}</TimeSeriesModel></PMML>"""
ERRORS = """<Output><OutputField name="se" feature="standardError" optype="continuous" dataType="double"/>
<OutputField name="sd" feature="standardDeviation" optype="continuous" dataType="double"/>
<OutputField name="lower" feature="confidenceIntervalLower" value="80" optype="continuous" dataType="double"/>
<OutputField name="upper" feature="confidenceIntervalUpper" optype="continuous" dataType="double"/></Output>"""
HORIZON = '<MiningField name="h" usageType="supplementary"/>'


def document(body, fields=HORIZON, output="", best=None):
    named = best or body.rpartition("</")[2].rstrip(">")
    return DOCUMENT.format(body=body, fields=fields, output=output, best=named).encode()


def forecast(body, steps, **options):
    return modelport_runtime.load(document(body, **options)).score(pd.DataFrame({"h": steps}))


def array(*values):
    return f'<Array type="real" n="{len(values)}">{" ".join(repr(float(value)) for value in values)}</Array>'


def matrix(rows):
    return f'<Matrix nbRows="{len(rows)}" nbCols="{len(rows[0])}">{"".join(array(*row) for row in rows)}</Matrix>'


def series(values, attributes='startTime="1"'):
    parts = "".join(f'<TimeValue index="{index}" value="{value!r}"/>' for index, value in enumerate(values, 1))
    return f"<TimeSeries {attributes}>{parts}</TimeSeries>"


def smoothing(trend="", season="", transformation="none"):
    level = '<Level alpha="0.5" smoothedValue="100"/>'
    return f'<ExponentialSmoothing transformation="{transformation}">{level}{trend}{season}</ExponentialSmoothing>'


def trend(kind, value, phi=1.0):
    return f'<Trend_ExpoSmooth trend="{kind}" phi="{phi}" smoothedValue="{value}"/>'


SEASON = '<Seasonality_ExpoSmooth type="{}" period="3">' + array(1, 2, 3) + "</Seasonality_ExpoSmooth>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(smoothing(), [100, 100, 100, 100], id="level"),
        pytest.param(smoothing(trend("additive", 2)), [102, 104, 106, 108], id="additive"),
        # 2 (0.5 + 0.25 + 0.125 + 0.0625)
        pytest.param(smoothing(trend("damped_additive", 2, 0.5)), [101, 101.5, 101.75, 101.875], id="damped"),
        pytest.param(smoothing(trend("multiplicative", 2)), [200, 400, 800, 1600], id="multiplicative"),
        pytest.param(
            smoothing(trend("damped_multiplicative", 2, 0.5)),
            [100 * 2**0.5, 100 * 2**0.75, 100 * 2**0.875, 100 * 2**0.9375],
            id="damped multiplicative",
        ),
        pytest.param(smoothing(season=SEASON.format("additive")), [101, 102, 103, 101], id="additive season"),
        pytest.param(smoothing(trend("additive", 2), SEASON.format("multiplicative")), [102, 208, 318, 108], id="all"),
        pytest.param(smoothing(transformation="squareroot"), [1e4] * 4, id="square root"),
        pytest.param(smoothing(transformation="logarithmic"), [math.exp(100)] * 4, id="logarithm"),
    ],
)
def test_exponential_smoothing(body, expected):
    assert forecast(body, [1, 2, 3, 4])["y"].tolist() == pytest.approx(expected, rel=1e-14)


def test_steps_that_there_are_not():
    body = smoothing(trend("additive", 2))
    found = forecast(body, [0, -1, 1.5, math.nan, 200_000, 2])["y"].tolist()
    assert [value != value for value in found] == [True] * 5 + [False]
    assert found[-1] == 104


@pytest.mark.parametrize(
    ("fields", "steps", "expected"),
    [
        ('<MiningField name="h"/>', [3, 1], [106, 102]),
        # A field of usage order counts on from the end of the series, which is 10.
        ('<MiningField name="h" usageType="order"/>', [11, 13], [102, 106]),
        # No field at all: the rows are the steps, in order.
        ("", [7, 7, 7], [102, 104, 106]),
    ],
)
def test_the_field_that_asks_for_a_step(fields, steps, expected):
    body = smoothing(trend("additive", 2))
    ordered = "order" in fields
    if ordered:
        fields = fields.replace('"h"', '"t"')
    text = document(
        series([1.0], 'startTime="1" endTime="10"') + body, fields=fields, best="ExponentialSmoothing"
    ).replace(b'name="h" optype', b'name="t" optype' if ordered else b'name="h" optype')
    scorer = modelport_runtime.load(text)
    assert scorer.score(pd.DataFrame({"t" if ordered else "h": steps}))["y"].tolist() == expected
    assert scorer.needs_all_rows == (fields == "")


# A first-order autoregression with coefficient 0.5 around 10, last at 14, with shocks of variance 4.
STATES = """<StateSpaceModel variance="{variance}"><StateVector>{state}</StateVector>
<TransitionMatrix>{transition}</TransitionMatrix><MeasurementMatrix>{measurement}</MeasurementMatrix>
<InterceptVector type="observation">{intercept}</InterceptVector>{covariance}</StateSpaceModel>"""
AR1 = {
    "variance": 4,
    "state": array(2),
    "transition": matrix([[0.5]]),
    "measurement": matrix([[1]]),
    "intercept": array(10),
}


def covariances(state, added, observed):
    parts = {"PredictedStateCovariance": state, "SelectedStateCovariance": added, "ObservationVariance": observed}
    return "".join(f"<{name}Matrix>{matrix(value)}</{name}Matrix>" for name, value in parts.items())


@pytest.mark.parametrize(
    "covariance",
    [
        pytest.param(covariances([[1]], [[1]], [[0]]), id="predicted"),
        # The R package pmml writes the covariance of the last state, which is known exactly: 0.
        pytest.param(covariances([[0]], [[1]], [[0]]), id="of the last state"),
        pytest.param(f"<PsiVector>{array(1, 0.5, 0.25)}</PsiVector>", id="weights"),
    ],
)
def test_state_space(covariance):
    found = forecast(STATES.format(**AR1, covariance=covariance), [1, 2, 3], output=ERRORS)
    assert found["y"].tolist() == [12, 11, 10.5]
    errors = [2 * math.sqrt(1), 2 * math.sqrt(1.25), 2 * math.sqrt(1.3125)]
    assert found["se"].tolist() == pytest.approx(errors, rel=1e-14)
    # 80 % lie within 1.2815515655446004 deviations of the mean, 95 % within 1.959963984540054.
    lower = [mean - 1.2815515655446004 * error for mean, error in zip([12, 11, 10.5], errors, strict=True)]
    upper = [mean + 1.959963984540054 * error for mean, error in zip([12, 11, 10.5], errors, strict=True)]
    assert found["lower"].tolist() == pytest.approx(lower, rel=1e-12)
    assert found["upper"].tolist() == pytest.approx(upper, rel=1e-12)


def test_state_space_of_two_targets_with_a_state_intercept():
    body = f"""<StateSpaceModel intercept="100"><FinalStateVector>{array(1, 2)}</FinalStateVector>
<TransitionMatrix>{matrix([[1, 1], [0, 1]])}</TransitionMatrix><MeasurementMatrix>{matrix([[1, 0], [0, 2]])}
</MeasurementMatrix><InterceptVector>{array(0, 1)}</InterceptVector></StateSpaceModel>"""
    text = document(body).replace(
        b'<DataField name="h"', b'<DataField name="z" optype="continuous" dataType="double"/><DataField name="h"'
    )
    text = text.replace(b'<MiningField name="h"', b'<MiningField name="z" usageType="target"/><MiningField name="h"')
    found = modelport_runtime.load(text).score(pd.DataFrame({"h": [1, 2, 3]}))
    # The states are (1, 2), (3, 3), (6, 4).
    assert found["y"].tolist() == [101, 103, 106]
    assert found["z"].tolist() == [104, 106, 108]


def arima(values, component, seasonal="", attributes="", further="", start=1):
    text = f"<ARIMA {attributes}>{component}{seasonal}{further}</ARIMA>"
    return series(values, f'startTime="{start}"') + text


def component(p=(), d=0, q=(), residuals=None, names="pdq", tag="NonseasonalComponent", further=""):
    part = f'<{tag} {names[0]}="{len(p)}" {names[1]}="{d}" {names[2]}="{len(q)}" {further}>'
    if p:
        part += f"<AR>{array(*p)}</AR>"
    if q:
        past = "" if residuals is None else f"<Residuals>{array(*residuals)}</Residuals>"
        part += f"<MA><MACoefficients>{array(*q)}</MACoefficients>{past}</MA>"
    return f"{part}</{tag}>"


def seasonal_component(period, p=(), d=0, q=(), residuals=None):
    return component(p, d, q, residuals, "PDQ", "SeasonalComponent", f'period="{period}"')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Mean 10: 10 + 0.5 (14 - 10), and so on.
        pytest.param(arima([9.0, 14.0], component([0.5]), attributes='constantTerm="10"'), [12, 11, 10.5], id="AR"),
        # The last residual is 2, the one before it -1: 10 + 0.5 * 2 + 0.25 * -1, then 10 + 0.25 * 2.
        pytest.param(
            arima([9.0, 14.0], component(q=[0.5, 0.25], residuals=[-1, 2]), attributes='constantTerm="10"'),
            [10.75, 10.5, 10],
            id="MA",
        ),
        pytest.param(arima([1.0, 3.0, 6.0], component(d=1)), [6, 6, 6], id="random walk"),
        pytest.param(
            arima([1.0, 3.0, 6.0], component(d=1), attributes='constantTerm="2"'), [8, 10, 12], id="with a drift"
        ),
        pytest.param(arima([1.0, 3.0, 6.0], component(d=2)), [9, 12, 15], id="straight line"),
        pytest.param(
            arima([1.0, 2.0, 3.0, 11.0, 12.0, 13.0], component(), seasonal_component(3, d=1)),
            [11, 12, 13],
            id="last season",
        ),
        # y_t = 0.5 y_(t-1) + 0.5 (y_(t-2) - 0.5 y_(t-3)): the factors multiplied out.
        pytest.param(
            arima([8.0, 4.0, 2.0], component([0.5]), seasonal_component(2, [0.5])),
            [1 + 0.5 * (4 - 4), 0.5 + 0.5 * (2 - 2), 0.25 + 0.5 * (1 - 1)],
            id="seasonal AR",
        ),
        # (1 + 0.5 B)(1 + 0.2 B^2) has the weights 0.5, 0.2, 0.1 of the last residuals 1, 2, 3 from newest to oldest.
        pytest.param(
            arima([0.0], component(q=[0.5], residuals=[1]), seasonal_component(2, q=[0.2], residuals=[3, 2, 1])),
            [0.5 * 1 + 0.2 * 2 + 0.1 * 3, 0.2 * 1 + 0.1 * 2, 0.1 * 1],
            id="seasonal MA",
        ),
        pytest.param(
            arima([1.0, math.e, math.e**3], component(d=1), attributes='transformation="logarithmic"'),
            [math.e**3] * 3,
            id="logarithm",
        ),
        pytest.param(
            arima([4.0, 9.0], component(d=1), attributes='transformation="squareroot" constantTerm="1"'),
            [16, 25, 36],
            id="square root",
        ),
    ],
)
def test_conditional_arima(body, expected):
    assert forecast(body, [1, 2, 3], best="ARIMA")["y"].tolist() == pytest.approx(expected, rel=1e-14)


def outlier(kind, start, magnitude, damping=""):
    return f'<OutlierEffect type="{kind}" startTime="{start}" magnitude="{magnitude}" {damping}/>'


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        # The series is 5, 5, 5, 5 and an autoregression with coefficient 0.5 around 0 once the effect is taken off.
        ("", [2.5, 1.25]),
        (outlier("additive", 4, 1), [0.5 * 4, 0.25 * 4]),
        (outlier("level", 3, 1), [0.5 * 4 + 1, 0.25 * 4 + 1]),
        (outlier("transient", 3, 1, 'dampingCoefficient="0.5"'), [0.5 * 4.5 + 0.25, 0.25 * 4.5 + 0.125]),
        (outlier("seasonalAdditive", 2, 1), [0.5 * 4, 0.25 * 4 + 1]),
        (outlier("trend", 3, 1), [0.5 * 3 + 3, 0.25 * 3 + 4]),
        # A shock of 1 at the third value has added 0.5 to the fourth, and goes on with 0.25 and 0.125.
        (outlier("innovational", 3, 1), [0.5 * 4.5 + 0.25, 0.25 * 4.5 + 0.125]),
    ],
)
def test_outliers(effect, expected):
    # The season of two steps matters to seasonalAdditive only: it recurs at the fourth and the sixth value.
    body = arima([5.0] * 4, component([0.5]), seasonal_component(2), further=effect)
    assert forecast(body, [1, 2], best="ARIMA")["y"].tolist() == pytest.approx(expected, rel=1e-14)


def test_errors_of_arima():
    # A random walk with shocks of deviation 2: the variance grows by 4 with each step.
    body = arima([1.0, 3.0], component(d=1), attributes='RMSE="2"')
    found = forecast(body, [1, 4], best="ARIMA", output=ERRORS)
    assert found["se"].tolist() == [2, 4]
    assert found["upper"].tolist() == pytest.approx([3 + 1.959963984540054 * 2, 3 + 1.959963984540054 * 4], rel=1e-12)


def autocovariances(ar, ma, length):
    """Of an ARMA process with shocks of variance 1, from 400 weights of past shocks."""
    weights = [1.0]
    for step in range(1, 400):
        own = ma[step - 1] if step <= len(ma) else 0.0
        weights.append(own + sum(a * weights[step - lag] for lag, a in enumerate(ar, 1) if lag <= step))
    full = np.array(weights)
    return np.array([full[: 400 - lag] @ full[lag:] for lag in range(length)])


@pytest.mark.parametrize(
    ("ar", "ma"), [((0.6, -0.3), (0.4,)), ((), (0.9, 0.5)), ((0.8,), ()), ((0.3,), (0.5, 0.2, 0.1))]
)
def test_exact_arima_is_the_best_linear_predictor(ar, ma):
    values = np.random.default_rng(5).normal(3.0, 2.0, 8)
    attributes = 'predictionMethod="exactLeastSquares" constantTerm="3"'
    found = forecast(
        arima(values.tolist(), component(list(ar), 0, list(ma)), attributes=attributes), [1, 2, 3, 4], best="ARIMA"
    )["y"]
    # Solved from the autocovariances: a way of computing it that shares nothing with the Kalman filter.
    gamma = autocovariances(ar, ma, 12)
    lags = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    solved = np.linalg.solve(gamma[lags], values - 3.0)
    expected = [3.0 + gamma[7 + step - np.arange(8)] @ solved for step in (1, 2, 3, 4)]
    assert found.tolist() == pytest.approx(expected, rel=1e-11)


def test_exact_seasonal_arima_as_statsmodels():
    # SARIMAX(y, order=(1, 1, 1), seasonal_order=(0, 1, 1, 4), simple_differencing=True) of statsmodels 0.15.0 with
    # these coefficients; its forecasts of the differences, added up.
    values = [112.0, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170]
    body = arima(
        values,
        component([0.4], 1, [-0.3]),
        seasonal_component(4, d=1, q=[-0.5]),
        attributes='predictionMethod="exactLeastSquares"',
    )
    assert forecast(body, [1, 2, 3, 4, 5, 6], best="ARIMA")["y"].tolist() == pytest.approx(STATSMODELS, rel=1e-10)


STATSMODELS = [
    162.28547820170382,
    176.39251938164296,
    190.4328198266487,
    190.6224153331207,
    182.64225497269416,
    196.64304072778114,
]


GARCH = """<GARCH><ARMAPart constant="1" p="1" q="1"><AR>{ar}</AR><MA><MACoefficients>{ma}</MACoefficients><Residuals>
{residuals}</Residuals></MA></ARMAPart><GARCHPart constant="0.5" gp="1" gq="1"><ResidualSquareCoefficients>
<MACoefficients>{squares}</MACoefficients></ResidualSquareCoefficients><VarianceCoefficients><PastVariances>{past}
</PastVariances><MACoefficients>{lags}</MACoefficients></VarianceCoefficients></GARCHPart></GARCH>"""


def test_garch():
    body = GARCH.format(
        ar=array(0.5), ma=array(0.2), residuals=array(9, 2), squares=array(0.1), lags=array(0.8), past=array(7, 3)
    )
    found = forecast(series([4.0, 6.0]) + body, [1, 2], output=ERRORS, best="GARCH")
    # 1 + 0.5 * 6 + 0.2 * 2, and then 1 + 0.5 * 4.4.
    assert found["y"].tolist() == pytest.approx([4.4, 3.2], rel=1e-14)
    # 0.5 + 0.1 * 2^2 + 0.8 * 3, and then 0.5 + (0.1 + 0.8) * 3.3.
    variances = [3.3, 3.47]
    assert found["sd"].tolist() == pytest.approx([math.sqrt(v) for v in variances], rel=1e-14)
    # The second step's error has the first one's shock too, with the weight 0.5 + 0.2.
    assert found["se"].tolist() == pytest.approx([math.sqrt(3.3), math.sqrt(3.47 + 0.49 * 3.3)], rel=1e-14)


@pytest.mark.parametrize(
    ("body", "best", "error", "message"),
    [
        (smoothing(), "ARIMA", ArtifactError, "element ARIMA is missing"),
        (smoothing(), "Magic", ArtifactError, "bestFit='Magic' is unknown"),
        ("<SpectralAnalysis/>", "SpectralAnalysis", UnsupportedModelError, "SpectralAnalysis"),
        (smoothing().replace("smoothedValue", "value"), None, ArtifactError, "'smoothedValue' is missing"),
        (
            smoothing(trend("polynomial_exponential", 1)),
            None,
            UnsupportedModelError,
            "of higher order PMML 4.1 took out",
        ),
        (
            smoothing(season=SEASON.format("additive").replace("n=", "m=").replace('"3">', '"4">')),
            None,
            ArtifactError,
            "3 items, expected 4",
        ),
        (
            smoothing(season=SEASON.format("additive").replace('"3">', '"3" phase="2">')),
            None,
            UnsupportedModelError,
            "phase",
        ),
        (smoothing(season=SEASON.format("sometimes")), None, ArtifactError, "type='sometimes' is unknown"),
        (
            STATES.format(**(AR1 | {"transition": matrix([[1, 2]])}), covariance=""),
            None,
            ArtifactError,
            "1 x 2, expected 1 x 1",
        ),
        (
            STATES.format(**(AR1 | {"intercept": array(1, 2)}), covariance=""),
            None,
            ArtifactError,
            "2 items, expected 1",
        ),
        (STATES.format(**(AR1 | {"state": array(math.nan)}), covariance=""), None, ArtifactError, "not finite"),
        (
            arima([1.0], component([0.5, 0.1])),
            "ARIMA",
            UnsupportedModelError,
            "a series of 1 values, where 2 are needed",
        ),
        (arima([1.0], component([0.5])).replace('p="1"', 'p="2"'), "ARIMA", ArtifactError, "p='2' but there are 1"),
        (f"<ARIMA>{component([0.5])}</ARIMA>", "ARIMA", ArtifactError, "no TimeSeries of usage original"),
        (
            arima([-1.0], component([0.5]), attributes='transformation="logarithmic"'),
            "ARIMA",
            UnsupportedModelError,
            "no logarithmic",
        ),
        (
            arima([1.0], component([1.5]), attributes='predictionMethod="exactLeastSquares"'),
            "ARIMA",
            UnsupportedModelError,
            "not stationary",
        ),
        (arima([1.0], component(), further=outlier("level", 9, 1)), "ARIMA", ArtifactError, "startTime='9'"),
        (
            arima([1.0], component(), further='<DynamicRegressor field="h"/>'),
            "ARIMA",
            UnsupportedModelError,
            "DynamicRegressor",
        ),
        (
            GARCH.format(
                ar=array(0.5), ma=array(0.2), residuals=array(1), squares=array(0.1), lags=array(0.8), past=array()
            ),
            "GARCH",
            ArtifactError,
            "no TimeSeries",
        ),
    ],
)
def test_malformed(body, best, error, message):
    with pytest.raises(error, match=message):
        modelport_runtime.load(document(body, best=best), engine="reference")


def test_what_a_model_cannot_show_is_refused():
    with pytest.raises(UnsupportedModelError, match="feature standardError of this kind of model"):
        modelport_runtime.load(document(smoothing(), output=ERRORS))
    with pytest.raises(ArtifactError, match="value='120' is no confidence in percent"):
        read_pmml(document(STATES.format(**AR1, covariance=""), output=ERRORS.replace('"80"', '"120"')))


@pytest.mark.parametrize(
    ("body", "best"),
    [
        (smoothing(trend("additive", 2), SEASON.format("additive")), None),
        (STATES.format(**AR1, covariance=covariances([[1]], [[1]], [[0]])), None),
        (arima([1.0, 2.0], component([0.5]), further=outlier("level", 1, 1)), "ARIMA"),
        (
            series([1.0])
            + GARCH.format(
                ar=array(0.5), ma=array(0.2), residuals=array(1), squares=array(0.1), lags=array(0.8), past=array(1)
            ),
            "GARCH",
        ),
    ],
)
def test_files_of_our_own(body, best):
    read = read_pmml(document(body, best=best))
    again = load_document(document_bytes(read))
    assert equal(again, read)
    frame = pd.DataFrame({"h": [1, 2]})
    assert modelport_runtime.load(again).score(frame).equals(modelport_runtime.load(read).score(frame))
