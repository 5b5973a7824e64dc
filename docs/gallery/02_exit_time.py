r"""
Exit time from a quadratic saddle
=================================

**Claim.** At a quadratic saddle with eigenvalue :math:`-\gamma` the escaping coordinate grows by
:math:`a = 1 + \eta\gamma` a step. From a uniform start in :math:`[-1, 1]^d` the exit time has the
law :math:`P(T > t) = a^{-t}`, whatever the dimension. From a kick, uniform in a ball of radius
:math:`\rho` about the saddle, dimension enters by half its logarithm:

.. math:: T \approx \frac{\ln(r / \rho) + \frac12 \ln d}{\ln a}.

**Source.** The kick is that of Jin, Ge, Netrapalli, Kakade and Jordan, *How to escape saddle points
efficiently*, ICML 2017; the laws follow from the linear dynamics at the saddle, exactly.

In full: ``saddlesim reproduce exit_law``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import beta

import saddlesim as ss
from saddlesim.plot import COLORS, plot_survival

step, r, rho = 0.1, 1.0, 0.1
a = 1 + step


def saddle(d):
    return ss.QuadraticSaddle(np.r_[-1.0, np.ones(d - 1)])


method, leaves = ss.GradientDescent(step), ss.LeavesSubspace(r)
cube = ss.escape_times(
    saddle(10), method, initial=ss.Uniform(-1, 1), escape=leaves, trials=20_000, seed=0
)
kicked = {
    d: ss.escape_times(
        saddle(d), method, initial=ss.Ball(rho), escape=leaves, trials=1_000, seed=0
    ).median()
    for d in (2, 10, 100, 1_000, 10_000)
}

# %%
# The square of the escaping coordinate of a uniform point in a ball has a beta law, which gives the
# median exactly.

dims = np.array(list(kicked))
start = rho * np.sqrt(beta.median(1 / 2, (dims + 1) / 2))
exact = np.ceil(np.log(r / start) / np.log(a))

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
t = np.arange(100)
plot_survival(cube, left, label="measured, 20,000 trajectories", color=COLORS[0])
left.step(t, a**-t, where="post", color=COLORS[1], linestyle="--", label="$a^{-t}$")
left.set(
    xscale="linear",
    yscale="log",
    xlim=(0, 99),
    ylim=(1e-4, 1.2),
    title="Uniform start in the cube, d = 10",
)
left.legend()
median, low, high = np.array([(m.value, m.low, m.high) for m in kicked.values()]).T
right.errorbar(
    dims, median, [median - low, high - median], fmt="o", capsize=3, color=COLORS[0],
    label="measured median, 95 %",
)  # fmt: skip
right.plot(dims, exact, "D", color=COLORS[2], mfc="none", markersize=10, label="exact median")
law = exact[-1] - np.log(dims[-1] / dims) / 2 / np.log(a)
right.plot(dims, law, "--", color=COLORS[1], label=r"$\frac{1}{2} \ln d\, /\, \ln a$ + constant")
right.set(xscale="log", xlabel="dimension d", ylabel="exit time (gradient steps)")
right.set_title("Kick of radius 0.1 from the saddle")
right.legend()
plt.show()

# %%
# Expected and measured; the mean exit time from the cube is :math:`a / (a - 1)`.

rows = [("mean exit time from the cube", a / (a - 1), cube.mean())]
rows += [(f"median after a kick, d = {d:,}", e, m) for (d, m), e in zip(kicked.items(), exact)]
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")
