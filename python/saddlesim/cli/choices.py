"""The methods that the command knows by name, how it sets them, and the values it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from saddlesim import validation
from saddlesim.cli.defaults import METHODS, Scales
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method

__all__ = ["METHODS", "counts", "dims", "methods", "names", "varied"]

_MOST_DIMS = 1000


def methods(names: list[str], step_size: float | None) -> dict[str, Callable[[Landscape], Method]]:
    """Return label and maker of each named method.

    Parameters
    ----------
    names
        Keys of `METHODS`.
    step_size
        The step; None is a method's share, which is 1 but for pagd, of `Scales.step`.
    """

    def maker(name: str) -> Callable[[Landscape], Method]:
        def make(landscape: Landscape) -> Method:
            known, scales = METHODS[name], Scales.of(landscape)
            return known.make(scales, known.share * scales.step if step_size is None else step_size)

        return make

    return {METHODS[name].label: maker(name) for name in names}


def names(text: str) -> list[str]:
    """Return the method names in ``gd,pgd``, each once.

    Raises
    ------
    ValueError
        If one of them is unknown or there is none.
    """
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    if not found:
        known = ", ".join(METHODS)
        raise ValueError(f"--methods names no method, got {text!r}; choose from {known}")
    return [validation.choice("--methods", name, tuple(METHODS)) for name in dict.fromkeys(found)]


def counts(text: str, option: str = "--threads") -> list[int]:
    """Return the numbers from 1 on in ``1,2,4``.

    Raises
    ------
    ValueError
        If the text is not such a list.
    """
    try:
        return [validation.count(option, int(part)) for part in text.split(",")]
    except ValueError:
        raise ValueError(
            f"{option} must be whole numbers from 1 on with commas, such as 1,2,4, got {text!r}"
        ) from None


def dims(text: str, name: str = "--dims") -> list[int]:
    """Return the dimensions in ``2:6`` (both ends count), ``2:20:2`` or ``2,4,8``, increasing.

    Parameters
    ----------
    text
        What was given.
    name
        What it was given as.

    Raises
    ------
    ValueError
        If the text is none of these.
    """
    found: set[int] = set()
    for part in text.split(","):
        try:
            first, last, step = _span([int(number) for number in part.split(":")])
        except ValueError:
            raise ValueError(
                f"{name} must be such as 2:6 (both ends count), 2:20:2 or 2,4,8, got {text!r}"
            ) from None
        if first < 1 or last < first or step < 1:
            raise ValueError(
                f"{name} must go up from a dimension of at least 1, such as 2:6, got {text!r}"
            )
        number = (last - first) // step + 1
        if number > _MOST_DIMS:
            raise ValueError(
                f"{name} may name at most {_MOST_DIMS:,} dimensions, got {text!r}, which names "
                f"{number:,}; give a step, such as 2:1000:50"
            )
        found.update(range(first, last + 1, step))
    return sorted(found)


def varied(words: Sequence[str]) -> dict[str, list[int | float | str]]:
    """Return the values by parameter in words such as ``width=64,256``, each parameter once.

    Raises
    ------
    ValueError
        If a word is none of these.
    """
    found: dict[str, list[int | float | str]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        key = name.strip().replace("-", "_")
        values = [_value(part.strip()) for part in text.split(",") if part.strip()]
        if not equals or not key.isidentifier() or not values:
            raise ValueError(f"--vary must be NAME=VALUES such as width=64,256, got {word!r}")
        if key in found:
            raise ValueError(f"--vary {key} occurs twice; give all its values in one")
        found[key] = values
    return found


def _value(word: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _span(numbers: list[int]) -> tuple[int, int, int]:
    """Return first, last and step of what stood between colons."""
    if len(numbers) == 1:
        return numbers[0], numbers[0], 1
    first, last, step = numbers if len(numbers) == 3 else (*numbers, 1)
    return first, last, step
