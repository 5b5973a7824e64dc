"""The walk of methods through the octopus in three dimensions, as a picture and animated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.initial import Initial
from saddlesim.labelled import labelled, made
from saddlesim.landscapes.octopus import Octopus
from saddlesim.methods import Method
from saddlesim.outcome import Outcome
from saddlesim.plot import COLORS, pyplot
from saddlesim.simulate import escape_times
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

__all__ = ["Walk", "animate_walk", "follow", "plot_walk"]

_LONGEST = 2000  # steps of a walk; its points are found by one run for each
_FRAMES = 150  # of an animation
_REGION = (COLORS[4], COLORS[5])  # around saddles and the minimum; connecting


@dataclass(frozen=True, eq=False)
class Walk:
    """A trajectory.

    Attributes
    ----------
    label
        The method's.
    points
        Where it was from the start on, after each step, shape (m, 3), mirrored so that all
        coordinates are positive.
    exits
        The steps at which it had left the saddles, shape (3,).
    """

    label: str
    points: FloatArray
    exits: tuple[int, ...]

    def __str__(self) -> str:
        """Return what the legend says."""
        return f"{self.label}: left the saddles at steps {', '.join(map(str, self.exits))}"


def follow(
    octopus: Octopus,
    methods: Any,
    *,
    trajectory: int = 0,
    seed: int = 0,
    initial: Initial | None = None,
) -> list[Walk]:
    """Return the walks of methods from the same start, to the last bit those of `escape_times`.

    Raises
    ------
    ValueError
        If the octopus is not three-dimensional, or a trajectory does not leave all saddles within
        2,000 steps.
    """
    if octopus.dim != 3:
        raise ValueError(
            f"octopus must have dim=3 to be seen, got dim={octopus.dim}; take ss.Octopus(dim=3)"
        )
    rules = labelled(methods)
    first = validation.integer("trajectory", trajectory, minimum=0)
    common: dict[str, Any] = {
        "initial": initial,
        "trials": range(first, first + 1),
        "seed": seed,
        "arithmetic": "float64",
        "record": ("points", "saddle_exits"),
        "threads": 1,
    }
    where = octopus.default_initial() if initial is None else initial
    start = where.sample(octopus, trials=common["trials"], seed=seed)
    walks = []
    for label, rule in rules.items():
        method = made("methods", rule, octopus, Method)
        whole = escape_times(octopus, method, max_steps=_LONGEST, **common)
        if whole.outcome[0] != Outcome.ESCAPED:
            raise ValueError(
                f"methods: trajectory {first} of {label!r} has not left all saddles within "
                f"{_LONGEST:,} steps ({Outcome(whole.outcome[0]).label}); choose another one, or "
                "longer steps"
            )
        assert whole.saddle_exits is not None
        # A run whose budget ends after t steps is where the trajectory is then.
        points = [start]
        for t in range(1, int(whole.steps[0]) + 1):
            there = escape_times(octopus, method, max_steps=t, **common).points
            assert there is not None
            points.append(there)
        exits = tuple(whole.saddle_exits[0].tolist())
        walks.append(Walk(label, np.abs(np.concatenate(points)), exits))
    return walks


def plot_walk(
    octopus: Octopus,
    methods: Any,
    ax: Axes | None = None,
    *,
    trajectory: int = 0,
    seed: int = 0,
    initial: Initial | None = None,
) -> list[Any]:
    """Draw the tube in three dimensions, and how methods walk through it: a dot a step.

    Parameters
    ----------
    octopus
        With ``dim=3``.
    methods
        One method, or a dict of label and method; a callable(octopus) instead of a method.
    ax
        Axes with ``projection="3d"``; None makes a new figure.
    trajectory, seed, initial
        Which trajectory, as in `escape_times`.

    Returns
    -------
    list of Artist
        The lines, one a method.

    Raises
    ------
    ValueError
        As in `follow`, and if the Axes are flat.
    """
    walks = follow(octopus, methods, trajectory=trajectory, seed=seed, initial=initial)
    solid = _solid(ax)
    lines = _draw(octopus, walks, solid)
    for line, walk in zip(lines, walks, strict=True):
        line.set_data_3d(*walk.points.T)
    return lines


def animate_walk(
    octopus: Octopus,
    methods: Any,
    ax: Axes | None = None,
    *,
    trajectory: int = 0,
    seed: int = 0,
    initial: Initial | None = None,
) -> FuncAnimation:
    """Return the walks as an animation, in which all methods take their steps together.

    ``animation.save("walk.gif", writer="pillow")`` writes it, ``animation.to_jshtml()`` is a player
    for pages and notebooks. Parameters are those of `plot_walk`.
    """
    from matplotlib.animation import FuncAnimation

    walks = follow(octopus, methods, trajectory=trajectory, seed=seed, initial=initial)
    solid = _solid(ax)
    lines, figure = _draw(octopus, walks, solid), solid.get_figure(root=True)
    longest = max(walk.exits[-1] for walk in walks)
    steps = np.unique(np.linspace(0, longest, min(longest + 1, _FRAMES)).round().astype(int))

    told = solid.text2D(0.03, 0.93, "", transform=solid.transAxes)
    heads: list[Any] = [
        solid.plot([], [], [], "o", color=line.get_color(), markersize=12, zorder=9)[0]
        for line in lines
    ]

    def show(step: int) -> list[Any]:
        for line, head, walk in zip(lines, heads, walks, strict=True):
            line.set_data_3d(*walk.points[: step + 1].T)
            head.set_data_3d(*walk.points[: step + 1][-1:].T)
        told.set_text(f"after {step} steps")
        return [*lines, *heads, told]

    # The last picture stays for a while before all begins again.
    frames = [*steps.tolist(), *[longest] * 20]
    return FuncAnimation(figure, show, frames=frames, interval=100)


def _solid(ax: Axes | None) -> Any:
    """Return Axes in three dimensions."""
    if ax is None:
        figure = pyplot().figure(figsize=(7, 7))
        return figure.add_axes((0.02, 0.2, 0.92, 0.78), projection="3d")
    if ax.name != "3d":
        raise ValueError('ax must have projection="3d", such as plt.subplot(projection="3d")')
    return ax


def _draw(octopus: Octopus, walks: list[Walk], ax: Any) -> list[Any]:
    """Draw everything but the walks; return a line for each, still empty."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    tau = octopus.tau
    for kind, color in enumerate(_REGION):
        faces = [face for box in _boxes()[kind] for face in _faces(np.array(box) * tau)]
        name = ("region of a saddle or the minimum", "connecting region")[kind]
        ax.add_collection3d(
            Poly3DCollection(
                faces, facecolor=color, edgecolor="0.6", linewidth=0.4, alpha=0.1, label=name
            )
        )
    points = octopus.stationary_points()
    saddles, minimum = np.array([p.point for p in points[:-1]]), points[-1].point
    ax.plot(*saddles.T, "x", color="k", markersize=8, markeredgewidth=2, zorder=6, label="saddle")
    ax.plot(*minimum[:, None], "*", color="k", markersize=11, zorder=6, label="minimum")
    # Walks lie on one another: the first has large open markers, later ones fit into them.
    lines = [
        ax.plot(
            [], [], [], "os^Dv"[i % 5] + "-", label=str(walk), color=COLORS[i % len(COLORS)],
            markersize=max(9 - 4 * i, 2), mfc="none" if i == 0 else None, linewidth=1, zorder=7 + i,
        )[0]
        for i, walk in enumerate(walks)
    ]  # fmt: skip
    ticks = np.array([0, 2, 4, 6])
    for j, name in enumerate("xyz"):
        getattr(ax, f"set_{name}lim")(0, 6 * tau)
        getattr(ax, f"set_{name}ticks")(ticks * tau, ["0", "2τ", "4τ", "6τ"])
        getattr(ax, f"set_{name}label")(f"|x{'₁₂₃'[j]}|")
    ax.view_init(elev=22, azim=-58)
    ax.computed_zorder = False  # else the tube veils what is in it
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), fontsize="small", frameon=False)
    return lines


def _boxes() -> tuple[list[Any], list[Any]]:
    """Return the regions as (low, high) along each axis, in units of tau: calm, connecting."""
    waits, leaves, connects, left = (0, 1), (0, 1), (1, 2), (2, 6)
    calm: list[Any] = [[*[left] * k, leaves, *[waits] * (2 - k)] for k in range(3)]
    connecting = [[*[left] * k, connects, *[waits] * (2 - k)] for k in range(3)]
    return [*calm, [left] * 3], connecting


def _faces(box: FloatArray) -> list[FloatArray]:
    """Return the six rectangles that bound a box, each with four corners."""
    faces = []
    for axis, end in product(range(3), range(2)):
        a, b = (j for j in range(3) if j != axis)
        face = np.empty((4, 3))
        face[:, axis] = box[axis, end]
        face[:, a] = box[a, [0, 1, 1, 0]]
        face[:, b] = box[b, [0, 0, 1, 1]]
        faces.append(face)
    return faces
