"""Gradient descent and Hessian-vector products of a deep network in PyTorch, on the CPU."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss

__all__ = ["clock", "descent_by_hand", "descent_with_autograd", "hvp_by_hand", "hvp_with_autograd"]

Array = NDArray[np.float64]
Program = Callable[[Array, Array, int, int], tuple[float, Array]]  # x, v, repeats, threads


def clock(threads: int) -> Callable[[], float]:
    """Return what tells the time: that of the process where it has one thread at work."""
    return time.process_time if threads == 1 else time.perf_counter


class _Problem:
    """A DeepNetwork with the squared loss and ReLU or tanh, as tensors."""

    def __init__(self, f: ss.DeepNetwork) -> None:
        import torch

        self.torch, self.f = torch, f
        self.X = torch.tensor(f.X)
        self.Y = torch.tensor(f.Y.reshape(len(f.X), -1))
        self.scales = [1.0, *(f.activation_gain / math.sqrt(width) for width in f.hidden)]
        self.act = {"relu": torch.relu, "tanh": torch.tanh}[f.activation]

    def weights(self, x: Array) -> list[Any]:
        return [self.torch.tensor(W) for W in self.f.unflatten(x).values()]

    def flat(self, weights: list[Any]) -> Array:
        return np.concatenate([W.detach().numpy().ravel() for W in weights])

    def loss(self, weights: list[Any]) -> Any:
        h = self.X
        for layer, (W, scale) in enumerate(zip(weights, self.scales, strict=True)):
            z = scale * (h @ W.T)
            h = self.act(z) if layer + 1 < len(weights) else z
        return ((h - self.Y) ** 2).sum() / 2

    def forward(self, weights: list[Any]) -> tuple[list[Any], list[Any], Any]:
        """Return the layers' inputs, slopes of the hidden ones, and the outputs."""
        inputs, slopes = [self.X], []
        for W, scale in zip(weights[:-1], self.scales, strict=False):
            z = self.torch.mm(inputs[-1], W.T)
            if scale != 1.0:
                z.mul_(scale)
            if self.f.activation == "relu":
                slopes.append((z >= 0).to(z.dtype))
                inputs.append(z.mul_(slopes[-1]))
            else:
                inputs.append(z.tanh_())
                slopes.append(self.torch.addcmul(self.torch.ones(()), z, z, value=-1.0))
        return inputs, slopes, self.torch.mm(inputs[-1], weights[-1].T).mul_(self.scales[-1])

    def timed(self, make: Callable[[list[Any], list[Any]], Callable[[], list[Any]]]) -> Program:
        def run(x: Array, v: Array, repeats: int, threads: int) -> tuple[float, Array]:
            self.torch.set_num_threads(threads)
            call, now = make(self.weights(x), self.weights(v)), clock(threads)
            begin = now()
            for _ in range(repeats):
                result = call()
            return (now() - begin) / repeats, self.flat(result)

        return run


def descent_with_autograd(f: ss.DeepNetwork, eta: float) -> Program:
    """Return plain code: a loss, its backward pass, a step."""
    problem = _Problem(f)
    torch = problem.torch

    def make(weights: list[Any], _: list[Any]) -> Callable[[], list[Any]]:
        for W in weights:
            W.requires_grad_(True)

        def step() -> list[Any]:
            gradients = torch.autograd.grad(problem.loss(weights), weights)
            with torch.no_grad():
                for W, gradient in zip(weights, gradients, strict=True):
                    W.sub_(gradient, alpha=eta)
            return weights

        return step

    return problem.timed(make)


def descent_by_hand(f: ss.DeepNetwork, eta: float) -> Program:
    """Return the gradient written out; weights are updated by the products themselves."""
    problem = _Problem(f)
    torch, scales = problem.torch, problem.scales

    def make(weights: list[Any], _: list[Any]) -> Callable[[], list[Any]]:
        @torch.no_grad()
        def step() -> list[Any]:
            inputs, slopes, u = problem.forward(weights)
            g = u.sub_(problem.Y).mul_(scales[-1])
            for layer in range(len(weights) - 1, -1, -1):
                before = None
                if layer:
                    before = torch.mm(g, weights[layer]).mul_(slopes[layer - 1])
                    if scales[layer - 1] != 1.0:
                        before.mul_(scales[layer - 1])
                weights[layer].addmm_(g.T, inputs[layer], alpha=-eta)
                g = before
            return weights

        return step

    return problem.timed(make)


def hvp_with_autograd(f: ss.DeepNetwork) -> Program:
    """Return the gradient of the gradient times v."""
    problem = _Problem(f)
    torch = problem.torch

    def make(weights: list[Any], v: list[Any]) -> Callable[[], list[Any]]:
        for W in weights:
            W.requires_grad_(True)

        def product() -> list[Any]:
            gradients = torch.autograd.grad(problem.loss(weights), weights, create_graph=True)
            return list(torch.autograd.grad(gradients, weights, v))

        return product

    return problem.timed(make)


def hvp_by_hand(f: ss.DeepNetwork) -> Program:
    """Return the product written out: both passes, and their derivatives along v."""
    problem = _Problem(f)
    torch, scales = problem.torch, problem.scales

    def make(weights: list[Any], v: list[Any]) -> Callable[[], list[Any]]:
        @torch.no_grad()
        def product() -> list[Any]:
            inputs, slopes, u = problem.forward(weights)
            bends, change = [], None  # act'' times dz
            for layer, V in enumerate(v):
                dz = torch.mm(inputs[layer], V.T)
                if change is not None:
                    dz.addmm_(change, weights[layer].T)
                dz.mul_(scales[layer])
                if layer + 1 < len(v):
                    change = dz * slopes[layer]
                    bends.append((inputs[layer + 1] * change).mul_(-2.0) if tanh else None)
                    changes[layer + 1] = change
            g, dg = u.sub_(problem.Y).mul_(scales[-1]), dz.mul_(scales[-1])
            results: list[Any] = []
            for layer in range(len(v) - 1, -1, -1):
                result = torch.mm(dg.T, inputs[layer])
                if layer:
                    result.addmm_(g.T, changes[layer])
                    dg = torch.mm(g, v[layer]).addmm_(dg, weights[layer]).mul_(slopes[layer - 1])
                    g = torch.mm(g, weights[layer])
                    if tanh:
                        dg.addcmul_(g, bends[layer - 1])
                    g.mul_(slopes[layer - 1])
                    if scales[layer - 1] != 1.0:
                        dg.mul_(scales[layer - 1])
                        g.mul_(scales[layer - 1])
                results.insert(0, result)
            return results

        tanh = f.activation == "tanh"
        changes: dict[int, Any] = {}
        return product

    return problem.timed(make)
