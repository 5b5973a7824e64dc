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

import saddlesim as ss

sweep = ss.wide.against_width((64, 256, 1024, 4096), steps=100, trials=5, seed=0)
sweep.plot()
plt.show()

# %%
# A dot is a network. The powers of the width with 95 % intervals, where the theorem has -1/2 up to
# terms that vanish faster, and the signs that are wrong after 100 steps:

from saddlesim.reproduce import Claim, Finding

names = {
    "largest_movement": "power of m: largest movement of a unit",
    "changed_patterns": "power of m: changed patterns",
    "gram_error": "power of m: Gram matrix at the start off its limit",
}
findings = [Finding(text, -0.5, sweep.slope(name), 0.1) for name, text in names.items()]
wrong = sweep.mean("training_error")[-1]
findings.append(Finding("wrong signs at width 4,096", 0, wrong))
Claim("Wide networks fit, and hardly move", "Du et al. (2019), Theorem 4.1", findings)

# %%
# Labels of a fair coin are fitted too, at a linear rate, from some width on:

import numpy as np

from saddlesim.plot_survivals import value_colors

for m, color in value_colors((16, 64, 256, 1024, 4096)).items():
    f = ss.TwoLayerReLU.random(dim=10, samples=100, width=m, labels="random", seed=0)
    step = 1 / np.linalg.eigvalsh(f.infinite_width_gram())[-1]
    run = ss.train(f, ss.GradientDescent(step), steps=400, seed=0)
    plt.semilogy(run.step, run.value, color=color, label=f"width {m:,}")
plt.gca().set(xlabel="gradient steps", ylabel="training loss f")
plt.legend()
plt.show()
