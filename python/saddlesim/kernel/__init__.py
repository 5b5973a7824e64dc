"""The neural tangent kernel: how a network's outputs move when its weights follow the gradient.

To first order gradient descent on f = 1/2 |u - y|^2 moves the outputs u by
u(k+1) - y = (I - step H)(u(k) - y), H = J J' the Gram matrix of the outputs' gradients. A wide
network hardly moves, so that H is that of the start, and the eigenvalues of H say all: which labels
are learnt soon and which late.

>>> f = ss.TwoLayerReLU.random(dim=10, width=1000)
>>> H = ss.kernel.infinite_width_gram(f.X)
>>> ss.kernel.steps_to(H, 0 * f.y, f.y, level=1e-3, step_size=0.1)

Notes
-----
Jacot, Gabriel and Hongler, "Neural tangent kernel: convergence and generalization in neural
networks", NeurIPS 2018. None of this holds for small starts, from which a network moves far
relative to where it began: an error of a few percent becomes one of the order of the outputs.
"""

from saddlesim.kernel.dynamics import predicted_residual, predicted_residual_flow, steps_to
from saddlesim.kernel.eigenvalues import smallest_eigenvalue
from saddlesim.kernel.finite import gram, jacobian
from saddlesim.kernel.infinite import deep_infinite_width_gram, infinite_width_gram
from saddlesim.kernel.labels import (
    Alignment,
    RandomLabelLaw,
    alignment,
    label_complexity,
    random_label_law,
)

__all__ = [
    "Alignment",
    "RandomLabelLaw",
    "alignment",
    "deep_infinite_width_gram",
    "gram",
    "infinite_width_gram",
    "jacobian",
    "label_complexity",
    "predicted_residual",
    "predicted_residual_flow",
    "random_label_law",
    "smallest_eigenvalue",
    "steps_to",
]
