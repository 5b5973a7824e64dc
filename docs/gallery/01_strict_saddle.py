r"""
What a strict saddle is
=======================

**Claim.** A stationary point is a *strict saddle* if the Hessian there has a negative eigenvalue.
Gradient descent that starts nearby leaves it, unless it starts exactly on the stable manifold, a
set of measure zero.

**Source.** Ge, Huang, Jin and Yuan, *Escaping from saddle points*, COLT 2015, definition of a
strict saddle; Lee, Simchowitz, Jordan and Recht, *Gradient descent only converges to minimizers*,
COLT 2016, the main theorem.

The function is :math:`f(x, y) = \frac12 x^2 + \frac14 y^4 - \frac12 y^2`: a saddle at the origin,
two minima at :math:`(0, \pm 1)`, and the stable manifold :math:`y = 0`.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import saddlesim as ss
from saddlesim.plot import COLORS

f = ss.CustomLandscape(
    2,
    value=lambda X: X[:, 0] ** 2 / 2 + X[:, 1] ** 4 / 4 - X[:, 1] ** 2 / 2,
    gradient=lambda X: np.column_stack([X[:, 0], X[:, 1] ** 3 - X[:, 1]]),
    hvp=lambda X, V: np.column_stack([V[:, 0], (3 * X[:, 1] ** 2 - 1) * V[:, 1]]),
    stationary_points=[[0, 0], [0, 1], [0, -1]],
    minimum_value=-1 / 4,
    name="two valleys",
)
points = np.array([point.point for point in f.stationary_points()])
kinds = ss.classify(f, points)

# %%
# Four trajectories, the last one on the stable manifold. Of each the points after 0, 1, 2, ...
# steps are kept.

starts = np.array([[-1.4, 0.3], [1.4, 0.01], [-1.2, -1e-4], [1.2, 0.0]])
step, paths = 0.2, [starts]
for _ in range(80):
    paths.append(paths[-1] - step * f.gradient(paths[-1]))
paths = np.array(paths)

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
x, y = np.meshgrid(np.linspace(-1.6, 1.6, 200), np.linspace(-1.4, 1.4, 200))
height = f.value(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
filled = ax.contourf(x, y, height, levels=16, cmap="Greys", alpha=0.6)
fig.colorbar(filled, ax=ax, label="f")
for i, start in enumerate(starts):
    label = f"from ({start[0]:g}, {start[1]:g})"
    ax.plot(*paths[:, i].T, ".-", color=COLORS[i], linewidth=1, label=label)
ax.plot(*points[0], "kX", markersize=10, label="strict saddle")
ax.plot(*points[1:].T, "k*", markersize=12, linestyle="none", label="minima")
ax.set(xlabel="x", ylabel="y", title="Gradient descent near a strict saddle, step 0.2")
ax.legend(loc="lower right", fontsize="small")
plt.show()

# %%
# What is expected of each stationary point, by hand, and what the eigenvalues of the Hessian say:

pd.DataFrame(
    {
        "point": [f"({a:g}, {b:g})" for a, b in points],
        "expected": ["strict saddle", "global minimum", "global minimum"],
        "measured": kinds.kind,
        "expected smallest eigenvalue": [-1.0, 1.0, 1.0],
        "measured smallest eigenvalue": kinds.min_eigenvalue,
    }
)
