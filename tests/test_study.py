"""Grids over dimension, width or any other parameter: which cells, labels and results they make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.study import Study

GD = ss.GradientDescent(step_size=0.25)
NOISY = ss.NoisyGradientDescent(step_size=0.25, noise_scale=0.1)


def wide(**changes: Any) -> Study:
    arguments: dict[str, Any] = {
        "vary": {"width": [64, 16]},
        "dim": 4,
        "samples": 6,
        "methods": {"GD": lambda f: ss.GradientDescent(1 / f.smoothness)},
        "trials": 8,
        **changes,
    }
    return Study(ss.TwoLayerReLU, **arguments)


def test_study_of_the_dimension_is_escape_time_vs_dimension() -> None:
    methods = {"GD": GD, "noisy": NOISY}
    study = Study(ss.Octopus, dims=[3, 2], methods=methods, trials=20, seed=3, L=2.0)
    result = study.run()
    expected = ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 3], methods=methods, trials=20, seed=3, L=2.0
    )
    assert list(result.cells) == list(expected.cells)
    for key, times in expected.cells.items():
        np.testing.assert_array_equal(result[key].steps, times.steps)
    assert study.axis == "dim"
    assert repr(result) == repr(expected)


def test_width_is_an_axis_like_the_dimension() -> None:
    result = wide().run()
    assert list(result.cells) == [("GD", 16), ("GD", 64)]
    assert result.axis == "width"
    for width in (16, 64):
        f = ss.TwoLayerReLU.random(dim=4, samples=6, width=width, seed=0)
        assert result["GD", width].landscape == f
        alone = ss.escape_times(f, ss.GradientDescent(1 / f.smoothness), trials=8)
        np.testing.assert_array_equal(result["GD", width].steps, alone.steps)
    assert [row["width"] for row in result.table()] == [16, 64]
    text = result.summary()
    assert text.startswith("Escape time against width: 2 cells of 8 trajectories")
    assert "run more values of width. (d" not in text  # nothing was fitted
    assert "GD: Cannot tell: 2 values of width have a finite escape time" in text
    assert result.plot().get_xlabel() == "width"
    assert result.counted_in("gradient_evaluations").axis == "width"


def test_growth_against_another_parameter_says_what_it_is() -> None:
    found = ss.compare_laws(
        [16, 64, 256, 1024, 4096],
        [
            ss.Estimate(8 * w**0.5, 7.9 * w**0.5, 8.1 * w**0.5, 0.95)
            for w in (16, 64, 256, 1024, 4096)
        ],
        axis="width",
    )
    assert found.best is not None
    assert found.best.formula == "A d^p"
    assert found.verdict.endswith("(d stands for width.)")
    assert "over 5 values of width" in repr(found)


def test_one_value_has_and_several_have() -> None:
    one = ss.compare_laws([4], [ss.Estimate(8, 7, 9, 0.95)])
    assert one.verdict.startswith("Cannot tell: 1 dimension has a finite escape time, and at least")
    one = ss.compare_laws([4], [ss.Estimate(8, 7, 9, 0.95)], axis="width")
    assert one.verdict.startswith("Cannot tell: 1 value of width has a finite escape time")
    none = ss.compare_laws([4], [ss.Estimate(float("inf"), 7, float("inf"), 0.95)])
    assert none.verdict.startswith("Cannot tell: 0 dimensions have a finite escape time")


def test_parameters_of_methods_vary_too() -> None:
    f = ss.Octopus(dim=3)
    study = Study(f, vary={"step_size": [0.25, 0.125]}, methods=GD, trials=10)
    result = study.run()
    assert [m.step_size for m in (result[key].method for key in result.cells)] == [0.125, 0.25]  # type: ignore[attr-defined]
    assert result.dims("GradientDescent") == (0.125, 0.25)
    assert "step size" in result.summary()
    assert not result.counts_up
    with pytest.raises(ValueError, match=r"growth: laws are functions of whole numbers from 1 on"):
        result.growth()
    assert "Growth" not in result._repr_html_()
    assert result.plot().get_xlabel() == "step size"


def test_further_axes_are_curves_of_their_own() -> None:
    study = Study(
        ss.Octopus,
        dims=[2, 3],
        vary={"step_size": [0.125, 0.25], "L": [1.0, 1.5]},
        methods={"GD": ss.GradientDescent(0.1)},
        trials=5,
    )
    assert len(study.cells) == 8
    result = study.run()
    assert result.methods == (
        "GD, step_size=0.125, L=1",
        "GD, step_size=0.125, L=1.5",
        "GD, step_size=0.25, L=1",
        "GD, step_size=0.25, L=1.5",
    )
    times = result["GD, step_size=0.25, L=1.5", 3]
    assert times.landscape == ss.Octopus(3, L=1.5)
    assert times.method == GD
    paired = result["GD, step_size=0.125, L=1.5", 3]
    assert paired.landscape == times.landscape  # and so the same starts


def test_text_may_vary_and_has_a_table_only() -> None:
    study = Study(
        ss.TwoLayerReLU,
        vary={"labels": ["teacher", "random"]},
        dim=3,
        samples=4,
        methods={"GD": lambda f: ss.GradientDescent(1 / f.smoothness)},
        trials=4,
    )
    result = study.run()
    assert result.dims("GD") == ("teacher", "random")  # as given
    assert "teacher" in result.summary()
    with pytest.raises(ValueError, match="result: labels has no numbers to draw against; see its"):
        result.plot()


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"vary": None}, ValueError, r"give what to vary: dims, such as range\(2, 7\), or vary="),
        ({"vary": [3]}, TypeError, r"vary must be a dict of parameter and values, such as \{"),
        ({"vary": {"dim": [3]}}, ValueError, "vary must not have 'dim'; pass dimensions as dims="),
        ({"vary": {"a b": [3]}}, TypeError, "vary must have parameter names such as 'width', got"),
        ({"vary": {"width": 64}}, TypeError, r"values such as \[1, 2, 4\], got 64; for one write"),
        ({"vary": {"width": []}}, ValueError, r"vary\['width'\] must have at least one value"),
        ({"vary": {"width": [4, 4]}}, ValueError, r"vary\['width'\] must differ, but 4 occurs"),
        ({"vary": {"width": [4, "x"]}}, TypeError, "must be all numbers or all text"),
        ({"vary": {"width": [None]}}, TypeError, "must be numbers or text, got None"),
        ({"vary": {"width": [float("nan")]}}, ValueError, "must be a number and finite, got nan"),
        ({"vary": {"dims": [4]}}, ValueError, "a parameter neither of the landscape nor of the"),
        ({"width": 9}, ValueError, "vary has 'width', which is given as width=9 too; drop one"),
    ],
)
def test_what_cannot_be_varied(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        wide(**changes)


def test_an_instance_has_no_further_parameters() -> None:
    with pytest.raises(TypeError, match=r"must be a class where L is given, got the instance Octo"):
        Study(ss.Octopus(3), vary={"step_size": [0.1]}, methods=GD, L=2.0)
