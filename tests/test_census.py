"""Which stationary points a search finds, held against what theory lists."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

import saddlesim as ss
from censuses import DEEP, FACTORISATION, STUDENTS, census_of, kinds
from saddlesim import census as census_module
from saddlesim import classification
from test_symmetries import CASES

# what theory knows is found


@pytest.mark.parametrize(
    "f",
    [
        FACTORISATION,  # 22 sets of at most 2 of 6 eigenvalues
        ss.AsymmetricMatrixFactorization.random(5, 2, seed=1, singular_values=[5, 4, 3, 2, 1]),
        ss.DeepLinearNetwork.random([4, 2, 4], seed=1, singular_values=[4, 3, 2, 1]),
        ss.MatrixFactorization.random(4, 3, seed=1, eigenvalues=[3, 2, 1, -1]),
    ],
    ids=["symmetric", "asymmetric", "linear network", "few positive"],
)
def test_all_captured_sets_of_a_factorisation_are_found(f: ss.Landscape) -> None:
    c = ss.find_stationary_points(f, starts=300)
    known = f.stationary_points()
    assert len(c.points) == len(known) == len(c.families)
    listed = sorted((p.name, np.count_nonzero(p.eigenvalues < 0), p.value) for p in known)
    listing = sorted((family.name, family.index, family.value) for family in c.families)
    for (name, index, value), (n, i, v) in zip(listed, listing, strict=True):
        assert v == pytest.approx(value, abs=1e-9 * known[0].value)
        assert (i, n) == (index, name)
    assert all(family.nullity == (0, 0) for family in c.families)
    assert c.every_saddle_strict is True
    assert c.every_minimum_global is True


def test_every_mean_of_components_is_found_on_a_sphere() -> None:
    """sum_j <u, a_j>^4 on a sphere: +-1 / sqrt(s) on s components, value -1 / s, index s - 1."""
    f = ss.TensorDecomposition.random(6, "one", seed=1)
    c = ss.find_stationary_points(f)
    by_value = sorted(c.families, key=lambda family: family.value)
    assert [family.value for family in by_value] == pytest.approx([-1 / s for s in range(1, 7)])
    assert [family.index for family in by_value] == list(range(6))
    assert [family.points for family in by_value] == [1] * 6
    assert [family.kind for family in by_value] == [
        "global minimum",
        *["strict saddle"] * 4,
        "maximum",
    ]
    assert c.lost == 0


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_the_saddles_of_the_octopus_are_found(dim: int) -> None:
    f = ss.Octopus(dim)
    c = ss.find_stationary_points(f)
    known = {round(p.value, 6) for p in f.stationary_points()}
    assert {round(family.value, 6) for family in c.families} == known
    saddle = "maximum" if dim == 1 else "strict saddle"
    assert kinds(c) == {"global minimum": 1, saddle: dim}
    assert (c.outside > 0) == (dim > 1)
    assert ("outside the domain" in repr(c)) == (dim > 1)


@pytest.mark.parametrize(
    "f",
    [
        ss.QuadraticNetwork.random(3, width=4, seed=1),
        ss.MatrixSensing.random(4, 2, seed=1),
        ss.MatrixSensing.random(5, 1, seed=2),
        ss.AsymmetricMatrixFactorization.random(4, 2, columns=3, seed=1),
    ],
    ids=lambda f: type(f).__name__,
)
def test_landscapes_without_bad_points_have_none(f: ss.Landscape) -> None:
    c = ss.find_stationary_points(f)
    assert c.every_saddle_strict is True
    assert c.every_minimum_global is True
    assert "every saddle found is strict: yes (" in repr(c)
    assert "every minimum found is global: yes (" in repr(c)
    assert {"global minimum", "strict saddle"} <= set(kinds(c))


def test_the_origin_of_a_deep_linear_network_is_not_strict() -> None:
    c = census_of(DEEP)
    (origin,) = (family for family in c.families if family.name.startswith("the origin"))
    assert (origin.kind, origin.index, origin.nullity) == ("non-strict saddle", 0, (27, 27))
    assert origin.value == pytest.approx(7)  # (9 + 4 + 1) / 2
    assert c.every_saddle_strict is False
    assert c.every_minimum_global is True
    assert "every saddle found is strict: no (" in repr(c)
    # all values are those of captured sets, and no saddle is one by rounding only
    values = {sum(s**2 for s in (3, 2, 1) if s not in S) / 2 for S in SUBSETS}
    for family in c.families:
        assert min(abs(family.value - value) for value in values) < 1e-6
        if family.kind == "strict saddle":
            assert family.min_eigenvalue[1] < -1e-7


SUBSETS = [
    {s for s, bit in zip((3, 2, 1), bits, strict=True) if bit} for bits in np.ndindex(2, 2, 2)
]


def test_the_bad_minimum_of_eight_students_is_found() -> None:
    """Safran and Shamir (2018), table 1."""
    c = census_of(STUDENTS, starts=60)
    (bad,) = (family for family in c.families if family.kind == "local minimum")
    assert bad.value == pytest.approx(0.021508037172, abs=1e-12)
    assert bad.min_eigenvalue[0] == bad.min_eigenvalue[1] == pytest.approx(0.02134659, abs=1e-8)
    assert (bad.name, bad.index) == ("bad local minimum", 0)
    (best,) = (family for family in c.families if family.kind == "global minimum")
    assert best.value == pytest.approx(0, abs=1e-20)
    assert c.every_minimum_global is False
    assert c.every_saddle_strict is True
    assert "every minimum found is global: no (2 points)" in repr(c)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_small_data_have_bad_minima_at_a_third(activation: str) -> None:
    c = ss.find_stationary_points(ss.SmallDataNetwork(activation), starts=60)
    bad = [family for family in c.families if family.kind == "flat minimum"]
    (third,) = (family for family in bad if family.name == "bad local minimum")
    assert third.value == pytest.approx(1 / 3, abs=1e-6)
    assert third.points >= 10
    assert kinds(c)["global minimum"] >= 5
    assert c.every_minimum_global is False
    minima = sum(n for kind, n in kinds(c).items() if kind.endswith("minimum"))
    saddles = sum(n for kind, n in kinds(c).items() if kind.endswith("saddle"))
    assert minima + saddles == len(c.points)
    assert repr(c).endswith(
        f"every saddle found is strict: no ({saddles} points)\n"
        f"  every minimum found is global: no ({minima} points)"
    )


# what adds up


@pytest.mark.parametrize("name", CASES)
def test_numbers_add_up(name: str) -> None:
    f = CASES[name][0]
    c = ss.find_stationary_points(f, starts=30)
    assert c.tried == 30
    assert c.starts.sum() + c.lost + c.outside == c.tried
    assert c.points.shape == (len(c.starts), f.dim) == (len(c.classification), f.dim)
    assert sum(family.points for family in c.families) == len(c.points)
    assert sum(family.starts for family in c.families) == c.starts.sum()
    assert np.all(c.starts >= 1)
    assert "not stationary" not in c.classification.kind
    gradient = np.linalg.norm(f.gradient(c.points), axis=1)
    assert np.all(gradient <= 1e-9 * f.smoothness * f.length_scale)
    order = [census_module._ORDER.index(family.kind) for family in c.families]
    assert order == sorted(order)
    assert math.isfinite(f.smoothness)  # which tolerances are made of
    marks = f.invariants(c.points)
    for i in range(len(marks)):
        distance = np.linalg.norm(marks[:i] - marks[i], axis=1)
        same_index = c.classification.index[:i] == c.classification.index[i]
        assert not np.any((distance < 1e-9 * np.abs(marks).max()) & same_index)
    for family in c.families:
        assert f.value(family.point) == pytest.approx(family.value, abs=1e-12 * (1 + family.value))
        assert family.min_eigenvalue[0] <= family.min_eigenvalue[1]
        assert family.nullity[0] <= family.nullity[1]


def same(a: ss.Census, b: ss.Census) -> None:
    np.testing.assert_array_equal(a.points, b.points)
    np.testing.assert_array_equal(a.starts, b.starts)
    assert repr(a) == repr(b)


@pytest.mark.parametrize("name", ["deep linear", "tensor, all", "octopus", "small data, relu"])
def test_it_is_deterministic(name: str) -> None:
    f = CASES[name][0]
    one = ss.find_stationary_points(f, starts=24, threads=1)
    same(ss.find_stationary_points(f, starts=24, threads=1), one)
    for threads in (2, 3):
        same(ss.find_stationary_points(f, starts=24, threads=threads), one)
    other = ss.find_stationary_points(f, starts=24, seed=1)
    assert other.starts.shape != one.starts.shape or np.any(other.starts != one.starts)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1e5])
def test_the_unit_of_f_does_not_matter(scale: float) -> None:
    """Of M and so of all: lengths go with its square root, values with its square."""
    eigenvalues = np.array([5.0, 4.0, 4.0, 2.0, -1.0])  # a double one: a circle of saddles
    f, g = (
        ss.MatrixFactorization.random(5, 2, seed=1, eigenvalues=c * eigenvalues)
        for c in (1.0, scale)
    )
    one, other = (ss.find_stationary_points(h, starts=150) for h in (f, g))
    assert len(one.families) == len(other.families)
    for a, b in zip(one.families, other.families, strict=True):
        assert (a.kind, a.index, a.nullity, a.name) == (b.kind, b.index, b.nullity, b.name)
        assert b.value == pytest.approx(a.value * scale**2, rel=1e-9)
        assert b.points == pytest.approx(a.points, abs=3 + 0.35 * a.points)


def test_given_starts_are_the_starts() -> None:
    f = FACTORISATION
    known = f.stationary_points()
    X = np.array([p.point for p in known[1:]])
    c = ss.find_stationary_points(f, initial=ss.At(X))
    assert c.tried == len(X)
    assert len(c.points) == len(X)
    assert list(c.starts) == [1] * len(X)
    one = ss.find_stationary_points(f, initial=ss.At(known[3].point))
    assert (one.tried, len(one.points)) == (1, 1)
    assert one.families[0].name == known[3].name


def test_a_law_of_starts_is_used() -> None:
    f = FACTORISATION
    near = ss.find_stationary_points(f, initial=ss.Gaussian(1e-4), starts=40)
    assert [(family.name, family.starts) for family in near.families] == [("the origin", 40)]
    # further away descent, which every other start begins with, leads to minima
    wide = ss.find_stationary_points(f, initial=ss.Gaussian(1.0), starts=40)
    assert wide.families[0].name == "global minimum"
    assert wide.families[0].starts >= 20
    tensor = CASES["tensor, all"][0]
    c = ss.find_stationary_points(tensor, initial=ss.Gaussian(1.0), starts=20)
    rows = c.points.reshape(-1, tensor.rows, tensor.size)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1, atol=1e-14)


def test_given_starts_are_brought_onto_the_spheres() -> None:
    f = CASES["tensor, all"][0]
    mean = next(p.point for p in f.stationary_points() if "mean" in p.name)
    c = ss.find_stationary_points(f, initial=ss.At([3 * mean, 2 * mean]))
    assert (len(c.points), list(c.starts)) == (1, [2])
    np.testing.assert_allclose(c.points[0], mean, atol=1e-12)
    with pytest.raises(ValueError, match="row 0 of point 0 is zero and has no direction"):
        ss.find_stationary_points(f, initial=ss.At(np.zeros(f.dim)))


def test_points_of_different_index_are_different() -> None:
    """An orbit in whose closure the origin is has the origin's invariants, which are continuous."""
    W1, W2, W3 = np.zeros((3, 3)), np.zeros((3, 3)), np.eye(3)
    beside = DEEP.flatten(**dict(zip(DEEP.parts, (W1, W2, W3), strict=True)))
    X = np.stack([np.zeros(DEEP.dim), beside])
    marks = DEEP.invariants(X)
    np.testing.assert_allclose(marks[0], marks[1], atol=1e-12)
    c = ss.find_stationary_points(DEEP, initial=ss.At(X))
    assert [family.kind for family in c.families] == ["non-strict saddle", "strict saddle"]
    # -<M, dW2 dW1> is negative in nine directions of eighteen
    assert [family.index for family in c.families] == [0, 9]


