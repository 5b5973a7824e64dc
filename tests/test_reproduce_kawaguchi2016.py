"""Kawaguchi (2016): closed forms of the chain, what agrees, and what would differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.kawaguchi2016 import chain, escape, origin, sigmoid

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("kawaguchi2016")
    return reproduce("kawaguchi2016", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.claims) == 12


def test_pictures_and_tables_are_written(report: Report) -> None:
    assert [path.name for path in report.files] == [
        "kawaguchi2016.json",
        "origin.csv",
        "escape.csv",
        "escape.png",
        "sigmoid.csv",
        "sigmoid.png",
        "minima.csv",
    ]


@pytest.mark.parametrize(
    ("depth", "times"),
    [
        (2, (2.298, 4.605, 6.908)),
        (3, (9.145, 99.15, 999.15)),
        (4, (49.73, 4999.73, 499999.73)),
    ],
)
def test_integral_of_the_time(depth: int, times: tuple[float, ...]) -> None:
    found = [chain.exit_time(depth, weight) for weight in (0.1, 0.01, 0.001)]
    assert found == pytest.approx(times, abs=5.1e-3)


def test_integral_with_two_layers_is_elementary() -> None:
    # dw / (w (1 - w^2)) is the derivative of ln(w / sqrt(1 - w^2))
    w, half = 0.01, math.sqrt(0.5)
    expected = math.log(half / math.sqrt(0.5)) - math.log(w / math.sqrt(1 - w**2))
    assert chain.exit_time(2, w) == pytest.approx(expected, rel=1e-12)


def test_sigmoid_solves_its_equation() -> None:
    t, step = np.linspace(0.5, 8, 20), 1e-4
    u = chain.sigmoid(t, 1e-3)
    slope = (chain.sigmoid(t + step, 1e-3) - chain.sigmoid(t - step, 1e-3)) / (2 * step)
    np.testing.assert_allclose(slope, 2 * u * (1 - u), rtol=1e-6)
    assert chain.sigmoid(np.zeros(1), 0.25) == pytest.approx(0.25)


def test_chain_is_the_network_of_single_units() -> None:
    f = chain.chain(3)
    assert f.dim == 3
    assert float(f.value(np.array([2.0, 3.0, 0.5]))) == 2.0


def test_origin_of_deep_networks_has_no_curvature(report: Report) -> None:
    two, *deeper = report.tables["origin"]
    assert two["min_eigenvalue"] < -1
    assert [row["largest_entry"] for row in deeper] == [0.0, 0.0, 0.0]


def test_times_of_descent(report: Report) -> None:
    times = {(r["layers"], r["weight"]): r["descent_time"] for r in report.tables["escape"]}
    assert times[3, 0.01] == pytest.approx(99.19, abs=0.011)
    assert times[4, 0.1] == pytest.approx(49.76, abs=0.011)


def test_a_logarithm_in_place_of_a_power_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escape, "chain", lambda _: chain.chain(2))
    flow, descent, power, logarithm = escape.section(QUICK).claims
    assert not any(finding.holds for finding in power.findings)
    assert [f.holds for f in flow.findings] == [f.case.startswith("N = 2") for f in flow.findings]
    assert not all(finding.holds for finding in descent.findings)
    assert all(finding.holds for finding in logarithm.findings)


def test_a_wrong_sigmoid_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigmoid, "sigmoid", lambda t, u: chain.sigmoid(1.1 * t, u))
    follows, halves = sigmoid.section(QUICK).claims
    assert not any(finding.holds for finding in follows.findings)
    assert not any(finding.holds for finding in halves.findings)


def test_curvature_at_the_origin_of_deep_networks_would_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hessian(f: ss.DeepLinearNetwork, x: np.ndarray) -> np.ndarray:
        return 1e-12 * np.eye(f.dim)

    monkeypatch.setattr(ss.DeepLinearNetwork, "hessian", hessian)
    _, flat, _ = origin.section(QUICK).claims
    assert not any(finding.holds for finding in flat.findings)
