r"""
Gradient descent can take exponential time
==========================================

**Claim.** There are smooth functions with :math:`d` strict saddles one after the other, the
*octopus*, on which gradient descent takes a time that is exponential in the dimension, and
perturbed gradient descent one that is polynomial.

**Source.** Du, Jin, Lee, Jordan, Póczos and Singh, *Gradient descent can take exponential time to
escape saddle points*, NeurIPS 2017, Theorem 4.1.

While one coordinate grows by :math:`a = 1 + 2\eta\gamma` a step, the next one shrinks by :math:`c =
1 - 2\eta L`, and takes that much longer afterwards: every saddle costs :math:`1 + \ln(1/c) / \ln a`
times as many steps as the one before, which is more than the paper's lower bound :math:`(L +
\gamma) / \gamma`.

In full: ``saddlesim reproduce du2017``.
"""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import saddlesim as ss
from saddlesim.plot import COLORS

step, L, gamma = 1 / 4, 1.0, 1.0


def pgd(octopus):
    """Return perturbed gradient descent with the settings of the paper."""
    threshold = octopus.gamma * octopus.tau / 100
    return ss.PerturbedGradientDescent(step, octopus.tau / 100, threshold, min_interval=2)


dims = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
result = ss.escape_time_vs_dimension(
    ss.Octopus, dims=dims, methods={"GD": ss.GradientDescent(step), "PGD": pgd}, trials=200, seed=0
)

# %%
# A straight line on the left is exponential growth, one on the right a power. No computer steps
# :math:`10^{400}` times: the exact path of gradient descent is found in closed form, stage by
# stage.

log_times = {label: [e.value for e in result.log10_estimates(label)] for label in result.methods}
fig, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for ax in panels:
    for label, color, marker in zip(log_times, COLORS, "os"):
        value, low, high = np.array(
            [(e.value, e.low, e.high) for e in result.log10_estimates(label)]
        ).T
        ax.errorbar(
            dims, value, [value - low, high - value], fmt=f"{marker}-", color=color, label=label
        )
    ax.set(xlabel="dimension d", ylabel=r"$\log_{10}$ of the median gradient steps")
    ax.legend()
panels[0].set_title("Up to d = 1000, linear axis")
panels[1].set(xscale="log", ylim=(0, 8), title="The lower part, logarithmic axis")
plt.show()

# %%
# Growth as the dynamics have it, and as measured from d = 500 to 1000.

a, c = 1 + 2 * step * gamma, 1 - 2 * step * L
gd = dict(zip(dims, log_times["GD"]))
pgd_times = dict(zip(dims, log_times["PGD"]))


def steps_per_saddle(d):
    """Return contraction to the threshold, growth of a kick, and three steps on to the next."""
    octopus = ss.Octopus(d)
    method = pgd(octopus)
    waiting = math.log(4 * L * octopus.tau / method.gradient_threshold) / math.log(1 / c)
    return waiting + math.log(octopus.tau * math.sqrt(d) / method.radius) / math.log(a) + 3


factor = 10 ** ((gd[1000] - gd[500]) / 500)
power = math.log10(10 * steps_per_saddle(1000) / steps_per_saddle(100))
rows = [
    ("GD: factor a dimension", 1 + math.log(1 / c) / math.log(a), factor),
    ("PGD: power of d, from 100 to 1000", power, pgd_times[1000] - pgd_times[100]),
]  # fmt: skip
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")

# %%
# Naive double precision gets it wrong. A coordinate that waits for :math:`N` steps shrinks by
# :math:`c^N`; below :math:`2^{-1074}` there is only 0, which never grows again. Here every step is
# taken, and compared with the exact path from the same start.

method, shares = ss.GradientDescent(step), []
for d in range(3, 9):
    octopus = ss.Octopus(d)
    exact = ss.escape_times(octopus, method, trials=1000, seed=0)
    plain = ss.escape_times(
        octopus, method, trials=1000, seed=0, arithmetic="float64", max_steps=100_000
    )
    foretold = np.mean(exact.certificate.underflow_margin < 0)
    wrong = np.mean(~plain.escaped | (plain.steps != exact.steps))
    shares.append((d, foretold, plain.underflowed.mean(), wrong))

columns = ["d", "underflow, expected by the exact path", "underflow, measured", "wrong step count"]
shares = pd.DataFrame(shares, columns=columns).set_index("d")

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, share), color, style in zip(shares.items(), COLORS, ("o-", "s--", "D:")):
    ax.plot(share.index, 100 * share, style, color=color, label=name)
ax.set(xlabel="dimension d", ylabel="trajectories (%)")
ax.set_title("Stepping in plain double precision, of 1,000 trajectories")
ax.legend()
plt.show()

# %%
# The paper's own setting of d = 10 is far beyond what can be stepped in double precision.

shares.map("{:.1%}".format)
