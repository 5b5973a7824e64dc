"""Where plain double precision fails: a coordinate that must grow later has underflowed by then."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.landscapes import Octopus
from saddlesim.reproduce.du2017.settings import CURVATURES, gd
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

# Shares of trajectories from [-1, 1]^d that go subnormal or get stuck, of 1000 each, counted by an
# independent implementation that steps.
_KNOWN_TRIALS = 1000
_KNOWN = {
    1.0: {5: 0.0, 6: 0.014, 7: 0.95, 8: 1.0},
    1.5: {4: 0.0, 5: 0.013, 6: 0.999, 7: 1.0},
    2.0: {4: 0.0, 5: 0.36, 6: 1.0},
    3.0: {3: 0.0, 4: 0.035, 5: 1.0},
}
_DIMS = range(2, 11)
_PLAIN_UP_TO = 8  # where stepping is still cheap
_BUDGET = 100_000
_SHARES = "Plain double-precision GD underflows in a share of trajectories that jumps from 0 to 1"
_FLAGGED = (
    "Every plain trajectory that is not flagged as underflowed has the exact step count (share of "
    "trajectories that are wrong and not flagged)"
)
_FORETOLD = (
    "The exact path's certificate foretells which plain trajectories underflow (share of "
    "trajectories for which it does not)"
)
_TEN = (
    "The paper's setting d = 10 is beyond plain double precision at every L (share of "
    "trajectories that underflow)"
)


def section(effort: Effort) -> Section:
    """Count the plain trajectories that double precision spoils, by dimension."""
    trials = effort.trials(full=20_000, quick=1_000)
    rows = [_row(L, dim, trials, effort) for L in CURVATURES for dim in _DIMS]
    shares, flagged, foretold = [], [], []
    for row in rows:
        L, dim, share = row["L"], row["dim"], row["underflow"]
        known = _KNOWN[L].get(dim)
        if known is not None:
            shares.append(Finding(f"L = {L:g}, d = {dim}", known, _interval(share, known, trials)))
    plain = [row for row in rows if row["dim"] <= _PLAIN_UP_TO]
    for L in CURVATURES:
        case = f"L = {L:g}, d <= {_PLAIN_UP_TO}"
        silent = max(row["plain_wrong_unflagged"] for row in plain if row["L"] == L)
        missed = max(row["plain_not_foretold"] for row in plain if row["L"] == L)
        flagged.append(Finding(case, 0.0, within(silent, 0.0)))
        foretold.append(Finding(case, (0.0, 0.001), within(missed, 0.0)))
    ten = [
        Finding(f"L = {row['L']:g}", (0.99, 1.0), within(row["underflow"], 0.0))
        for row in rows
        if row["dim"] == 10
    ]
    return Section(
        claims=(
            Claim(_SHARES, "an independent implementation, 1000 trajectories", (*shares,)),
            Claim(_FLAGGED, "the plain engine's own flag", (*flagged,)),
            Claim(_FORETOLD, "the exact path's own margins", (*foretold,)),
            Claim(_TEN, "a coordinate that waits for N steps shrinks by c^N", (*ten,)),
        ),
        tables={"double_precision": rows},
        pictures={"double_precision": _draw(rows)},
    )


def _row(L: float, dim: int, trials: int, effort: Effort) -> dict[str, Any]:
    octopus = Octopus(dim, L=L)
    run = partial(
        escape_times,
        octopus,
        gd(octopus),
        trials=trials,
        seed=effort.seed,
        threads=effort.threads,
    )
    exact = run()
    assert exact.certificate is not None  # every exact path has one
    foretold = exact.certificate.underflow_margin < 0
    row: dict[str, Any] = {
        "L": L,
        "dim": dim,
        "trials": trials,
        "underflow": float(np.mean(foretold)),
    }
    if dim > _PLAIN_UP_TO:
        return row
    plain = run(max_steps=_BUDGET, arithmetic="float64")
    wrong = ~plain.escaped | (plain.steps != exact.steps)
    return row | {
        "plain_underflow": float(np.mean(plain.underflowed)),
        "plain_wrong": float(np.mean(wrong)),
        "plain_never_escapes": float(np.mean(~plain.escaped)),
        "plain_wrong_unflagged": float(np.mean(wrong & ~plain.underflowed)),
        "plain_not_foretold": float(np.mean(foretold != plain.underflowed)),
    }


def _interval(share: float, known: float, trials: int) -> Estimate:
    """Return the share with the sampling error of its difference from a known one."""
    pooled = (share * trials + known * _KNOWN_TRIALS) / (trials + _KNOWN_TRIALS)
    variance = pooled * (1 - pooled) * (1 / trials + 1 / _KNOWN_TRIALS)
    found = within(share, math.sqrt(variance))
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))


def _draw(rows: list[dict[str, Any]]) -> Figure:
    """Draw a table whose cells are as dark as the share of trajectories that is spoilt."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    ax = figure.subplots()
    share = np.array([[_cell(rows, L, dim)["underflow"] for dim in _DIMS] for L in CURVATURES])
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
    for i, L in enumerate(CURVATURES):
        for j, dim in enumerate(_DIMS):
            cell = _cell(rows, L, dim)
            text = _percent(cell["underflow"])
            if cell.get("plain_wrong", 0.0) > 0:
                text += f"\n({_percent(cell['plain_wrong'])})"
            color = "white" if cell["underflow"] > 0.6 else "black"
            ax.text(j, i, text, ha="center", va="center", color=color, fontsize="small")
    ax.set_xticks(range(len(_DIMS)), [str(dim) for dim in _DIMS])
    ax.set_yticks(range(len(CURVATURES)), [f"L = {L:g}" for L in CURVATURES])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("dimension")
    figure.suptitle(
        "Plain double precision on the octopus: trajectories of GD in which a coordinate "
        "underflows\n(in brackets: whose step count is wrong, by stepping them up to "
        f"d = {_PLAIN_UP_TO})",
        x=0.01,
        ha="left",
        fontsize="medium",
    )
    return figure


def _cell(rows: list[dict[str, Any]], L: float, dim: int) -> dict[str, Any]:
    return next(row for row in rows if row["L"] == L and row["dim"] == dim)


def _percent(share: float) -> str:
    """Format a share; 0 and 100 % mean none and every single one."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share < 0.001:
        return "< 0.1 %"
    return "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"
