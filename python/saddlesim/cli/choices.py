"""The landscapes and methods that the command knows by name, and how it sets them by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from saddlesim import validation
from saddlesim.landscapes import Landscape, Octopus, QuadraticSaddle
from saddlesim.methods import (
    GradientDescent,
    GradientFlow,
    Method,
    NoisyGradientDescent,
    PerturbedGradientDescent,
)

__all__ = ["LANDSCAPES", "METHODS", "dims", "landscape_family", "methods", "names"]

LANDSCAPES = ("octopus", "quadratic")
_MOST_DIMS = 1000


@dataclass(frozen=True)
class _Scales:
    """What the methods' defaults are made of: half curvatures and the length of a landscape."""

    L: float
    gamma: float
    tau: float

    @classmethod
    def of(cls, landscape: Landscape) -> _Scales:
        if isinstance(landscape, Octopus):
            return cls(landscape.L, landscape.gamma, landscape.tau)
        return cls(0.5, 0.5, 1.0)  # the quadratic with eigenvalues 1 and -1, left at distance 1


def _pgd(scales: _Scales, step_size: float) -> Method:
    # The settings of Du et al. (2017), section 5, who have tau = e and t_thres = 1.
    return PerturbedGradientDescent(
        step_size,
        radius=scales.tau / 100,
        gradient_threshold=scales.gamma * scales.tau / 100,
        min_interval=2,
    )


def _noisy(scales: _Scales, step_size: float) -> Method:
    # Noise as large as the gradient at which perturbed gradient descent would kick.
    return NoisyGradientDescent(step_size, noise_scale=scales.gamma * scales.tau / 100)


# By name on the command line: the label in tables and pictures, and what makes the method.
METHODS: dict[str, tuple[str, Callable[[_Scales, float], Method]]] = {
    "gd": ("GD", lambda _, step_size: GradientDescent(step_size)),
    "pgd": ("PGD", _pgd),
    "noisy": ("noisy GD", _noisy),
    "flow": ("flow", lambda _, __: GradientFlow()),
}


def landscape_family(
    name: str,
    *,
    seed: int,
    L: float | None,
    gamma: float | None,
    tau: float | None,
    escape_directions: int | None,
) -> Callable[[int], Landscape]:
    """Return what makes the named landscape of a dimension; None is a parameter's default.

    Raises
    ------
    ValueError
        If the name is unknown or a parameter is given that the landscape does not have.
    """
    octopus = {"L": L, "gamma": gamma, "tau": tau}
    quadratic = {"escape-directions": escape_directions}
    known = validation.choice("landscape", name, LANDSCAPES)
    foreign = quadratic if known == "octopus" else octopus
    for option, value in foreign.items():
        if value is not None:
            other = "quadratic" if known == "octopus" else "octopus"
            raise ValueError(
                f"--{option} {value:g} is a parameter of the {other}, not of the {known}; "
                f"leave it out, or run: saddlesim escape {other}"
            )
    if known == "octopus":
        given = {option: value for option, value in octopus.items() if value is not None}
        return lambda dim: Octopus(dim, **given)
    directions = 1 if escape_directions is None else escape_directions
    return lambda dim: QuadraticSaddle.random(dim, escape_directions=directions, seed=seed)


def methods(names: list[str], step_size: float | None) -> dict[str, Callable[[Landscape], Method]]:
    """Return label and maker of each named method.

    Parameters
    ----------
    names
        Keys of `METHODS`.
    step_size
        The step; None is 1 / (4 L), L being half the landscape's positive curvature at its saddles.
    """

    def maker(name: str) -> Callable[[Landscape], Method]:
        def make(landscape: Landscape) -> Method:
            scales = _Scales.of(landscape)
            return METHODS[name][1](scales, 1 / (4 * scales.L) if step_size is None else step_size)

        return make

    return {METHODS[name][0]: maker(name) for name in names}


def names(text: str) -> list[str]:
    """Return the method names in ``gd,pgd``, each once.

    Raises
    ------
    ValueError
        If one of them is unknown or there is none.
    """
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    if not found:
        known = ", ".join(METHODS)
        raise ValueError(f"--methods names no method, got {text!r}; choose from {known}")
    return [validation.choice("--methods", name, tuple(METHODS)) for name in dict.fromkeys(found)]


def dims(text: str) -> list[int]:
    """Return the dimensions in ``2:6`` (both ends count), ``2:20:2`` or ``2,4,8``, increasing.

    Raises
    ------
    ValueError
        If the text is none of these.
    """
    found: set[int] = set()
    for part in text.split(","):
        try:
            first, last, step = _span([int(number) for number in part.split(":")])
        except ValueError:
            raise ValueError(
                f"--dims must be such as 2:6 (both ends count), 2:20:2 or 2,4,8, got {text!r}"
            ) from None
        if first < 1 or last < first or step < 1:
            raise ValueError(
                f"--dims must go up from a dimension of at least 1, such as 2:6, got {text!r}"
            )
        number = (last - first) // step + 1
        if number > _MOST_DIMS:
            raise ValueError(
                f"--dims may name at most {_MOST_DIMS:,} dimensions, got {text!r}, which names "
                f"{number:,}; give a step, such as 2:1000:50"
            )
        found.update(range(first, last + 1, step))
    return sorted(found)


def _span(numbers: list[int]) -> tuple[int, int, int]:
    """Return first, last and step of what stood between colons."""
    if len(numbers) == 1:
        return numbers[0], numbers[0], 1
    first, last, step = numbers if len(numbers) == 3 else (*numbers, 1)
    return first, last, step
