"""The origin: a strict saddle with two layers, no curvature at all from three on."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim.landscapes import DeepLinearNetwork
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.spectrum import min_eigenpair

__all__ = ["section"]

_WIDTHS = {2: (4, 4, 3), 3: (4, 4, 4, 3), 4: (3, 3, 3, 3, 3), 5: (3, 4, 3, 2, 3, 3)}
_NEAR = (1e-1, 1e-2)  # of the minimum's weights
_STRICT = (
    "With two layers the origin is a strict saddle, whose smallest eigenvalue is -sigma_1(Y'X)"
)
_FLAT = "From three layers on the Hessian there is 0, exactly (largest entry)"
_SADDLE = (
    "It is no local minimum: f is lower at any distance along the way to a minimum (f there less f "
    "at the origin, over f at the origin)"
)


def section(effort: Effort) -> Section:
    """Look at the origin of networks of growing depth; nothing is random but the data."""
    rows = [_row(depth, widths, effort) for depth, widths in _WIDTHS.items()]
    two, *deeper = rows
    strict = Finding(
        f"widths {two['widths']}", two["expected_eigenvalue"], within(two["min_eigenvalue"], 1e-10)
    )
    flat = [
        Finding(f"{row['layers']} layers, widths {row['widths']}", 0.0,
                within(row["largest_entry"], 0.0))
        for row in deeper
    ]  # fmt: skip
    saddle = [
        Finding(f"{row['layers']} layers, {near:g} of the way", (-1.0, -1e-15),
                within(row[f"fall_at_{near:g}"], 0.0))
        for row in rows
        for near in _NEAR
    ]  # fmt: skip
    curvature = "Kawaguchi (2016), corollary 2.4"
    return Section(
        claims=(
            Claim(_STRICT, curvature, (strict,)),
            Claim(_FLAT, curvature, tuple(flat)),
            Claim(_SADDLE, "Kawaguchi (2016), theorem 2.3 (iii)", tuple(saddle)),
        ),
        tables={"origin": rows},
    )


def _row(depth: int, widths: tuple[int, ...], effort: Effort) -> dict[str, Any]:
    f = DeepLinearNetwork.random(widths, samples=20, seed=effort.seed)
    origin = np.zeros(f.dim)
    pair = min_eigenpair(f, origin, seed=effort.seed, threads=effort.threads)
    height = float(f.value(origin))
    best = f.stationary_points()[-1].point
    falls = {f"fall_at_{near:g}": (float(f.value(near * best)) - height) / height for near in _NEAR}
    return {
        "layers": depth,
        "widths": "-".join(map(str, widths)),
        "weights": f.dim,
        "min_eigenvalue": float(pair.eigenvalue),
        "expected_eigenvalue": -float(np.linalg.norm(f.Y.T @ f.X, 2)) if depth == 2 else 0.0,
        "largest_entry": float(np.abs(f.hessian(origin)).max()),
        **falls,
    }
