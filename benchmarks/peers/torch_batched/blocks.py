"""PyTorch, set up; compilation, and blocks from which the finished are removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def set_threads(n: int) -> None:
    """Divide operations among n threads; what is compiled has the number in it."""
    if n != torch.get_num_threads():
        torch.set_num_threads(n)
        torch.compiler.reset()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled for the shapes of its arguments, if there is a compiler."""
    if shutil.which("g++") is None:
        return function
    return torch.compile(function, dynamic=False, fullgraph=True)


def until_done(
    advance: Callable[[Tensor, Tensor, Tensor], None],
    points: Array,
    lanes: int,
    chunk: int,
    max_steps: int,
) -> NDArray[np.int64]:
    """Return each trajectory's steps, removing the finished after every `chunk` of them.

    `advance` takes blocks of as many lanes, always, and counts the steps of those that are alive.
    """
    trials = points.shape[-1]
    steps = np.zeros(trials, dtype=np.int64)
    alive = torch.arange(trials)
    x = torch.from_numpy(points)
    block = torch.zeros(*x.shape[:-1], lanes, dtype=x.dtype)
    with torch.no_grad():
        for _ in range(0, max_steps, chunk):
            counts = torch.zeros(-(-alive.numel() // lanes), lanes, dtype=x.dtype)
            for k, count in enumerate(counts):
                part = x[..., k * lanes : (k + 1) * lanes]
                block[..., : part.shape[-1]].copy_(part)
                advance(block, count, torch.ones_like(count))
                part.copy_(block[..., : part.shape[-1]])
            counts = counts.view(-1)[: alive.numel()]
            steps[alive.numpy()] += counts.long().numpy()
            going = (counts == chunk).nonzero().view(-1)
            if going.numel() == alive.numel():
                continue
            if not going.numel():
                break
            alive, x = alive[going], x.index_select(-1, going)
    return np.minimum(steps, max_steps)
