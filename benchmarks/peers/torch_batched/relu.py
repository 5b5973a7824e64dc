"""The ReLU network, a trajectory's weights a matrix."""

from __future__ import annotations

from collections.abc import Callable

from problems import ReLU, ReLUHvp

from .blocks import Array, Tensor, torch

TOGETHER = 2


def relu(p: ReLU) -> Callable[[Array], Array]:
    """Descend; where units are active multiplies residuals * X, so that no mask is multiplied."""
    m, (n, d) = p.signs.size, p.X.shape
    x, y = torch.from_numpy(p.X), torch.from_numpy(p.y)
    xt = x.T.contiguous()
    output = torch.from_numpy(p.signs * m**-0.5)
    scale = (-p.step_size * output)[:, None]

    def descend(w: Tensor) -> None:
        trials = w.shape[0]
        z = torch.empty(trials, m, n, dtype=w.dtype)
        active, step = torch.empty_like(z), torch.empty_like(w)
        for _ in range(p.steps):
            torch.mm(w.view(-1, d), xt, out=z.view(-1, n))
            torch.ge(z, 0.0, out=active)
            residuals = (output @ z.clamp_(min=0.0)).sub_(y)
            torch.bmm(active, residuals[:, :, None] * x, out=step)
            w.addcmul_(step, scale)

    def run(starts: Array) -> Array:
        with torch.no_grad():
            w = torch.from_numpy(starts).clone()
            for part in w.split(TOGETHER):
                descend(part)
            return w.numpy()

    return run


def relu_hvp(p: ReLUHvp) -> Callable[[Array, Array], Array]:
    m, (n, d) = p.signs.size, p.X.shape
    x = torch.from_numpy(p.X)
    xt = x.T.contiguous()
    output = torch.from_numpy(p.signs * m**-0.5)

    def product(w: Tensor, v: Tensor) -> Tensor:
        z = (w.reshape(-1, d) @ xt).view(-1, m, n)
        change = (v.reshape(-1, d) @ xt).view(-1, m, n)
        active = torch.ge(z, 0.0, out=z)
        change = output @ change.mul_(active)
        return torch.bmm(active, change[:, :, None] * x).mul_(output[:, None])

    def run(points: Array, vectors: Array) -> Array:
        with torch.no_grad():
            w, v = torch.from_numpy(points), torch.from_numpy(vectors)
            parts = zip(w.split(TOGETHER), v.split(TOGETHER), strict=True)
            return torch.cat([product(*part) for part in parts]).numpy()

    return run
