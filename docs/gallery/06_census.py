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

import saddlesim as ss

f = ss.MatrixFactorization.random(8, 3, seed=0, eigenvalues=[4, 3, 2, 1])
census = ss.find_stationary_points(f)
census.plot()
plt.show()

# %%
# The value of each kind of point against its index, the number of negative eigenvalues: minima, at
# index 0, all have the lowest value. The area of a marker grows with how many starts led there. The
# points of this matrix are known: one for each choice of at most three of the four positive
# eigenvalues, 1 + 4 + 6 + 4 = 15, the minimum among them.

from saddlesim.reproduce import Claim, Finding


def count(census, *kinds):
    return sum(family.points for family in census.families if family.kind in kinds)


findings = [
    Finding("global minima", 1, count(census, "global minimum")),
    Finding("strict saddles", 2**4 - 2, count(census, "strict saddle")),
    Finding("other saddles", 0, count(census, "non-strict saddle", "undecided")),
    Finding("other minima", 0, count(census, "local minimum", "flat minimum")),
]
Claim("Saddles are strict, minima global", "Ge et al. (2017)", findings)

# %%
# The other landscapes of the claim:

landscapes = {
    "asymmetric factorisation, 6 x 6 x 2": ss.AsymmetricMatrixFactorization.random(6, 2, seed=0),
    "sensing, 8 x 1, n = 80": ss.MatrixSensing.random(8, 1, seed=0),
    "completion, 20 x 1, 80 % seen": ss.MatrixCompletion.random(20, 1, observed=0.8, seed=0),
    "tensor on a sphere, d = 5": ss.TensorDecomposition.random(5, objective="one", seed=0),
    "tensor, all components, d = 3": ss.TensorDecomposition.random(3, seed=0),
    "quadratic network, d = 4, width 4": ss.QuadraticNetwork.random(4, seed=0),
}
bad = ("local minimum", "flat minimum", "non-strict saddle", "undecided")
findings = []
for name, f in landscapes.items():
    other = ss.find_stationary_points(f)
    label = f"{name}, {count(other, 'strict saddle')} strict saddles: other kinds"
    findings.append(Finding(label, 0, count(other, *bad)))
Claim("Saddles are strict, minima global", "the works above", findings)