def test_few_iterations_lose_starts() -> None:
    few = ss.find_stationary_points(FACTORISATION, starts=40, iterations=1)
    many = ss.find_stationary_points(FACTORISATION, starts=40)
    assert few.lost > many.lost
    assert few.lost + few.starts.sum() == 40


def test_one_start() -> None:
    c = ss.find_stationary_points(ss.QuadraticSaddle([-1.0, 1.0]), starts=1)
    assert repr(c).splitlines()[1] == "  1 of 1 starts led to 1 stationary point"
    assert c.every_saddle_strict is True
    assert c.every_minimum_global is None
    assert repr(c).endswith("every minimum found is global: none found (0 points)")


def test_nothing_found() -> None:
    c = ss.find_stationary_points(ss.Octopus(2), initial=ss.At([[99.0, 0.0], [0.0, 99.0]]))
    assert (len(c.points), c.outside, c.lost, c.families) == (0, 2, 0, ())
    assert c.every_saddle_strict is None
    assert c.every_minimum_global is None
    assert "0 of 2 starts led to 0 stationary points (2 outside the domain)" in repr(c)
    assert c.to_dicts() == []
    c.plot(Figure().subplots())


def test_where_nothing_is_counted_the_index_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "LARGEST", 4)
    c = ss.find_stationary_points(FACTORISATION, starts=60)
    assert {family.index for family in c.families} == {-1}
    assert c.every_saddle_strict is True
    assert re.search(r"strict saddle +\d[.\d]* +- +- +-\d", repr(c))
    ax = Figure().subplots()
    c.plot(ax)
    assert ax.get_xlabel().endswith("-1: not counted)")
    assert {x for collection in ax.collections for x in collection.get_offsets()[:, 0]} == {-1.0}


