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

import saddlesim as ss

f, start = ss.QuadraticSaddle([-1.0, 0.5, 1.0]), ss.Uniform(-1, 1)
runs, ax = {}, plt.subplots(layout="constrained")[1]
for h in (0.05, 0.1, 0.2, 0.4):
    runs[h] = ss.escape_times(f, ss.GradientDescent(h), initial=start, trials=100_000)
    runs[h].plot(ax, label=f"step {h:g}", expected=lambda t, h=h: (1 + h) ** -t)
ax.set(xscale="linear", yscale="log", xlim=(0, 199), ylim=(1e-4, 1.2))
plt.show()

# %%
# Every curve is a straight line on a logarithmic axis: a geometric tail. All steps have the same
# starts, so that chance is the same in all. Those in the last line are on the stable manifold.

import numpy as np

from saddlesim.reproduce import Claim, Finding, share

stable = ss.At(np.random.default_rng(0).uniform(-1, 1, (100, 3)) * [0, 1, 1])
stays = ss.escape_times(f, ss.GradientDescent(0.1), initial=stable)
findings = []
for h, times in runs.items():
    findings.append(
        Finding(f"step {h:g}: share that escaped", 1, share(sum(times.escaped), 100_000))
    )
    findings.append(Finding(f"step {h:g}: mean steps", (1 + h) / h, times.mean(confidence=0.999)))
findings.append(Finding("stable manifold: share that escaped", 0, stays.escaped.mean()))
Claim("Almost every start escapes", "Lee et al. (2016); the law above", findings)

# %%
# On landscapes with several saddles random starts reach a global minimum.

landscapes = {
    "octopus, d = 3": ss.Octopus(3),
    "matrix factorisation, 8 x 2": ss.MatrixFactorization.random(8, 2),
    "tensor, all components, d = 4": ss.TensorDecomposition.random(4),
}
findings = []
for name, f in landscapes.items():
    descent, near = ss.GradientDescent(0.9 / f.smoothness), ss.ReachesMinimum(1e-6)
    times = ss.escape_times(f, descent, escape=near, trials=2_000)
    findings.append(Finding(name, 1, share(sum(times.escaped), 2_000)))
Claim("The share that reaches a global minimum is 1", "Lee et al. (2016)", findings)
