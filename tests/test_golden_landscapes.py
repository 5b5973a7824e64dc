"""What seeds mean on every landscape, for good: the same bits on every machine.

The digests hold for builds for SSE2, AVX2 and AVX-512. A change of them is a change of everybody's
results: it comes with a new stream version, or not at all.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import saddlesim as ss

LANDSCAPES: dict[str, ss.Landscape] = {
    "factorisation": ss.MatrixFactorization.random(7, 3, seed=1),
    "factorisation, full rank": ss.MatrixFactorization.random(
        5, 2, seed=1, eigenvalues=[2.0, 1.0, 0.5, -0.5, -1.0]
    ),
    "asymmetric": ss.AsymmetricMatrixFactorization.random(6, 2, columns=4, seed=1),
    "sensing, reduced": ss.MatrixSensing.random(6, 2, seed=1),
    "sensing, few": ss.MatrixSensing.random(6, 2, measurements=10, noise=0.1, seed=1),
    "completion": ss.MatrixCompletion.random(9, 2, row_bound=0.4, seed=1),
    "tensor, one": ss.TensorDecomposition.random(5, "one", seed=1),
    "tensor, all": ss.TensorDecomposition.random(4, "all", seed=1),
    "tensor, cp": ss.TensorDecomposition.random(4, "cp", seed=1),
    "quadratic network": ss.QuadraticNetwork.random(4, width=2, samples=9, seed=1),
    "quadratic network, entries": ss.QuadraticNetwork.random(4, width=6, samples=50, seed=1),
    "deep linear": ss.DeepLinearNetwork.random([4, 3, 5, 2], samples=11, seed=1),
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
    "factorisation": "d90497656fbc848a",
    "factorisation, full rank": "75628ec7ce1a5d1b",
    "asymmetric": "5374825634825637",
    "sensing, reduced": "0bec042ec75333f6",
    "sensing, few": "867d3a9ef902e38b",
    "completion": "1ad5c0d1103972d5",
    "tensor, one": "8bb26e14eff68bc3",
    "tensor, all": "282102ed723bd825",
    "tensor, cp": "9710437a9015d434",
    "quadratic network": "a1655b7275333a40",
    "quadratic network, entries": "266d39da4f3fdc31",
    "deep linear": "b548949158d90b29",
    "student-teacher": "60b56ef45939f892",
    "random teacher": "5eccca73e44d4a1e",
    "small data, tanh": "87df54ec60230dab",
    "small data, sigmoid": "549628212b6149c3",
    "small data, arctan": "e5800b43829e5243",
    "ReLU": "d76545e17f050062",
}


@pytest.mark.parametrize("name", LANDSCAPES)
def test_golden_bits(name: str) -> None:
    f = LANDSCAPES[name]
    method = ss.NoisyGradientDescent(0.5 / f.smoothness, 1e-3)
    times = ss.escape_times(
        f, method, initial=ss.Gaussian(0.3), trials=33, max_steps=60, seed=2, record=("points",)
    )
    assert times.points is not None
    products = f.hvp(times.points, times.points[::-1])
    columns = [times.steps, times.outcome, times.points, times.value, times.gradient_norm, products]
    little = (np.asarray(c).astype(c.dtype.newbyteorder("<")).tobytes() for c in columns)
    assert hashlib.blake2b(b"".join(little), digest_size=8).hexdigest() == GOLDEN[name]
