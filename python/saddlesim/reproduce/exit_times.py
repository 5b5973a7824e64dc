"""The law of the exit time from a quadratic saddle, and how far a sample is from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saddlesim.reproduce.finding import Finding, within
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ExitLaw", "Law", "agreement", "draw_survival", "geometric_ratio"]


class Law(Protocol):
    """A law of a time that is a whole number of steps."""

    def survival(self, t: ArrayLike) -> FloatArray:
        """P(T > t)."""


@dataclass(frozen=True)
class ExitLaw:
    """T is the first t at which the escaping part of x, k coordinates, is at least 1 long.

    That part grows by `growth` a step, so T > t if it starts shorter than q_t = growth^-t. Starts
    are uniform on [-half_width, half_width]^dim, in which the ball of radius q_t has the share
    V_k (q_t / (2 half_width))^k, V_k the volume of the unit ball, whatever the dimension.

    Parameters
    ----------
    growth
        a = 1 + step_size * gamma.
    k
        Directions of escape.
    half_width
        That of the cube; at least 1 if k > 1, where a ball that sticks out has no such share.
    """

    growth: float
    k: int = 1
    half_width: float = 1.0

    def survival(self, t: ArrayLike) -> FloatArray:
        """P(T > t)."""
        q = self.growth ** -np.asarray(t, dtype=np.float64)
        ball = math.pi ** (self.k / 2) / math.gamma(self.k / 2 + 1)
        probability: FloatArray = ball * (np.minimum(q / self.half_width, 1.0) / 2) ** self.k
        return probability

    @property
    def ratio(self) -> float:
        """P(T > t + 1) / P(T > t) from `first` on."""
        return self.growth**-self.k

    @property
    def first(self) -> int:
        """The first step with q_t <= half_width."""
        return max(0, math.ceil(-math.log(self.half_width) / math.log(self.growth) - 1e-9))

    def step_with(self, probability: float) -> int:
        """Return the last step with P(T > t) >= probability."""
        at_first = float(self.survival(self.first))
        return self.first + math.floor(math.log(probability / at_first) / math.log(self.ratio))


def agreement(case: str, times: EscapeTimes, law: Law) -> Finding:
    """Return that the largest distance between survival functions at whole t is that of chance.

    A right sample of n exceeds 1.95 / sqrt(n) once in a thousand times, for whole t less often.
    """
    exits = np.sort(times.steps[times.escaped])
    t = np.arange(int(exits.max(initial=0)) + 2)
    share = 1 - np.searchsorted(exits, t, side="right") / len(times)
    distance = float(np.abs(share - law.survival(t)).max())
    return Finding(case, (0.0, 1.95 / math.sqrt(len(times))), within(distance, 0.0))


def geometric_ratio(times: EscapeTimes, first: int) -> Estimate:
    """Return the maximum-likelihood ratio of a tail that is geometric from step `first` on.

    Every step of a trajectory that is still there is one trial, its escape the event.
    """
    late = times.steps > first
    at_risk = int((times.steps[late] - first).sum())
    hazard = int(np.count_nonzero(times.escaped & late)) / at_risk
    return within(1 - hazard, math.sqrt(hazard * (1 - hazard) / at_risk))


def draw_survival(
    ax: Axes, times: EscapeTimes, at: NDArray[np.int64], *, color: str, marker: str, label: str
) -> None:
    """Draw the share of trajectories that are left after some steps, with 95 % intervals."""
    n = len(times)
    share = np.array([np.count_nonzero(times.steps > t) for t in at]) / n
    spread = 1.96 * np.sqrt(share * (1 - share) / n)
    ax.errorbar(
        at,
        share,
        yerr=(np.minimum(spread, 0.9 * share), spread),
        fmt=marker,
        markersize=4,
        color=color,
        elinewidth=1,
        label=label,
    )
