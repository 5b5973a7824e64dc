"""Stochastic Lanczos quadrature: exact moments, shares, multiplicities, and the picture."""

from __future__ import annotations

import re
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import saddlesim as ss
from digests import digest
from hessians import EPS, Floats, matrices, with_hessian
from saddlesim import _core
from saddlesim.description import stream_key
from saddlesim.plot_spectrum import plot_spectral_density
from test_symmetries import CASES, some_points

STUDENTS = ss.StudentTeacher.random(8)
AT = some_points(STUDENTS, 0, 1)[0] / 3


def starts(f: ss.Landscape, probes: int, seed: int = 0) -> Floats:
    """The random directions, from searches that take one step: their vectors are their starts."""
    ends = _core.extreme_eigenpairs(
        f.core,
        np.zeros((probes, f.dim)),
        deflated=np.zeros((probes, 0, f.dim)),
        indices=np.arange(probes),
        key=stream_key(seed, f),
        draw=0,
        steps=1,
        tolerance=0.0,
        both_ends=False,
        threads=1,
    )
    return np.asarray(ends.vectors[0])


@settings(max_examples=100)
@given(M=matrices(scales=(-20, 0, 20)), steps=st.integers(1, 70), seed=st.integers(0, 1000))
def test_moments_of_every_probe_are_exact(M: Floats, steps: int, seed: int) -> None:
    f, origin = with_hessian(M), np.zeros(len(M))
    H = f.hessian(origin)
    d = ss.spectral_density(f, origin, probes=5, steps=steps, seed=seed)
    norm = np.linalg.norm(H, 2)
    np.testing.assert_allclose(d.weights.sum(axis=1), 1, rtol=0, atol=100 * EPS)
    assert np.all(d.weights >= 0)
    assert d.nodes.shape == (5, min(steps, len(M)))
    assert np.abs(d.nodes).max() <= norm * (1 + 100 * EPS)
    Z = starts(f, 5, seed)
    power = Z
    for k in range(1, min(2 * steps, 7)):
        power = power @ H
        moments = np.einsum("pd,pd->p", Z, power)
        # products, and the orthogonality of the Krylov vectors, to rounding in each power
        error = k * 100 * (len(M) + 10) * EPS * norm**k
        found = (d.weights * d.nodes**k).sum(axis=1)
        np.testing.assert_allclose(found, moments, rtol=0, atol=error)


def test_means_are_those_over_probes() -> None:
    H = STUDENTS.hessian(AT)
    d = ss.spectral_density(STUDENTS, AT, probes=40, steps=10, seed=3)
    Z = starts(STUDENTS, 40, seed=3)
    for function, A in (((lambda v: v), H), (np.square, H @ H)):
        forms = np.einsum("pi,ij,pj->p", Z, A, Z)
        mean, error = d.mean_of(function)
        assert mean == pytest.approx(forms.mean(), rel=1e-12)
        assert error == pytest.approx(forms.std(ddof=1) / np.sqrt(40), rel=1e-10)
        assert abs(mean - np.trace(A) / len(A)) <= 4 * error
    assert np.isnan(ss.spectral_density(STUDENTS, AT, probes=1).mean_of(np.square)[1])


def share_error(share: Floats, dim: int, probes: int) -> Floats:
    """|P z|^2 / |z|^2 has a beta distribution; four standard deviations of its mean."""
    return 4 * np.sqrt(2 * share * (1 - share) / (dim + 2) / probes)


def test_shares_are_within_their_standard_errors() -> None:
    rng = np.random.default_rng(0)
    f = ss.QuadraticSaddle(rng.normal(size=100))
    levels = np.linspace(-2.5, 2.5, 21)
    share = np.mean(f.eigenvalues[:, None] <= levels, axis=0)
    d = ss.spectral_density(f, np.zeros(100), probes=64, steps=100, seed=5)
    found = d.cumulative(levels)
    assert np.all(np.abs(found - share) <= share_error(share, 100, 64) + 1e-12)
    assert d.cumulative(-99.0) == 0
    assert d.cumulative([[99.0]])[0, 0] == pytest.approx(1)
    few = ss.spectral_density(f, np.zeros(100), probes=64, steps=30, seed=5).cumulative(levels)
    # a step of the quadrature, a thirtieth or so, may be on either side
    assert np.all(np.abs(few - share) <= share_error(share, 100, 64) + 1 / 15)


