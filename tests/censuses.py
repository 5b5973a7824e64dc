"""Landscapes whose stationary points theory knows, and censuses of them, each computed once."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np

import saddlesim as ss

CP = ss.TensorDecomposition(np.eye(3), "cp", factors=3)
DEEP = ss.DeepLinearNetwork.random([3, 3, 3, 3], seed=1, singular_values=[3, 2, 1])
FACTORISATION = ss.MatrixFactorization.random(6, 2, seed=1, eigenvalues=[6, 5, 4, 3, 2, 1])
STUDENTS = ss.StudentTeacher.random(8)


@cache
def census_of(landscape: ss.Landscape, **options: int) -> ss.Census:
    return ss.find_stationary_points(landscape, **options)


def kinds(c: ss.Census) -> dict[str, int]:
    """How many points are of each kind."""
    number: Counter[str] = Counter()
    for family in c.families:
        number[family.kind] += family.points
    return dict(number)
