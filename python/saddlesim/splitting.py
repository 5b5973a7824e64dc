"""``survival_by_splitting``: the far tail P(T > t) of escape times under noise.

Plain Monte Carlo needs 100 / p trials for a probability p. Splitting runs particles for a few steps
at a time and copies those that matter: a Feynman-Kac particle system (Del Moral 2004), whose sums
of weights are unbiased. Particles are copied in proportion to exp(rate x delay), the delay being
the time that gradient descent without noise would take from there, as far as noise respects it: a
point on its way out is doomed long before it is gone, and copies of it are a waste.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from saddlesim import validation
from saddlesim.description import stream_key
from saddlesim.errors import Interrupted
from saddlesim.escape import Escape
from saddlesim.initial import At, Initial
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method, NoisyGradientDescent, PerturbedGradientDescent
from saddlesim.progress import report_to
from saddlesim.splitting_paths import NEVER, Branching, Floats, Paths, Whole
from saddlesim.splitting_plan import Stage, make_plan, stages
from saddlesim.survival import check_confidence
from saddlesim.tail import TailEstimate, interval

__all__ = ["survival_by_splitting"]

# The last kick of a particle is found by as many shorter runs as there are steps between kicks.
_LONGEST_INTERVAL = 100


def survival_by_splitting(
    landscape: Landscape,
    method: Method,
    times: int | Sequence[int] | Whole,
    *,
    initial: Initial | None = None,
    escape: Escape | None = None,
    particles: int = 1000,
    replicates: int = 20,
    seed: int = 0,
    threads: int | None = None,
    confidence: float = 0.95,
    progress: bool | Callable[[int, int], object] = False,
) -> TailEstimate:
    """Estimate P(T > t), T the escape time under noise, down to 1e-12 and below.

    Parameters
    ----------
    landscape
        The function.
    method
        NoisyGradientDescent with noise, or PerturbedGradientDescent without a value_threshold and
        with a min_interval of at most 100, to which the cost is proportional.
    times
        The steps t, one or many, shape (m,). The run is tuned to the latest.
    initial
        Where trajectories start: a distribution or one point; None takes the landscape's default.
    escape
        What ends a trajectory; None takes the landscape's default.
    particles
        Number of particles of a replicate.
    replicates
        Number of independent replicates, at least 2. The interval rests on how they scatter.
    seed
        A whole number from 0 to 2**64 - 1. The result depends on it and on the arguments that
        describe the run, not on the threads.
    threads
        How many threads to use; None is what the process may use, or ``SADDLESIM_NUM_THREADS``.
    confidence
        Coverage of the intervals.
    progress
        True for one calm line on stderr when that is a terminal, or a callable(done, total).

    Returns
    -------
    TailEstimate
        With the times in ascending order, each once.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` holds the times that were reached.
    ValueError, TypeError
        If an argument is not allowed; the text says which, and what to do.

    Notes
    -----
    A pilot on streams of its own decides how often and by which weights to resample. It has no say
    in what the estimate is of: for any plan each replicate is unbiased. Times up to which more than
    one path in twenty is still there are estimated by plain runs of the same number of particles.

    Trajectories that end otherwise than by escape never escape: they count in P(T > t) for all t.

    Replicates scatter by some 0.2 to 0.4 of their mean at 1e-12 on quadratics and on the octopus up
    to dimension 3; more saddles, and kicks in place of noise, ask for more particles. Where the
    scatter exceeds 1, the printed result says so: the mean is unbiased still, but most of the time
    too low, and the interval too short.

    >>> import saddlesim as ss
    >>> noisy = ss.NoisyGradientDescent(0.1, 0.5)
    >>> ss.survival_by_splitting(ss.QuadraticSaddle([-1.0, 1.0]), noisy, [100, 200, 300])
    """
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    branching = _branching(method)
    start = landscape.default_initial() if initial is None else initial
    goal = landscape.default_escape() if escape is None else escape
    validation.instance("initial", start, Initial, "ss.Uniform(-1, 1)")
    validation.instance("escape", goal, Escape, "ss.LeavesBall(radius=1.0)")
    if isinstance(start, At) and start.points.ndim == 2 and len(start.points) > 1:
        raise ValueError(
            f"initial must be a distribution or one point, got At of {len(start.points)} points; "
            "run each of them apart"
        )
    wanted = _times(times)
    particles = validation.integer("particles", particles, minimum=2)
    replicates = validation.integer(
        "replicates", replicates, minimum=2, remedy="the interval needs replicates that can differ"
    )
    seed = validation.seed(seed)
    check_confidence(confidence)
    if threads is not None:
        threads = validation.count("threads", threads)

    paths = Paths(landscape, branching, start, goal, threads)
    tally = _Tally(replicates)
    try:
        tally.fill(paths, wanted, particles, stream_key(seed, "splitting"), progress)
        interrupted = False
    except KeyboardInterrupt:  # in the core, or between two of its runs
        interrupted = True
    shown = np.isin(tally.grid, wanted) & (tally.grid <= tally.reached)
    low, high = interval(tally.survival, particles, confidence)
    found = TailEstimate(
        time=tally.grid[shown],
        probability=tally.survival[:, shown].mean(axis=0),
        low=low[shown],
        high=high[shown],
        replicates=tally.survival[:, shown],
        never=tally.never[:, shown].mean(axis=0),
        particles=particles,
        confidence=confidence,
        stage=tally.stage,
        underflowed=tally.underflowed,
        landscape=landscape,
        method=method,
        initial=start,
        escape=goal,
        seed=seed,
    )
    if interrupted:
        done = max(tally.reached, 0)
        text = f"interrupted at step {done:,} of {wanted[-1]:,}; times up to there are in .partial"
        raise Interrupted(text, found)
    return found


class _Tally:
    """Sums of weights by replicate at the times of a grid, as the stages come in."""

    def __init__(self, replicates: int) -> None:
        self.replicates = replicates
        self.reached = -1  # the last step of which all is known
        self.stage = 0
        self.underflowed = 0
        self._set_grid(np.empty(0, dtype=np.int64))

    def _set_grid(self, grid: Whole) -> None:
        self.grid = grid
        self.survival = np.zeros((self.replicates, grid.size))
        self.never = np.zeros((self.replicates, grid.size))

    def fill(
        self,
        paths: Paths,
        wanted: Whole,
        particles: int,
        key: int,
        progress: bool | Callable[[int, int], object],
    ) -> None:
        """Plan and run: plain runs for the bulk, splitting beyond."""
        horizon, count = int(wanted[-1]), self.replicates * particles
        with report_to(progress, count) as report:
            plan = make_plan(paths, horizon, particles, stream_key(key, "pilot"))
            split = plan.bulk < horizon
            self.stage = plan.stage if split else 0
            # The ends of stages are wanted too: where all is lost they bound what comes after.
            self._set_grid(np.union1d(wanted, plan.ends if split else wanted))
            parts = (plan.plain(), plan) if split else (plan.plain(),)
            done, total = 0, max(1, sum(part.horizon for part in parts))
            for part in parts:
                lost = np.zeros(self.replicates)
                after = self.reached
                own = stream_key(key, "estimate", part.horizon)
                for stage in stages(paths, part, self.replicates, particles, own):
                    self._add(stage, after, lost)
                    if report:
                        report(count * (done + stage.end) // total, count)
                done += part.horizon
                self.reached = part.horizon
            if report:
                report(count, count)

    def _add(self, stage: Stage, after: int, lost: Floats) -> None:
        """Enter a stage at the times beyond `after`; `lost` is the mass that will never escape."""
        rows, flight = stage.replicates, stage.flight
        self.underflowed += flight.underflowed
        beyond = self.grid > max(after, stage.begin or -1)  # step 0 belongs to the first stage
        for i in np.flatnonzero(beyond & (self.grid <= stage.end)):
            t = self.grid[i] - stage.begin
            self.survival[:, i] = self.never[:, i] = lost
            self.survival[rows, i] += stage.mass(flight.escaped > t)
            self.never[rows, i] += stage.mass(flight.lost <= t)
        lost[rows] += stage.mass(flight.lost != NEVER)
        later = beyond & (self.grid > stage.end)
        self.survival[:, later] = self.never[:, later] = lost[:, None]
        self.reached = max(self.reached, stage.end)


def _branching(method: Method) -> Branching:
    """Return the method; refuse those whose paths cannot branch, or whose state is not known."""
    if isinstance(method, NoisyGradientDescent) and method.noise_scale > 0:
        return method
    if isinstance(method, PerturbedGradientDescent):
        if method.value_threshold is not None:
            raise ValueError(
                f"method must have no value_threshold, got {method!r}: paths that return never "
                "escape, and a path must be known from its point and the time since its last kick; "
                "leave value_threshold out"
            )
        if method.min_interval > _LONGEST_INTERVAL:
            raise ValueError(
                f"method must have a min_interval of at most {_LONGEST_INTERVAL}, got "
                f"{method.min_interval}: the time since a particle's last kick is found by as many "
                "runs; lower min_interval, or count survivors with escape_times(...).survival()"
            )
        return method
    raise (ValueError if isinstance(method, Method) else TypeError)(
        f"method must be NoisyGradientDescent with noise_scale > 0 or PerturbedGradientDescent, "
        f"got {method!r:.80}: without noise paths cannot branch, and splitting gains nothing; "
        "use escape_times(...).survival()"
    )


def _times(times: object) -> Whole:
    array = np.asarray(times)
    if array.dtype.kind not in "iu" or array.ndim > 1 or array.size == 0:
        raise TypeError(
            f"times must be whole numbers, one or a sequence of them, got {times!r:.80}; "
            "for example [100, 200, 300]"
        )
    for t in (array.min(), array.max()):
        validation.integer(
            "times", int(t), minimum=0, maximum=2**53, remedy="steps are counted from 0, the start"
        )
    return np.unique(array).astype(np.int64)
