r"""
Nonlinear networks have bad local minima
========================================

**Claim.** A two-layer ReLU network with k units that learns a teacher of k orthogonal units from
Gaussian inputs has local minima that are not global, for k from 6 to 20, and gradient descent ends
in one the more often the larger k is. With three samples, any of the usual activations makes a bad
local minimum.

**Source.** Safran and Shamir, *Spurious local minima are common in two-layer ReLU neural networks*,
ICML 2018, Table 1; Yun, Sra and Jadbabaie, *Small nonlinearities in activation functions create bad
local minima in neural networks*, ICLR 2019, Theorems 1 and 2.

The protocol is that of the paper: independent weights N(0, 1/k), steps of 0.1, until the gradient
is nearly 0; a run is bad if it ends above 0.001. The paper has 1,000 runs for each k, this page
fewer.

In full: ``saddlesim reproduce safran2018`` and ``saddlesim reproduce yun2019``.
"""

import matplotlib.pyplot as plt
import numpy as np

import saddlesim as ss
from saddlesim.plot_survivals import value_colors

runs, setting = {}, {"escape": ss.GradientBelow(1e-7), "trials": 300, "max_steps": 100_000}
for k, color in value_colors(range(6, 13)).items():
    f, initial = ss.StudentTeacher.random(k), ss.Gaussian(k**-0.5)
    runs[k] = ss.escape_times(f, ss.GradientDescent(0.1), initial=initial, **setting)
    plt.plot(np.sort(runs[k].value), linewidth=2, color=color, label=f"k = {k}")
plt.gca().set(xlabel="run, sorted by its end", ylabel="f at the end")
plt.legend()
plt.show()

# %%
# Each curve jumps where the bad runs begin, from nearly 0 to a few values, the lowest of which
# Newton's method foretells. How many of 300 runs are
# bad, beside the 1,000 of the paper:

from saddlesim.reproduce import Claim, Finding, share
from saddlesim.reproduce.safran2018.published import BAD, RUNS

findings = []
for k, times in runs.items():
    bad = times.value[times.value > 1e-3]
    findings.append(Finding(f"k = {k}: share of bad runs", BAD[k] / RUNS, share(len(bad), 300)))
    if len(bad):
        spurious = ss.StudentTeacher.random(k).spurious_point().value
        findings.append(Finding(f"k = {k}: lowest bad value", spurious, min(bad)))
Claim("Gradient descent ends in bad minima", "Safran and Shamir (2018), Table 1", findings)

# %%
# The network on three samples: the best linear function has loss 1/3, and so has the bad minimum.
# Gradient descent that starts beside it does not fall below, although 0 is within reach.

findings, below = [], ss.ValueBelow(1 / 3 - 1e-6)
for name in ("relu", "leaky_relu", "sigmoid", "tanh", "arctan"):
    f, descent = ss.SmallDataNetwork(name), ss.GradientDescent(0.05)
    minimum = max(f.stationary_points(), key=lambda point: point.value)
    beside = {"initial": ss.Ball(0.01, center=minimum.point), "trials": 500, "max_steps": 5_000}
    times = ss.escape_times(f, descent, escape=below, **beside)
    findings.append(Finding(f"{name}: loss at the bad minimum", 1 / 3, minimum.value))
    findings.append(Finding(f"{name}: runs that fall below", 0, sum(times.escaped)))
Claim("Three samples make a bad minimum", "Yun et al. (2019), Theorems 1 and 2", findings)
