"""How a trajectory can end: every one ends with exactly one of these outcomes."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Outcome"]


class Outcome(IntEnum):
    """The six ways in which a trajectory can end; the numbers are those of the C++ core.

    ``ESCAPED`` is the event of the statistics, ``CENSORED`` the only censoring there is; the other
    four are competing outcomes, which stay in every denominator as trajectories that never escape.
    """

    ESCAPED = 0
    CENSORED = 1
    STALLED = 2
    RETURNED = 3
    OUTSIDE = 4
    DIVERGED = 5

    @property
    def label(self) -> str:
        """The outcome's name in lower case, as tables and reprs show it."""
        return self.name.lower()

    @property
    def meaning(self) -> str:
        """One sentence for people: what happened, and what to do about it."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.ESCAPED: "the escape criterion held",
    Outcome.CENSORED: "the step budget ran out or the run was interrupted; raise max_steps",
    Outcome.STALLED: "a deterministic step left the whole state unchanged; it will never escape",
    Outcome.RETURNED: "the method's own termination test fired",
    Outcome.OUTSIDE: "the trajectory left the set on which the landscape is defined",
    Outcome.DIVERGED: "the iterate, value or gradient is not finite; lower the step size",
}
