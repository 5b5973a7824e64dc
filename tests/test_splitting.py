"""The far tail by splitting: unbiased, right at 1e-12, with intervals that cover."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import laws
import saddlesim as ss
from saddlesim.splitting import survival_by_splitting
from saddlesim.splitting_paths import NEVER, Cloud, Paths
from saddlesim.splitting_plan import Plan, _resample, stages
from saddlesim.tail import TailEstimate, interval

STEP, GROWTH = 0.1, 1.1
SADDLE = ss.QuadraticSaddle([-1.0, 1.0, 0.5])
AT_SADDLE = ss.At(np.zeros(3))


def noise(scale: float) -> ss.NoisyGradientDescent:
    return ss.NoisyGradientDescent(STEP, scale, noise="gaussian", scaled_by_step=False)


def quadratic_survival(scale: float, steps: int) -> NDArray[np.float64]:
    """P(T > t) from the saddle, killed at 1; good to 1e-15 or so, absolutely."""
    nodes = max(400, int(6 / scale))
    density = laws.gaussian_density
    return 1 - laws.noisy_exit_law(density, GROWTH, scale, 1.0, steps=steps, nodes=nodes)


def kicked_survival(
    radius: float, threshold: float, interval_: int, steps: int
) -> NDArray[np.float64]:
    """P(T > t) of perturbed descent on -x^2 / 2 from 0, killed at 1.

    The probability h(x, wait) of not leaving in t more steps, on a grid: where a kick is due, the
    average of h over the kicked points (in dimension 1 the ball is an interval), otherwise h at the
    next point.
    """
    x = np.linspace(-1, 1, 20_001)
    inside = np.abs(GROWTH * x) < 1

    def moved(h: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(inside, np.interp(GROWTH * x, x, h), 0.0)

    h = [np.ones_like(x) for _ in range(interval_)]
    survival = [1.0]
    for _ in range(steps):
        after = h[interval_ - 1]
        integral = np.concatenate([[0.0], np.cumsum(after[1:] + after[:-1]) / 2 * (x[1] - x[0])])
        ends = (np.interp(GROWTH * (x + r), x, integral) for r in (radius, -radius))
        high, low = ends
        kicked = (high - low) / (2 * GROWTH * radius)
        h = [np.where(np.abs(x) <= threshold, kicked, moved(h[0]))] + [
            moved(h[wait - 1]) for wait in range(1, interval_)
        ]
        survival.append(float(h[0][len(x) // 2]))
    return np.array(survival)


def check_against(found: TailEstimate, exact: NDArray[np.float64]) -> None:
    """Within 4 standard errors on the logarithmic scale."""
    error = found.scatter / math.sqrt(len(found.replicates))
    assert np.all(np.abs(np.log(found.probability / exact)) < 4 * error)


# --- the exact law ---


@pytest.mark.parametrize("scale", [0.2, 0.05, 0.01])
def test_probabilities_down_to_1e_minus_12_follow_the_exact_law(scale: float) -> None:
    exact = quadratic_survival(scale, 340)
    t = [int(np.argmax(exact < level)) for level in (1e-3, 1e-6, 1e-12)]
    found = survival_by_splitting(SADDLE, noise(scale), t, initial=AT_SADDLE, seed=1)
    assert found.probability[-1] < 1.5e-12
    check_against(found, exact[t])
    assert np.all((found.low <= exact[t]) & (exact[t] <= found.high))
    # the test has teeth: the interval at 1e-12 is narrower than two steps of time are long
    assert np.all(found.high / found.low < GROWTH**8)
    assert exact[t[-1] - 8] > found.high[-1]


def test_the_estimate_is_unbiased_and_its_interval_covers() -> None:
    exact = quadratic_survival(0.2, 140)
    t, groups, size = np.array([66, 140]), 100, 20
    found = survival_by_splitting(
        SADDLE, noise(0.2), t, initial=AT_SADDLE, particles=50, replicates=groups * size, seed=5
    )
    assert 1e-3 < exact[66] < 3e-3
    assert exact[140] < 1.1e-6
    error = found.replicates.std(axis=0) / math.sqrt(groups * size)
    assert np.all(error < 0.03 * exact[t])
    assert np.all(np.abs(found.probability - exact[t]) < 4 * error)
    # the mean of logarithms would be another number, which is why intervals are not about that
    positive = found.replicates[:, 1] > 0
    assert np.log(found.replicates[positive, 1]).mean() < math.log(exact[140]) - 0.1
    ends = [interval(part, 50, 0.95) for part in np.split(found.replicates, groups)]
    covered = np.mean([(low <= exact[t]) & (exact[t] <= high) for low, high in ends], axis=0)
    # 95 % nominal, 92 % for scatter like this; 4 sqrt(0.92 * 0.08 / 100) = 0.11
    assert np.all(covered > 0.92 - 0.11)


@pytest.mark.parametrize("expected", [[50.0, 0.0], [0.0, 0.0], [0.0, 50.0]])
def test_any_plan_is_unbiased(expected: list[float]) -> None:
    # the first of them copies the particles that are about to leave
    t, replicates = 66, 2000
    exact = quadratic_survival(0.2, t)[t]
    paths = Paths(SADDLE, noise(0.2), AT_SADDLE, SADDLE.default_escape(), None)
    plan = Plan(t, 0, 11, 0.04, np.array([0.0, 50.0]), np.array(expected))
    found = np.zeros(replicates)
    for stage in stages(paths, plan, replicates, 50, seed=3):
        if stage.end == t:
            found[stage.replicates] = stage.mass(stage.flight.escaped == NEVER)
    error = found.std() / math.sqrt(replicates)
    assert error < 0.05 * exact
    assert abs(found.mean() - exact) < 4 * error


@pytest.mark.parametrize("wait", [1, 2, 5])
def test_kicks_with_pauses_between_them_follow_the_exact_law(wait: int) -> None:
    exact = kicked_survival(0.05, 0.05, wait, 170)
    t = [int(np.argmax(exact < level)) for level in (1e-2, 1e-4, 1e-7)]
    found = survival_by_splitting(
        ss.QuadraticSaddle([-1.0]),
        ss.PerturbedGradientDescent(STEP, 0.05, 0.05, wait),
        t,
        initial=ss.At([0.0]),
        particles=2000,
        seed=2,
    )
    check_against(found, exact[t])
    assert np.all(found.scatter < 0.5)
    # forgetting the pauses when particles are copied would show
    if wait > 1:
        other = kicked_survival(0.05, 0.05, wait - 1, 170)
        assert np.all(np.abs(np.log(found.probability / other[t])) > 0.4)


def test_a_run_may_be_cut_anywhere_when_kicks_pause() -> None:
    # From 0.04 with kicks of at most 1e-6: the state after 7 steps is known.
    method = ss.PerturbedGradientDescent(STEP, 1e-6, 0.05, 4)
    paths = Paths(SADDLE, method, AT_SADDLE, ss.LeavesBall(), None)
    start = paths.start(3, 0)
    assert list(start.wait) == [0, 0, 0]
    for steps, wait in [(1, 3), (2, 2), (3, 1), (4, 0), (5, 3), (7, 1)]:  # kicked at 0 and at 4
        cloud = paths.run(start, steps, 7).cloud
        assert list(cloud.wait) == [wait] * 3
        further = paths.run(cloud, wait + 1, 8).cloud  # due as soon as the pause is over
        assert list(further.wait) == [3] * 3
    leaving = Cloud(np.array([[0.95, 0, 0], [0.0, 0, 0], [0.8, 0, 0]]), np.array([3, 3, 2]))
    flight = paths.run(leaving, 5, 7)
    assert list(flight.escaped) == [1, NEVER, 3]  # within the pause, never, right after it
    assert list(flight.alive) == [False, True, False]


# --- the octopus ---


def test_the_octopus_agrees_with_plain_trials() -> None:
    octopus, t, trials = ss.Octopus(3), np.array([40, 75, 80]), 200_000
    plain = ss.escape_times(octopus, noise(0.2), trials=trials, seed=9)
    share = np.mean(plain.steps[:, None] > t, axis=0)
    assert 0.004 < share[-1] < share[1] < 0.02
    found = survival_by_splitting(octopus, noise(0.2), t, seed=1)
    error = np.sqrt(share * (1 - share) / trials + found.replicates.var(axis=0, ddof=1) / 20)
    assert np.all(np.abs(found.probability - share) < 4 * error)
    assert np.all(found.scatter < 0.3)


def test_escape_means_what_it_means_at_the_true_start() -> None:
    # Copies scatter over the octopus, and LeavesSubspace is about the saddle nearest to the start.
    octopus, escape, start = ss.Octopus(2), ss.LeavesSubspace(8.0), ss.At([0.0, 0.0])
    plain = ss.escape_times(
        octopus, noise(0.2), initial=start, escape=escape, trials=100_000, seed=3
    )
    share = np.mean(plain.steps > 40)
    found = survival_by_splitting(octopus, noise(0.2), 40, initial=start, escape=escape, seed=4)
    error = math.sqrt(share / 100_000 + found.replicates.var() / 19)
    assert 0.001 < share < 0.05
    assert abs(found.probability[0] - share) < 4 * error


def test_paths_that_leave_the_domain_never_escape() -> None:
    octopus, trials = ss.Octopus(2), 100_000
    plain = ss.escape_times(octopus, noise(0.6), trials=trials, seed=6)
    outside = plain.count(ss.Outcome.OUTSIDE) / trials
    assert 0.03 < outside < 0.05
    found = survival_by_splitting(octopus, noise(0.6), [0, 60, 150], seed=1)
    assert found.probability[-1] == pytest.approx(found.never[-1], rel=1e-4)
    gone = np.mean(plain.escaped & (plain.steps <= 60))
    share = np.array([1.0, 1 - gone, outside])
    error = np.sqrt(share * (1 - share) / trials + found.replicates.var(axis=0, ddof=1) / 20)
    assert np.all(np.abs(found.probability - share) <= 4 * error)
    assert found.never[0] == 0
    assert f"never      {found.never[-1]:.2e} of all" in repr(found)


def test_diverged_particles_keep_their_weight_and_are_not_taken_up_again() -> None:
    landscape = ss.QuadraticSaddle([-0.02, 50.0])  # x_2 is multiplied by -4 at every step
    paths = Paths(landscape, noise(0.05), ss.At([0.0, 0.0]), ss.LeavesSubspace(), None)
    plan = Plan(1000, 0, 200, 0.01, np.array([0.0, 50.0]), np.array([0.0, 50.0]))
    seen = list(stages(paths, plan, 5, 200, seed=1))
    assert [stage.end for stage in seen] == [200, 400]  # nobody is left after the second
    lost = seen[1].flight.lost
    assert np.all((lost == NEVER) == (seen[1].flight.escaped < NEVER))
    assert 0 < lost.min() < lost[lost < NEVER].max() <= 200
    assert np.all(seen[1].mass(lost < NEVER) > 0.01)


# --- the run ---


def test_bits_depend_on_the_seed_and_not_on_the_threads() -> None:
    def run(seed: int, threads: int) -> NDArray[np.float64]:
        return survival_by_splitting(
            ss.Octopus(2), noise(0.2), [60, 90], particles=50, seed=seed, threads=threads
        ).replicates

    one = run(1, 1)
    assert one.shape == (20, 2)
    assert np.array_equal(one, run(1, 2))
    assert not np.any(one == run(2, 2))
    assert len(np.unique(one[:, 1])) == 20  # replicates differ


def test_times_come_in_order_and_short_ones_need_no_splitting() -> None:
    found = survival_by_splitting(
        SADDLE, noise(0.05), (20, 0, 20), initial=AT_SADDLE, particles=100, confidence=0.9
    )
    assert found.time.tolist() == [0, 20]
    assert found.stage == 0
    assert "splitting  none: plain runs are enough" in repr(found)
    assert found.probability[0] == found.high[0] == 1
    # nobody of 2000 had left at step 0: that bounds the probability as 2000 trials do
    assert found.low[0] == pytest.approx(0.05 ** (1 / 2000))
    assert survival_by_splitting(SADDLE, noise(0.05), 0, initial=AT_SADDLE).probability == [1.0]


def test_a_start_beyond_the_escape_leaves_nothing() -> None:
    found = survival_by_splitting(
        SADDLE, noise(0.1), [0, 5], initial=ss.At([[2.0, 0, 0]]), particles=100, replicates=2
    )
    assert found.probability.tolist() == found.low.tolist() == [0, 0]
    assert np.all(np.isneginf(found.log10_probability))
    assert found.high == pytest.approx([1 - 0.025 ** (1 / 200)] * 2)


def test_where_all_are_lost_there_is_a_bound_and_a_warning() -> None:
    found = survival_by_splitting(
        SADDLE, noise(0.05), [200, 300], initial=AT_SADDLE, particles=10, replicates=5
    )
    exact = quadratic_survival(0.05, 200)[200]
    assert found.probability[-1] == found.low[-1] == 0
    assert exact < found.high[-1] < 0.05
    assert "no particle reached t = 300: only a bound is known there; raise particles" in repr(
        found
    )


def test_progress_is_told_and_an_interrupted_run_keeps_the_times_it_reached() -> None:
    def run(t: list[int], progress: object) -> TailEstimate:
        return survival_by_splitting(
            SADDLE, noise(0.2), t, initial=AT_SADDLE, particles=50, seed=1, progress=progress
        )

    calls: list[tuple[int, int]] = []
    whole = run([60, 100, 150], lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert len(calls) > 10
    assert calls[-1] == (1000, 1000)

    def stop(done: int, total: int) -> None:
        if done > 0.8 * total:
            raise KeyboardInterrupt

    with pytest.raises(ss.Interrupted, match=r"interrupted at step 1\d\d of 150; times up to") as e:
        run([60, 100, 150], stop)
    partial = e.value.partial
    assert partial.time.tolist() == [60, 100]
    assert np.array_equal(partial.replicates, whole.replicates[:, :2])
    assert np.array_equal(partial.high, whole.high[:2])


def test_an_interrupted_pilot_leaves_an_empty_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise ss.Interrupted("stop", None)

    monkeypatch.setattr(Paths, "run", stop)
    with pytest.raises(ss.Interrupted, match="at step 0 of 5") as e:
        survival_by_splitting(SADDLE, noise(0.1), 5)
    assert e.value.partial.time.size == 0
    assert "interrupted before any of the times was reached" in repr(e.value.partial)


@given(
    shares=st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=30),
    seed=st.integers(0, 2**63),
)
def test_resampling_gives_each_particle_its_share(shares: list[float], seed: int) -> None:
    share = np.array([shares])
    if share.sum() < 1e-3:
        return
    worth = np.linspace(0.5, 2, share.size)[None]
    rows, weights = _resample(share, worth, np.array([0]), [(seed, 1, 0)])
    copies, fair = np.bincount(rows, minlength=share.size), share[0] / share.sum() * share.size
    assert np.all(np.abs(copies - fair) < 1 + 1e-9)
    assert not np.any(copies[share[0] == 0])
    assert weights[0] * worth[0, rows] == pytest.approx(share.sum() / share.size)


# --- what is refused ---


def estimate(**options: object) -> object:
    good: dict[str, object] = {"landscape": SADDLE, "method": noise(0.1), "times": 10}
    return survival_by_splitting(**(good | options))  # type: ignore[arg-type]


PGD = ss.PerturbedGradientDescent
CANNOT = "without noise paths cannot branch, and splitting gains nothing; use escape_times(...)"

REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: estimate(landscape=3),
        TypeError,
        "landscape must be a Landscape such as ss.Octopus(dim=6), got 3",
    ),
    (
        lambda: estimate(method=ss.GradientDescent(0.1)),
        ValueError,
        "method must be NoisyGradientDescent with noise_scale > 0 or PerturbedGradientDescent, "
        f"got GradientDescent(step_size=0.1): {CANNOT}",
    ),
    (lambda: estimate(method=noise(0.0)), ValueError, CANNOT),
    (lambda: estimate(method="gd"), TypeError, f"got 'gd': {CANNOT}"),
    (
        lambda: estimate(method=PGD(0.1, 0.1, 0.1, 2, value_threshold=0.1)),
        ValueError,
        "method must have no value_threshold, got PerturbedGradientDescent(",
    ),
    (
        lambda: estimate(method=PGD(0.1, 0.1, 0.1, 101)),
        ValueError,
        "method must have a min_interval of at most 100, got 101: the time since",
    ),
    (
        lambda: estimate(initial=ss.At(np.zeros((4, 3)))),
        ValueError,
        "initial must be a distribution or one point, got At of 4 points; run each of them apart",
    ),
    (lambda: estimate(initial=[0.0]), TypeError, "initial must be an Initial such as"),
    (lambda: estimate(escape=1.0), TypeError, "escape must be an Escape such as"),
    (
        lambda: estimate(times=[10, -1]),
        ValueError,
        "times must be a whole number >= 0, got -1; steps are counted from 0, the start",
    ),
    (lambda: estimate(times=2**53 + 1), ValueError, "times must be a whole number <= "),
    (
        lambda: estimate(times=[1.5]),
        TypeError,
        "times must be whole numbers, one or a sequence of them, got [1.5]; for example [100, 200",
    ),
    (lambda: estimate(times=[]), TypeError, "times must be whole numbers, one or a sequence"),
    (lambda: estimate(particles=1), ValueError, "particles must be a whole number >= 2, got 1"),
    (
        lambda: estimate(replicates=1),
        ValueError,
        "replicates must be a whole number >= 2, got 1; the interval needs replicates that can",
    ),
    (lambda: estimate(seed=-1), ValueError, "seed must be a whole number >= 0, got -1"),
    (lambda: estimate(threads=0), ValueError, "threads must be a whole number >= 1, got 0"),
    (lambda: estimate(confidence=1.0), ValueError, "confidence: 1.0 must lie strictly between"),
    (lambda: estimate(progress=3), TypeError, "progress must be True, False or a callable"),
]


@pytest.mark.parametrize(("call", "kind", "text"), REFUSED)
def test_what_cannot_be_done_is_refused(
    call: Callable[[], object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as e:
        call()
    assert text in str(e.value)
    assert type(e.value) is kind