def test_undecided_points_leave_the_conditions_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "LARGEST", 4)
    monkeypatch.setattr(classification, "most_products", lambda _: 2)
    c = ss.find_stationary_points(STUDENTS, initial=ss.At(STUDENTS.stationary_points()[1].point))
    assert [family.kind for family in c.families] == ["undecided"]
    assert c.every_saddle_strict is None
    assert c.every_minimum_global is None


# what is refused and told


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"landscape": "octopus"}, TypeError, "landscape must be a Landscape such as ss.Octopus"),
        ({"starts": 0}, ValueError, "starts must be a whole number >= 1, got 0"),
        ({"starts": 2.5}, TypeError, "starts must be a whole number >= 1, got 2.5"),
        ({"iterations": 0}, ValueError, "iterations must be a whole number >= 1, got 0"),
        ({"seed": -1}, ValueError, "seed must be a whole number >= 0, got -1"),
        ({"threads": 0}, ValueError, "threads must be a whole number >= 1, got 0"),
        ({"initial": [0.0, 0.0]}, TypeError, "initial must be an Initial such as ss.Gaussian(1.0)"),
        ({"initial": ss.At([0.0])}, ValueError, "points must have shape (2,) or (n, 2), got (1,)"),
    ],
)
def test_what_is_not_allowed(options: dict, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        ss.find_stationary_points(**({"landscape": ss.Octopus(2)} | options))


def test_progress_counts_starts_at_rest() -> None:
    seen: list[tuple[int, int]] = []
    f = ss.MatrixFactorization.random(4, 1, seed=0)
    ss.find_stationary_points(f, starts=40, progress=lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {40}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == 40
