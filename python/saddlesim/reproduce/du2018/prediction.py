"""Measured and predicted residuals of one wide network, for gradient descent and gradient flow."""

from __future__ import annotations

from typing import Any

from saddlesim.kernel.eigenvalues import unit_step
from saddlesim.landscapes import TwoLayerReLU
from saddlesim.methods import GradientFlow
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.wide import KernelComparison, against_kernel
from saddlesim.wide.plot import drawn

__all__ = ["section"]

_WIDTH = 16384
_SAMPLES, _DIM = 100, 20
_EARLY = 10  # steps in which the prediction is right within 2 %, or a time of as many steps


def section(effort: Effort) -> Section:
    """Train by descent and by flow."""
    known: dict[str, Any] = {"seed": effort.seed, "threads": effort.threads}
    descent = against_kernel(_network(_WIDTH, effort), steps=effort.trials(100, 30), **known)
    # A flow takes gradients in lanes, of which one trajectory uses but one.
    narrower = _network(effort.trials(_WIDTH, _WIDTH // 16), effort)
    step = unit_step(narrower.infinite_width_gram())
    smooth = GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-5)  # weights are of size 1
    flow = against_kernel(narrower, smooth, steps=effort.trials(30, 10) * step, **known)
    claims, pictures, tables = [], {}, {}
    for name, found, unit in (("descent", descent, 1.0), ("flow", flow, step)):
        early = found.at <= _EARLY * unit * (1 + 1e-9)
        width = found.training.landscape.parts["W"][0]
        scale = (_WIDTH / width) ** 0.5  # by which a narrower network is further off
        claims.append(
            Claim(
                f"Gradient {name}: the residual is that of a linear system with H(0)",
                "Jacot et al. (2018); Arora et al. (2019), Theorem 4.1",
                (
                    Finding(
                        f"largest error of |u - y| in the first {_EARLY} steps, width {width:,}",
                        (0.0, 0.02 * scale),
                        within(_norm_error(found, early), 0.0),
                    ),
                    Finding(
                        "largest error of u - y, as vectors, in all of the run, over |u(0) - y|",
                        (0.0, 0.02 * scale),
                        within(
                            float((found.error * found.residual).max() / found.residual[0]), 0.0
                        ),
                    ),
                ),
            )
        )
        pictures[name] = drawn(found, "kernel")
        tables[f"{name}_beside_its_kernel"] = found.table()
    return Section(claims=tuple(claims), tables=tables, pictures=pictures)


def _network(width: int, effort: Effort) -> TwoLayerReLU:
    return TwoLayerReLU.random(
        dim=_DIM, samples=_SAMPLES, width=width, labels="random", seed=effort.seed
    )


def _norm_error(found: KernelComparison, where: Any) -> float:
    off = abs(found.predicted_norm - found.residual) / found.residual
    return float(off[where].max())
