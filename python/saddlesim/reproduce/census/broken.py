"""Where a condition is broken a census finds what breaks it: it is not blind."""

from __future__ import annotations

import math

from saddlesim.reproduce.census.counts import count_stationary
from saddlesim.reproduce.census.landscapes import BAD_MINIMA, NOT_STRICT, broken
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within

__all__ = ["section"]

_SOURCES = {
    NOT_STRICT: "Kawaguchi (2016) from three layers on; Ge et al. (2015) for what spheres are for",
    BAD_MINIMA: "Safran and Shamir (2018) from six units on; Yun et al. (2019)",
}


def section(effort: Effort) -> Section:
    """Look for what theory says is there."""
    starts = effort.trials(full=1000, quick=150)
    found = [
        (count_stationary(name, f, starts=starts, effort=effort), what)
        for name, f, what in broken(effort.seed)
        if what is not None
    ]
    claims = []
    for what, attribute in ((NOT_STRICT, "not_strict"), (BAD_MINIMA, "bad_minima")):
        findings = tuple(
            Finding(counts.landscape, (1.0, math.inf),
                    within(float(getattr(counts, attribute)), 0.0))
            for counts, theirs in found
            if theirs == what
        )  # fmt: skip
        claims.append(Claim(f"There are {what} (found, at least one)", _SOURCES[what], findings))
    return Section(
        claims=tuple(claims), tables={"broken": [counts.as_dict() for counts, _ in found]}
    )
