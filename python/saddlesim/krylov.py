"""How many Hessian-vector products a search of the spectrum may take."""

from __future__ import annotations

from saddlesim import validation

__all__ = ["most_products", "product_count"]

_BASIS_BYTES = 2**28  # of a thread's Krylov basis
_LANE_BYTES = 128  # one coordinate of the points that are worked on together
_FEWEST = 16


def most_products(dim: int) -> int:
    """Return `dim`, or as many as 256 MiB a thread hold, but 16 at least."""
    return min(dim, max(_BASIS_BYTES // (_LANE_BYTES * dim), _FEWEST))


def product_count(name: str, value: int | None, dim: int) -> int:
    """Return the argument `value`, which None or what is beyond `dim` leaves at the most there are.

    Raises
    ------
    ValueError
        If they do not fit into memory.
    """
    most = most_products(dim)
    if value is None:
        return most
    products = min(validation.count(name, value), dim)
    if products > most:
        raise ValueError(
            f"{name} must be at most {most} in dimension {dim}, where that many vectors of 16 "
            f"points fill 256 MiB a thread, got {value}; use "
            "scipy.sparse.linalg.eigsh(landscape.hessian_operator(x), 1, which='SA')"
        )
    return products
