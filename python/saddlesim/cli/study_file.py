"""Study files: a study described in TOML, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saddlesim import validation
from saddlesim.cli import choices, families
from saddlesim.cli.study_parts import escape_of, initial_of, methods_of
from saddlesim.simulate import RECORDS
from saddlesim.study import Precision, Study

__all__ = ["StudyFile", "read_study"]

# What each key may hold, and how that is said.
_WHOLE = "a whole number"
_KEYS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "landscape": (str, 'a name that `saddlesim landscapes` lists, such as "octopus"'),
    "dim": (int, "one dimension, such as 6"),
    "dims": ((list, str), 'dimensions such as [2, 3, 4] or "2:6"'),
    "methods": (list, 'a list such as ["gd", "pgd"]'),
    "trials": (int, f"{_WHOLE}, such as 1000"),
    "seed": (int, f"{_WHOLE}, such as 0"),
    "block": (int, f"{_WHOLE}, such as 1000"),
    "max_steps": ((int, str), f'{_WHOLE}, "auto" or "none"'),
    "arithmetic": (str, 'a text, "auto" or "float64"'),
    "dtype": (str, 'a text, "float64" or "float32"'),
    "record": (list, 'a list such as ["points"]'),
    "until": ((int, float, dict), "a number such as 0.05, or a table {relative = 0.05}"),
    "set": (dict, "a table such as {rank = 2}"),
    "vary": (dict, "a table such as {width = [64, 256]}"),
    "initial": (dict, 'a table such as {class = "Uniform", low = -1.0, high = 1.0}'),
    "escape": (dict, 'a table such as {class = "LeavesBall", radius = 1.0}'),
}
_NEEDED = ("landscape", "methods")
_PASSED_ON = ("trials", "seed", "block", "arithmetic", "dtype", "record")
_NAMES = {
    "max_steps": ("auto", "none"),
    "arithmetic": ("auto", "float64", "exact"),
    "dtype": ("float64", "float32"),
}
_UNTIL = ("relative", "quantity", "confidence", "most")


@dataclass(frozen=True)
class StudyFile:
    """What a study file describes.

    Attributes
    ----------
    study
        The study.
    until
        The precision at which a cell has enough, if there is one.
    """

    study: Study
    until: Precision | None


def read_study(path: Path) -> StudyFile:
    """Return the study that a file describes.

    Raises
    ------
    ValueError
        If the file cannot be read, is no TOML, or describes no study; the text begins with its
        name and has the key, its value, what is allowed and what to do.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _made(content)
    except FileNotFoundError:
        raise ValueError(
            f"{path}: there is no such file; write one with: saddlesim study new {path}"
        ) from None
    except OSError as error:
        raise ValueError(f"{path}: it cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: it is not UTF-8 text; save it as that") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(
            f"{path}: it is no TOML: {error}; text is in quotes, and a table is [set] or "
            "{rank = 2}"
        ) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _made(content: Mapping[str, Any]) -> StudyFile:
    _check(content)
    name = validation.choice("landscape", content["landscape"], tuple(families.FAMILIES))
    given = {key: content[key] for key in _PASSED_ON if key in content}
    if content.get("vary"):
        given["vary"] = content["vary"]
    validation.choices("record", content.get("record", ()), RECORDS)
    for key, known in _NAMES.items():
        if isinstance(content.get(key), str):
            validation.choice(key, content[key], known)
    if "max_steps" in content:
        budget = content["max_steps"]
        given["max_steps"] = None if budget == "none" else budget
    if "initial" in content:
        given["initial"] = initial_of(content["initial"])
    if "escape" in content:
        given["escape"] = escape_of(content["escape"])
    study = Study(
        families.FAMILIES[name],
        **_dimension(name, content),
        methods=methods_of(content["methods"]),
        **_settings(name, content),
        **given,
    )
    return StudyFile(study, _until(content["until"]) if "until" in content else None)


def _check(content: Mapping[str, Any]) -> None:
    for key, value in content.items():
        kind, allowed = _KEYS[validation.choice("a key", key, tuple(_KEYS))]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TypeError(f"{key} must be {allowed}, got {value!r:.80}; write it so")
    for key in _NEEDED:
        if key not in content:
            raise ValueError(f"it has no {key}; add {key} = ..., {_KEYS[key][1]}")


def _dimension(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dimensions to vary, or the one that stays."""
    sized = families.has_dim(families.FAMILIES[name])
    for key in ("dim", "dims"):
        if key in content and not sized:
            raise ValueError(
                f"{key} must be left out on {name}, which has one dimension, got "
                f"{content[key]!r:.80}; vary something else"
            )
    if "dim" in content and "dims" in content:
        raise ValueError(
            f"dim and dims must not both be there, got {content['dim']!r} and "
            f"{content['dims']!r:.80}; leave out one of them"
        )
    if "dims" in content:
        dims = content["dims"]
        return {"dims": choices.dims(dims, "dims") if isinstance(dims, str) else dims}
    if not content.get("vary"):
        remedy = 'add dims = "2:6"' if sized else "add [vary] with step_size = [0.1, 0.05]"
        raise ValueError(f"there is nothing to vary, neither dims nor vary; {remedy}")
    if sized and "dim" not in content:
        raise ValueError("it has neither dim nor dims; add dim = 6, or dims to vary it as well")
    return {"dim": content["dim"]} if sized else {}


def _settings(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the landscape that stay."""
    given, known = content.get("set", {}), families.parameters(families.FAMILIES[name])
    for key, value in given.items():
        if key not in known:
            raise ValueError(
                f"set has {key} = {value!r:.80}, which is no parameter of {name}: it has "
                f"{', '.join(known) or 'none'}; leave it out"
            )
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in {*given, *content.get("vary", {})}:
            raise ValueError(f"{name} needs its {key}; add for example {key} = 2 to [set]")
    return dict(given)


def _until(given: Any) -> Precision:
    table = given if isinstance(given, Mapping) else {"relative": given}
    for key in table:
        validation.choice("a key of until", key, _UNTIL)
    if "relative" not in table:
        raise ValueError(f"until has no relative, got {given!r:.80}; add relative = 0.05")
    return Precision(**table)
