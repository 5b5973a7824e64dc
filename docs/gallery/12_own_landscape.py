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

import numpy as np

import saddlesim as ss


def two_wells(dim):
    return ss.CustomLandscape(
        dim,
        value=lambda X: (X**2).sum(axis=1) / 2 - X[:, 0] ** 2 + X[:, 0] ** 4 / 4,
        gradient=lambda X: X + np.eye(dim)[0] * (X[:, :1] ** 3 - 2 * X[:, :1]),
        initial=ss.At(np.zeros(dim)),
    )


methods = {"PGD": ss.PerturbedGradientDescent(0.1, 0.01, 0.001, min_interval=100)}
setting = {"dims": (2, 8, 32, 128), "methods": methods, "escape": ss.LeavesBall(radius=0.5)}
result = ss.escape_time_vs_dimension(two_wells, **setting, trials=400)
result.plot().set_yscale("linear")

# %%
# The kick grows by a fixed factor a step. Its median along the direction of escape is known, and
# shrinks like :math:`d^{-1/2}`: each dimension takes about :math:`\frac12 \ln 4 / \ln a` steps more
# than the one before.

from scipy.stats import beta

from saddlesim.reproduce import Claim, Finding

first, *later = result.estimates("PGD")
kick = {d: np.sqrt(beta.median(1 / 2, (d + 1) / 2)) for d in result.dims("PGD")}
findings = []
for d, found in zip((8, 32, 128), later):
    ends = found.low - first.high, found.high - first.low
    more = ss.Estimate(found.value - first.value, *ends, found.confidence)
    findings.append(
        Finding(f"steps more at {d} than at 2", np.log(kick[2] / kick[d]) / np.log(1.1), more)
    )
Claim("Escape takes half the logarithm of the dimension", "Jin et al. (2017)", findings)

# %%
# A study keeps what is finished in a folder, and goes on with the same bits after whatever stopped
# it. Here it is stopped after three blocks, and run again.

import itertools
import tempfile

study = ss.Study(two_wells, **setting, trials=400, block=200)
with tempfile.TemporaryDirectory() as folder:
    stopped = list(itertools.islice(study.iter(store=folder), 3))
    kept = sum(row["done"] for row in ss.load_study(folder).status())
    resumed = study.run(store=folder)
    same = [np.array_equal(resumed[cell].steps, result[cell].steps) for cell in result.cells]
findings = [
    Finding("trajectories kept when it was stopped", 3 * study.block, kept),
    Finding("cells with the same steps as above", len(result.cells), sum(same)),
]
Claim("An interruption changes nothing", "the promise of a study", findings)
