"""The eigenvalues and eigenvectors of the matrix to be factorised."""

from __future__ import annotations

import numpy as np
from problems import Array


def spectrum(M: Array) -> tuple[Array, Array, int]:
    """Return M's eigenvalues, the largest first, the eigenvectors, and how many are not zero.

    Those that are rounding errors are made zero.
    """
    values, Q = np.linalg.eigh(M)
    order = np.argsort(-np.abs(values))
    values, Q = values[order], Q[:, order]
    charged = int(np.count_nonzero(np.abs(values) > 1e-14 * len(M) * np.abs(values[:1])))
    values[charged:] = 0
    return values, Q, charged
