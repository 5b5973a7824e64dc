"""The verdict on growth laws: on data whose law is known, and on data that carry no verdict."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from saddlesim.growth import GrowthComparison, LawFit, compare_laws
from saddlesim.growth_fit import Cells, fit
from saddlesim.growth_laws import Exponential
from saddlesim.statistics import Estimate

# Mean steps of gradient descent on the octopus of d = 1, ..., 10 at step size 1/(4L), gamma = 1,
# starts uniform in [-1, 1]^d, 20,000 runs; and the ratio 1 + ln(1/c)/ln(a) that it tends to.
OCTOPUS_GD = {
    1.0: [7.104, 24.20, 70.60, 196.3, 536.9, 1460, 3960, 10735, 29090, 78826],
    1.5: [9.568, 39.19, 140.1, 484.3, 1658, 5658, 19298, 65803, 224360, 764930],
    2.0: [11.90, 56.80, 241.2, 998.5, 4108, 16877, 69311, 284620, 1.1687e6, 4.799e6],
    3.0: [16.52, 101.6, 569.1, 3139, 17263, 94896, 521610, 2.867e6, 1.576e7, 8.66e7],
}
RATIO = {1.0: 2.709511, 1.5: 3.409421, 2.0: 4.106284, 3.0: 5.496556}
# Mean and standard deviation of perturbed gradient descent's steps there; 100 runs, 40 at d = 100.
PGD_DIMS = [5, 10, 20, 50, 100]
OCTOPUS_PGD = {
    1.0: ([99.8, 234.9, 509.7, 1375.5, 2878.5], [7.6, 9.3, 10.3, 20.4, 31.2]),
    1.5: ([133.0, 301.3, 652.7, 1766.2, 3689.4], [8.7, 9.2, 13.0, 27.6, 41.7]),
    2.0: ([164.2, 366.1, 795.0, 2155.3, 4489.4], [9.7, 11.3, 20.0, 31.9, 49.1]),
    3.0: ([221.6, 493.2, 1070.5, 2870.7, 6056.2], [11.9, 14.7, 27.1, 45.6, 82.5]),
}


def estimates(values: Sequence[float], error: float | Sequence[float]) -> list[Estimate]:
    """Estimates with relative standard errors."""
    factors = np.exp(1.959964 * np.broadcast_to(error, len(values)))
    return [Estimate(v, v / f, v * f, 0.95) for v, f in zip(values, factors, strict=True)]


def at_least(bound: float) -> Estimate:
    return Estimate(math.inf, bound, math.inf, 0.95)


def law(comparison: GrowthComparison, name: str) -> LawFit:
    return comparison[name]


def covers(estimate: Estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high


@pytest.mark.parametrize("L", OCTOPUS_GD)
@pytest.mark.parametrize("first", [1, 2])
def test_gradient_descent_on_the_octopus_is_exponential(L: float, first: int) -> None:
    result = compare_laws(range(first, 11), estimates(OCTOPUS_GD[L][first - 1 :], 0.002))
    assert result.best is not None
    assert result.best.kind == "exponential"
    assert result.verdict.startswith("Exponential growth: A r^d")
    assert covers(result.best.parameters["r"], RATIO[L])
    # The log-linear fit is biased, by the curvature at small d: its misfit has to own up to it.
    assert covers(law(result, "exponential").parameters["r"], RATIO[L])
    # An offset explains the curvature, so that the ratio becomes known to a fraction of a percent.
    r = law(result, "exponential with offset").parameters["r"]
    assert covers(r, RATIO[L])
    assert r.high - r.low < 0.003 * RATIO[L]


@pytest.mark.parametrize("L", OCTOPUS_PGD)
def test_perturbed_gradient_descent_on_the_octopus_is_polynomial(L: float) -> None:
    mean, sd = OCTOPUS_PGD[L]
    error = np.array(sd) / np.array(mean) / np.sqrt([100, 100, 100, 100, 40])
    result = compare_laws(PGD_DIMS, estimates(mean, error))
    assert result.best is not None
    assert result.best.kind == "polynomial"
    # Both polynomial laws are within a few percent; d (A log d + B) has A > 0 beyond doubt.
    assert law(result, "d log d").prediction_error < math.log(1.06)
    assert law(result, "d log d").parameters["A"].low > 0
    assert law(result, "exponential").prediction_error > math.log(1.5)


LAWS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str, dict[str, float]]] = {
    "power": (lambda d: 3 * d**2.5, "power", {"A": 3, "p": 2.5}),
    "linear": (lambda d: 7 * d, "power", {"A": 7, "p": 1}),
    "d log d": (lambda d: d * (40 * np.log(d) + 5), "d log d", {"A": 40, "B": 5}),
    "exponential": (lambda d: 2 * 1.7**d, "exponential", {"A": 2, "r": 1.7}),
    "offset": (
        lambda d: 100 + 2.0**d,
        "exponential with offset",
        {"A": 1, "r": 2, "B": 100},
    ),
    "negative offset": (
        lambda d: 3 * 2.0**d - 4,
        "exponential with offset",
        {"A": 3, "r": 2, "B": -4},
    ),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("error", [0.0, 0.002])
def test_a_pure_law_is_recognised_and_its_constants_found(name: str, error: float) -> None:
    formula, winner, constants = LAWS[name]
    d = np.arange(2, 12)
    result = compare_laws(d, estimates(formula(d.astype(float)), error))
    found = law(result, winner)
    assert result.best is not None
    assert result.best.kind == found.kind
    assert found.prediction_error < 1e-4
    for constant, truth in constants.items():
        assert found.parameters[constant].value == pytest.approx(truth, rel=1e-3)
        assert covers(found.parameters[constant], truth)
    np.testing.assert_allclose(found.predict([3, 20]), formula(np.array([3.0, 20.0])), rtol=1e-3)


def test_intervals_hold_no_constant_that_the_law_excludes() -> None:
    d = np.array([2, 3, 4, 5, 6])  # medians of perturbed gradient descent on the octopus
    result = compare_laws(d, estimates([22, 48, 73, 100, 125], 0.01))
    for name in ("d log d", "d log d with offset"):
        A = law(result, name).parameters["A"]
        assert 0 <= A.low <= A.value < A.high
    assert result.best is law(result, "d log d with offset")
    assert "with A = 0.0 [0.0, " in result.verdict


def test_the_simpler_law_of_a_kind_is_preferred() -> None:
    result = compare_laws(range(2, 11), estimates(3 * 2.0 ** np.arange(2, 11), 0.01))
    assert result.best is law(result, "exponential")
    assert "A r^d + B does about as well" in result.verdict


@pytest.mark.parametrize(("error", "misfit"), [(0.03, 0.05), (0.03, 0.0), (0.0, 0.05)])
def test_parameter_intervals_cover_under_sampling_error_and_misfit(
    error: float, misfit: float
) -> None:
    rng = np.random.default_rng(0)
    d, replications = np.arange(2.0, 11.0), 60
    hits = 0
    for _ in range(replications):
        noise = rng.normal(0, error, d.size) + np.cumsum(rng.normal(0, misfit, d.size))
        y = np.log(3 * 2.0**d) + noise
        found = fit(Exponential(2.0), Cells(d, y, np.full(9, error), np.zeros(9, dtype=bool)))
        assert found is not None
        hits += covers(found.parameters(0.95)["r"], 2.0)
    assert hits / replications >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / replications)


def test_without_sampling_error_intervals_are_students() -> None:
    # Steps of the random walk are independent, so that log r is the mean of the log ratios.
    rng = np.random.default_rng(1)
    d = np.arange(2.0, 11.0)
    y = np.cumsum(rng.normal(0.7, 0.05, d.size))
    found = fit(Exponential(2.0), Cells(d, y, np.zeros(9), np.zeros(9, dtype=bool)))
    assert found is not None
    r = found.parameters(0.9)["r"]
    theirs = stats.ttest_1samp(np.diff(y), 0).confidence_interval(0.9)
    assert (math.log(r.low), math.log(r.high)) == pytest.approx(tuple(theirs), rel=1e-3)
    assert found.lack_of_fit == pytest.approx(np.diff(y).std(ddof=1), rel=0.1)


# --- Lower bounds ---------------------------------------------------------------------------------


def test_censored_top_cells_are_lower_bounds() -> None:
    known = estimates(OCTOPUS_GD[1.0][1:7], 0.002)
    result = compare_laws(range(2, 11), [*known, *map(at_least, (1e4, 2.8e4, 7.5e4))])
    assert result.held_out == (6, 7, 8, 9, 10)
    assert result.best is not None
    assert result.best.kind == "exponential"
    assert covers(result.best.parameters["r"], RATIO[1.0])
    # The bounds contradict slow laws and do not contradict fast ones.
    alone = compare_laws(range(2, 8), known, held_out=2)
    power = law(result, "power").prediction_error
    assert power > law(alone, "power").prediction_error
    assert law(result, "exponential").prediction_error < law(alone, "exponential").prediction_error


def test_lower_bounds_enter_the_fit() -> None:
    d = [2, 3, 4, 5, 6]
    values = estimates([10, 21, 39, 81, 160], 0.03)
    free = law(compare_laws(d, values), "exponential").parameters["r"].value
    slack = compare_laws([*d, 7], [*values, at_least(20)])
    assert law(slack, "exponential").parameters["r"].value == pytest.approx(free, rel=1e-6)
    tight = compare_laws([*d, 7], [*values, at_least(1000)])
    assert law(tight, "exponential").parameters["r"].value > 1.02 * free


# --- No verdict -----------------------------------------------------------------------------------


def test_two_dimensions_cannot_tell() -> None:
    result = compare_laws([2, 3], estimates([24, 70], 0.01))
    assert result.best is None
    assert result.laws == ()
    assert result.verdict == (
        "Cannot tell: 2 dimensions have a finite escape time, and at least 4 are needed to hold "
        "out 1; run more dimensions."
    )


def test_flat_data_cannot_tell() -> None:
    result = compare_laws(range(2, 11), estimates([5.0] * 9, 0.01))
    assert result.best is None
    assert re.fullmatch(
        r"Cannot tell: the escape time may not grow at all, A d\^p fits with p = -?0\.0\d+ "
        r"\[-0\.0\d+, 0\.0\d+\]; run larger dimensions or more trials\.",
        result.verdict,
    )


def test_noise_cannot_tell() -> None:
    # Between d = 20 and 25 neither law can bend enough to betray itself under 10 % errors.
    d = np.arange(20, 26)
    result = compare_laws(d, estimates(1.05**d, 0.1))
    assert result.best is None
    assert "about equally well" in result.verdict


def test_a_law_that_describes_nothing_cannot_tell() -> None:
    result = compare_laws(range(2, 9), estimates([10, 1000, 10, 1000, 10, 1000, 10], 0.01))
    assert result.best is None
    assert result.verdict.startswith("Cannot tell: no law predicts the held-out d = 7, 8 within")
    assert result.verdict.endswith("run dimensions closer together.")


def test_what_has_no_logarithm_is_left_out_with_a_note() -> None:
    zero = Estimate(0, 0, 1, 0.95)
    unbounded = Estimate(24, 0, math.inf, 0.95)
    result = compare_laws(
        [6, 2, 3, 4, 5, 1, 7],
        [unbounded, *estimates([10, 20, 40, 80], 0.01), zero, at_least(0)],
    )
    assert result.dims == (2, 3, 4, 5)
    assert result.notes == (
        "d = 1 is left out: 0 [0, 1] has no logarithm, or no bound on it",
        "d = 6 is left out: 24 [0, inf] has no logarithm, or no bound on it",
        "d = 7 is left out: not reached has no logarithm, or no bound on it",
    )
    assert compare_laws([], []).verdict.startswith("Cannot tell: 0 dimensions")


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.1, 1e12), st.floats(0, 1), st.booleans()), min_size=0, max_size=8
    )
)
def test_any_estimates_give_a_sentence(cells: list[tuple[float, float, bool]]) -> None:
    found = [
        at_least(value) if censored else Estimate(value, value * (1 - e), value * (1 + e), 0.95)
        for value, e, censored in cells
    ]
    result = compare_laws(range(2, 2 + len(cells)), found)
    assert result.verdict.endswith(".")
    assert (result.best is None) == result.verdict.startswith("Cannot tell")
    assert repr(result)


# --- Ratios, texts, messages ----------------------------------------------------------------------


def test_ratios() -> None:
    cells = [*estimates([10, 20], 0.1), at_least(100), *estimates([400, 800], 0.0)]
    result = compare_laws([2, 3, 4, 5, 6], cells)
    (a, b, first), (c, d, second), (e, f, third) = result.ratios
    assert ((a, b), (c, d), (e, f)) == ((2, 3), (3, 4), (5, 6))
    half = 1.959964 * math.hypot(0.1, 0.1)
    assert (first.value, first.low) == pytest.approx((2, 2 * math.exp(-half)))
    assert (second.value, second.high) == (math.inf, math.inf)
    assert second.low == pytest.approx(5 * math.exp(-1.959964 * 0.1))
    assert str(third) == "2 [2, 2]"


def test_repr() -> None:
    result = compare_laws(range(2, 7), estimates([8, 16, 32, 64, 128], 0.01))
    head, verdict, *table = repr(result).splitlines()
    assert head == "Growth of escape time over 5 dimensions (held out: 6)"
    assert verdict == f"  {result.verdict}"
    assert verdict.startswith(
        "  Exponential growth: A r^d with r = 2.000 [1.973, 2.027] is off by <0.01 % at the "
        "held-out d = 6; A r^d + B does about as well; the best polynomial law, A d^p, is off by "
    )
    assert re.split(r"  +", table[0].strip()) == [
        "law",
        "T(d)",
        "held-out error",
        "lack of fit",
        "constants",
    ]
    assert table[1].split()[:5] == ["exponential", "A", "r^d", "<0.01", "%"]
    assert table[1].endswith("A = 2.000 [1.916, 2.088], r = 2.000 [1.973, 2.027]")
    assert table[-1] == "  6/5  2.000 [1.945, 2.056]"


def test_html() -> None:
    html = compare_laws(range(2, 7), estimates([8, 16, 32, 64, 128], 0.01))._repr_html_()
    assert html.count("<table>") == html.count("</table>") == 3
    assert "&lt;0.01 %" in html
    assert "<0.01" not in html
    assert "verdict</th>" in html


def test_prediction_beyond_float64_is_inf() -> None:
    result = compare_laws(range(2, 7), estimates([8, 16, 32, 64, 128], 0.01))
    assert law(result, "exponential").predict(2000) == math.inf


@pytest.mark.parametrize(
    ("dims", "values", "held_out", "text"),
    [
        ([2, 3], [1.0], None, "estimates: 1 of them for 2 dims; pass one a dimension"),
        ([0, 3], [1.0, 2.0], None, "dims: 0 is not a dimension; dimensions are at least 1"),
        ([3, 3], [1.0, 2.0], None, "dims: 3 occurs more than once; pass each dimension once"),
        (
            [2, 3],
            [1.0, 2.0],
            0,
            "held_out: 0 dimensions; hold out at least 1, or None for about a quarter",
        ),
    ],
)
def test_messages(dims: list[int], values: list[float], held_out: int | None, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        compare_laws(dims, estimates(values, 0.01), held_out=held_out)


# Decimal logarithms


def log10(estimate: Estimate) -> Estimate:
    with np.errstate(divide="ignore"):
        ends = np.log10([estimate.value, estimate.low, estimate.high])
    return Estimate(*map(float, ends), estimate.confidence)


def test_decimal_logarithms_say_the_same() -> None:
    known = estimates(3 * 2.5 ** np.arange(2, 9), 0.02)
    given = [*known, at_least(9000.0), Estimate(0.0, 0.0, 1.0, 0.95)]
    dims = [*range(2, 10), 1]
    linear, logs = compare_laws(dims, given), compare_laws(dims, map(log10, given), log10=True)
    assert logs.held_out == linear.held_out
    assert logs.best is not None
    assert linear.best is not None
    assert logs.best.formula == linear.best.formula
    for name, constant in linear.best.parameters.items():
        found = logs.best.parameters[name]
        assert (found.value, found.low, found.high) == pytest.approx(
            (constant.value, constant.low, constant.high), rel=1e-5
        )
    assert logs.notes == (
        "d = 1 is left out: 10^(-inf [-inf, 0]) has no logarithm, or no bound on it",
    )


def far(dims: Sequence[int], factor: float, error: float) -> list[Estimate]:
    """Logarithms of 3 factor^d, whatever their size."""
    half = 1.959964 * error / math.log(10)
    values = [math.log10(3) + d * math.log10(factor) for d in dims]
    return [Estimate(v, v - half, v + half, 0.95) for v in values]


@pytest.mark.parametrize(
    "dims", [(2, 10, 100, 1000), (720, 800, 900, 1000), (800, 810, 820, 830, 5000)]
)
def test_growth_over_hundreds_of_decades(dims: tuple[int, ...]) -> None:
    result = compare_laws(dims, far(dims, 2.7, 0.02), log10=True)
    assert result.best is not None
    assert result.best.kind == "exponential"
    assert covers(result.best.parameters["r"], 2.7)
    power = law(result, "power").prediction_error
    # The best straight line in log d misses the line in d by most of its last stretch.
    assert power > 0.5 * (dims[-1] - dims[-2]) * math.log(2.7) * (1 - dims[-2] / dims[-1])
    repr(result)


def test_errors_beyond_the_largest_float_are_told_as_powers_of_ten() -> None:
    dims = (2, 10, 100, 1000)
    result = compare_laws(dims, far(dims, 2.7, 0.02), log10=True)
    error = law(result, "power").prediction_error / math.log(10)
    assert error > 300
    assert f"the best polynomial law, A d^p, is off by a factor 10^{error:.0f}." in result.verdict


def test_ratio_beyond_the_largest_float_is_a_lower_bound() -> None:
    dims = (2, 10, 100, 1000)
    ratio = compare_laws(dims, far(dims, 2.7, 0.02), log10=True).ratios[-1][2]
    assert ratio.value == ratio.high == math.inf
    assert ratio.low == pytest.approx(math.exp(709))


def test_constants_beyond_the_largest_float_are_left_out() -> None:
    dims = (720, 800, 900, 1000)
    result = compare_laws(dims, far(dims, 2.7, 0.02), log10=True)
    assert set(law(result, "exponential").parameters) == {"A", "r"}
    assert law(result, "d log d").parameters == {}


def test_a_law_that_is_none_of_them() -> None:
    result = compare_laws(range(2, 11), estimates(3 * 2.0 ** np.arange(2, 11), 0.01))
    assert result["power"] is result.laws[2]
    with pytest.raises(ValueError, match=r"name must be one of 'exponential', .*, got 'powr'; did"):
        result["powr"]
