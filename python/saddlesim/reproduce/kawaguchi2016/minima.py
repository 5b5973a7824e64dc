"""A census: no local minimum that is not global was found, saddles without curvature were."""

from __future__ import annotations

import math

from saddlesim.landscapes import DeepLinearNetwork
from saddlesim.reproduce.census.counts import count_stationary
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within

__all__ = ["section"]

_WIDTHS = ((4, 4, 3), (3, 2, 3), (4, 4, 4, 3), (3, 2, 4, 3), (3, 3, 3, 3, 3))
_GLOBAL = "Every local minimum is global (others that were found)"
_STRICT = "With two layers every saddle is strict (others that were found)"
_FLAT = "From three layers on there are saddles that are not strict (found, at least one)"


def section(effort: Effort) -> Section:
    """Look for stationary points of networks of two, three and four layers."""
    found = {
        widths: count_stationary(
            "linear network, widths " + "-".join(map(str, widths)),
            DeepLinearNetwork.random(widths, seed=effort.seed),
            starts=effort.trials(full=1000, quick=150),
            effort=effort,
        )
        for widths in _WIDTHS
    }

    def findings(
        attribute: str, expected: float | tuple[float, float], depths: range
    ) -> tuple[Finding, ...]:
        return tuple(
            Finding(counts.landscape, expected, within(float(getattr(counts, attribute)), 0.0))
            for widths, counts in found.items()
            if len(widths) - 1 in depths
        )

    return Section(
        claims=(
            Claim(_GLOBAL, "Kawaguchi (2016), theorem 2.3 (ii)",
                  findings("bad_minima", 0.0, range(2, 5))),
            Claim(_STRICT, "Kawaguchi (2016), theorem 2.3 (iv), corollary 2.4",
                  findings("not_strict", 0.0, range(2, 3))),
            Claim(_FLAT, "Kawaguchi (2016), corollary 2.4",
                  findings("not_strict", (1.0, math.inf), range(3, 5))),
        ),
        tables={"minima": [counts.as_dict() for counts in found.values()]},
    )  # fmt: skip
