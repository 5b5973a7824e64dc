r"""
True and random labels
======================

**Claim.** The same network fits true labels and those of a fair coin to zero training error; true
ones take fewer steps, because they lie along the eigenvectors of the kernel with large eigenvalues.

**Source.** Zhang, Bengio, Hardt, Recht and Vinyals, *Understanding deep learning requires
rethinking generalization*, ICLR 2017; Arora, Du, Hu, Li and Wang, ICML 2019, Theorems 4.1 and 5.1.

The data are scikit-learn's handwritten digits, even against odd.

In full: ``saddlesim reproduce zhang2017``.
"""

import matplotlib.pyplot as plt

import saddlesim as ss

X, y = ss.wide.digits(samples=200)
result = ss.wide.against_random_labels(X, y, width=4096, steps=300, seed=0)
result.plot()
plt.show()

# %%
# When all labels are right, measured and as the kernel foretells, roughly, because that is up to
# the last of them; and the complexity :math:`\sqrt{2 y' H^{-1} y / n}`, whose law for random labels
# is known: they are to be within four standard deviations of its mean, and true ones below.

from saddlesim.reproduce import Claim, Finding

findings, (mean, spread) = [], result.random_complexity
ranges = {"true": (0, mean - 4 * spread), "random": (mean - 4 * spread, mean + 4 * spread)}
for row, (name, expected) in zip(result.table(), ranges.items()):
    foretold, fitted = row["predicted_fitted_at"], row["fitted_at"]
    findings += [
        Finding(f"{name} labels: steps until all are right", foretold, fitted, 0.5),
        Finding(f"{name} labels: wrong signs at the end", 0, row["training_error"]),
        Finding(f"{name} labels: complexity", expected, row["complexity"]),
    ]
Claim("Any labels are fitted, true ones sooner", "Zhang et al. (2017)", findings)
