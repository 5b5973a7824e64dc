"""What runs of several methods have in common: labels, what callables make, and progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.progress import Report

__all__ = ["labelled", "made", "part"]


def labelled(methods: Any, *, sequences: bool = False) -> dict[str, Any]:
    """Return the methods by label, unmade; a method without one goes by the name of its class.

    Parameters
    ----------
    methods
        A method, or a dict of label and method, or of callables that make one of a landscape.
    sequences
        Whether a list will do, too; of two methods of a class the second is called "... 2".
    """
    if isinstance(methods, Method):
        return {type(methods).__name__: methods}
    if sequences and isinstance(methods, Sequence) and not isinstance(methods, str) and methods:
        return _numbered(methods)
    if not isinstance(methods, Mapping) or not methods:
        a_list = ", a list of them" if sequences else ""
        raise TypeError(
            f"methods must be a Method{a_list} or a dict of label and Method, such as "
            f'{{"GD": ss.GradientDescent(step_size=0.25)}}, got {methods!r:.80}'
        )
    for label in methods:
        if not isinstance(label, str) or not label:
            raise TypeError(f"methods must have text labels, got {label!r}; name each method")
    return dict(methods)


def _numbered(methods: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for method in methods:
        if not isinstance(method, Method):
            raise TypeError(
                f"methods must have labels unless all are Methods, got {method!r:.80} in a list; "
                "pass a dict of label and Method or callable"
            )
        name = type(method).__name__
        same = sum(type(other) is type(method) for other in found.values())
        found[f"{name} {same + 1}" if same else name] = method
    return found


def made(name: str, given: Any, landscape: Landscape, kind: type) -> Any:
    """Return what was given or what the given callable makes of the landscape."""
    if given is None or isinstance(given, kind):
        return given
    result = given(landscape) if callable(given) and not isinstance(given, type) else given
    if not isinstance(result, kind):
        raise TypeError(
            f"{name} must be of {kind.__name__}s or callables that make one of a landscape, "
            f"got {result!r:.80}"
        )
    return result


def part(
    report: Report | None, finished: int, runs: int, note: str
) -> Callable[[int, int], object] | bool:
    """Return what one of several runs calls with its own progress, to report that of the whole."""
    if report is None:
        return False
    report.note = note
    return lambda done, total: report(finished * total + done, runs * total)
