"""Stochastic gradient descent: minibatches of samples, and Gaussian noise of any covariance."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.methods.base import Descent
from saddlesim.methods.covariance import checked_covariance, covariance_factor
from saddlesim.methods.theory import problem
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = ["PerturbedStochasticGradientDescent", "StochasticGradientDescent"]


class _Stochastic(Descent):
    """A method whose gradient is that of a minibatch, or has Gaussian noise, or both."""

    batch_size: int | None
    replacement: bool
    noise_scale: float
    covariance: FloatArray | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size is not None:
            size = validation.integer(
                "batch_size",
                self.batch_size,
                minimum=1,
                maximum=2**28,
                remedy="or pass None for the whole gradient",
            )
            object.__setattr__(self, "batch_size", size)
        if not isinstance(self.replacement, bool):
            raise TypeError(f"replacement must be True or False, got {self.replacement!r}")
        self._check("noise_scale")
        if self.covariance is not None:
            object.__setattr__(self, "covariance", checked_covariance(self.covariance))
            if self.noise_scale == 0:
                raise ValueError(
                    "noise_scale must be positive with a covariance, got 0; "
                    "pass noise_scale=1 for noise of that covariance"
                )

    @property
    def isotropic(self) -> bool:
        """Whether nothing but the identity is given for the noise, and there is no minibatch."""
        return self.covariance is None and self.batch_size is None

    def _added_deviation(self, dim: int) -> float:
        """Return the standard deviation of what is added to every coordinate of the noise."""
        return 0.0

    @cached_property
    def _factor(self) -> FloatArray:
        """Standard deviations, or a factor of the covariance, of all the noise of a gradient."""
        assert self.covariance is not None
        added = self._added_deviation(len(self.covariance)) ** 2
        whole = self.noise_scale**2 * self.covariance
        if self.covariance.ndim == 1:
            deviations: FloatArray = np.sqrt(whole + added)
            return deviations
        return covariance_factor(whole + added * np.eye(len(self.covariance)))

    def lower(self, core: Core, key: int) -> _core.Method:
        """Refuse: noise and minibatches depend on the landscape."""
        raise TypeError(f"{type(self).__name__} is lowered for a landscape; use lower_on")

    def lower_on(self, core: Core, key: int, landscape: Landscape) -> _core.Method:
        """Return the core's object for a landscape."""
        dim, eta = landscape.dim, self.step_size
        if self.covariance is not None and len(self.covariance) != dim:
            raise ValueError(
                f"covariance must have shape ({dim},) or ({dim}, {dim}) on {landscape!r}, "
                f"got {self.covariance.shape}; the landscape has dim = {dim}"
            )
        if self.batch_size is None and self.covariance is None:
            scale = eta * math.hypot(self.noise_scale, self._added_deviation(dim))
            return core.NoisyGradientDescent(eta, scale, core.NoiseLaw.gaussian, key)
        return core.StochasticGradientDescent(
            eta, self._noise(core, dim), self._samples(core, landscape), *self._batch, key
        )

    def _noise(self, core: Core, dim: int) -> _core.GaussianNoise:
        if self.covariance is None:
            scale = math.hypot(self.noise_scale, self._added_deviation(dim))
            return core.GaussianNoise.isotropic(self.step_size * scale)
        if self.covariance.ndim == 1:
            return core.GaussianNoise.diagonal(self.step_size * self._factor)
        return core.GaussianNoise.factor(self.step_size * self._factor)

    @property
    def _batch(self) -> tuple[int, bool]:
        return (1 if self.batch_size is None else self.batch_size), self.replacement

    def _samples(self, core: Core, landscape: Landscape) -> _core.Samples | None:
        if self.batch_size is None:
            return None
        if landscape.samples == 0:
            raise ValueError(
                f"batch_size must be None on {type(landscape).__name__}, which is no sum over "
                f"samples, got {self.batch_size}; noise_scale=... adds Gaussian noise instead"
            )
        if not self.replacement and self.batch_size > landscape.samples:
            raise ValueError(
                f"batch_size must be at most {landscape.samples}, the number of samples, without "
                f"replacement, got {self.batch_size}; lower it, or pass replacement=True"
            )
        return landscape.lower_samples(core)


