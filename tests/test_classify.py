"""What kind of stationary point a point is: at all that theory knows, and where nothing is sure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable

import numpy as np
import pytest

import landscape_checks as check
import saddlesim as ss
from saddlesim import classification
from test_symmetries import CASES

STUDENTS = ss.StudentTeacher.random(8)
KNOWN = {
    **CASES,
    "students, bad minimum": (STUDENTS, CASES["students"][1], 0),
    "octopus, dim 1": (ss.Octopus(1), CASES["octopus"][1], 0),
    "bowl": (ss.QuadraticSaddle([1.0, 3.0], rotation_seed=1), CASES["quadratic"][1], 0),
    "hill": (ss.QuadraticSaddle([-1.0, -3.0], rotation_seed=1), CASES["quadratic"][1], 0),
}
LISTED = [name for name, (f, _, _) in KNOWN.items() if f.stationary_points()]


def expected_kind(f: ss.Landscape, p: ss.StationaryPoint) -> str:
    """What theory lists, in the words of a classification."""
    if p.eigenvalues[0] < 0:
        return "maximum" if p.eigenvalues[-1] < 0 else "strict saddle"
    if p.value <= f.minimum_value + 1e-12 * (1 + abs(p.value)):
        return "global minimum"
    off_orbit = np.count_nonzero(p.eigenvalues == 0) - check.symmetry_rank(f, p.point)
    return "degenerate" if off_orbit else "local minimum"


def same(a: ss.Classification, b: ss.Classification) -> None:
    for field in dataclasses.fields(a):
        np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name))


@pytest.mark.parametrize("name", LISTED)
def test_listed_points_are_what_theory_says(name: str) -> None:
    f = KNOWN[name][0]
    known = f.stationary_points()
    found = ss.classify(f, [p.point for p in known])
    assert len(found) == len(known)
    for i, p in enumerate(known):
        assert found.kind[i] == expected_kind(f, p), p.name
        assert found.index[i] == np.count_nonzero(p.eigenvalues < 0), p.name
        zeros = np.count_nonzero(p.eigenvalues == 0)
        assert found.nullity[i] == zeros - check.symmetry_rank(f, p.point), p.name
        assert found.value[i] == pytest.approx(p.value, abs=1e-10 * (1 + abs(p.value)))
        assert found.gradient_norm[i] <= found.gradient_tolerance[i]
        scale = np.abs(p.eigenvalues).max()
        if zeros == 0:  # the ends of what is seen off the symmetries are those of the spectrum
            assert found.min_eigenvalue[i] == pytest.approx(p.eigenvalues[0], abs=1e-9 * scale)
            assert found.max_eigenvalue[i] == pytest.approx(p.eigenvalues[-1], abs=1e-9 * scale)
        sure = found.kind[i] in ("global minimum", "local minimum", "degenerate")
        assert (
            found.failure_probability[i] == 0 if sure else math.isnan(found.failure_probability[i])
        )


@pytest.mark.parametrize("name", LISTED)
def test_points_of_one_orbit_are_alike(name: str) -> None:
    f, move, _ = KNOWN[name]
    rng = np.random.default_rng(7)
    for p in f.stationary_points():
        orbit = ss.classify(f, [move(f, p.point, rng) for _ in range(5)])
        assert set(orbit.kind) == {expected_kind(f, p)}
        assert set(orbit.index) == {np.count_nonzero(p.eigenvalues < 0)}
        assert len(set(orbit.nullity)) == 1


@pytest.mark.parametrize("name", LISTED)
def test_beside_a_stationary_point_is_none(name: str) -> None:
    f = KNOWN[name][0]
    rng = np.random.default_rng(3)
    for p in f.stationary_points():
        steps = rng.normal(size=(5, f.dim))
        X = p.point + 1e-3 * f.length_scale * steps / np.linalg.norm(steps, axis=1)[:, None]
        X = f.core.retract(X) if f.on_spheres else X
        found = ss.classify(f, X)
        assert set(found.kind) == {"not stationary"}
        assert np.all(found.gradient_norm > found.gradient_tolerance)
        assert set(found.index) == set(found.nullity) == {-1}
        assert np.isnan(found.failure_probability).all()


def test_away_from_stationary_points_the_whole_spectrum_is_looked_at() -> None:
    """What symmetries would hide is part of it: the Hessian is not 0 along them there."""
    f = CASES["factorisation"][0]
    X = np.random.default_rng(0).normal(size=(6, f.dim))
    X[3] = f.stationary_points()[-1].point
    ends = np.linalg.eigvalsh(f.hessian(X))[:, [0, -1]]
    ends[3, 0] = 2.0  # off the orbit
    X[4] = X[3] + 1e-5  # where the symmetries' directions are known, but |gradient| is too large
    ends[4] = np.linalg.eigvalsh(f.hessian(X[4]))[[0, -1]]
    found = ss.classify(f, X)
    assert abs(ends[4, 0]) < 1e-3
    rows = np.arange(6) != 3
    assert list(found.kind[~rows]) == ["global minimum"]
    np.testing.assert_allclose(found.min_eigenvalue[rows], ends[rows, 0], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(found.max_eigenvalue, ends[:, 1], rtol=1e-8)
    assert found.min_eigenvalue[3] == pytest.approx(ends[3, 0])


@pytest.mark.parametrize("largest", [1024, 1])
def test_outside_the_domain_nothing_is_stationary(
    monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(classification, "LARGEST", largest)
    f = ss.Octopus(2)
    found = ss.classify(f, [[0.1, 99.0], f.stationary_points()[0].point])
    assert list(found.kind) == ["not stationary", "strict saddle"]
    assert np.isnan(found.value[0])
    assert np.isnan(found.gradient_norm[0])
    assert np.isnan(found.min_eigenvalue[0])


def test_no_points_are_no_rows() -> None:
    found = ss.classify(STUDENTS, np.empty((0, STUDENTS.dim)))
    assert len(found) == 0
    assert found.counts == {}
    assert repr(found).startswith("Classification of 0 points\n")


@pytest.mark.parametrize("largest", [1024, 1])
def test_where_f_is_constant_all_points_are_minima(
    monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(classification, "LARGEST", largest)
    f = ss.QuadraticSaddle([0.0, 0.0])
    assert set(ss.classify(f, [[0.0, 0.0], [3.0, -1.0]]).kind) == {"global minimum"}


# tolerances


def test_the_gradient_tolerance_is_used() -> None:
    f = ss.QuadraticSaddle([-1.0, 2.0])
    x = [3e-3, 0.0]  # |gradient| = 3e-3
    assert ss.classify(f, x, gradient_tolerance=3.001e-3).kind[0] == "strict saddle"
    found = ss.classify(f, x, gradient_tolerance=2.999e-3)
    assert found.kind[0] == "not stationary"
    assert found.gradient_tolerance[0] == 2.999e-3
    # by default a millionth of a length scale away, were all curvatures as strong as the strongest
    assert ss.classify(f, [1.9e-6, 0.0]).kind[0] == "strict saddle"
    assert ss.classify(f, [2.1e-6, 0.0]).kind[0] == "not stationary"


def test_the_curvature_tolerance_is_used() -> None:
    f = ss.QuadraticSaddle([-1e-3, -2e-3, 1.0], rotation_seed=3)
    kinds = {1e-2: "degenerate", 1.5e-3: "strict saddle", 1e-4: "strict saddle"}
    for (tolerance, kind), index, nullity in zip(kinds.items(), (0, 1, 2), (2, 1, 0), strict=True):
        found = ss.classify(f, np.zeros(3), curvature_tolerance=tolerance)
        assert (found.kind[0], found.index[0], found.nullity[0]) == (kind, index, nullity)
        assert found.curvature_tolerance[0] == tolerance


def test_the_default_curvature_tolerance_grows_with_the_gradient() -> None:
    f = CASES["factorisation"][0]
    minimum = f.stationary_points()[-1].point
    for off in (1e-9, 1e-7):
        x = minimum + off * np.ones(f.dim)
        found = ss.classify(f, x)
        least = math.sqrt(f.hessian_lipschitz * found.gradient_norm[0])
        norm = np.abs(np.linalg.eigvalsh(f.hessian(x))).max()
        assert found.curvature_tolerance[0] == pytest.approx(least + 1e-7 * norm, rel=1e-6)


def test_a_hessian_that_is_nothing_but_rounding_is_zero() -> None:
    """1e-16 from the origin of a deep linear network, where eigenvalues are some 1e-16."""
    f = ss.DeepLinearNetwork.random([3, 3, 3, 3], seed=1, singular_values=[3, 2, 1])
    x = 1e-16 * np.random.default_rng(0).normal(size=f.dim)
    found = ss.classify(f, x)
    assert found.min_eigenvalue[0] < 0
    assert (found.kind[0], found.index[0], found.nullity[0]) == ("degenerate", 0, 27)


def test_the_value_tolerance_is_used() -> None:
    bad = STUDENTS.stationary_points()[1]
    assert bad.name == "bad local minimum"
    assert ss.classify(STUDENTS, bad.point).kind[0] == "local minimum"
    for tolerance, kind in ((0.0216, "global minimum"), (0.0215, "local minimum")):
        found = ss.classify(STUDENTS, bad.point, value_tolerance=tolerance)
        assert found.kind[0] == kind


def test_a_saddle_is_no_minimum_however_low() -> None:
    for name in ("factorisation", "tensor, all", "octopus"):
        f = CASES[name][0]
        known = f.stationary_points()
        found = ss.classify(f, [p.point for p in known], value_tolerance=1e6)
        for p, kind in zip(known, found.kind, strict=True):
            assert (kind == "global minimum") == (p.eigenvalues[0] >= 0)


# where nothing is sure


class Unknown(ss.QuadraticSaddle):
    """A quadratic whose minimum is not known."""

    @property
    def minimum_value(self) -> float:
        return math.nan


def test_without_a_known_minimum_none_is_global() -> None:
    f = Unknown([1.0, 2.0, 3.0], rotation_seed=1)
    assert ss.classify(f, np.zeros(3)).kind[0] == "local minimum"
    flat = ss.classify(f, np.zeros(3), curvature_tolerance=1.5)
    assert (flat.kind[0], flat.nullity[0]) == ("degenerate", 1)


def test_a_tolerance_of_nothing_leaves_minima_undecided() -> None:
    """No factorisation is without rounding; a negative eigenvalue is shown all the same."""
    minimum, bad = STUDENTS.stationary_points()
    found = ss.classify(STUDENTS, [bad.point, minimum.point], curvature_tolerance=0.0)
    assert list(found.kind) == ["undecided", "global minimum"]  # the latter by its value
    assert list(found.index) == [-1, -1]
    assert np.isnan(found.failure_probability[0])
    saddle = CASES["students"][0].stationary_points()[-1].point
    assert ss.classify(CASES["students"][0], saddle, curvature_tolerance=0.0).kind[0] == (
        "strict saddle"
    )


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """All dimensions above 4 are beyond what is factorised."""
    monkeypatch.setattr(classification, "LARGEST", 4)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("name", [name for name in LISTED if KNOWN[name][0].dim > 4])
def test_beyond_factorisation_no_claim_is_wrong(name: str) -> None:
    f = KNOWN[name][0]
    known = f.stationary_points()
    found = ss.classify(f, [p.point for p in known])
    assert set(found.index) == set(found.nullity) == {-1}
    for i, p in enumerate(known):
        kind, expected = found.kind[i], expected_kind(f, p)
        if expected in ("strict saddle", "maximum"):
            assert kind == "strict saddle"
            assert found.min_eigenvalue[i] + found.residual[i] < -found.curvature_tolerance[i]
            assert math.isnan(found.failure_probability[i])
        elif expected == "degenerate":
            assert kind in ("degenerate", "undecided")
        else:
            assert kind == expected
        if kind in ("local minimum", "degenerate"):
            assert 0 <= found.failure_probability[i] <= 1e-6


@pytest.mark.usefixtures("large")
def test_the_failure_probability_is_that_of_the_theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    dim, steps = 200, 60
    monkeypatch.setattr(classification, "most_products", lambda _: steps)
    f = Unknown(np.linspace(1, 2, dim), rotation_seed=1)
    found = ss.classify(f, np.zeros(dim))
    assert found.kind[0] == "local minimum"
    # all eigenvalues are above the tolerance: none is the gap to it, or more, below the smallest
    width = found.max_eigenvalue[0] - found.min_eigenvalue[0]
    gap = (found.min_eigenvalue[0] - found.curvature_tolerance[0]) / (4 / 3 * width)
    missed = [math.exp(-(2 * steps - 1) * math.sqrt(e)) for e in (gap, 0.125)]
    bound = 1.648 * math.sqrt(dim) * (missed[0] + 2 * missed[1])
    assert found.failure_probability[0] == pytest.approx(bound, rel=1e-6)
    assert 1e-20 < bound < 1e-6


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("steps", [3, 8, 15])
def test_a_short_search_decides_nothing(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    monkeypatch.setattr(classification, "most_products", lambda _: steps)
    found = ss.classify(Unknown(np.linspace(1, 2, 200), rotation_seed=1), np.zeros(200))
    assert found.kind[0] == "undecided"
    assert math.isnan(found.failure_probability[0])
    # an eigenvalue below is proved by its residual once it is seen, and never denied before
    for below, sees in ((-1e-3, 8), (-9.0, 3)):
        f = Unknown(np.r_[below, np.linspace(1, 2, 199)], rotation_seed=1)
        kind = ss.classify(f, np.zeros(200)).kind[0]
        assert kind == ("strict saddle" if steps >= sees else "undecided")


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [
        (np.full(60, 2.0), "local minimum"),
        (np.repeat([1.0, 2.0, 5.0], 20), "local minimum"),
        (np.repeat([-1.0, 2.0], 30), "strict saddle"),
        (np.full(60, -2.0), "strict saddle"),  # a maximum, which is not counted
    ],
)
def test_few_different_eigenvalues_are_all_seen(eigenvalues: np.ndarray, kind: str) -> None:
    """The Krylov space ends after so many steps that the bound for general spectra says nothing."""
    found = ss.classify(Unknown(eigenvalues, rotation_seed=1), np.zeros(60))
    assert found.kind[0] == kind
    if kind == "local minimum":
        # sqrt(2 dim / pi) * 128 eps * norm / gap
        gap = eigenvalues.min() - found.curvature_tolerance[0]
        rounding = 128 * 2.0**-52 * eigenvalues.max()
        bound = math.sqrt(120 / math.pi) * rounding / gap
        assert found.failure_probability[0] == pytest.approx(bound, rel=1e-6)


def test_a_large_octopus_is_classified() -> None:
    """With f = -9e4 there, whose rounding is more than 1e-9 curvatures times lengths squared."""
    f = ss.Octopus(1500)
    found = ss.classify(f, [f.stationary_points()[i].point for i in (0, 500, 1500)])
    assert list(found.kind) == ["strict saddle", "strict saddle", "global minimum"]
    assert found.failure_probability[2] < 1e-10


# what it looks like


def test_counts_rows_and_texts() -> None:
    f = CASES["factorisation"][0]
    X = np.array([p.point for p in f.stationary_points()] + [np.ones(f.dim)])
    found = ss.classify(f, X)
    assert found.counts == {"global minimum": 1, "strict saddle": 7, "not stationary": 1}
    assert tuple(found.counts) == tuple(k for k in classification.KINDS if k in found.counts)
    # strengths 3, 2 and 1: at the origin each of three columns may fall along each of them
    assert repr(found).splitlines()[:4] == [
        "Classification of 9 points",
        "  kind            points  value        smallest eigenvalue  index",
        "  global minimum  1       1.25         2                    0",
        "  strict saddle   7       1.5 to 4.75  -3 to -1             1 to 9",
    ]
    html = found._repr_html_()
    assert html.count("<tr>") == 4
    assert "Classification of 9 points" in html
    same(found[2:5], ss.Classification(*(getattr(found, n.name)[2:5] for n in columns(found))))
    saddles = found[found.kind == "strict saddle"]
    assert saddles.counts == {"strict saddle": 7}
    assert len(found[3]) == 1
    assert found[-1].kind[0] == "not stationary"
    assert repr(found[-1]).splitlines()[2].endswith("-")  # whose index is not counted


def columns(found: ss.Classification) -> tuple[dataclasses.Field, ...]:
    return dataclasses.fields(found)


def test_one_point_makes_one_row() -> None:
    p = CASES["octopus"][0].stationary_points()[0].point
    same(ss.classify(CASES["octopus"][0], p), ss.classify(CASES["octopus"][0], p[None]))


@pytest.mark.parametrize("name", ["factorisation", "tensor, all", "students", "deep linear"])
@pytest.mark.parametrize("largest", [1024, 4])
def test_bits_do_not_depend_on_threads(
    monkeypatch: pytest.MonkeyPatch, name: str, largest: int
) -> None:
    monkeypatch.setattr(classification, "LARGEST", largest)
    f, move, _ = CASES[name]
    rng = np.random.default_rng(1)
    X = [move(f, p.point, rng) for p in f.stationary_points() for _ in range(20)]
    X += list(rng.normal(size=(30, f.dim)))
    X = f.core.retract(np.array(X)) if f.on_spheres else np.array(X)
    one = ss.classify(f, X, threads=1)
    for threads in (2, 3):
        same(ss.classify(f, X, threads=threads), one)
    again = ss.classify(f, X, seed=1)
    np.testing.assert_array_equal(again.kind, one.kind)
    assert np.any(again.residual != one.residual)


def test_the_function_is_no_module() -> None:
    """A module that has the name of a function takes its place once it is imported."""
    for name in ss._LAZY:
        getattr(ss, name)
    modules = {name for name, module in ss._LAZY.items() if module == name}
    for name in ss._LAZY:
        assert callable(getattr(ss, name)) != (name in modules), name
    assert not (set(ss._LAZY) - modules) & set(ss._LAZY.values())


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda _, x: ss.classify("octopus", x), TypeError, "landscape must be a Landscape such"),
        (lambda f, x: ss.classify(f, x[:2]), ValueError, "X must have shape (3,) or (n, 3), got"),
        (lambda f, x: ss.classify(f, x * math.nan), ValueError, "X must be finite, but X[0] is"),
        (
            lambda f, x: ss.classify(f, x, gradient_tolerance=-1),
            ValueError,
            "gradient_tolerance must be a number >= 0 and finite, got -1",
        ),
        (
            lambda f, x: ss.classify(f, x, curvature_tolerance=math.inf),
            ValueError,
            "curvature_tolerance must be a number >= 0 and finite, got inf",
        ),
        (
            lambda f, x: ss.classify(f, x, value_tolerance="0"),
            TypeError,
            "value_tolerance must be a number >= 0, got '0'",
        ),
        (lambda f, x: ss.classify(f, x, seed=-1), ValueError, "seed must be a whole number >= 0"),
        (lambda f, x: ss.classify(f, x, threads=0), ValueError, "threads must be a whole number"),
    ],
)
def test_what_is_not_allowed(
    call: Callable[[ss.Landscape, np.ndarray], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call(ss.Octopus(3), np.full(3, 0.1))
