"""Data with true labels, and labels that mean nothing."""

from __future__ import annotations

import numpy as np

from saddlesim import validation
from saddlesim.landscapes import data
from saddlesim.landscapes.sphere_samples import signs, sphere_samples
from saddlesim.validation import FloatArray

__all__ = ["digits", "random_signs", "teacher"]

_DIGITS = 1797  # how many scikit-learn has


def digits(samples: int = 500) -> tuple[FloatArray, FloatArray]:
    """Return handwritten digits and whether each is even, from scikit-learn's data.

    Parameters
    ----------
    samples
        How many: the first ones of the 1,797.

    Returns
    -------
    X, y
        The images of 8 x 8 pixels, with the mean of these images taken away and then of length 1,
        shape (samples, 64); and +1 for even digits, -1 for odd ones, shape (samples,).

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    count = validation.integer("samples", samples, minimum=2, maximum=_DIGITS)
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "digits needs scikit-learn, which is not installed; "
            "install it with: pip install scikit-learn, or pass X and y of your own"
        ) from None
    found = load_digits()
    pixels = np.asarray(found.data[:count], dtype=np.float64)
    images = data.unit_rows(pixels - pixels.mean(axis=0))
    return images, np.where(found.target[:count] % 2 == 0, 1.0, -1.0)


def teacher(samples: int, dim: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return uniform points of the unit sphere, and on which side of a hyperplane each one is."""
    return sphere_samples(dim, samples, "teacher", seed, "two layer")


def random_signs(samples: int, seed: int) -> FloatArray:
    """Return the throws of a fair coin, +1 or -1, shape (samples,)."""
    return signs(data.normals(seed, "random labels", (samples,)))
