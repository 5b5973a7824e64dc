"""The methods that the command knows by name, how it sets them, and the dimensions it reads."""

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

__all__ = ["METHODS", "counts", "dims", "methods", "names"]

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
        if isinstance(landscape, QuadraticSaddle):  # eigenvalues 1 and -1, left at distance 1
            return cls(0.5, 0.5, 1.0)
        saddle = landscape.reference_saddle()
        escaping = -saddle.min_eigenvalue if saddle is not None else 0.0
        # where no curvature drives the escape, an eighth of the largest stands for it
        gamma = (escaping if escaping > 0 else landscape.smoothness / 8) / 2
        return cls(landscape.smoothness / 4, gamma, landscape.length_scale)


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


def methods(names: list[str], step_size: float | None) -> dict[str, Callable[[Landscape], Method]]:
    """Return label and maker of each named method.

    Parameters
    ----------
    names
        Keys of `METHODS`.
    step_size
        The step; None is 1 / (4 L) on the octopus and the quadratic, L being half the positive
        curvature at its saddles, and 1 / smoothness elsewhere.
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


def counts(text: str) -> list[int]:
    """Return the thread counts in ``1,2,4``.

    Raises
    ------
    ValueError
        If the text is not such a list.
    """
    try:
        return [validation.count("--threads", int(part)) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"--threads must be such as 1,2,4, got {text!r}") from None


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