@dataclass(frozen=True, repr=False, eq=False)
class StochasticGradientDescent(_Stochastic):
    """x+ = x - step_size * g, where g is the gradient on average.

    With a `batch_size`, g is the gradient of a mean over a minibatch that each trajectory draws for
    itself at every step, scaled as f is. With a `noise_scale`, noise_scale * n is added to g,
    n ~ N(0, covariance). Both may be combined.

    Parameters
    ----------
    step_size
        The step.
    batch_size
        Samples in a minibatch, on landscapes that are sums over samples (``landscape.samples`` is
        their number); None takes the whole gradient.
    replacement
        True: the samples of a batch are independent and uniform. False: each trajectory runs
        through all samples in a random order, a new one for each epoch. A batch that the end of an
        epoch cuts goes on with the next one's order, so that all batches have the same size.
    noise_scale
        What multiplies n.
    covariance
        That of n: None is the identity; variances, shape (dim,); or a symmetric positive
        semidefinite matrix, shape (dim, dim).

    Notes
    -----
    A minibatch counts as one evaluation of the gradient. Draws are functions of (seed, landscape,
    trajectory, step), so runs with different step sizes see the same minibatches and the same
    noise. Indices are uniform to 2^-64. Orders come from a Feistel network, turned by a uniform
    shift. Noise has single-precision resolution, as in `NoisyGradientDescent`, which this is
    without `batch_size` and `covariance`. Raw samples are held beside the landscape during a run
    with minibatches: n d (d + 1) / 2 numbers for `MatrixSensing`, n d for networks.
    """

    batch_size: int | None = None
    _: KW_ONLY
    replacement: bool = True
    noise_scale: float = 0.0
    covariance: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size is None and self.noise_scale == 0:
            raise ValueError(
                "StochasticGradientDescent must have a batch_size or a positive noise_scale; "
                "use GradientDescent for neither"
            )


@dataclass(frozen=True, repr=False, eq=False)
class PerturbedStochasticGradientDescent(_Stochastic):
    """x+ = x - step_size * (g + xi), xi ~ N(0, radius^2 / dim I) at every step.

    g is as in `StochasticGradientDescent`; without `batch_size` and `noise_scale` it is the
    gradient.

    Parameters
    ----------
    step_size
        The step.
    radius
        r, the root of the mean of |xi|^2.
    batch_size, replacement, noise_scale, covariance
        As in `StochasticGradientDescent`.

    Notes
    -----
    Jin, Netrapalli, Ge, Kakade, Jordan, "On nonconvex optimization for machine learning: gradients,
    stochasticity, and saddle points", J. ACM 68 (2021), PSGD. The sum of the two Gaussian noises is
    drawn as one.
    """

    radius: float
    batch_size: int | None = None
    _: KW_ONLY
    replacement: bool = True
    noise_scale: float = 0.0
    covariance: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("radius", positive=True)

    def _added_deviation(self, dim: int) -> float:
        return self.radius / math.sqrt(dim)

    @classmethod
    def from_theory(
        cls,
        landscape: Landscape,
        accuracy: float,
        *,
        gradient_variance: float,
        stochastic_smoothness: float | None = None,
        batch_size: int | None = None,
        replacement: bool = True,
        noise_scale: float = 0.0,
        covariance: Any = None,
        smoothness: float | None = None,
        hessian_lipschitz: float | None = None,
        value_gap: float | None = None,
        failure_probability: float = 0.1,
        iota: float = 1.0,
    ) -> PerturbedStochasticGradientDescent:
        """Return PSGD with the parameters of Jin et al. (2021).

        N = 1 + min(sigma^2 / epsilon^2 + l~^2 / (l sqrt(rho epsilon)), sigma^2 d / epsilon^2),
        step_size = 1 / (iota^9 l N) and radius = iota epsilon sqrt(N).

        Parameters
        ----------
        landscape, accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
            As in `PerturbedGradientDescent.from_theory`.
        gradient_variance
            sigma^2, a bound on E |g - gradient|^2 where trajectories are.
        stochastic_smoothness
            l~, a Lipschitz constant that holds for every stochastic gradient; None if there is
            none, which costs a factor of d. Noise that does not depend on x has l~ = l.
        batch_size, replacement, noise_scale, covariance
            What g is, as in the class.
        iota
            The logarithm that the theorem hides, mu log(d l gap N / (rho epsilon delta)) with an
            absolute constant mu; 1 leaves all logarithms out, and with them the proof.

        Notes
        -----
        The forms of N, step_size and radius up to logarithms are those of the theorem, written from
        memory and checked by their units and by its rates, epsilon^-4 and d epsilon^-4; the powers
        of iota and the iterations promised, value_gap iota^6 / (step_size epsilon^2), are from
        memory of its proof and have not been checked.

        Raises
        ------
        ValueError
            If a constant is neither given nor known.
        """
        p = problem(
            landscape, accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
        )
        variance = validation.number("gradient_variance", gradient_variance, nonnegative=True)
        iota = validation.number("iota", iota, positive=True)
        relative = variance / p.accuracy**2
        N = relative * p.dim
        if stochastic_smoothness is not None:
            each = validation.number("stochastic_smoothness", stochastic_smoothness, positive=True)
            N = min(N, relative + each**2 / (p.smoothness * p.curvature))
        N += 1
        method = cls(
            step_size=1 / (iota**9 * p.smoothness * N),
            radius=iota * p.accuracy * math.sqrt(N),
            batch_size=batch_size,
            replacement=replacement,
            noise_scale=noise_scale,
            covariance=covariance,
        )
        return method._promising(
            "Jin, Netrapalli, Ge, Kakade, Jordan (J. ACM 2021), PSGD: it visits a point with "
            "|gradient| <= epsilon and curvature >= -sqrt(rho epsilon), with probability 1 - delta",
            p,
            {"N": N, "gradient_variance": variance, "iota": iota},
            p.value_gap * iota**6 / (method.step_size * p.accuracy**2),
        )
