"""Samples on the unit sphere with labels, of which networks are made, and angles between them."""

from __future__ import annotations

import numpy as np

from saddlesim import validation
from saddlesim.landscapes import data
from saddlesim.validation import FloatArray

__all__ = ["cosines", "none_parallel", "signs", "sphere_samples"]

LABELS = ("normal", "teacher", "random")
_PARALLEL = 1 - 1e-12  # cosines from here on may be those of parallel rows


def sphere_samples(
    dim: int, samples: int | None, labels: str, seed: int, purpose: str
) -> tuple[FloatArray, FloatArray]:
    """Return inputs that are uniform on the unit sphere, one a row, and a label for each.

    Parameters
    ----------
    dim
        d, the dimension of the inputs.
    samples
        n; None is 4 d.
    labels
        ``"normal"``, independent N(0, 1); ``"teacher"``, the side +-1 of a random hyperplane
        through 0 on which the input is; ``"random"``, a fair coin's +-1.
    seed
        Of inputs and labels.
    purpose
        What they are for: other words are other draws.
    """
    d = validation.count("dim", dim)
    n = validation.count("samples", 4 * d if samples is None else samples)
    kind = validation.choice("labels", labels, LABELS)
    X = data.unit_rows(data.normals(seed, f"{purpose} inputs", (n, d)))
    if kind == "teacher":
        teacher = data.normals(seed, f"{purpose} teacher", (d, 1))
        return X, signs(data.product(X, teacher)[:, 0])
    y = data.normals(seed, f"{purpose} labels", (n,))
    return X, y if kind == "normal" else signs(y)


def cosines(rows: FloatArray) -> FloatArray:
    """Return the cosines of the angles between all rows; 1 where a row is 0."""
    lengths = np.linalg.norm(rows, axis=1)
    products = lengths[:, None] * lengths
    found: FloatArray = np.ones_like(products)
    np.divide(rows @ rows.T, products, out=found, where=products > 0)
    return np.minimum(np.maximum(found, -1.0), 1.0)


def none_parallel(rows: FloatArray) -> bool:
    """Return whether no row is 0 and no two are parallel or opposite, for certain."""
    between = cosines(rows)[~np.eye(len(rows), dtype=bool)]
    return bool(np.all(np.abs(between) < _PARALLEL) and rows.any(axis=1).all())


def signs(a: FloatArray) -> FloatArray:
    """Return +1 where a number is not negative, and -1 elsewhere."""
    return np.where(a >= 0, 1.0, -1.0)
