"""JAX, set up; and how trajectories are divided among threads and into blocks."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

# XLA prefers vectors of 256 bits unless told
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_cpu_prefer_vector_width=512"
).strip()

import jax
import jax.numpy as jnp
from jax import lax

jax.config.update("jax_enable_x64", True)

Array = NDArray[np.float64]
Advance = Callable[..., Any]


def by_threads(run: Callable[..., Any], *inputs: Array) -> Any:
    """Return what `run` makes of the inputs, an equal part for each CPU.

    XLA divides none of the loops here among its own threads: each is short.
    """
    cpus = len(os.sched_getaffinity(0))
    if cpus == 1:
        return run(*inputs)
    parts = [np.array_split(a, cpus) for a in inputs]
    with ThreadPoolExecutor(cpus) as pool:
        return np.concatenate(list(pool.map(run, *parts)))


def in_blocks(advance: Callable[[Any, Any], Any], lanes: int) -> Callable[[Any, Any, Any], Any]:
    """Compile `advance` (points, private -> points, private, counts) for some blocks of an array.

    All arrays have the trajectories last. How many blocks are advanced is not known when this is
    compiled, so that it works for all numbers.
    """

    def some(points: Any, private: Any, blocks: Any) -> Any:
        def body(k: Any, carry: Any) -> Any:
            block = jax.tree.map(
                lambda a: lax.dynamic_slice_in_dim(a, k * lanes, lanes, -1), carry[:2]
            )
            return jax.tree.map(
                lambda a, b: lax.dynamic_update_slice_in_dim(a, b, k * lanes, -1),
                carry,
                advance(*block),
            )

        counts = jnp.zeros(points.shape[-1])
        return lax.fori_loop(0, blocks, body, (points, private, counts))

    return jax.jit(some, donate_argnums=(0, 1))


def until_done(
    advance: Callable[[Any, Any, Any], Any],
    points: Array,
    private: Any,
    lanes: int,
    chunk: int,
    max_steps: int,
) -> NDArray[np.int64]:
    """Return each trajectory's steps, removing the finished after every `chunk` of them.

    `advance` counts a trajectory's steps as long as it is not done; `private` belongs to the places
    and not to the trajectories in them.
    """
    trials = points.shape[-1]
    steps = np.zeros(trials, dtype=np.int64)
    alive = np.arange(trials)
    padded = np.zeros((*points.shape[:-1], -(-trials // lanes) * lanes))
    padded[..., :trials] = points
    for _ in range(0, max_steps, chunk):
        padded, private, counts = advance(padded, private, -(-alive.size // lanes))
        counts = np.asarray(counts)[: alive.size]
        steps[alive] += counts.astype(np.int64)
        (going,) = (counts == chunk).nonzero()
        if going.size == alive.size:
            continue
        if not going.size:
            break
        alive, before = alive[going], np.asarray(padded)
        padded = np.zeros_like(before)
        np.take(before, going, axis=-1, out=padded[..., : going.size], mode="clip")
    return np.minimum(steps, max_steps)


def places(trials: int, lanes: int) -> int:
    """Return how many places `until_done` makes for as many trajectories."""
    return -(-trials // lanes) * lanes
