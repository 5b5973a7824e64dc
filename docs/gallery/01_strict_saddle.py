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

import numpy as np

import saddlesim as ss
from saddlesim.plot_plane import plot_plane

f = ss.CustomLandscape(
    2,
    value=lambda X: X[:, 0] ** 2 / 2 + X[:, 1] ** 4 / 4 - X[:, 1] ** 2 / 2,
    gradient=lambda X: np.column_stack([X[:, 0], X[:, 1] ** 3 - X[:, 1]]),
    stationary_points=[[0, 0], [0, 1], [0, -1]],
    minimum_value=-1 / 4,
)
starts = [[-1.4, 0.3], [1.4, 0.01], [-1.2, -1e-4], [1.2, 0.0]]
ax = plot_plane(f, ss.GradientDescent(0.2), starts)

# %%
# Three walks leave the saddle, and the fourth, on the stable manifold, ends there. The smallest
# eigenvalue of the Hessian at each point, by hand and from Hessian-vector products:

from saddlesim.reproduce import Claim, Finding

points = np.array([[0, 0], [0, 1], [0, -1]])
kinds = ss.classify(f, points)
findings = [
    Finding(f"smallest eigenvalue at ({x}, {y}), {kind}", min(1, 3 * y**2 - 1), eigenvalue)
    for (x, y), kind, eigenvalue in zip(points, kinds.kind, kinds.min_eigenvalue)
]
Claim("The origin is a strict saddle, the other points are minima", "by hand", findings)
