r"""
Gradient descent escapes, in the end
====================================

**Claim.** Gradient descent with a step below :math:`1/\ell` from a random start converges to a
strict saddle with probability 0.

**Source.** Lee, Simchowitz, Jordan and Recht, *Gradient descent only converges to minimizers*, COLT
2016, the main theorem.

The theorem says nothing about time. At a quadratic saddle the share of trajectories that are still
there shrinks by the factor :math:`1/a`, :math:`a = 1 + \eta\gamma`, with each step, so that none
stays for ever; from the stable manifold itself, a set of measure zero, none ever leaves.

In full, with the traps of rounding: ``saddlesim reproduce lee2016``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import saddlesim as ss
from saddlesim.plot import COLORS, plot_survival

f = ss.QuadraticSaddle([-1.0, 0.5, 1.0])
runs = {
    step: ss.escape_times(
        f, ss.GradientDescent(step), initial=ss.Uniform(-1, 1), trials=100_000, seed=0
    )
    for step in (0.05, 0.1, 0.2, 0.4)
}

# %%
# Every curve is a straight line on a logarithmic axis: a geometric tail. The dashed lines are
# :math:`a^{-t}`. All steps have the same starts, so that chance is the same in all.

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
rows = []
for (step, times), color in zip(runs.items(), COLORS):
    t = np.arange(200)
    plot_survival(times, ax, label=f"step {step:g}", color=color)
    ax.step(t, (1.0 + step) ** -t, "--", where="post", color="black", linewidth=0.8)
    later = times.steps[times.steps > 0]  # each step of a trajectory is a trial, its exit the event
    ratio = 1 - len(later) / later.sum()
    error = 1.96 * (1 - ratio) * np.sqrt(ratio / len(later))
    rows += [
        (f"step {step:g}: share that escaped", 1.0, times.escaped.mean()),
        (f"step {step:g}: ratio of the tail", 1 / (1 + step), f"{ratio:.4f} ± {error:.4f}"),
    ]
ax.set(xscale="linear", yscale="log", xlim=(0, 199), ylim=(1e-4, 1.2))
ax.set_title("Still at the saddle, of 100,000 trajectories; dashed: the law")
ax.legend()
plt.show()

# %%
# The exception: starts on the stable manifold, where the escaping coordinate is 0. Beside it,
# landscapes with several saddles, on which random starts reach a global minimum.

stable = np.random.default_rng(0).uniform(-1, 1, (100, 3)) * [0, 1, 1]
stays = ss.escape_times(f, ss.GradientDescent(0.1), initial=ss.At(stable))
rows.append(("from the stable manifold: share that escaped", 0.0, stays.escaped.mean()))
for name, g in {
    "octopus, d = 3": ss.Octopus(3),
    "matrix factorisation, 8 x 2": ss.MatrixFactorization.random(8, 2, seed=0),
    "tensor, all components, d = 4": ss.TensorDecomposition.random(4, seed=0),
}.items():
    method = ss.GradientDescent(0.9 / g.smoothness)
    ends = ss.escape_times(g, method, escape=ss.ReachesMinimum(1e-6), trials=2_000, seed=0)
    rows.append((f"{name}: share that reaches a minimum", 1.0, ends.escaped.mean()))
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")
