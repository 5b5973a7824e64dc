r"""
Deep linear networks have a saddle that is not strict
=====================================================

**Claim.** For linear networks of any depth all local minima are global. With two layers all saddles
are strict; from three layers on there are saddles without a negative eigenvalue, all weights 0
among them, where the Hessian vanishes.

**Source.** Kawaguchi, *Deep learning without poor local minima*, NeurIPS 2016, Theorem 2.3 and
Corollary 2.4.

What that costs can be seen on a chain of single units, :math:`f = \frac12 (w_1 \cdots w_N - 1)^2`,
from weights :math:`w_0`: the escape time from 0 is :math:`\ln(1/w_0)` at a strict saddle and
:math:`w_0^{2-N} / (N - 2)` at one that is not, up to a constant.

In full: ``saddlesim reproduce kawaguchi2016``.
"""

import matplotlib.pyplot as plt
import numpy as np

import saddlesim as ss
from saddlesim.plot import COLORS

weights, half, times = np.array([0.3, 0.1, 0.03, 0.01]), ss.ValueBelow(1 / 8), {}
for N in (2, 3, 4):
    f = ss.DeepLinearNetwork([[1.0]], [[1.0]], hidden=[1] * (N - 1))
    start = ss.At(np.outer(weights, np.ones(N)))
    times[N] = ss.escape_times(f, ss.GradientFlow(), initial=start, escape=half).float_steps
    plt.loglog(weights, times[N], "osD"[N - 2] + "-", color=COLORS[N - 2], label=f"{N} layers")
plt.gca().set(xlabel="all weights at the start", ylabel="time of gradient flow until f < 1/8")
plt.legend()
plt.show()

# %%
# Until f is below 1/8 the product of the weights comes to 1/2, which takes gradient flow
# :math:`\int_{w_0}^{2^{-1/N}} dw / (w^{N-1} (1 - w^N))`:

from scipy.integrate import quad

from saddlesim.reproduce import Claim, Finding


def exact(N, start):
    return quad(lambda w: 1 / (w ** (N - 1) * (1 - w**N)), start, 0.5 ** (1 / N), limit=200)[0]


findings = [
    Finding(f"time, {N} layers, weights {w:g}", exact(N, w), time, 1e-6)
    for N in times
    for w, time in zip(weights, times[N])
]
Claim("Escape takes a power of 1/w from three layers on", "the integral above", findings)

# %%
# The Hessian at 0, for random data, and censuses of networks of each depth:

findings = []
for widths in ((4, 4, 3), (4, 4, 4, 3), (3, 3, 3, 3, 3)):
    f, N = ss.DeepLinearNetwork.random(widths, seed=0), len(widths) - 1
    lowest = ss.min_eigenpair(f, np.zeros((1, f.dim))).eigenvalue[0]
    kinds = [family.kind for family in ss.find_stationary_points(f).families]
    bad = kinds.count("local minimum") + kinds.count("flat minimum")
    findings += [
        Finding(f"{N} layers: eigenvalue at 0", -f.strengths[0] if N == 2 else 0, lowest),
        Finding(f"{N} layers: some saddle is not strict", N > 2, "non-strict saddle" in kinds),
        Finding(f"{N} layers: local minima that are not global", 0, bad),
    ]
Claim("Two layers have strict saddles only, deeper networks others", "Kawaguchi (2016)", findings)
