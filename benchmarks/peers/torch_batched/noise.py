"""The noisy quadratic: its coordinates in two halves, for the two normals of a pair."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from problems import NoisyQuadratic

from .blocks import Array, Tensor, torch, until_done

LANES, CHUNK = 512, 16


class Normals:
    """Normals by Box and Muller from xorshift generators, one a number, all in place.

    Tensor.normal_ takes its uniform numbers from one generator, one after the other, and is several
    times slower.
    """

    def __init__(self, *shape: int) -> None:
        self._state = torch.randint(1, 2**62, (2, *shape))
        self._shifted = torch.empty_like(self._state)
        self._pair = torch.empty(2, *shape, dtype=torch.float64)
        self._sine = torch.empty(shape, dtype=torch.float64)

    def __call__(self) -> Tensor:
        """Return two independent arrays of them, which the next call overwrites."""
        state, shifted = self._state, self._shifted
        state ^= torch.bitwise_left_shift(state, 13, out=shifted)
        # PyTorch's shift to the right repeats the sign
        state ^= torch.bitwise_right_shift(state, 7, out=shifted).bitwise_and_(2**57 - 1)
        state ^= torch.bitwise_left_shift(state, 17, out=shifted)
        pair, sine = self._pair.copy_(state), self._sine
        radius, angle = pair
        # uniform in (-1, 1), whose absolute value is 0 with probability 2^-63
        radius.mul_(2.0**-63).abs_().clamp_(min=2.0**-64).log_().mul_(-2.0).sqrt_()
        angle.mul_(math.pi * 2.0**-63)
        torch.sin(angle, out=sine)
        angle.cos_().mul_(radius)
        radius.mul_(sine)
        return pair


def noisy_quadratic(p: NoisyQuadratic) -> Callable[[Array], NDArray[np.int64]]:
    d = p.eigenvalues.size
    half = -(-d // 2)
    shrink = torch.zeros(2 * half, 1, dtype=torch.float64)
    shrink[:d, 0] = torch.from_numpy(1.0 - p.step_size * p.eigenvalues)
    shrink = shrink.view(2, half, 1)

    def run(starts: Array) -> NDArray[np.int64]:
        normals = Normals(half, LANES)

        def advance(x: Tensor, count: Tensor, alive: Tensor) -> None:
            for _ in range(CHUNK):
                alive *= x[0, 0].abs() < p.radius
                count += alive
                x.mul_(shrink).add_(normals(), alpha=p.noise)

        x = np.zeros((2 * half, starts.shape[0]))
        x[:d] = starts.T
        return until_done(advance, x.reshape(2, half, -1), LANES, CHUNK, p.max_steps)

    return run
