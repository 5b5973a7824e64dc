"""The landscapes that the command knows by name, and how words set their parameters."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Any

from saddlesim import landscapes, validation
from saddlesim.landscapes import Landscape

__all__ = [
    "FAMILIES",
    "default_dim",
    "default_dims",
    "describe",
    "has_dim",
    "landscape_family",
    "parameters",
    "title",
]

FAMILIES: dict[str, type[Landscape]] = {
    "octopus": landscapes.Octopus,
    "quadratic": landscapes.QuadraticSaddle,
    "matrix-factorization": landscapes.MatrixFactorization,
    "asymmetric-factorization": landscapes.AsymmetricMatrixFactorization,
    "matrix-sensing": landscapes.MatrixSensing,
    "matrix-completion": landscapes.MatrixCompletion,
    "tensor": landscapes.TensorDecomposition,
    "quadratic-network": landscapes.QuadraticNetwork,
    "deep-linear": landscapes.DeepLinearNetwork,
    "deep": landscapes.DeepNetwork,
    "student-teacher": landscapes.StudentTeacher,
    "two-layer-relu": landscapes.TwoLayerReLU,
    "small-data": landscapes.SmallDataNetwork,
}


def _maker(family: type[Landscape]) -> Callable[..., Landscape]:
    """Return what makes a landscape of a dimension: the class itself or its ``random``."""
    if "dim" not in inspect.signature(family).parameters and hasattr(family, "random"):
        made: Callable[..., Landscape] = family.random
        return made
    return family


def parameters(family: type[Landscape]) -> dict[str, inspect.Parameter]:
    """Return the parameters that a landscape has beside its dimension and its seed, by name."""
    known = inspect.signature(_maker(family)).parameters
    return {name: p for name, p in known.items() if name not in ("dim", "seed")}


def has_dim(family: type[Landscape]) -> bool:
    """Whether a landscape is made of a dimension."""
    return "dim" in inspect.signature(_maker(family)).parameters


def landscape_family(
    name: str, settings: Sequence[str], *, seed: int, varied: Collection[str] = ()
) -> Callable[..., Landscape]:
    """Return what makes the named landscape of a dimension and, by name, of what else varies.

    Parameters
    ----------
    name
        A key of `FAMILIES`.
    settings
        Words such as ``rank=2``, each for a parameter of the family.
    seed
        Of random landscapes.
    varied
        Parameters, of the landscape or of methods, that are to be varied and so not set.

    Raises
    ------
    ValueError
        If the name is unknown, or a setting is malformed, foreign or missing.
    """
    family = FAMILIES[validation.choice("landscape", name, tuple(FAMILIES))]
    known, given = parameters(family), {}
    for setting in settings:
        key, equals, word = setting.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not word.strip():
            raise ValueError(f"--set must be NAME=VALUE such as rank=2, got {setting!r}")
        if key not in known:
            names = ", ".join(known) or "none"
            raise ValueError(
                f"--set {key} is not a parameter of {name}, which has {names}; leave it out"
            )
        given[key] = _value(word.strip())
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in given and key not in varied:
            raise ValueError(f"{name} needs its {key}; add for example: --set {key}=2")
    if twice := [key for key in varied if key in given]:
        raise ValueError(f"--vary {twice[0]} is also set by --set; leave one of them out")
    make = _maker(family)
    if "seed" in inspect.signature(make).parameters:
        given["seed"] = seed
    sized = has_dim(family)

    def make_one(dim: int, **values: Any) -> Landscape:
        return make(**({"dim": dim} if sized else {}), **given, **values)

    # What can be varied: a study looks here whether a parameter is the landscape's or a method's.
    first = inspect.Parameter("dim", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    others = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for key, p in known.items() if key in varied
    ]
    make_one.__signature__ = inspect.Signature([first, *others])  # type: ignore[attr-defined]
    return make_one


def default_dims(name: str) -> str:
    """Return the dimensions to run when none are asked for."""
    family = FAMILIES[validation.choice("landscape", name, tuple(FAMILIES))]
    return "2:6" if has_dim(family) else str(_maker(family)().size)


def default_dim(name: str) -> int:
    """Return the dimension to run when one is needed and none is asked for: the largest of them."""
    return int(default_dims(name).rpartition(":")[2])


def title(name: str) -> str:
    """Return a landscape's name as sentences and pictures have it."""
    return name.replace("-", " ").replace("relu", "ReLU")


def describe() -> str:
    """Return a paragraph on each landscape: its name, what it is, and its parameters."""
    paragraphs = []
    for name, family in FAMILIES.items():
        formula = (inspect.getdoc(family) or "").partition("\n")[0]
        words = [
            key if p.default is p.empty else f"{key}={_shown(p.default)}"
            for key, p in parameters(family).items()
        ]
        settings = ", ".join(words) or "none"
        paragraphs.append(f"{name}\n    {formula}\n    --set: {settings}")
    return "\n\n".join(paragraphs)


def _shown(value: Any) -> str:
    if value is None:
        return "(by dimension)"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _value(word: str) -> Any:
    """Return the number, list of numbers, truth value or text that a word stands for."""
    try:
        value = ast.literal_eval(word)
    except (ValueError, SyntaxError):
        return word
    return list(value) if isinstance(value, tuple) else value
