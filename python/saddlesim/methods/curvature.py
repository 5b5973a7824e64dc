"""Gradient descent that looks for negative curvature where the gradient is small."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from saddlesim import validation
from saddlesim.methods.base import Descent
from saddlesim.methods.theory import problem

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = ["NegativeCurvatureDescent"]

_MOST_PRODUCTS = 500


@dataclass(frozen=True, repr=False, eq=False)
class NegativeCurvatureDescent(Descent):
    """Gradient descent, and where the gradient is small a step along negative curvature.

    Where the gradient's norm is at most `gradient_threshold`, a unit vector v with v'Hv = -c below
    -`curvature_tolerance` is looked for. If there is one, x+ is the better of x +- 2 c /
    hessian_lipschitz v, which lowers f by at least 2 c^3 / (3 hessian_lipschitz^2); if there is
    none the method ends there (`Outcome.RETURNED`). Elsewhere x+ = x - step_size * gradient(x).

    Parameters
    ----------
    step_size
        The step.
    gradient_threshold
        Where the search begins.
    curvature_tolerance
        Curvatures above minus this count as none.
    hessian_lipschitz
        rho, which says how far a curvature reaches.
    search
        ``"lanczos"``: Lanczos's iteration on Hessian-vector products, at most `dim` or 500 of them;
        that there is nothing is wrong with probability at most 1e-6 over its random starts.
        ``"neon"``: from gradients alone, u+ = u - step_size (gradient(x + u) - gradient(x)) from a
        tiny random u, a power iteration for as long as u is small.
    probe_radius
        Of ``"neon"``: where |u| has grown to this, from a 10,000th of it, its direction has been
        found; None is a hundredth of curvature_tolerance / hessian_lipschitz.

    Notes
    -----
    Carmon, Duchi, Hinder and Sidford, "Accelerated methods for nonconvex optimization", SIAM J.
    Optim. 28 (2018); Neon: Xu, Jin and Yang, "First-order stochastic algorithms for escaping from
    saddle points in almost linear time", NeurIPS 2018.
    """

    on_spheres: ClassVar[bool] = False

    gradient_threshold: float
    curvature_tolerance: float
    hessian_lipschitz: float
    _: KW_ONLY
    search: str = "lanczos"
    probe_radius: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("gradient_threshold", "curvature_tolerance", "hessian_lipschitz"):
            self._check(name, positive=True)
        validation.choice("search", self.search, ("lanczos", "neon"))
        if self.probe_radius is not None:
            self._check("probe_radius", positive=True)

    @classmethod
    def from_theory(
        cls,
        landscape: Landscape,
        accuracy: float,
        *,
        smoothness: float | None = None,
        hessian_lipschitz: float | None = None,
        value_gap: float | None = None,
        search: str = "lanczos",
    ) -> NegativeCurvatureDescent:
        """Return the method that ends at a second-order stationary point of an accuracy.

        ``.guarantee`` of what is returned says what was chosen, and the iterations promised.

        Parameters
        ----------
        landscape, accuracy, smoothness, hessian_lipschitz, value_gap
            As in `PerturbedGradientDescent.from_theory`.
        search
            As in the class.

        Raises
        ------
        ValueError
            If a constant is neither given nor known.
        """
        p = problem(landscape, accuracy, smoothness, hessian_lipschitz, value_gap, 1e-6)
        method = cls(1 / p.smoothness, p.accuracy, p.curvature, p.hessian_lipschitz, search=search)
        by_gradient = p.accuracy**2 / (2 * p.smoothness)
        by_curvature = 2 / 3 * math.sqrt(p.accuracy**3 / p.hessian_lipschitz)
        return method._promising(
            "descent lemmas: every step lowers f by epsilon^2 / (2 l) or by (2/3) sqrt(epsilon^3 / "
            "rho) until |gradient| <= epsilon and curvature >= -sqrt(rho epsilon)",
            p,
            {},
            p.value_gap / min(by_gradient, by_curvature) + 1,
        )

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        reach = self.curvature_tolerance / self.hessian_lipschitz
        probe = 0.01 * reach if self.probe_radius is None else self.probe_radius
        # |u| grows by 1e4 from the start, of which the direction sought has a 1e-4th at worst
        growth = math.log(1e8) / math.log1p(self.step_size * self.curvature_tolerance)
        return core.NegativeCurvatureDescent(
            self.step_size,
            self.gradient_threshold,
            self.curvature_tolerance,
            self.hessian_lipschitz,
            self.search == "neon",
            probe,
            _MOST_PRODUCTS if self.search == "lanczos" else math.ceil(growth),
            key,
        )
