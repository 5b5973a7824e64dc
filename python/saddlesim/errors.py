"""The exceptions of saddlesim that carry more than a text, and packages that may be absent."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = [
    "CensoredMeanError",
    "Interrupted",
    "LandscapeError",
    "MissingExtraError",
    "StoreError",
    "optional_module",
]


class Interrupted(KeyboardInterrupt):
    """A run was stopped by Ctrl-C; nothing that was computed is lost.

    Attributes
    ----------
    partial
        What had been computed, in the type that the call would have returned: an EscapeTimes, or a
        DimensionResult. Trajectories in flight are censored at their current step, because keeping
        only the finished ones would be biased towards short times.
    """

    def __init__(self, message: str, partial: Any) -> None:
        super().__init__(message)
        self.partial = partial


class CensoredMeanError(ValueError):
    """A mean was asked of data that cannot carry it.

    Attributes
    ----------
    finishers_mean
        The mean over the trajectories that escaped only, which is biased low; given so that it can
        be looked at, not so that it can be quoted.
    """

    def __init__(self, message: str, finishers_mean: float) -> None:
        super().__init__(message)
        self.finishers_mean = finishers_mean


class LandscapeError(RuntimeError):
    """A function of yours raised, or answered with something that is no answer.

    What it raised is the ``__cause__``.

    Attributes
    ----------
    trajectory
        The id of a trajectory at whose point it raised; None if that is not known.
    point
        That point, shape (dim,); None if it is not known.
    partial
        What had been computed, as in `Interrupted`, but without the trajectories in flight, so that
        it is biased towards short times; the last ones to end may lack value and gradient norm
        (nan). None outside runs.
    """

    def __init__(
        self, message: str, *, trajectory: int | None = None, point: Any = None, partial: Any = None
    ) -> None:
        super().__init__(message)
        self.trajectory = trajectory
        self.point = point
        self.partial = partial


class MissingExtraError(ImportError):
    """An optional dependency is absent; the message has the install line."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed; "
            f"install it with: pip install 'saddlesim[{extra}]'"
        )


def optional_module(package: str, module: str, *, extra: str, purpose: str) -> ModuleType:
    """Return a package that may be absent, or a module of it (its dotted name in the package).

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return import_module(f"{package}.{module}" if module else package)
    except ImportError:
        raise MissingExtraError(package, extra, purpose) from None


class StoreError(ValueError):
    """A study's store cannot be used, or written, as it is; the text says what to do.

    Nothing that was finished is lost: files are only ever added, or set aside.
    """
