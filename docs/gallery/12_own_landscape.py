r"""
Bring your own landscape
========================

**Claim.** Perturbed gradient descent from a strict saddle needs a number of steps that grows like
the logarithm of the dimension; a function that saddlesim has never seen will do to see it.

**Source.** Jin, Ge, Netrapalli, Kakade and Jordan, *How to escape saddle points efficiently*, ICML
2017: a kick of radius r is :math:`r / \sqrt d` along the direction of escape.

The function is :math:`f(x) = \frac12 |x|^2 - x_1^2 + \frac14 x_1^4`, a saddle at 0 between two
minima at :math:`x_1 = \pm 1`. In full, and for functions in JAX, PyTorch, C and Numba: the guide
:doc:`/custom-landscapes`.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import beta

import saddlesim as ss


def two_wells(dim):
    def value(X):
        return (X**2).sum(axis=1) / 2 - X[:, 0] ** 2 + X[:, 0] ** 4 / 4

    def gradient(X):
        first = np.zeros_like(X)
        first[:, 0] = X[:, 0] ** 3 - 2 * X[:, 0]
        return X + first

    return ss.CustomLandscape(
        dim, value=value, gradient=gradient, name="two wells", minimum_value=-1 / 4,
        stationary_points=np.zeros((1, dim)), initial=ss.At(np.zeros(dim)),
    )  # fmt: skip


# %%
# A study keeps what is finished in a folder, and goes on with the same bits after whatever stopped
# it. Here it is stopped after three blocks, and run again.

study = ss.Study(
    two_wells, dims=(2, 8, 32, 128), escape=ss.LeavesSubspace(0.5), trials=400, seed=0,
    methods={"PGD": ss.PerturbedGradientDescent(0.1, 0.01, 0.001, min_interval=100)},
    block=200,
)  # fmt: skip
folder = tempfile.TemporaryDirectory()
for done, _ in enumerate(study.iter(store=folder.name), start=1):
    if done == 3:
        break
kept = ss.load_study(folder.name).status()
result = study.run(store=folder.name)
undisturbed = study.run()

ax = result.plot()
ax.set_yscale("linear")
ax.set_title("From the saddle; band: 10 to 90 %")
plt.show()

# %%
# The kick grows by a fixed factor a step. Its median along the direction of escape is known, and
# shrinks like :math:`d^{-1/2}`: each dimension takes about :math:`\frac12 \ln 4 / \ln a` steps more
# than the one before.

medians = np.array([estimate.value for estimate in result.estimates("PGD")])
dims = result.dims("PGD")
start = np.sqrt(beta.median(1 / 2, (np.array(dims) + 1) / 2))  # of the kick along the escape
law = np.log(start[0] / start) / np.log(1.1)
rows = [
    (f"steps more at d = {d} than at d = {dims[0]}", e, m)
    for d, e, m in zip(dims[1:], law[1:], medians[1:] - medians[0])
]
same = all(np.array_equal(result[cell].steps, undisturbed[cell].steps) for cell in result.cells)
rows += [
    ("trajectories kept when it was stopped", 3 * study.block, sum(row["done"] for row in kept)),
    ("the same steps as without the interruption", True, same),
]
folder.cleanup()
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")