def test_few_distinct_eigenvalues_are_exact_up_to_their_weights() -> None:
    f = ss.QuadraticSaddle(np.repeat([-2.0, 0.5, 3.0], [10, 70, 120]))
    d = ss.spectral_density(f, np.ones(200), probes=50)
    assert d.nodes.shape == (50, 64)
    Z = starts(f, 50)
    for nodes, weights, z in zip(d.nodes, d.weights, Z, strict=True):
        seen = weights > 0
        assert np.count_nonzero(seen) == 3
        np.testing.assert_allclose(nodes[seen], [-2, 0.5, 3], rtol=0, atol=1e-12)
        parts = [(z[f.eigenvalues == v] ** 2).sum() for v in (-2, 0.5, 3)]
        np.testing.assert_allclose(weights[seen], parts, rtol=0, atol=1e-12)
    shares = d.cumulative([-1.0, 1.0])
    assert np.all(np.abs(shares - [0.05, 0.4]) <= share_error(np.array([0.05, 0.4]), 200, 50))
    assert d.range == pytest.approx((-2, 3))


def test_functions_are_asked_for_eigenvalues_only() -> None:
    f = ss.QuadraticSaddle(np.repeat([1.0, 4.0], 50))
    d = ss.spectral_density(f, np.zeros(100))
    mean, error = d.mean_of(np.log)
    assert abs(mean - np.log(4) / 2) <= 4 * error
    mean, error = d.mean_of(lambda v: 1 / v)
    assert abs(mean - 0.625) <= 4 * error


@pytest.mark.parametrize("name", CASES)
def test_traces_on_every_landscape(name: str) -> None:
    f = CASES[name][0]
    x = some_points(f, seed=8, n=1)[0]
    d = ss.spectral_density(f, x, probes=200)
    assert d.dim == f.manifold_dim == len(f.tangent_basis(x))
    assert d.nodes.shape[1] == min(64, f.dim)
    H, basis = f.hessian(x), f.tangent_basis(x)
    on = basis @ H @ basis.T
    for function, A in (((lambda v: v), on), (np.square, on @ on)):
        mean, error = d.mean_of(function)
        assert abs(mean - np.trace(A) / d.dim) <= 4 * error + 1e-12 * np.abs(A).max()


def test_starts_on_spheres_are_tangent() -> None:
    f = ss.TensorDecomposition.random(2, "all", seed=1)
    x = f.retract(np.array([1.0, 0.3, 0.2, 1.0]))
    H, basis = f.hessian(x), f.tangent_basis(x)
    d = ss.spectral_density(f, x, probes=20)
    values = np.linalg.eigvalsh(basis @ H @ basis.T)
    seen = d.nodes[d.weights > 1e-12]  # a direction more would have the eigenvalue 0
    assert np.abs(seen[:, None] - values).min(axis=1).max() <= 1e-12


@pytest.mark.parametrize("width", [None, 0.02, 0.5])
def test_the_density_integrates_to_one(width: float | None) -> None:
    d = ss.spectral_density(STUDENTS, AT)
    sigma = d.default_width if width is None else width
    low, high = d.range
    grid = np.linspace(low - 8 * sigma, high + 8 * sigma, 5000)
    density = d.density(grid, width)
    assert np.all(density >= 0)
    # the trapezoidal rule is exact to rounding for such smooth functions, at sigma / 2 and less
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-10)
    mean = np.trapezoid(grid * density, grid)
    assert mean == pytest.approx(d.mean_of(lambda v: v)[0], abs=1e-8)
    inner = d.grid(width)
    assert np.trapezoid(d.density(inner, width), inner) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("eigenvalues", [[0.0], [0.0, 0.0], [2.0], [-1.0, -1.0, -1.0]])
def test_one_distinct_eigenvalue_is_enough(eigenvalues: list[float]) -> None:
    f = ss.QuadraticSaddle(eigenvalues)
    d = ss.spectral_density(f, np.zeros(f.dim), probes=3)
    assert d.range == pytest.approx((eigenvalues[0], eigenvalues[0]))
    assert d.default_width > 0
    d.plot(Figure().subplots())


