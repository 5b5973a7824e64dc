"""Comparisons of methods as people see them: promises, tables, pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import saddlesim as ss
from comparisons import METHODS, OCTOPUS, legend, runs
from grids import GD, around, cell, censored
from saddlesim.errors import MissingExtraError
from saddlesim.outcome import Outcome


def theory(f: ss.Landscape) -> ss.Method:
    return ss.PerturbedGradientDescent.from_theory(f, 0.1, hessian_lipschitz=1.0, value_gap=1.0)


def promising() -> ss.Comparison:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    return ss.compare(
        f, {"GD": GD, "theory": theory}, trials=50, escape=ss.LeavesBall(radius=1.0), max_steps=2000
    )


def test_promises_stand_beside_what_is_measured() -> None:
    result = promising()
    promise = result["theory"].method.guarantee.iterations  # type: ignore[attr-defined]
    assert {row["method"]: row["promised"] for row in result.table()}["theory"] == promise
    assert "promised iterations: within which the theorem" in result.summary()
    assert "promised" not in runs(GD=cell(3, around(100))).summary()
    ax = Figure().subplots()
    result.plot(ax, promised=True)
    (line,) = [line for line in ax.lines if str(line.get_label()).endswith("promised")]
    assert line.get_xdata()[0] == promise
    with pytest.raises(ValueError, match="where gradient evaluations are counted: theorems count"):
        result.counted_in("gradient_evaluations").plot(ax, promised=True)


def test_repr_and_html() -> None:
    result = runs(**{"<b>": cell(3, around(100)), "c": cell(3, around(200))})
    assert repr(result) == result.summary()
    text = result._repr_html_()
    assert text.count("<table>") == 2
    assert "&lt;b&gt;" in text
    assert "<b>&" not in text


def test_to_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    result = runs(a=cell(3, around(100)), b=cell(3, around(200)))
    frame = result.to_pandas()
    assert frame["method"].tolist() == ["a", "b"]
    assert list(frame.columns) == list(result.table()[0]) == list(result.table()[1])
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas, or use \.table\(\)$"):
        result.to_pandas()


def test_share_is_0_or_100_percent_only_if_every_single_one() -> None:
    outcome = np.where(np.arange(10_000) == 0, Outcome.DIVERGED, Outcome.ESCAPED)
    text = runs(a=cell(3, np.full(10_000, 9), outcome)).summary()
    assert ">99.9 % [>99.9, >99.9]" in text


@pytest.fixture(autouse=True)
def style_stays() -> Iterator[None]:
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before


def test_ratios_near_one_have_more_than_one_label() -> None:
    f = ss.MatrixFactorization.random(8, rank=2, seed=0)
    near = {"GD": ss.GradientDescent(0.1), "slower": ss.GradientDescent(0.098)}
    figure = Figure()
    _, right = axes = list(figure.subplots(1, 2))
    ss.compare(f, near, trials=100).plot(axes)
    FigureCanvasAgg(figure).draw()
    assert sum(tick.get_text() != "" for tick in right.get_xticklabels()) > 2


def test_picture() -> None:
    result = ss.compare(OCTOPUS, METHODS, trials=300)
    axes = list(Figure().subplots(1, 2))
    artists = result.plot(axes)
    assert all(artist.axes in axes for artist in artists)
    left, right = axes
    assert legend(left) == list(result.ranking())
    assert (left.get_xscale(), right.get_xscale()) == ("log", "log")
    assert left.get_xlabel() == "escape time (gradient steps)"
    assert left.get_ylabel() == "share that has not escaped yet"
    assert [tick.get_text() for tick in right.get_yticklabels()] == list(result.ranking())
    assert right.get_ylim()[0] > right.get_ylim()[1]  # the best on top
    drawn = [container.lines for container in right.containers]
    points = [float(lines[0].get_xdata()[0]) for lines in drawn]
    expected = [result.paired(label) for label in result.ranking()]
    assert points == pytest.approx([found.ratio.value for found in expected])
    ends = drawn[1][2][0].get_segments()[0][:, 0]
    assert list(ends) == pytest.approx([expected[1].ratio.low, expected[1].ratio.high])
    left.get_figure().canvas.draw()


def test_picture_says_where_data_end_and_what_is_not_told_apart() -> None:
    quick = around(100)
    result = runs(
        quick=cell(3, quick),
        twin=cell(3, np.roll(quick, 1)),
        late=censored(3, 5000),
        lost=cell(3, around(900), Outcome.STALLED, underflowed=True),
    )
    left, right = Figure().subplots(1, 2)
    result.plot([left, right])
    assert legend(left)[-1] == "the data end here"
    faces = [container.lines[0].get_markerfacecolor() for container in right.containers]
    assert faces[1] == "white"
    assert faces[0] != "white"
    notes = [text.get_text().strip() for text in right.texts]
    assert notes[2] == "no ratio: 0 of 1,001 pairs finished"
    ends = [
        line.get_xdata()[0]
        for line in left.lines
        if line.get_marker() == "|" and len(line.get_xdata())
    ]
    assert sorted(ends) == [around(900).max(), 5000]


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'saddlesim\[plot\]'$"):
        runs(a=cell(3, around(100))).plot()
