"""What a run came to, said in a line each: the text behind the reprs of `EscapeTimes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlesim.outcome import Outcome

if TYPE_CHECKING:
    from saddlesim.result import EscapeTimes

__all__ = ["magnitude", "title", "verdict"]


def title(times: EscapeTimes) -> str:
    """Give the heading: how many trajectories, and the seed that brings them back."""
    single = "" if times.dtype == "float64" else f", {times.dtype}"
    return f"EscapeTimes of {_trajectories(len(times))}, seed {times.seed}{single}"


def verdict(times: EscapeTimes) -> list[tuple[str, str]]:
    """List (label, text) pairs, most important first after the description of the run."""
    budget = "no step budget" if times.max_steps is None else f"max_steps {times.max_steps:,}"
    if times.counted != "steps":
        budget = f"counted in {times.unit}"
    lines = [
        ("landscape", repr(times.landscape)),
        ("method", repr(times.method)),
        ("start", repr(times.initial)),
        ("escape", f"{times.escape!r}, {budget}"),
    ]
    if len(times):
        lines += _outcomes(times) + _statistics(times) + _certificate(times)
    return lines + _warnings(times) + _throughput(times)


def _outcomes(times: EscapeTimes) -> list[tuple[str, str]]:
    n = len(times)
    escaped = times.count(Outcome.ESCAPED)
    lines = [("escaped", f"{escaped:,} of {n:,} ({_share(escaped, n)})")]
    at_start = int(np.count_nonzero(times.escaped & np.isneginf(times.log10_steps)))
    if at_start:
        lines.append(
            (
                "at time 0" if times.unit == "time" else "at step 0",
                f"{at_start:,} of them ({_share(at_start, n)} of all): "
                "the start already meets the escape criterion",
            )
        )
    for outcome in Outcome:
        count = times.count(outcome)
        if count and outcome is not Outcome.ESCAPED:
            lines.append((outcome.label, f"{count:,} ({_share(count, n)}): {outcome.meaning}"))
    return lines


def _statistics(times: EscapeTimes) -> list[tuple[str, str]]:
    lines = [
        ("median", f"{_quantile(times, 0.5)} {times.unit} (95 % interval)"),
        ("90 % quantile", f"{_quantile(times, 0.9)} {times.unit}"),
    ]
    finite = times.value[np.isfinite(times.value)]
    if finite.size:
        low, middle, high = np.quantile(finite, [0.0, 0.5, 1.0])
        lines.append(("final value", f"median {middle:.4g}, from {low:.4g} to {high:.4g}"))
    return lines


def _quantile(times: EscapeTimes, q: float) -> str:
    if times.log10_steps.max() < 15:
        return str(times.quantile(q))
    found = times.log10_quantile(q)
    if not np.isfinite(found.value):
        return "never" if np.isinf(found.low) else f">10^{found.low:.4f}"
    return f"10^{found.value:.4f} [10^{found.low:.4f}, 10^{found.high:.4f}]"


def _certificate(times: EscapeTimes) -> list[tuple[str, str]]:
    shown = times.certificate
    if shown is None or not len(times):
        return []
    beyond = int(np.count_nonzero(~times.steps_exact & (times.log10_steps > 18.9)))
    tied = int(np.count_nonzero(~times.steps_exact)) - beyond
    text = f"nearest tie {shown.tie_distance.min():.1e}"
    redone = int(np.count_nonzero(shown.redone))
    if redone:
        text += f"; {redone:,} decided in twice the precision"
    if beyond:
        text += f"; {beyond:,} beyond int64, known by log10_steps"
    if tied:
        text += f"; {tied:,} too near a tie to be certain, known by log10_steps"
    lines = [("exact counts", text)]
    failing = int(np.count_nonzero(shown.underflow_margin < 0))
    if failing:
        share = _share(failing, len(times))
        lines.append(("plain doubles", f"would underflow in {failing:,} of them ({share})"))
    return lines


def _warnings(times: EscapeTimes) -> list[tuple[str, str]]:
    lines = []
    wrong = int(np.count_nonzero(times.underflowed))
    if wrong:
        single = times.dtype == "float32"
        floor, precision = ("2^-126", "single") if single else ("2^-1022", "double")
        remedy = 'dtype="float64"' if single else 'arithmetic="auto" or "exact"'
        lines.append(
            (
                "WARNING",
                f"{_trajectories(wrong)} underflowed (a coordinate that matters later fell below "
                f"{floor}): their step counts are wrong in {precision} precision; "
                f"use {remedy}, or a smaller dimension",
            )
        )
    if times.interrupted:
        stepped = "trajectories in flight are censored at the step they had reached"
        walked = "trajectories in flight are left out; how long they would take plays no part in it"
        exact = times.diagnostics.get("arithmetic") == "exact"
        lines.append(("interrupted", walked if exact else stepped))
    return lines


def _throughput(times: EscapeTimes) -> list[tuple[str, str]]:
    known = times.diagnostics
    parts = []
    if "trajectories_per_second" in known:
        parts.append(f"{magnitude(known['trajectories_per_second'])} trajectories/s")
    if "steps_per_second" in known:
        parts.append(f"{magnitude(known['steps_per_second'])} steps/s")
    if "threads" in known:
        parts.append(f"{known['threads']} thread{'s' if known['threads'] != 1 else ''}")
    if "isa" in known:
        parts.append(f"{known['isa']}")
    if "lanes" in known:
        parts.append(f"{known['lanes']} lanes")
    if "occupancy" in known:
        parts.append(f"{100 * known['occupancy']:.0f} % occupied")
    if "arithmetic" in known:
        parts.append(f"{known['arithmetic']} arithmetic")
    return [("throughput", ", ".join(parts))] if parts else []


def _trajectories(count: int) -> str:
    return f"{count:,} {'trajectory' if count == 1 else 'trajectories'}"


def _share(count: int, of: int) -> str:
    """Percentage to one digit that says 0 or 100 only if it is exact."""
    percent = 100 * count / of
    if 0 < percent < 0.1:
        return "<0.1 %"
    if 99.9 < percent < 100:
        return ">99.9 %"
    return f"{percent:.1f} %"


def magnitude(rate: float) -> str:
    """Format a large number so that it can be said: "123 million"."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if rate >= size:
            return f"{rate / size:.3g} {name}"
    return f"{rate:,.0f}"
