"""Gradient descent in the limit of small steps."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from saddlesim.methods.base import Method

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["GradientFlow"]

_FINEST = 1e-13  # beyond it rounding is larger


@dataclass(frozen=True, repr=False, eq=False)
class GradientFlow(Method):
    """x' = -gradient(x): gradient descent in the limit of small steps, in continuous time.

    On the octopus every dwell has a closed form (tolerances do not matter there). Elsewhere, with
    other criteria than PastLastSaddle, and with ``arithmetic="float64"`` the flow is integrated by
    an embedded Runge-Kutta method whose steps each trajectory chooses for itself.

    Results count time, not steps: ``steps`` is -1 and ``log10_steps`` the decimal logarithm of the
    time. ``max_steps`` is a budget of integration steps, rejected ones among them, so that
    trajectories are censored at different times. A step costs six gradients, a start two.

    Where the gradient jumps, on ReLU landscapes, every kink is approached until the step is within
    the tolerance, and the flow slides along kinks that attract it in steps as small: there, give an
    absolute tolerance (1e-4 of the length of x, say), or the budget is spent.

    Parameters
    ----------
    relative_tolerance
        The estimated error of a step is at most this share of how far the step goes (in the maximum
        norm), from 1e-13 to 0.01.
    absolute_tolerance
        It may be this large besides. Where x moves by less near a saddle the time spent there is
        wrong; 0 leaves rounding, which is never counted as an error.

    Notes
    -----
    Dormand and Prince, "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6
    (1980); its continuous extension of order 4 and the first step are those of Hairer, Norsett and
    Wanner, "Solving ordinary differential equations I", II.4-6. Errors are compared with the way of
    a step and not, as usual, with the size of x: at a distance of 1e-14 from a saddle at 0 an
    absolute tolerance of 1e-12 makes the escape time wrong by 2 %, and about other saddles x says
    nothing of the distance.

    The escape criterion is tested at the ends of steps. Where it holds at the end, the time at
    which it began to hold is found inside the step by bisection, to 1e-13 of the time; a criterion
    that holds only briefly, inside a step, may be missed. A trajectory is *stalled* where the
    gradient is 0 or for 256 steps moves no coordinate by more than 64 roundings. A step that leads
    outside the domain is halved until it moves x by rounding only; `outside` then ends at the last
    point within. On spheres the Riemannian gradient is followed, and the end of each step is put
    back onto them, which moves it by less than the step's own error.
    """

    on_spheres: ClassVar[bool] = True

    _: KW_ONLY
    relative_tolerance: float = 1e-8
    absolute_tolerance: float = 0.0

    def __post_init__(self) -> None:
        self._check("relative_tolerance", positive=True)
        if not _FINEST <= self.relative_tolerance <= 0.01:
            raise ValueError(
                f"relative_tolerance must be from {_FINEST:g}, below which rounding is larger, to "
                f"0.01, got {self.relative_tolerance:g}"
            )
        self._check("absolute_tolerance")

    def lower(self, core: Core, key: int) -> _core.Method:
        """Refuse: its steps are those of an integration."""
        raise ValueError(
            "GradientFlow has no steps that can be followed one by one; escape_times integrates "
            "it, and here GradientDescent with a small step_size comes near it"
        )
