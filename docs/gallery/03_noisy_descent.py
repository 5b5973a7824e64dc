"""
Noise escapes in polynomial time
================================

**Claim.** Where all saddles are strict, gradient descent with noise reaches a local minimum in a
time that is polynomial in the dimension, even from a saddle itself, where without noise nothing
moves.

**Source.** Ge, Huang, Jin and Yuan, *Escaping from saddle points: online stochastic gradient for
tensor decomposition*, COLT 2015, the main theorem; Jin, Ge, Netrapalli, Kakade and Jordan, *How to
escape saddle points efficiently*, ICML 2017, Theorem 3.

On matrix factorisation and orthogonal tensors all local minima are global besides. All trajectories
start at a saddle and end within a thousandth above the global minimum.

In full, with six families and five random instances of each size: ``saddlesim reproduce
global_minimum``.
"""

import matplotlib.pyplot as plt

import saddlesim as ss


def run(f):  # from a saddle, with noise of a hundredth of curvature times length scale
    saddle, near = f.reference_saddle(), ss.ReachesMinimum(1e-3)
    noise = abs(saddle.min_eigenvalue) * f.length_scale / 100
    method = ss.NoisyGradientDescent(1 / f.smoothness, noise_scale=noise)
    return ss.escape_times(f, method, initial=ss.At(saddle.point), escape=near, trials=200)


matrix, tensor = ss.MatrixFactorization.random, ss.TensorDecomposition.random
cells = {("matrix of rank 2", d): run(matrix(d, rank=2)) for d in (4, 8, 16, 32, 64)}
cells |= {("tensor", d): run(tensor(d)) for d in (3, 4, 5, 6, 8, 10, 12)}
ss.DimensionResult(cells).plot()
plt.show()

# %%
# How many trajectories reach a global minimum, and the power of the dimension by which their time
# grows, with its 95 % interval:

from saddlesim.reproduce import Claim, Finding, share

findings = []
for name, growth in ss.DimensionResult(cells).growth().items():
    reached = sum(cells[name, d].count(ss.Outcome.ESCAPED) for d in growth.dims)
    findings += [
        Finding(f"{name}: share at a minimum", 1, share(reached, 200 * len(growth.dims))),
        Finding(f"{name}: power of d, polynomial", (-2, 2), growth["power"].parameters["p"]),
    ]
Claim("Noise finds a global minimum in polynomial time", "Ge et al. (2015)", findings)

# %%
# Without noise nothing moves, because the gradient at the saddle is zero:

findings = []
for (name, d), run in cells.items():
    f, alone = run.landscape, ss.GradientDescent(1 / run.landscape.smoothness)
    times = ss.escape_times(f, alone, initial=run.initial, escape=run.escape, trials=1)
    findings.append(Finding(f"{name}, d = {d}: share that leaves", 0, times.escaped.mean()))
Claim("Gradient descent stays at a saddle", "its gradient", findings)
