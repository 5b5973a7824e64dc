"""A study file to begin with, which says what may be in it."""

from __future__ import annotations

import inspect
import json
from typing import Any

from saddlesim import validation
from saddlesim.cli import families
from saddlesim.cli.choices import METHODS
from saddlesim.cli.defaults import Scales

__all__ = ["template"]

_MADE_UP = 2  # a small value of whatever has no default: ranks


def template(name: str) -> str:
    """Return the text of a study file for a landscape of `families.FAMILIES`.

    Raises
    ------
    ValueError
        If there is no such landscape.
    """
    family = families.FAMILIES[validation.choice("landscape", name, tuple(families.FAMILIES))]
    formula = (inspect.getdoc(family) or "").partition("\n")[0]
    if families.has_dim(family):
        dims, varied = f'dims = "{families.default_dims(name)}"', "# step_size = [0.1, 0.05]"
    else:
        step = float(f"{Scales.of(family()).step:.2g}")  # type: ignore[call-arg]
        dims, varied = "# (this landscape has one dimension)", f"step_size = [{step}, {step / 2}]"
    settings = "\n".join(
        _setting(key, parameter) for key, parameter in families.parameters(family).items()
    )
    return f"""\
# A study for saddlesim: every method, in every dimension, on many trajectories.
# Lines that begin with # are comments; those with a key show what else may be set.

# {formula}
landscape = "{name}"

# Which dimensions: a list [2, 4, 8], or "2:10" (both ends count), or "2:20:2". Where only
# something else varies, write dim = 6 for the one dimension.
{dims}

# By name, with settings that follow the landscape; there are
#   {", ".join(METHODS)}.
# Also, {{name = "pgd", step_size = 0.1}} sets some of its parameters, and
# {{class = "NoisyGradientDescent", step_size = 0.1, noise_scale = 0.01, label = "noisy"}}
# sets all of them, by the name of the class in Python.
methods = ["gd", "pgd"]

# Trajectories a cell (a method in a dimension). More may be asked for later: those that are
# there are kept.
trials = 1000

# One seed always gives the same numbers, on any machine and with any number of threads.
seed = 0

# A cell may stop sooner: once the 95 % interval of its median is within 5 % of it.
# until = 0.05
# until = {{relative = 0.05, quantity = 0.9, confidence = 0.99}}

# Trajectories that take longer are censored. "auto" is 100000, or none where steps are
# counted exactly; "none" is no budget.
# max_steps = "auto"

# Trajectories that are kept as one file; what is lost if a run is killed. By default 1000.
# block = 1000

# "float64" takes every step where "auto" would count them exactly.
# arithmetic = "auto"

# "float32" is up to twice as fast.
# dtype = "float64"

# What else to keep of each trajectory: "points", where it ended, or "saddle_exits".
# record = ["points"]

# Where trajectories start, and when they have escaped; unless given, what suits the landscape.
# initial = {{class = "Gaussian", scale = 0.1}}
# escape = {{class = "LeavesBall", radius = 1.0}}

# Parameters of the landscape that stay.
[set]
{settings}

# What else varies: parameters of the landscape or of all methods. The study has all combinations.
[vary]
{varied}
"""


def _setting(key: str, parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return f"{key} = {_MADE_UP}"
    if parameter.default is None:
        return f"# {key} = ...  (unless given, by dimension)"
    return f"# {key} = {_toml(parameter.default)}"


def _toml(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)  # the same for numbers, truth values and text
