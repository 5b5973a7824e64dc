"""Functions of one point, differentiated by JAX and PyTorch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from custom_landscapes import (
    octopus_functions,
    pairs_of_steps,
    well_gradient,
    well_hvp,
    well_value,
)

descent = ss.GradientDescent(step_size=0.25)


@pytest.fixture
def jax() -> Iterator[Any]:
    found = pytest.importorskip("jax")
    before = found.config.jax_enable_x64
    found.config.update("jax_enable_x64", True)
    yield found
    found.config.update("jax_enable_x64", before)


@pytest.fixture(params=["jax", "torch"])
def library(request: pytest.FixtureRequest) -> str:
    if request.param == "jax":
        request.getfixturevalue("jax")
    else:
        pytest.importorskip("torch")
    return str(request.param)


def one_well(x: Any) -> Any:
    return (x[0] ** 2 - 1) ** 2 / 4 + (x[1:] ** 2).sum() / 2


def maker(library: str) -> Callable[..., ss.CustomLandscape]:
    return ss.from_jax if library == "jax" else ss.from_torch


def test_derivatives_are_those_of_the_function(library: str) -> None:
    f = maker(library)(one_well, 3, block=64, length_scale=2.0)
    assert f.name.endswith("test_custom_autodiff:one_well")
    assert f.has_hvp
    rng = np.random.default_rng(0)
    X, V = rng.normal(size=(2, 40, 3))
    np.testing.assert_allclose(f.value(X), well_value(X), rtol=1e-14)
    np.testing.assert_allclose(f.gradient(X), well_gradient(X), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(f.hvp(X, V), well_hvp(X, V), rtol=1e-13, atol=1e-15)


def test_the_octopus_takes_the_steps_of_the_built_in(library: str) -> None:
    own = ss.Octopus(dim=3)
    f = octopus_functions.IN_PYTHON[library](3, block=256, check=False)
    first = ss.At(own.default_initial().sample(own, trials=200))
    level = -2.5 * own.drop
    ours = ss.escape_times(f, descent, initial=first, escape=ss.ValueBelow(level))
    theirs = ss.escape_times(
        own, descent, initial=first, escape=ss.ValueBelow(level), arithmetic="float64"
    )
    np.testing.assert_array_equal(ours.outcome, theirs.outcome)
    assert np.count_nonzero(ours.steps != theirs.steps) <= 2
    assert np.abs(ours.steps - theirs.steps).max() <= 2


def test_the_quadratic_and_a_factorisation_take_the_steps_of_the_built_in(library: str) -> None:
    quadratic = ss.QuadraticSaddle([-0.5, 1.0, 0.3])
    factorisation = ss.MatrixFactorization.random(dim=4, rank=2, seed=3)
    arrays: Any = pytest.importorskip({"jax": "jax.numpy", "torch": "torch"}[library])
    h, M = arrays.asarray(quadratic.eigenvalues * 1.0), arrays.asarray(factorisation.M * 1.0)

    def half_square(x: Any) -> Any:
        return (h * x * x).sum() / 2

    def quarter_square(x: Any) -> Any:
        U = x.reshape(4, 2)
        return ((U @ U.T - M) ** 2).sum() / 4

    options = {"block": 256, "check": False}
    known = {"stationary_points": np.zeros(3), **options}
    pairs_of_steps(maker(library)(half_square, 3, **known), quadratic, 0.25)
    known["stationary_points"] = np.zeros(8)
    step = 0.2 / factorisation.smoothness
    pairs_of_steps(maker(library)(quarter_square, 8, **known), factorisation, step)


def test_single_precision_of_jax_is_refused(jax: Any) -> None:
    f = ss.from_jax(one_well, 3, block=16, check=False)
    jax.config.update("jax_enable_x64", False)
    with pytest.raises(ValueError, match="from_jax needs double precision, and jax_enable_x64 is"):
        ss.from_jax(one_well, 3)
    with pytest.raises(ss.LandscapeError, match="must return dtype float64, got float32"):
        f.value(np.ones(3))


def test_settings_of_the_calling_thread_hold(jax: Any) -> None:
    jax.config.update("jax_enable_x64", False)
    with jax.enable_x64(True):
        f = ss.from_jax(one_well, 3, block=16, length_scale=1.0)
        assert f.value(np.ones(3)) == 1.0


def test_single_precision_of_torch_is_refused() -> None:
    torch = pytest.importorskip("torch")

    def f(x: Any) -> Any:
        return one_well(x.to(torch.float32))

    with pytest.raises(ss.LandscapeError, match="must return dtype float64, got float32"):
        ss.from_torch(f, 3, block=16)


@pytest.mark.parametrize(("name", "package"), [("from_jax", "jax"), ("from_torch", "torch")])
def test_an_absent_package_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"{name} needs {package}, which is not installed"):
        getattr(ss, name)(one_well, 3)
