"""Experiments on over-parameterised networks: what happens as the width grows.

* `against_width`: training error, changed patterns, movement and Gram drift.
* `against_kernel`: the measured residual beside what a fixed kernel predicts.
* `against_random_labels`: training on true and on random labels.
"""

from saddlesim.wide.data import digits
from saddlesim.wide.labels import LabelComparison, against_random_labels
from saddlesim.wide.linear import KernelComparison, against_kernel
from saddlesim.wide.widths import WidthSweep, against_width

__all__ = [
    "KernelComparison",
    "LabelComparison",
    "WidthSweep",
    "against_kernel",
    "against_random_labels",
    "against_width",
    "digits",
]