def test_bits_depend_on_seed_and_probe_alone() -> None:
    whole = ss.spectral_density(STUDENTS, AT, probes=33, seed=2, threads=1)
    for threads in (2, 3):
        again = ss.spectral_density(STUDENTS, AT, probes=33, seed=2, threads=threads)
        np.testing.assert_array_equal(again.nodes, whole.nodes)
        np.testing.assert_array_equal(again.weights, whole.weights)
    fewer = ss.spectral_density(STUDENTS, AT, probes=5, seed=2)
    np.testing.assert_array_equal(fewer.nodes, whole.nodes[:5])
    other = ss.spectral_density(STUDENTS, AT, probes=5, seed=3)
    assert np.all(other.nodes[:, 0] != fewer.nodes[:, 0])


def test_golden_bits_of_the_tridiagonal_matrices() -> None:
    X = np.tile(np.round(AT, 3), (20, 1))
    options = {"indices": np.arange(20), "key": 5, "steps": 12, "threads": 2}
    assert digest(list(_core.tridiagonals(STUDENTS.core, X, **options))) == "a3ff12779614f758"


BAD: list[tuple[Callable[[], object], str]] = [
    (
        lambda: ss.spectral_density(ss.Octopus(3), [1e3, 0, 0]),
        "x must lie where Octopus is defined and its Hessian finite, got array([1000.,",
    ),
    (lambda: ss.spectral_density(STUDENTS, np.zeros(3)), "x must have shape (64,), got (3,)"),
    (lambda: ss.spectral_density(STUDENTS, np.full(64, np.nan)), "x must be finite, but x[0] is"),
    (lambda: ss.spectral_density(STUDENTS, AT, probes=0), "probes must be a whole number >= 1"),
    (lambda: ss.spectral_density(STUDENTS, AT, steps=0), "steps must be a whole number >= 1"),
    (
        lambda: ss.spectral_density(ss.QuadraticSaddle(np.ones(9999)), np.ones(9999), steps=300),
        "steps must be at most 209 in dimension 9999",
    ),
    (
        lambda: ss.spectral_density(STUDENTS, AT).density(0.0, width=0),
        "width must be a positive number, got 0",
    ),
    (
        lambda: ss.spectral_density(STUDENTS, AT).plot(Figure().subplots(), width=-1.0),
        "width must be a positive number, got -1.0",
    ),
]


@pytest.mark.parametrize(("call", "text"), BAD, ids=[text[:40] for _, text in BAD])
def test_values_that_are_not_allowed(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_the_picture_shows_the_density_and_shades_what_is_negative() -> None:
    before, ax = dict(mpl.rcParams), Figure().subplots()
    d = ss.spectral_density(STUDENTS, AT)
    artists = d.plot(ax)
    assert dict(mpl.rcParams) == before
    line = ax.lines[0]
    assert line is artists[0]
    np.testing.assert_array_equal(line.get_ydata(), d.density(d.grid()))
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "eigenvalue of the Hessian"
    assert ax.get_ylabel() == "density of eigenvalues"
    assert ax.get_title() == "dimension 64, 32 probes of 64 steps"
    share = 100 * float(d.cumulative(-d.default_width))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["density", f"negative curvature: {share:.2g} % of eigenvalues"]
    assert artists[-1] is ax.get_legend()
    shaded = ax.collections[0].get_paths()[0].vertices
    assert shaded[:, 0].max() <= 0
    low, high = ax.get_ylim()
    peak = d.density(d.grid()).max()
    assert np.log(high / low) == pytest.approx(1.3 * np.log(peak / low))  # the legend above it
    one = 1 / d.dim / (d.default_width * np.sqrt(2 * np.pi))  # the peak of one eigenvalue
    assert low == pytest.approx(one / 10)


def test_the_picture_says_where_there_is_no_negative_curvature() -> None:
    ax = Figure().subplots()
    d = ss.spectral_density(ss.QuadraticSaddle([1.0, 2.0, 4.0]), np.zeros(3))
    plot_spectral_density(d, ax, width=0.05)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["density", "negative curvature: none"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), d.density(d.grid(0.05), 0.05))
