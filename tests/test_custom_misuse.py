"""Functions of yours that answer in odd ways: what can be right is, the rest says what to do."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from custom_landscapes import same_trajectories, well, well_gradient, well_hvp, well_value

descent = ss.GradientDescent(step_size=0.25)
level = ss.ValueBelow(0.1)


def run(f: ss.Landscape, **options: Any) -> ss.EscapeTimes:
    defaults = {"trials": 200, "seed": 3, "escape": level, "record": ("points",)}
    return ss.escape_times(f, descent, **(defaults | options))


def unaligned(X: Any) -> Any:
    answer = np.empty(X.size * 8 + 1, np.uint8)[1:].view(np.float64).reshape(X.shape)
    answer[:] = well_gradient(X)
    return answer


WORKSPACE = np.empty((64, 3))


def in_workspace(X: Any) -> Any:
    WORKSPACE[:] = well_gradient(X)
    return WORKSPACE


def value_in_workspace(X: Any) -> Any:
    WORKSPACE[:, 0] = well_value(X)
    return WORKSPACE[:, 0]


@pytest.mark.parametrize(
    "functions",
    [
        {"gradient": lambda X: np.asfortranarray(well_gradient(X))},
        {"gradient": lambda X: well_gradient(X[::-1])[::-1]},
        {"gradient": lambda X: well_gradient(X).tolist()},
        {"gradient": lambda X: well_gradient(X).view(type("Own", (np.ndarray,), {}))},
        {"gradient": unaligned},
        {"gradient": in_workspace, "value": value_in_workspace},
    ],
    ids=["columns", "backwards", "lists", "subclass", "unaligned", "workspace"],
)
def test_answers_of_any_layout_are_read_right(functions: dict[str, Any]) -> None:
    same_trajectories(run(well(block=64, **functions)), run(well()))


def test_an_answer_may_be_the_points_themselves() -> None:
    options: dict[str, Any] = {"escape": ss.ValueBelow(1e-3)}
    bowl = {"value": lambda X: (X**2).sum(axis=1) / 2, "dim": 3, "name": "bowl"}
    same_trajectories(
        run(ss.CustomLandscape(gradient=lambda X: X, **bowl), **options),
        run(ss.CustomLandscape(gradient=lambda X: X.copy(), **bowl), **options),
    )


def test_a_predicate_may_share_the_workspace_of_a_landscape() -> None:
    def low(X: Any) -> Any:
        WORKSPACE[:] = np.nan
        return well_value(X) < 0.1

    escape = ss.CustomEscape(low, name="low", block=64)
    f = well(block=64, gradient=in_workspace)
    same_trajectories(run(f, escape=escape), run(well(), escape=level))


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (
            lambda _: [[1.0, 2.0], [3.0]],
            r"gradient of .* must return an array of shape \(1024, 3\), got list, of which NumPy",
        ),
        (
            lambda X: np.ma.masked_greater(well_gradient(X), 0.5),
            "gradient of .* must return a plain array, got a masked one; put nan where f is not",
        ),
        (
            lambda X: np.multiply(X, 2, out=X),
            r"gradient of .* raised ValueError: output array is read-only; work on X\.copy\(\)",
        ),
        (
            lambda X: well_gradient(X).astype(">f8"),
            "gradient of .* must return dtype float64, got >f8",
        ),
        (
            lambda X: well_gradient(X) + 0j,
            "gradient of .* must return dtype float64, got complex128; compute in float64",
        ),
        (lambda _: None, r"gradient of .* must return an array of shape .*, got \(\)"),
    ],
    ids=["ragged", "masked", "in place", "bytes", "complex", "None"],
)
def test_what_cannot_be_right_is_refused(gradient: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ss.LandscapeError, match=message):
        run(well(gradient=gradient))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"minimum_value": "low"}, "minimum_value must be a number, got 'low'; leave it out if"),
        ({"hessian_lipschitz": -1.0}, "hessian_lipschitz must be a number >= 0 and finite, got"),
        ({"smoothness": 0.0}, "smoothness must be a positive number and finite, got 0"),
        ({"check": "no"}, "check must be True or False, got 'no'"),
        ({"block": 2**40}, "block must be a whole number <= 1048576, got 1099511627776; a mult"),
    ],
)
def test_facts_that_are_none(facts: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        well(**facts)


def test_a_dimension_beyond_all_is_refused() -> None:
    with pytest.raises(ValueError, match="dim must be a whole number <= 2147483647, got 10995116"):
        ss.CustomLandscape(2**40, value=well_value, gradient=well_gradient)


def test_a_name_of_a_predicate_is_a_text() -> None:
    with pytest.raises(TypeError, match="name must be a text, got 3"):
        ss.CustomEscape(lambda X: X[:, 0] > 1, name=3)


def test_unknown_facts_may_be_said_to_be_unknown() -> None:
    f = well(minimum_value=float("nan"), hessian_lipschitz=float("inf"))
    assert np.isnan(f.minimum_value)
    assert f.hessian_lipschitz == float("inf")


def test_a_smoothness_that_no_start_tells_must_be_given() -> None:
    f = well(gradient=lambda X: X * np.nan)
    with pytest.raises(ValueError, match=r"smoothness of .* random starts, and is 0 there; pass"):
        ss.find_stationary_points(f, starts=10)


def test_rows_are_chosen_by_dimension() -> None:
    rows = {dim: well(dim).block for dim in (1, 32, 100, 1000, 10_000)}
    assert rows == {1: 1024, 32: 1024, 100: 320, 1000: 32, 10_000: 16}
    seen = set()

    def far(X: Any) -> Any:
        seen.add(X.shape)
        return X[:, 0] > 1

    ss.escape_times(well(100), descent, escape=ss.CustomEscape(far), trials=5, max_steps=2)
    ss.escape_times(
        ss.QuadraticSaddle(-np.ones(1000)), descent, escape=ss.CustomEscape(far), trials=5
    )
    assert seen == {(320, 100), (32, 1000)}


def test_extreme_sizes_have_the_bits_of_usual_ones() -> None:
    for dim, trials in ((1, 3), (10_000, 3)):
        f = well(dim, stationary_points=np.zeros((0, dim)))
        escape = ss.GradientBelow(1e-3)
        many = run(f, escape=escape, trials=trials, threads=64)
        one = run(f, escape=escape, trials=range(1, 2))
        assert many.diagnostics["threads"] == 1
        np.testing.assert_array_equal(one.points[0], many.points[1])


def test_values_are_not_asked_for_at_every_end() -> None:
    calls = {"value": 0, "gradient": 0}

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arrays: Any) -> Any:
            calls[name] += 1
            return function(*arrays)

        return call

    f = well(value=counted("value", well_value), gradient=counted("gradient", well_gradient))
    ends = ss.LeavesBall(radius=0.9)
    start = ss.Uniform(-0.5, 0.5)
    times = ss.escape_times(f, descent, initial=start, escape=ends, trials=20_000, max_steps=100)
    assert calls["value"] < calls["gradient"] / 2
    np.testing.assert_array_equal(times.value, f.value(times_points(f, start, ends)))


def times_points(f: ss.Landscape, start: ss.Initial, ends: ss.Escape) -> Any:
    options: dict[str, Any] = {"trials": 20_000, "max_steps": 100, "record": ("points",)}
    return ss.escape_times(f, descent, initial=start, escape=ends, **options).points


def test_argument_types_are_compared_where_they_can_be_seen() -> None:
    numba = pytest.importorskip("numba")

    @numba.cfunc("float64(CPointer(float32), CPointer(float32), int64, voidptr)")
    def singles(x, gradient, dim, data):  # type: ignore[no-untyped-def]
        return 0.0

    @numba.cfunc("float64(CPointer(float64), CPointer(float64), int32, CPointer(int8))")
    def short(x, gradient, dim, data):  # type: ignore[no-untyped-def]
        return 0.0

    with pytest.raises(TypeError, match=r"argument 1 of function must be double \*, got float32\*"):
        ss.CompiledLandscape(3, singles)
    with pytest.raises(TypeError, match="argument 3 of function must be int64_t, got int32; sig"):
        ss.CompiledLandscape(3, short)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("fDiv", r"argument 1 of function must be double \*, got LP_c_float; signatures are in"),
        ("DDiv", "argument 3 of function must be int64_t, got c_int"),
        ("DDqd", r"argument 4 of function must be void \*, got c_double"),
    ],
)
def test_argument_types_of_ctypes_too(arguments: str, message: str) -> None:
    kinds = {
        "f": ctypes.POINTER(ctypes.c_float),
        "D": ctypes.POINTER(ctypes.c_double),
        "i": ctypes.c_int32,
        "q": ctypes.c_int64,
        "v": ctypes.c_void_p,
        "d": ctypes.c_double,
    }
    prototype = ctypes.CFUNCTYPE(ctypes.c_double, *(kinds[letter] for letter in arguments))
    with pytest.raises(TypeError, match=message):
        ss.CompiledLandscape(3, prototype(("cos", ctypes.CDLL(None))))


def test_studies_and_tails_take_them() -> None:
    study = ss.Study(lambda dim: well(dim, hvp=well_hvp), dims=[2, 3], methods=descent, trials=40)
    assert len(study.run().cells) == 2
    noisy = ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.05)
    tail = ss.survival_by_splitting(well(), noisy, 20, particles=50, replicates=2)
    assert len(tail.replicates) == 2
    two = ss.compare(well(), {"plain": descent, "noisy": noisy}, trials=30)
    assert "noisy" in str(two)
    density = ss.spectral_density(well(), np.zeros(3), probes=4)
    assert density.nodes.min() == pytest.approx(-1)
