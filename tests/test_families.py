"""Every landscape against dimension, from Python and from the command line."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from typer.testing import CliRunner

import saddlesim as ss
from saddlesim import landscapes
from saddlesim.cli import families
from saddlesim.cli.app import app

# What a family cannot do without.
SETTINGS = {
    "matrix-factorization": {"rank": 2},
    "asymmetric-factorization": {"rank": 2},
    "matrix-sensing": {"rank": 1},
    "matrix-completion": {"rank": 1, "observed": 0.9},
}


def test_the_command_knows_every_landscape() -> None:
    classes = [c for _, c in inspect.getmembers(landscapes, inspect.isclass)]
    concrete = {c for c in classes if issubclass(c, ss.Landscape) and c is not ss.Landscape}
    assert set(families.FAMILIES.values()) == concrete
    assert concrete == {c for c in vars(ss).values() if inspect.isclass(c) and c in concrete}


@pytest.mark.parametrize("name", [name for name in families.FAMILIES if name != "small-data"])
def test_a_family_runs_against_dimension(name: str) -> None:
    family, fixed = families.FAMILIES[name], SETTINGS.get(name, {})
    result = ss.escape_time_vs_dimension(
        family,
        dims=[3, 5],
        methods={"GD": lambda f: ss.GradientDescent(min(0.25, 1 / f.smoothness))},
        trials=20,
        seed=1,
        max_steps=20_000,
        **fixed,
    )
    for dim in (3, 5):
        times = result["GD", dim]
        assert times.landscape.size == dim
        assert np.count_nonzero(times.escaped) >= 10
        assert np.isfinite(times.value).all()
    assert result.dims("GD") == (3, 5)


@pytest.mark.parametrize("name", families.FAMILIES)
def test_a_family_runs_from_the_command_line(name: str) -> None:
    words = ["escape", name, "--trials", "10", "--max-steps", "300", "--methods", "gd,pgd,noisy"]
    for key, value in SETTINGS.get(name, {}).items():
        words += ["--set", f"{key}={value}"]
    if name != "small-data":
        words += ["--dims", "3,4"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert families.FAMILIES[name].__name__ in result.output
    for label in ("GD", "PGD", "noisy GD"):
        assert f"\n  {label} " in result.output


def test_the_list_has_every_landscape_with_its_parameters() -> None:
    output = CliRunner().invoke(app, ["landscapes"]).output
    for name in families.FAMILIES:
        assert f"\n{name}\n" in f"\n{output}"
    assert "--set: rank, eigenvalues=(by dimension)" in output
    assert "--set: L=1, gamma=1, tau=2.718" in output


def test_numbers_lists_and_words_are_read() -> None:
    make = families.landscape_family(
        "matrix-factorization", ["rank=2", "eigenvalues=3,2,1"], seed=4
    )
    assert make(5) == ss.MatrixFactorization.random(5, 2, seed=4, eigenvalues=[3, 2, 1])
    one = families.landscape_family("tensor", ["objective=one"], seed=4)
    assert one(3) == ss.TensorDecomposition.random(3, "one", seed=4)
