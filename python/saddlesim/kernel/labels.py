"""What a kernel says about labels: which are simple, and which are learnt soon."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from saddlesim import validation
from saddlesim.kernel.eigenvalues import decomposed, definite
from saddlesim.validation import FloatArray

__all__ = ["Alignment", "RandomLabelLaw", "alignment", "label_complexity", "random_label_law"]


class RandomLabelLaw(NamedTuple):
    """Mean and variance of y'H^-1 y over independent fair signs y."""

    mean: float
    variance: float


class Alignment(NamedTuple):
    """Eigenvalues, the largest first, and the share of |y|^2 along each one's eigenvector."""

    eigenvalues: FloatArray
    shares: FloatArray


def label_complexity(gram: Any, y: Any) -> float:
    """Return sqrt(2 y'H^-1 y / n), a bound on the generalisation error of what fits the labels.

    Parameters
    ----------
    gram
        H, shape (n, n), positive definite: `infinite_width_gram` in the theorem.
    y
        The labels, shape (n,).

    Raises
    ------
    ValueError
        If H is not symmetric, or singular.

    Notes
    -----
    Arora, Du, Hu, Li and Wang, "Fine-grained analysis of optimization and generalization for
    overparameterized two-layer neural networks", ICML 2019, Theorem 5.1.
    """
    values, vectors = definite(gram)
    labels = validation.vector("y", y, len(values))
    return math.sqrt(2 * float(np.sum((vectors.T @ labels) ** 2 / values)) / len(labels))


def random_label_law(gram: Any) -> RandomLabelLaw:
    """Return the law of y'H^-1 y over labels that are independent fair signs.

    The mean is tr H^-1, the variance 2 (|H^-1|_F^2 - sum_i (H^-1)_ii^2): labels for which y'H^-1 y
    is many standard deviations below the mean are simpler than chance.

    Parameters
    ----------
    gram
        H, shape (n, n), positive definite.

    Raises
    ------
    ValueError
        If H is not symmetric, or singular.
    """
    values, vectors = definite(gram)
    inverse = (vectors / values) @ vectors.T
    np.fill_diagonal(beside := inverse.copy(), 0.0)
    return RandomLabelLaw(float(np.sum(1 / values)), 2 * float(np.sum(beside**2)))


def alignment(gram: Any, y: Any) -> Alignment:
    """Return how the labels are spread over the eigenvectors of H, largest eigenvalue first.

    What lies along an eigenvector shrinks by 1 - step_size times its eigenvalue in each step, so
    that labels with large shares early are learnt soon.

    Parameters
    ----------
    gram
        H, shape (n, n), positive semidefinite.
    y
        The labels, shape (n,) or (samples, outputs), not all 0.

    Returns
    -------
    Alignment
        Eigenvalues and shares, each of shape (n,); the shares add up to 1. Those of an eigenvalue
        that occurs several times mean something in their sum alone.
    """
    values, vectors = decomposed(gram)
    labels = validation.vector("y", validation.array("y", y).ravel(), len(values))
    squares = (vectors.T @ labels) ** 2
    total = float(squares.sum())
    if total == 0:
        raise ValueError("y must not be all 0, got zeros; there is nothing to be learnt")
    return Alignment(values[::-1].copy(), squares[::-1] / total)
