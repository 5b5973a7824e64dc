"""Newton's method on the gradient, at many points at once, from Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlesim.landscapes import Landscape
from saddlesim.validation import FloatArray

__all__ = ["Polished", "minres", "polish"]

_HALVINGS = 12  # of a Newton step that does not shorten the gradient
_REACHED = 1e-8  # of the norm of H: what counts as zero in |H r| / |r| of a residual r
_SUFFICIENT = 1e-4  # share of the decrease that a full step foretells


class Polished(NamedTuple):
    """Where Newton's method ended, a row a point."""

    points: FloatArray
    gradient_norm: FloatArray
    converged: NDArray[np.bool_]  # the gradient is within the tolerance
    outside: NDArray[np.bool_]  # the start was not in the landscape's domain


def polish(
    landscape: Landscape,
    starts: FloatArray,
    *,
    tolerance: FloatArray,
    iterations: int,
    threads: int | None,
    report: Callable[[int, int], object] | None = None,
) -> Polished:
    """Minimise |gradient| by Newton's method with least-squares steps and a line search.

    Each step solves H p = -g by MINRES as far as it goes, which makes |g + H p| small also where H
    is singular or indefinite, so p is a direction in which |g|^2 falls: saddles attract as minima
    do.

    Parameters
    ----------
    landscape
        The function; on spheres everything is Riemannian, and points are retracted.
    starts
        Shape (n, dim).
    tolerance
        Of the gradient's norm, shape (n,).
    iterations
        The most Newton steps a point.
    threads
        As in `escape_times`.
    report
        Called with how many points have come to rest, and of how many.

    Notes
    -----
    Liu and Roosta, "Convergence of Newton-MR under inexact Hessian information", SIAM J. Optim. 31
    (2021).
    """
    x = starts.copy()
    g = landscape.gradient(x, threads=threads)
    size = np.linalg.norm(g, axis=1)
    outside = ~np.isfinite(size)
    active = ~outside & (size > 0)
    reach = 10 * (landscape.length_scale + np.linalg.norm(starts, axis=1))
    for _ in range(iterations):
        rows = np.flatnonzero(active)
        if report is not None:
            report(len(x) - len(rows), len(x))
        if not rows.size:
            break
        # nearer to the end the steps are to be exact
        accuracy = np.clip(size[rows] / (tolerance[rows] * 1e8), 1e-9, 1e-2)
        step = minres(landscape, x[rows], -g[rows], accuracy, threads)
        length = np.linalg.norm(step, axis=1)
        step *= np.minimum(1.0, reach[rows] / np.maximum(length, 1e-300))[:, None]
        improved = _search(landscape, x, g, size, rows, step, threads)
        # a point within its tolerance goes on for as long as steps help: to rounding
        active[rows[~improved]] = False
    return Polished(x, size, ~outside & (size <= tolerance), outside)


def _search(
    landscape: Landscape,
    x: FloatArray,
    g: FloatArray,
    size: FloatArray,
    rows: NDArray[np.int64],
    step: FloatArray,
    threads: int | None,
) -> NDArray[np.bool_]:
    """Go along the steps, halved until the gradient is shorter; tell which rows have moved."""
    improved = np.zeros(len(rows), dtype=bool)
    left, t = np.arange(len(rows)), 1.0
    for _ in range(_HALVINGS):
        trial = x[rows[left]] + t * step[left]
        if landscape.on_spheres:
            trial = landscape.core.retract(trial)
        new = landscape.gradient(trial, threads=threads)
        new_size = np.linalg.norm(new, axis=1)
        better = new_size <= (1 - _SUFFICIENT * t) * size[rows[left]]  # nan, outside, is not
        at = rows[left[better]]
        x[at], g[at], size[at] = trial[better], new[better], new_size[better]
        improved[left[better]] = True
        left, t = left[~better], t / 2
        if not left.size:
            break
    return improved


def minres(
    landscape: Landscape, x: FloatArray, b: FloatArray, accuracy: FloatArray, threads: int | None
) -> FloatArray:
    """Solve H(x_i) p_i = b_i in the sense of least squares, for all rows at once.

    Parameters
    ----------
    landscape
        The function.
    x, b
        Shape (n, dim), no row of `b` being zero.
    accuracy
        A row ends at this |b - H p| / |b|, shape (n,); or where the Krylov space is exhausted.
    threads
        As in `escape_times`.

    Notes
    -----
    Paige and Saunders, "Solution of sparse indefinite systems of linear equations", SIAM J. Numer.
    Anal. 12 (1975).
    """
    dim = b.shape[1]
    p = np.zeros_like(b)
    size = np.linalg.norm(b, axis=1)
    rows = np.flatnonzero(size > 0)
    v, older = b[rows] / size[rows, None], np.zeros((len(rows), dim))
    w1, w2 = np.zeros((2, len(rows), dim))
    beta, norm, left = np.zeros(len(rows)), np.zeros(len(rows)), size[rows].copy()
    cosine, sine, bar, epsilon = -np.ones(len(rows)), *np.zeros((3, len(rows)))
    for _ in range(dim + 2):
        product = landscape.hvp(x[rows], v, threads=threads)
        alpha = np.einsum("nd,nd->n", v, product)
        product -= alpha[:, None] * v + beta[:, None] * older
        beta = np.linalg.norm(product, axis=1)
        norm = np.maximum(norm, np.abs(alpha) + beta)
        # a plane rotation brings the next column of the tridiagonal matrix into the triangle
        delta, gap = cosine * bar + sine * alpha, sine * bar - cosine * alpha
        older_epsilon, epsilon, bar = epsilon, sine * beta, -cosine * beta
        gamma = np.hypot(gap, beta)
        # |H r| / |r| of the residual r so far: what is left of b is beyond the reach of any p, and
        # a further step would go far along what H takes to 0
        solid = np.hypot(gap, bar) > _REACHED * norm
        gamma = np.where(solid, gamma, 1.0)
        cosine, sine = gap / gamma, beta / gamma
        w = (v - older_epsilon[:, None] * w1 - delta[:, None] * w2) / gamma[:, None]
        p[rows] += np.where(solid, cosine * left, 0.0)[:, None] * w
        left = np.where(solid, sine * left, left)
        on = solid & (left > accuracy[rows] * size[rows]) & (beta > 1e-14 * norm)
        if not on.any():
            break
        older, v = v[on], product[on] / beta[on, None]
        w1, w2 = w2[on], w[on]
        rows, beta, norm, left = rows[on], beta[on], norm[on], left[on]
        cosine, sine, bar, epsilon = cosine[on], sine[on], bar[on], epsilon[on]
    return p
