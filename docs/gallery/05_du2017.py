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

import matplotlib.pyplot as plt

import saddlesim as ss


def pgd(octopus):  # the settings of the paper
    kick, threshold = octopus.tau / 100, octopus.gamma * octopus.tau / 100
    return ss.PerturbedGradientDescent(1 / 4, kick, threshold, min_interval=2)


methods = {"GD": ss.GradientDescent(1 / 4), "PGD": pgd}
dims = (*range(2, 11), 20, 50, 100, 500, 1000)
result = ss.escape_time_vs_dimension(ss.Octopus, dims=dims, methods=methods, trials=200)
result.plot()
result.plot().set(xscale="log", ylim=(0, 8))  # the same, nearer
plt.show()

# %%
# No computer steps :math:`10^{400}` times: the exact path of gradient descent is found in closed
# form, stage by stage. Growth, fitted to all dimensions with 95 % intervals, beside the factor that
# the dynamics have, the paper's lower bound, and the steps of PGD from saddle to saddle:

import math

from saddlesim.reproduce import Claim, Finding


def saddles(d):  # until the gradient is small, a kick has grown, and the next saddle is reached
    return d * (math.log2(400) + math.log(100 * math.sqrt(d), 1.5) + 3)


factor = result.growth("GD")["exponential"].parameters["r"]
findings = [
    Finding("GD: factor a dimension, dynamics", result.growth_factor("GD"), factor),
    Finding("GD: factor a dimension, paper", (2, math.inf), factor),
    Finding("PGD: power of d", (0, 2), result.growth("PGD")["power"].parameters["p"]),
    Finding("PGD: median steps at d = 1000", saddles(1000), result["PGD", 1000].median(), 0.02),
]
Claim("Exponential and polynomial growth", "Du et al. (2017), Theorem 4.1", findings)

# %%
# Naive double precision gets it wrong. A coordinate that waits for :math:`N` steps shrinks by
# :math:`c^N`; below :math:`2^{-1074}` there is only 0, which never grows again. Here every step is
# taken, and compared with the exact path from the same start, which foretells who underflows.

import numpy as np

from saddlesim.plot import COLORS

wrong, foretold, flagged = {}, {}, {}
for d in range(3, 9):
    setting = {"landscape": ss.Octopus(d), "method": ss.GradientDescent(1 / 4), "trials": 1_000}
    exact = ss.escape_times(**setting)
    plain = ss.escape_times(**setting, arithmetic="float64", max_steps=100_000)
    wrong[d], flagged[d] = np.mean(plain.steps != exact.steps), np.mean(plain.underflowed)
    foretold[d] = np.mean(exact.certificate.underflow_margin < 0)
plt.plot(wrong.keys(), wrong.values(), "o-", color=COLORS[0], label="wrong in double precision")
plt.plot(foretold.keys(), foretold.values(), "s--", color=COLORS[1], label="underflow, foretold")
plt.gca().set(xlabel="dimension d", ylabel="share of 1,000 trajectories")
plt.legend()
plt.show()

# %%
# Who underflows is flagged when it happens:

findings = [Finding(f"d = {d}: underflow", foretold[d], flagged[d]) for d in foretold]
Claim("The exact path foretells who underflows", "its smallest coordinates", findings)
