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
import numpy as np
import pandas as pd

import saddlesim as ss


def network(width):
    return ss.TwoLayerReLU.random(dim=20, samples=50, width=width, labels="random", seed=0)


descent = ss.wide.against_kernel(network(8192), steps=60, seed=0)
left, right = descent.plot()
left.set_title("Gradient descent, width 8,192")
plt.show()

# %%
# Gradient flow of a narrower network. A flow of rectifiers slides along kinks and needs an absolute
# tolerance.

flow_method = ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-5)
time = 10 / np.linalg.eigvalsh(network(512).infinite_width_gram())[-1]
flow = ss.wide.against_kernel(network(512), flow_method, steps=time, seed=0)
left, right = flow.plot()
left.set_title("Gradient flow, width 512")
plt.show()

# %%
# The length of the residual, relative to that at the start, as the kernel has it and as measured:

rows = []
for name, run in {"descent, step": descent, "flow, time": flow}.items():
    for i in np.linspace(0, len(run.at) - 1, 6).astype(int)[1:]:
        start = run.residual[0]
        rows.append(
            (f"{name} {run.at[i]:.3g}", run.predicted_norm[i] / start, run.residual[i] / start)
        )
pd.DataFrame(rows, columns=["|u - y| after", "expected", "measured"]).set_index("|u - y| after")

# %%
# What is left of the difference shrinks with the width, like the movement of the weights.

errors = {
    m: ss.wide.against_kernel(network(m), steps=30, seed=0).error.max() for m in (512, 2048, 8192)
}
pd.DataFrame(
    {
        "expected, from the first row": [errors[512] * (512 / m) ** 0.5 for m in errors],
        "measured": errors.values(),
    },
    index=pd.Index(errors, name="width"),
)
