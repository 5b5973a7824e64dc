r"""
Over-parameterised networks reach zero training error
=====================================================

**Claim.** Gradient descent from a random start drives the training loss of a wide enough two-layer
ReLU network to 0, at a linear rate, for any labels; meanwhile weights and activation patterns move
like :math:`m^{-1/2}` in the width m.

**Source.** Du, Zhai, Póczos and Singh, *Gradient descent provably optimizes over-parameterized
neural networks*, ICLR 2019, Theorem 4.1 and figure 1.

In full: ``saddlesim reproduce du2018``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import saddlesim as ss
from saddlesim.plot import COLORS

widths = (16, 64, 256, 1024, 4096)
runs = {}
for m in widths:
    f = ss.TwoLayerReLU.random(dim=10, samples=100, width=m, labels="random", seed=0)
    step = 1 / np.linalg.eigvalsh(f.infinite_width_gram())[-1]
    runs[m] = ss.train(f, ss.GradientDescent(step), steps=400, seed=0)

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for (m, run), color, style in zip(runs.items(), COLORS, ("-", "--", "-.", ":", "-")):
    left.plot(run.step, run.value, style, color=color, label=f"width {m:,}")
    right.plot(run.step, 100 * run.training_error, style, color=color, label=f"width {m:,}")
left.set(yscale="log", xlabel="step", ylabel="training loss f", title="Labels of a fair coin")
right.set(
    xscale="symlog", xlim=(0, None), xlabel="step", ylabel="wrong signs (%)", title="Training error"
)
left.legend()
right.legend()
plt.show()

# %%
# How far a network moves, over five starts for each width:

sweep = ss.wide.against_width(widths[1:], steps=100, trials=5, seed=0)
sweep.plot()
plt.show()

# %%
# Expected of each quantity, and measured, with 95 % intervals of the powers.

names = {
    "largest_movement": "power of m, largest movement of a unit",
    "changed_patterns": "power of m, changed patterns",
    "gram_error": "power of m, Gram matrix at the start off its limit",
}
rows = [(text, -0.5, sweep.slope(name)) for name, text in names.items()]
rows += [
    (f"training error at the end, width {m:,}", 0.0, run.training_error[-1])
    for m, run in runs.items()
]
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")
