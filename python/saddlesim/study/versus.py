"""``escape_time_vs_dimension``: a study of the dimension, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from saddlesim.dimension import DimensionResult
from saddlesim.escape import Escape
from saddlesim.initial import Initial
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.study.study import Study

__all__ = ["escape_time_vs_dimension"]


def escape_time_vs_dimension(
    landscape_family: Callable[..., Landscape],
    *,
    dims: Iterable[int],
    methods: Method | Mapping[str, Method | Callable[[Any], Method]],
    trials: int | range = 1000,
    seed: int = 0,
    initial: Initial | Callable[[Any], Initial] | None = None,
    escape: Escape | Callable[[Any], Escape] | None = None,
    max_steps: int | str | None = "auto",
    threads: int | None = None,
    arithmetic: str = "auto",
    dtype: Any = "float64",
    progress: bool | Callable[[int, int], object] = False,
    **fixed: Any,
) -> DimensionResult:
    """Run every method at every dimension, smallest dimension first.

    Parameters
    ----------
    landscape_family
        What makes the landscape of a dimension: a Landscape class with an argument ``dim``, such as
        ``ss.Octopus``; one with ``.random(dim=, seed=)``, such as ``ss.MatrixFactorization``; or a
        callable of the dimension. The dimension is the landscape's ``size``: that of a matrix or of
        samples, where there is one.
    dims
        Dimensions, each once.
    methods
        One method, or a dict of label and method. Where a method depends on the landscape, give a
        callable(landscape) instead.
    trials
        Trajectories a cell, or a range of trajectory ids.
    seed
        As in `escape_times`. Cells of different dimension are independent; methods at one dimension
        share their start points. It also is the seed of ``.random``.
    initial, escape
        As in `escape_times`, or a callable(landscape).
    max_steps, threads, arithmetic, dtype, progress
        As in `escape_times`; progress counts the trajectories of all cells.
    **fixed
        Further arguments of the landscape family, for example ``L=2.0`` or ``rank=4``.

    Returns
    -------
    DimensionResult
        The runs.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` is a DimensionResult of what there is.
    ValueError, TypeError
        If an argument is not allowed. Landscapes and methods are made before anything runs.
    """
    study = Study(
        landscape_family,
        dims=dims,
        methods=methods,
        trials=trials,
        seed=seed,
        initial=initial,
        escape=escape,
        max_steps=max_steps,
        arithmetic=arithmetic,
        dtype=dtype,
        **fixed,
    )
    return study.run(threads=threads, progress=progress)
