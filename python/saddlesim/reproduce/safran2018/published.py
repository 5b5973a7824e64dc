"""What was published, and what an independent program computed."""

from __future__ import annotations

__all__ = ["BAD", "COMPUTED", "LEVELS", "RUNS"]

RUNS = 1000  # published, for each number of units

# How many of them ended in a bad local minimum, by the number of units: the authors' result files,
# which Table 1 gives in per cent.
BAD = {
    6: 3,
    7: 55,
    8: 126,
    9: 218,
    10: 346,
    11: 455,
    12: 585,
    13: 730,
    14: 736,
    15: 803,
    16: 851,
    17: 897,
    18: 900,
    19: 934,
    20: 949,
}

# At which values, to five digits, and how many of the runs: those that five runs or more ended at.
LEVELS = {
    7: {0.02320: 55},
    8: {0.02151: 126},
    9: {0.02001: 213, 0.03749: 5},
    10: {0.01870: 312, 0.03533: 34},
    11: {0.01755: 383, 0.03335: 71},
    12: {0.01652: 427, 0.03155: 135},
    13: {0.01561: 470, 0.02992: 220, 0.04329: 30, 0.06071: 10},
    14: {0.01480: 398, 0.02845: 246, 0.04129: 72},
}

# The value at the symmetric stationary point and the smallest eigenvalue of its Hessian, by a
# program of its own (NumPy, Newton's method on five numbers).
COMPUTED = {
    5: (0.026970469526, -0.00770),
    6: (0.025080581002, 0.00470035),
    7: (0.023202714914, 0.01405901),
    8: (0.021508037172, 0.02134659),
    9: (0.020014175808, 0.02718209),
    10: (0.018702194586, 0.03196403),
    11: (0.017546675909, 0.03595804),
    12: (0.016523792713, 0.03934741),
}
