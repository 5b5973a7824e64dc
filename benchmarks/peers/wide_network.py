"""Gradient descent of a two-layer network of rectifiers in PyTorch, on the CPU."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss

__all__ = ["autograd", "by_hand"]

Array = NDArray[np.float64]
Program = Callable[[Array, int, int], tuple[float, Array]]


def _timed(f: ss.TwoLayerReLU, dtype: str, make: Callable[..., Callable[[], None]]) -> Program:
    import torch

    kind = getattr(torch, dtype)
    X, y = torch.tensor(f.X, dtype=kind), torch.tensor(f.y, dtype=kind)
    scaled = torch.tensor(f.signs / math.sqrt(f.width), dtype=kind)

    def run(start: Array, steps: int, threads: int) -> tuple[float, Array]:
        torch.set_num_threads(threads)
        W = torch.tensor(start.reshape(f.width, f.size), dtype=kind)
        step = make(X, y, scaled, W)
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        seconds = (time.perf_counter() - begin) / steps
        return seconds, W.detach().numpy().astype(np.float64).ravel()

    return run


def autograd(f: ss.TwoLayerReLU, eta: float, dtype: str) -> Program:
    """Return plain code: a loss, its backward pass, a step."""

    def make(X: Any, y: Any, scaled: Any, W: Any) -> Callable[[], None]:
        import torch

        W.requires_grad_(True)

        def step() -> None:
            outputs = torch.relu(X @ W.T) @ scaled
            loss = ((outputs - y) ** 2).sum() / 2
            (gradient,) = torch.autograd.grad(loss, W)
            with torch.no_grad():
                W.sub_(gradient, alpha=eta)

        return step

    return _timed(f, dtype, make)


def by_hand(f: ss.TwoLayerReLU, eta: float, dtype: str) -> Program:
    """Return the gradient written out, in buffers that are kept."""

    def make(X: Any, y: Any, scaled: Any, W: Any) -> Callable[[], None]:
        import torch

        z = torch.empty((len(X), len(W)), dtype=W.dtype)

        @torch.no_grad()
        def step() -> None:
            torch.mm(X, W.T, out=z)
            active = z >= 0
            z.mul_(active)
            residual = torch.mv(z, scaled).sub_(y)
            # row r of the gradient: scaled_r times the sum of residual_i x_i over active samples
            torch.mul(active, residual[:, None], out=z)
            z.mul_(scaled)
            W.addmm_(z.T, X, alpha=-eta)

        return step

    return _timed(f, dtype, make)
