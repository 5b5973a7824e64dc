"""What shows that counts of the exact path are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Certificate"]


@dataclass(frozen=True, eq=False)
class Certificate:
    """What shows that the counts of the exact path are exact, a row a trajectory.

    Parameters
    ----------
    tie_distance
        The smallest relative distance between a coordinate and a threshold that it was compared
        with: 2 tau, where it leaves its saddle, and the domain's edge. Counts whose distance was
        not at least four times its error bound were redone. A criterion's own threshold (a radius,
        a level, a tolerance) is not among them: it is met to within rounding.
    underflow_margin
        By how many powers of two the smallest coordinate that mattered later stayed above 2^-1022;
        negative where plain double precision fails.
    redone
        Whether the count was decided in twice the precision.
    """

    tie_distance: NDArray[np.float64]
    underflow_margin: NDArray[np.float64]
    redone: NDArray[np.bool_]

    @classmethod
    def concatenate(cls, parts: Sequence[Certificate]) -> Certificate:
        """Join the rows of several."""
        names = ("tie_distance", "underflow_margin", "redone")
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def rows(self, index: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Certificate:
        """Keep some rows."""
        return Certificate(
            self.tie_distance[index], self.underflow_margin[index], self.redone[index]
        )
