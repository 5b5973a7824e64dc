r"""
Deep linear networks have a saddle that is not strict
=====================================================

**Claim.** For linear networks of any depth all local minima are global. With two layers all saddles
are strict; from three layers on there are saddles without a negative eigenvalue, all weights 0
among them, where the Hessian vanishes.

**Source.** Kawaguchi, *Deep learning without poor local minima*, NeurIPS 2016, Theorem 2.3.

What that costs can be seen on a chain of single units, :math:`f = \frac12 (w_1 \cdots w_N - 1)^2`,
from weights :math:`w_0`: the escape time from 0 is :math:`\ln(1/w_0)` at a strict saddle and
:math:`w_0^{2-N} / (N - 2)` at one that is not, up to a constant.

In full: ``saddlesim reproduce kawaguchi2016``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.integrate import quad

import saddlesim as ss
from saddlesim.plot import COLORS

step, scales = 0.01, (0.3, 0.1, 0.03, 0.01)


def chain(layers):
    return ss.DeepLinearNetwork([[1.0]], [[1.0]], hidden=[1] * (layers - 1))


half_way = ss.ValueBelow(1 / 8)  # f where the product of the weights is 1/2
measured = {
    (N, w): step * ss.escape_times(
        chain(N), ss.GradientDescent(step), initial=ss.At(np.full(N, w)), escape=half_way,
        trials=1, max_steps=10_000_000,
    ).steps[0]
    for N in (2, 3, 4) for w in scales
}  # fmt: skip

# %%
# Expected is the time of gradient flow, :math:`\int_{w_0}^{2^{-1/N}} dw / (w^{N-1} (1 - w^N))`.


def flow_time(N, start):
    return quad(lambda w: 1 / (w ** (N - 1) * (1 - w**N)), start, 0.5 ** (1 / N), limit=200)[0]


expected = {(N, w): flow_time(N, w) for N, w in measured}
fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for N, color, marker in zip((2, 3, 4), COLORS, "osD"):
    ax.plot(scales, [expected[N, w] for w in scales], "--", color=color)
    ax.plot(scales, [measured[N, w] for w in scales], marker, color=color, label=f"{N} layers")
ax.set(xscale="log", yscale="log", xlabel="weights at the start", ylabel="step size x steps")
ax.set_title("Time to leave the saddle at 0; dashed: gradient flow")
ax.legend()
plt.show()

# %%
# Expected and measured times,

times = pd.DataFrame({"expected": expected, "measured": measured})
times.index.names = ["layers", "start"]
times

# %%
# the Hessian at 0, for random data, and censuses of networks of each depth:

rows = []
for widths in ((4, 4, 3), (4, 4, 4, 3), (3, 3, 3, 3, 3)):
    f = ss.DeepLinearNetwork.random(widths, seed=0)
    census, smallest = (
        ss.find_stationary_points(f, starts=300, seed=0),
        ss.min_eigenpair(f, np.zeros((1, f.dim))),
    )
    layers = len(widths) - 1
    rows.append({
        "layers": layers,
        "smallest eigenvalue at 0, expected": -f.strengths[0] if layers == 2 else 0.0,
        "measured": smallest.eigenvalue[0],
        "all saddles strict, expected": layers == 2,
        "all saddles strict, found": census.every_saddle_strict,
        "all minima global, expected": True,
        "all minima global, found": census.every_minimum_global,
    })  # fmt: skip
pd.DataFrame(rows).set_index("layers")
