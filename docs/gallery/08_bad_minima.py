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
import pandas as pd
from scipy.stats import binomtest

import saddlesim as ss
from saddlesim.plot import COLORS

published = {6: 3, 7: 55, 8: 126, 9: 218, 10: 346, 11: 455, 12: 585}  # bad runs of 1,000
trials = 100
runs = {
    k: ss.escape_times(
        ss.StudentTeacher.random(k), ss.GradientDescent(0.1), initial=ss.Gaussian(k**-0.5),
        escape=ss.GradientBelow(1e-7), trials=trials, max_steps=100_000, seed=0,
    )
    for k in published
}  # fmt: skip
bad = {k: int(np.sum(times.value > 1e-3)) for k, times in runs.items()}
share = {k: binomtest(count, trials).proportion_ci(method="wilson") for k, count in bad.items()}

# %%
# Shares of bad runs, and where the runs end: at a few values of f, the lowest of which Newton's
# method foretells.

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
ks = np.array(list(published))
found = np.array([bad[k] / trials for k in ks])
ends = np.array([[found[i] - share[k].low, share[k].high - found[i]] for i, k in enumerate(ks)]).T
left.errorbar(
    ks, 100 * found, 100 * ends, fmt="o", capsize=3, color=COLORS[0], label="measured, 95 %"
)
left.plot(
    ks, [published[k] / 10 for k in ks], "s--", color=COLORS[1], mfc="none", label="published"
)
left.set(xlabel="number of units k", ylabel="runs that end in a bad minimum (%)", xticks=ks)
left.set_title("How often")
left.legend()
for k, color, style in zip(ks, COLORS, ("-", "--", ":", "-.") * 2):
    right.plot(np.sort(runs[k].value), style, linewidth=2, color=color, label=f"k = {k}")
right.set(yscale="log", xlabel="run, sorted by its end", ylabel="f at the end")
right.set_title(f"Where {trials} runs end")
right.legend()
plt.show()

# %%
# Published and measured, with Wilson intervals; and the value of the bad minimum, by Newton's
# method on five numbers and as gradient descent ends there.

pd.DataFrame(
    {
        "bad runs, published": [f"{published[k] / 1000:.1%}" for k in ks],
        "measured": [
            f"{bad[k] / trials:.1%} [{share[k].low:.1%}, {share[k].high:.1%}]" for k in ks
        ],
        "value, expected": [ss.StudentTeacher.random(int(k)).spurious_point().value for k in ks],
        "lowest bad value, measured": [
            min(runs[k].value[runs[k].value > 1e-3], default=np.nan) for k in ks
        ],
    },
    index=pd.Index(ks, name="k"),
)

# %%
# The network on three samples: the best linear function has loss 1/3, and so has the bad minimum.
# Gradient descent that starts beside it does not fall below, although 0 is within reach.

rows = []
for activation in ("relu", "leaky_relu", "sigmoid", "tanh", "arctan"):
    f = ss.SmallDataNetwork(activation)
    minima = {point.name: point for point in f.stationary_points()}
    minimum = max(minima.values(), key=lambda point: point.value)
    beside = ss.escape_times(
        f, ss.GradientDescent(0.05), initial=ss.Ball(0.01, center=minimum.point),
        escape=ss.ValueBelow(1 / 3 - 1e-6), trials=500, max_steps=5_000, seed=0,
    )  # fmt: skip
    rows.append((activation, 1 / 3, minimum.value, "0 of 500", f"{beside.escaped.sum()} of 500"))
columns = [
    "activation",
    "loss, expected",
    "measured",
    "fell below, expected",
    "fell below, measured",
]
pd.DataFrame(rows, columns=columns).set_index("activation")
