"""Gram matrices of networks as they are, at any weights."""

from __future__ import annotations

from typing import Any

from saddlesim.landscapes.network import Network
from saddlesim.validation import FloatArray

__all__ = ["gram", "jacobian"]


def gram(landscape: Network, x: Any, *, threads: int | None = None) -> FloatArray:
    """Return H = J J' at one point, the neural tangent kernel of a network of finite width.

    Parameters
    ----------
    landscape
        A network on n samples, with one or more outputs on each.
    x
        Its weights, one point.
    threads
        How many threads to use; None is as `escape_times`. The numbers do not depend on it.

    Returns
    -------
    ndarray
        Shape (n outputs, n outputs), exactly symmetric; output o on sample i is row
        i * outputs + o. It is that of the outputs u, whatever multiple of |u - y|^2 the loss is:
        see `landscape.residual_weight`.

    Raises
    ------
    TypeError
        If the landscape is no network on samples.
    ValueError
        If x is not one point, or H would take more than 4 GiB.
    """
    return _network(landscape).gram(x, threads=threads)


def jacobian(landscape: Network, x: Any) -> FloatArray:
    """Return the derivatives of a network's outputs at one point, shape (n outputs, dim).

    The rows are in the order of `gram`, the columns in that of x.

    Raises
    ------
    TypeError
        If the landscape is no network on samples.
    ValueError
        If x is not one point, or the Jacobian would take more than 4 GiB.
    """
    return _network(landscape).jacobian(x)


def _network(landscape: Any) -> Network:
    if not isinstance(landscape, Network):
        raise TypeError(
            "landscape must be a network on samples such as ss.TwoLayerReLU, "
            f"got {landscape!r:.80}; a loss that is a mean over all inputs has no Gram matrix"
        )
    return landscape
