"""What seeds mean on every landscape, for good: the same bits on every machine.

The digests hold for builds for SSE2, AVX2 and AVX-512. A change of them is a change of everybody's
results: it comes with a new stream version, or not at all.
"""

from __future__ import annotations

import pytest

import saddlesim as ss
from digests import digest

LANDSCAPES: dict[str, ss.Landscape] = {
    "factorisation": ss.MatrixFactorization.random(7, 3, seed=1),
    "factorisation, full rank": ss.MatrixFactorization.random(
        5, 2, seed=1, eigenvalues=[2.0, 1.0, 0.5, -0.5, -1.0]
    ),
    "asymmetric": ss.AsymmetricMatrixFactorization.random(6, 2, columns=4, seed=1),
    "sensing, reduced": ss.MatrixSensing.random(6, 2, seed=1),
    "sensing, few": ss.MatrixSensing.random(6, 2, measurements=10, noise=0.1, seed=1),
    "sensing, tiles": ss.MatrixSensing.random(17, 3, measurements=90, noise=0.1, seed=1),
    "completion": ss.MatrixCompletion.random(9, 2, row_bound=0.4, seed=1),
    "tensor, one": ss.TensorDecomposition.random(5, "one", seed=1),
    "tensor, all": ss.TensorDecomposition.random(4, "all", seed=1),
    "tensor, cp": ss.TensorDecomposition.random(4, "cp", seed=1),
    "quadratic network": ss.QuadraticNetwork.random(4, width=2, samples=9, seed=1),
    "quadratic network, entries": ss.QuadraticNetwork.random(4, width=6, samples=50, seed=1),
    "deep linear": ss.DeepLinearNetwork.random([4, 3, 5, 2], samples=11, seed=1),
    "deep, relu": ss.DeepNetwork.random(4, samples=11, hidden=[6, 4], seed=1),
    "deep, tanh": ss.DeepNetwork.random(
        4, samples=9, hidden=[5], activation="tanh", scaling="standard", seed=1
    ),
    "deep, softplus": ss.DeepNetwork.random(
        3, samples=9, hidden=[3, 5], activation="softplus", loss="logistic", seed=1
    ),
    "student-teacher": ss.StudentTeacher.random(5),
    "random teacher": ss.StudentTeacher.random(
        4, students=3, teachers=6, orthonormal=False, seed=1
    ),
    "small data, tanh": ss.SmallDataNetwork("tanh"),
    "small data, sigmoid": ss.SmallDataNetwork("sigmoid"),
    "small data, arctan": ss.SmallDataNetwork("arctan"),
    "ReLU": ss.TwoLayerReLU.random(5, seed=1, samples=9, width=12),
}
GOLDEN = {
    "factorisation": "a28bdccff033f7ae",
    "factorisation, full rank": "64c5f3b795d5213e",
    "asymmetric": "665b31f8a1809910",
    "sensing, reduced": "a71bc3a34754c526",
    "sensing, few": "74c53541b1ee0b89",
    "sensing, tiles": "12e8d8dcef5e471f",
    "completion": "20271a449fbd7e68",
    "tensor, one": "9434b03adeff92fc",
    "tensor, all": "3d62fdb8424f0f72",
    "tensor, cp": "745317ea5804d663",
    "quadratic network": "ad51d3cf20434a86",
    "quadratic network, entries": "4246e343fd2a3a81",
    "deep linear": "7e9d038b571f2988",
    "deep, relu": "24b20adcef9d0e8f",
    "deep, tanh": "d506d927770a1f22",
    "deep, softplus": "470e2e970af1e4ed",
    "student-teacher": "60b56ef45939f892",
    "random teacher": "5eccca73e44d4a1e",
    "small data, tanh": "a13c13415c407758",
    "small data, sigmoid": "016f3b2a9480ee10",
    "small data, arctan": "84f044481d6000eb",
    "ReLU": "d76545e17f050062",
}


@pytest.mark.parametrize("name", LANDSCAPES)
def test_golden_bits(name: str) -> None:
    f = LANDSCAPES[name]
    method = ss.NoisyGradientDescent(0.5 / f.smoothness, 1e-3)
    times = ss.escape_times(
        f,
        method,
        initial=ss.Gaussian(0.3),
        escape=ss.ValueBelow(-1e9),
        trials=33,
        max_steps=60,
        seed=2,
        record=("points",),
    )
    assert times.points is not None
    products = f.hvp(times.points, times.points[::-1])
    columns = [times.steps, times.outcome, times.points, times.value, times.gradient_norm, products]
    assert digest(columns) == GOLDEN[name]
