"""What seeds mean for every method, for good: the same bits on every machine.

A change of these digests is a change of everybody's results: it comes with a new stream version, or
not at all.
"""

from __future__ import annotations

import pytest

import saddlesim as ss
from digests import digest

F = ss.MatrixFactorization.random(7, 3, seed=1)
OCTOPUS = ss.Octopus(4)
STEP = 1 / F.smoothness

RUNS: dict[str, tuple[ss.Landscape, ss.Method]] = {
    "heavy ball": (F, ss.HeavyBall(STEP, 0.8)),
    "Nesterov": (F, ss.Nesterov(STEP, 0.8)),
    "Langevin": (F, ss.Langevin(STEP, 1e4)),
    "PAGD": (F, ss.PerturbedAcceleratedGradientDescent(STEP / 4, 0.1, 0.01, 0.01, 10)),
    "PAGD, octopus": (
        OCTOPUS,
        ss.PerturbedAcceleratedGradientDescent(1 / 16, 0.2, 0.03, 0.03, 6, reach=0.5),
    ),
    "NCD, lanczos": (F, ss.NegativeCurvatureDescent(STEP, 0.01, 0.1, F.hessian_lipschitz)),
    "NCD, neon": (
        F,
        ss.NegativeCurvatureDescent(STEP, 0.01, 0.1, F.hessian_lipschitz, search="neon"),
    ),
    "NCD, octopus": (OCTOPUS, ss.NegativeCurvatureDescent(0.06, 0.03, 0.1, 1.0)),
}
GOLDEN = {
    "heavy ball": "60552e4dd7b78536",
    "Nesterov": "e66c07a77378b107",
    "Langevin": "edb72a84b7994880",
    "PAGD": "b3ecafba3472b614",
    "PAGD, octopus": "08da5b8047dc284b",
    "NCD, lanczos": "edf6e3d1b3f697aa",
    "NCD, neon": "c214e9e1c96ff44d",
    "NCD, octopus": "d383e818e4a145ab",
    "second order": "e72b58ca8ff1511f",
}


@pytest.mark.parametrize("name", RUNS)
def test_bits_of_a_run(name: str) -> None:
    f, method = RUNS[name]
    times = ss.escape_times(
        f, method, trials=40, seed=9, max_steps=400, record=("points",), arithmetic="float64"
    )
    columns = ["steps", "outcome", "perturbations", "gradient_evaluations", "value_evaluations"]
    columns += ["hessian_vector_products", "value", "gradient_norm", "points"]
    assert digest([getattr(times, column) for column in columns]) == GOLDEN[name]


def test_bits_of_a_second_order_criterion() -> None:
    escape = ss.SecondOrderStationary(1e-4, 1e-2)
    times = ss.escape_times(
        F, ss.GradientDescent(STEP), escape=escape, trials=40, seed=9, record=("points",)
    )
    assert digest([times.steps, times.outcome, times.points]) == GOLDEN["second order"]
