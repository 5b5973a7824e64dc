r"""
All local minima global, all saddles strict
===========================================

**Claim.** Matrix factorisation, matrix sensing, matrix completion, orthogonal tensors and quadratic
networks have no other local minima than global ones, and no other saddles than strict ones.

**Source.** Ge, Jin and Zheng, *No spurious local minima in nonconvex low rank problems*, ICML 2017
(factorisation); Bhojanapalli, Neyshabur and Srebro, *Global optimality of local search*, NeurIPS
2016 (sensing); Ge, Lee and Ma, *Matrix completion has no spurious local minimum*, NeurIPS 2016; Ge,
Huang, Jin and Yuan, COLT 2015 (tensors); Soltanolkotabi, Javanmard and Lee, *Theoretical insights
into the optimization landscape of over-parameterized shallow neural networks*, 2018 (quadratic
networks of width at least d).

A *census* looks for stationary points of any kind from many starts, by Newton's method on the
gradient, classifies each by the signs of its eigenvalues, and counts it once up to the landscape's
symmetries. It shows what it found, and does not show that there is nothing else.

In full: ``saddlesim reproduce census``.
"""

import matplotlib.pyplot as plt
import pandas as pd

import saddlesim as ss

landscapes = {
    "factorisation, 8 x 3": ss.MatrixFactorization.random(8, 3, seed=0, eigenvalues=[4, 3, 2, 1]),
    "asymmetric factorisation, 6 x 6 x 2": ss.AsymmetricMatrixFactorization.random(6, 2, seed=0),
    "sensing, 8 x 1, n = 80": ss.MatrixSensing.random(8, 1, seed=0),
    "completion, 20 x 1, 80 % seen": ss.MatrixCompletion.random(20, 1, observed=0.8, seed=0),
    "tensor on a sphere, d = 5": ss.TensorDecomposition.random(5, objective="one", seed=0),
    "tensor, all components, d = 3": ss.TensorDecomposition.random(3, seed=0),
    "quadratic network, d = 4, width 4": ss.QuadraticNetwork.random(4, seed=0),
}
censuses = {
    name: ss.find_stationary_points(f, starts=300, seed=0) for name, f in landscapes.items()
}

# %%
# The value of each kind of point against its index, the number of negative eigenvalues: minima, at
# index 0, all have the lowest value. The area of a marker grows with how many starts led there.

fig, panels = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for ax, name in zip(
    panels, ("factorisation, 8 x 3", "sensing, 8 x 1, n = 80", "quadratic network, d = 4, width 4")
):
    censuses[name].plot(ax)
    ax.set_title(name, fontsize="medium")
plt.show()

# %%
# What theory says of each landscape, and what the census found.


def points(census, *kinds):
    return sum(family.points for family in census.families if family.kind in kinds)


def weakest(census):
    strict = [f for f in census.families if f.kind in ("strict saddle", "maximum")]
    return max(f.min_eigenvalue[1] for f in strict)


pd.DataFrame(
    {
        "strict saddles": [points(c, "strict saddle", "maximum") for c in censuses.values()],
        "smallest eigenvalue, weakest": [weakest(c) for c in censuses.values()],
        "saddles not strict, expected": 0,
        "saddles not strict, measured": [points(c, "non-strict saddle") for c in censuses.values()],
        "bad minima, expected": 0,
        "bad minima, measured": [
            points(c, "local minimum", "flat minimum") for c in censuses.values()
        ],
        "undecided": [points(c, "undecided") for c in censuses.values()],
    },
    index=list(censuses),
)

# %%
# One census as it prints itself, with what the landscape calls its points. Those of the
# factorisation of a matrix with four different positive eigenvalues are known: one for each choice
# of at most three of them, 1 + 4 + 6 + 4 = 15, the minimum among them.

censuses["factorisation, 8 x 3"]
