"""Comparisons of methods: what is paired, what is refused, what an interruption keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import saddlesim as ss
from comparisons import METHODS, NOISY, OCTOPUS, runs
from grids import GD, PGD, cell
from saddlesim import comparison

# What is paired


def test_methods_share_starts() -> None:
    # With a budget of no steps a run ends where it starts: its values are those of the starts.
    result = ss.compare(OCTOPUS, METHODS, trials=500, seed=4, max_steps=0)
    values = [times.value for times in result.times.values()]
    np.testing.assert_array_equal(
        values[0], OCTOPUS.value(ss.Uniform(-1, 1).sample(OCTOPUS, trials=500, seed=4))
    )
    np.testing.assert_array_equal(values[1], values[0])
    np.testing.assert_array_equal(values[2], values[0])


def test_methods_share_their_noise() -> None:
    # From the saddle itself a first step is all noise, or a kick and its growth.
    f = ss.QuadraticSaddle([-1.0, 2.0, 3.0])
    start, many = ss.At(np.zeros(3)), 40

    def first(method: ss.Method) -> np.ndarray:
        alone = ss.escape_times(
            f,
            method,
            initial=start,
            escape=ss.LeavesBall(radius=9.0),
            trials=many,
            max_steps=1,
            seed=6,
            record=("points",),
        )
        together = ss.compare(
            f,
            {"other": GD, "it": method},
            initial=start,
            escape=ss.LeavesBall(radius=9.0),
            trials=many,
            max_steps=1,
            seed=6,
        )
        np.testing.assert_array_equal(together["it"].value, alone.value)
        assert alone.points is not None
        return alone.points

    scales = [
        first(ss.NoisyGradientDescent(0.1, s, scaled_by_step=False, noise="gaussian"))
        for s in (1.0, 2.0)
    ]
    np.testing.assert_allclose(scales[1], 2 * scales[0], rtol=1e-6)
    langevin = first(ss.Langevin(0.5, inverse_temperature=1.0))
    np.testing.assert_allclose(langevin, scales[0], rtol=1e-6)
    curvatures = np.array([-1.0, 2.0, 3.0])
    kicks = [
        first(ss.PerturbedGradientDescent(step, 0.1, 0.1, 2)) / (1 - step * curvatures)
        for step in (0.1, 0.2)
    ]
    np.testing.assert_allclose(kicks[1], kicks[0], rtol=1e-9)


def test_runs_are_those_that_escape_times_makes() -> None:
    result = ss.compare(
        OCTOPUS, METHODS, trials=range(5, 40), seed=2, max_steps=70, arithmetic="float64"
    )
    alone = ss.escape_times(
        OCTOPUS, PGD, trials=range(5, 40), seed=2, max_steps=70, arithmetic="float64"
    )
    np.testing.assert_array_equal(result["PGD"].steps, alone.steps)
    assert result["PGD"].max_steps == 70
    assert list(result.times) == list(METHODS)


def test_methods_may_be_made_of_the_landscape() -> None:
    result = ss.compare(OCTOPUS, {"it": lambda f: ss.GradientDescent(f.L / 4)}, trials=5)
    assert result["it"].method == GD


def test_a_list_goes_by_the_names_of_classes() -> None:
    other = ss.GradientDescent(0.1)
    result = ss.compare(OCTOPUS, [GD, PGD, other, GD], trials=5)
    assert list(result.times) == [
        "GradientDescent",
        "PerturbedGradientDescent",
        "GradientDescent 2",
        "GradientDescent 3",
    ]
    assert result["GradientDescent 2"].method == other
    assert list(ss.compare(OCTOPUS, GD, trials=5).times) == ["GradientDescent"]


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"landscape": ss.Octopus}, TypeError, "landscape must be a Landscape such as ss.Octopus"),
        ({"methods": []}, TypeError, r"methods must be a Method, a list of them or a dict .*\[\]"),
        ({"methods": "gd"}, TypeError, "methods must be a Method, a list of them .* got 'gd'"),
        ({"methods": [GD, lambda _: GD]}, TypeError, "methods must have labels unless all are Met"),
        ({"methods": {"GD": ss.GradientDescent}}, TypeError, "methods must be of Methods or call"),
        ({"methods": {"": GD}}, TypeError, "methods must have text labels, got ''; name each"),
        ({"cost": "gradients"}, ValueError, "cost must be one of 'steps', .*got 'gradients'; did"),
        ({"trials": 0}, ValueError, "trials must be a whole number >= 1, got 0"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or a callable"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    arguments = {"landscape": OCTOPUS, "methods": METHODS, "trials": 5} | changes
    with pytest.raises(error, match=text):
        ss.compare(**arguments)


def test_methods_are_checked_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "escape_times", lambda *_, **__: pytest.fail("it ran"))
    sphere = ss.TensorDecomposition.random(4, "one")
    with pytest.raises(ValueError, match="method must be one that can be retracted onto spheres"):
        ss.compare(sphere, {"GD": ss.GradientDescent(0.1), "HB": ss.HeavyBall(0.1)})


def test_runs_from_different_starts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"runs: landscape is Octopus\(dim=3\) in 'a' and Octo"):
        runs(a=cell(3, [1]), b=cell(4, [1]))


def test_progress_counts_the_trajectories_of_all_methods() -> None:
    calls: list[tuple[int, int]] = []
    ss.compare(
        ss.Octopus(30),
        {"a": NOISY, "b": NOISY},
        trials=4000,
        threads=1,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert {total for _, total in calls} == {8000}
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert 4000 < calls[-1][0] <= 8000


def test_interrupt_keeps_what_there_is() -> None:
    def stop(done: int, total: int) -> None:
        if done > 4000:
            raise KeyboardInterrupt

    with pytest.raises(
        ss.Interrupted, match=r"^interrupted with 1 of 3 methods finished"
    ) as caught:
        ss.compare(
            ss.Octopus(30),
            {"a": NOISY, "b": PGD, "c": GD},
            trials=4000,
            threads=1,
            arithmetic="float64",
            progress=stop,
        )
    partial = caught.value.partial
    assert isinstance(partial, ss.Comparison)
    assert list(partial.times) == ["a", "b"]
    assert partial["b"].interrupted
    assert partial.paired("b", "a").pairs == len(partial["b"])
    assert "(interrupted)" in partial.summary()
    assert len(partial.table()) == 2


def test_interrupt_before_anything_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "escape_times", interrupted)
    with pytest.raises(
        ss.Interrupted, match=r"^interrupted with 0 of 3 methods finished"
    ) as caught:
        ss.compare(OCTOPUS, METHODS)
    partial = caught.value.partial
    assert repr(partial) == "Comparison of methods: nothing was run"
    assert partial.table() == []
    with pytest.raises(ValueError, match="result: it has no ranked runs, so there is nothing to"):
        partial.plot(Figure().subplots())
