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
import pandas as pd

import saddlesim as ss

X, y = ss.wide.digits(samples=200)
result = ss.wide.against_random_labels(X, y, width=4096, steps=300, seed=0)
result.plot()
plt.show()

# %%
# When all labels are right, as the kernel foretells and as measured; and the complexity
# :math:`\sqrt{2 y' H^{-1} y / n}`, whose law for random labels is known.

rows = []
for row in result.table():
    name = row["labels"]
    rows += [
        (f"{name} labels: steps until all are right", row["predicted_fitted_at"], row["fitted_at"]),
        (f"{name} labels: training error at the end", 0.0, row["training_error"]),
    ]
middle, spread = result.random_complexity
rows += [
    ("random labels: complexity", f"{middle:.3f} ± {spread:.3f}", result.complexity("random")),
    ("true labels: complexity", f"below {middle - 4 * spread:.3f}", result.complexity("true")),
]
pd.DataFrame(rows, columns=["quantity", "expected", "measured"]).set_index("quantity")
