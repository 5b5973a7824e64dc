r"""
Gradient flow follows a kernel
==============================

**Claim.** The outputs u of a wide network under gradient flow follow the linear system :math:`u(t)
- y = e^{-Ht} (u(0) - y)` with the *neural tangent kernel* H, which hardly changes; gradient descent
follows :math:`(I - \eta H)^k (u(0) - y)`.

**Source.** Jacot, Gabriel and Hongler, *Neural tangent kernel*, NeurIPS 2018; Arora, Du, Hu, Li and
Wang, *Fine-grained analysis of optimization and generalization for overparameterized two-layer
neural networks*, ICML 2019, Theorem 4.1.

In full: ``saddlesim reproduce du2018``; the guide :doc:`/kernel` has what is known of the error.
"""

import matplotlib.pyplot as plt

import saddlesim as ss

f = ss.TwoLayerReLU.random(dim=20, samples=50, width=8192, labels="random", seed=0)
descent = ss.wide.against_kernel(f, steps=60, seed=0)
descent.plot()
plt.show()

# %%
# The length of the residual over that at the start, as the kernel has it, within 10 % at this
# width, and as measured:

from saddlesim.reproduce import Claim, Finding

table, findings = descent.table(), []
for k in (2, 5, 10, 20):
    foretold, found = (table[k][name] / table[0][name] for name in ("predicted", "residual"))
    findings.append(Finding(f"|u - y| after {k} steps, over the start", foretold, found, 0.1))
Claim("Outputs follow a linear system", "Jacot et al. (2018), Arora et al. (2019)", findings)

# %%
# Gradient flow of a narrower network. A flow of rectifiers slides along kinks and needs an absolute
# tolerance.

narrow = ss.TwoLayerReLU.random(dim=20, samples=50, width=512, labels="random", seed=0)
smooth = ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-5)
ss.wide.against_kernel(narrow, smooth, steps=3.0, seed=0).plot()
plt.show()

# %%
# What is left of the difference shrinks with the width, like the movement of the weights. Means of
# five starts:

sweep = ss.wide.against_width((512, 2048, 8192), labels="random", steps=30, trials=5, seed=0)
off = sweep.mean("prediction_error")
findings = [
    Finding(f"error at width {m:,} over that at 512", (512 / m) ** 0.5, error / off[0], 0.2)
    for m, error in zip(sweep.widths[1:], off[1:])
]
Claim("The kernel's error is a power -1/2 of the width", "Jacot et al. (2018)", findings)
