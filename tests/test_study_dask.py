"""Studies on a Dask cluster: the bits, and the decisions, of one process."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.errors import MissingExtraError
from saddlesim.study import Precision, Study, load_study, remote

distributed = pytest.importorskip("distributed")
pytest.importorskip("pyarrow")
# Dask's own warnings, such as that of a worker that was killed, are not ours to fail on.
pytestmark = pytest.mark.filterwarnings("default")

GD = ss.GradientDescent(step_size=0.25)
NOISY = ss.NoisyGradientDescent(step_size=0.25, noise_scale=0.1)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


def study(**changes: Any) -> Study:
    arguments: dict[str, Any] = {
        "dims": [2, 3],
        "methods": {"GD": GD, "noisy": NOISY},
        "trials": 450,
        "block": 100,
        "seed": 3,
        **changes,
    }
    return Study(ss.Octopus, **arguments)


def columns(result: Any) -> dict[Any, dict[str, bytes]]:
    names = ("trajectory", "steps", "outcome", "value", "gradient_norm", "perturbations")
    return {
        key: {name: getattr(times, name).tobytes() for name in names}
        for key, times in result.cells.items()
    }


def test_blocks_on_workers_are_those_of_one_process(client: Any, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    stored = study().run(
        store=tmp_path / "a", client=client, progress=lambda *counts: seen.append(counts)
    )
    alone = study().run()
    assert columns(stored) == columns(alone)
    assert columns(study().run(client=client)) == columns(alone)
    assert stored.summary() == alone.summary()
    assert seen[-1] == (1800, 1800)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert not list((tmp_path / "a" / "claims").iterdir())
    assert stored["GD", 3].landscape == ss.Octopus(3)
    assert stored["GD", 3].diagnostics == study().run(store=tmp_path / "a")["GD", 3].diagnostics


def test_random_landscapes_are_made_again_on_workers(client: Any) -> None:
    wanted = Study(
        ss.MatrixSensing, dims=[24], methods={"GD": steepest}, trials=60, block=20, rank=2
    )
    sent, whole = remote.packed(wanted, 0), pickle.dumps(wanted.cells[0].landscape)
    assert len(sent) < len(whole) / 100
    assert columns(wanted.run(client=client)) == columns(wanted.run())
    # One that this version makes otherwise is refused.
    changed = Study(ss.MatrixSensing, dims=[24], methods={"GD": steepest}, trials=60, rank=2)
    object.__setattr__(changed.cells[0], "origin", {**wanted.cells[0].origin, "seed": 1})  # type: ignore[dict-item]
    with pytest.raises(RuntimeError, match=r"client: this worker does not make MatrixSensing\("):
        changed.run(client=client)


def steepest(f: ss.Landscape) -> ss.Method:
    return ss.GradientDescent(0.5 / f.smoothness)


def test_workers_of_another_version_are_refused(client: Any) -> None:
    versions, work = pickle.loads(remote.packed(study(), 0))
    other = pickle.dumps((("0.0.1", *versions[1:]), work))
    future = client.submit(remote.run_block, other, [(0, 10)])
    with pytest.raises(RuntimeError, match=r"has saddlesim .*, the client 0\.0\.1, which may give"):
        future.result()


def test_what_is_there_is_not_run_again(client: Any, tmp_path: Path) -> None:
    study(trials=range(130, 250)).run(store=tmp_path / "a")
    counts = [p.done for p in study().iter(store=tmp_path / "a", client=client)]
    # The block of 130 ... 199 lacks 100 ... 129, that of 200 ... 249 the rest.
    assert len(counts) == 4 * 5
    assert columns(load_study(tmp_path / "a").result()) == columns(study().run())
    assert list(study().iter(store=tmp_path / "a", client=client)) == []


def test_blocks_of_a_killed_worker_run_again(client: Any, tmp_path: Path) -> None:
    wanted = study(trials=3000, block=500, arithmetic="float64", dims=[5, 6])
    before = client.run(os.getpid)
    runs = wanted.iter(store=tmp_path / "a", client=client)
    next(runs)
    os.kill(next(iter(before.values())), signal.SIGKILL)
    assert len(list(runs)) == 4 * 6 - 1
    assert columns(load_study(tmp_path / "a").result()) == columns(wanted.run())
    client.wait_for_workers(2)
    assert set(client.run(os.getpid).values()) != set(before.values())


def test_precision_decides_as_one_process_does(client: Any, tmp_path: Path) -> None:
    wanted, until = study(trials=1500, block=50), Precision(0.05)
    result = wanted.run(store=tmp_path / "many", client=client, until=until)
    assert columns(result) == columns(wanted.run(store=tmp_path / "one", until=until))
    assert done(tmp_path / "many") == done(tmp_path / "one")
    assert min(done(tmp_path / "one")) < 1500
    assert not list((tmp_path / "many" / "claims").iterdir())


def test_blocks_that_turn_out_not_to_be_needed_are_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun: list[int] = []

    def slow_at_first(*args: Any, **arguments: Any) -> ss.EscapeTimes:
        begun.append(arguments["trials"].start)
        time.sleep(0.5 if arguments["trials"].start == 0 else 0.0)
        return ss.escape_times(*args, **arguments)

    monkeypatch.setattr(remote, "escape_times", slow_at_first)
    wanted, until = study(trials=1500, block=20, dims=[3], methods=GD), Precision(0.3)
    with in_this_process(n_workers=2, threads_per_worker=1) as local:
        result = wanted.run(store=tmp_path / "many", client=local, until=until)
    assert columns(result) == columns(wanted.run(until=until))
    assert len(begun) > 4
    assert done(tmp_path / "many") == [20]
    assert not list((tmp_path / "many" / "claims").iterdir())


def done(store: Path) -> list[int]:
    return [row["done"] for row in load_study(store).status()]


@contextmanager
def in_this_process(**arguments: int) -> Iterator[Any]:
    """A cluster whose workers can be watched."""
    with (
        distributed.LocalCluster(
            processes=False, dashboard_address=":0", silence_logs=50, **arguments
        ) as cluster,
        distributed.Client(cluster) as local,
    ):
        yield local


def test_ctrl_c_cancels_and_keeps_what_is_finished(client: Any, tmp_path: Path) -> None:
    wanted = study(trials=200_000, block=1000, arithmetic="float64", dims=[7])
    runs = wanted.iter(store=tmp_path / "a", client=client)
    next(runs)
    timer = threading.Timer(0.3, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(ss.Interrupted, match="interrupted with 0 of 2 cells finished") as stop:
        list(runs)
    kept = load_study(tmp_path / "a").status()[0]["done"]
    assert 1000 <= kept < 200_000
    assert sum(map(len, stop.value.partial.cells.values())) <= kept
    assert eventually(lambda: not any(client.processing().values()))
    assert not list((tmp_path / "a" / "claims").iterdir())


def test_a_block_that_is_cancelled_stops(client: Any) -> None:
    long = study(arithmetic="float64", dims=[9])
    future = client.submit(remote.run_block, remote.packed(long, 0), [(0, 500_000)])
    assert eventually(lambda: any(at_work(client)))
    future.cancel()
    assert eventually(lambda: not any(at_work(client)))


def at_work(client: Any) -> list[int]:
    """How many blocks each worker computes."""
    found = client.run(lambda dask_worker: len(dask_worker.active_threads))
    return list(found.values())


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5  # a block of 500,000 takes longer
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_worker_runs_one_block_at_a_time_with_all_its_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[int] = []
    running, most = 0, 0

    def watched(*args: Any, **arguments: Any) -> ss.EscapeTimes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        begun.append(arguments["threads"])
        time.sleep(0.02)
        times = ss.escape_times(*args, **arguments)
        running -= 1
        return times

    monkeypatch.setattr(remote, "escape_times", watched)
    with in_this_process(n_workers=1, threads_per_worker=3) as local:
        result = study().run(client=local)
    assert columns(result) == columns(study().run())
    assert begun == [3] * 20
    assert most == 1


def test_errors_of_blocks_say_where(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = study()
    object.__setattr__(broken, "policy", {**broken.policy, "arithmetic": "nonsense"})
    with pytest.raises(ValueError, match="arithmetic must be one of") as caught:
        broken.run(client=client)
    assert "a Dask worker ran trajectories" in "".join(caught.value.__notes__)


def test_arguments(client: Any) -> None:
    with pytest.raises(TypeError, match=r"client must be a dask.distributed.Client, such as Cli"):
        study().run(client="tcp://127.0.0.1:8786")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threads must be None with a client, got 2: every work"):
        study().run(client=client, threads=2)


class Unsendable(ss.LeavesBall):
    def __reduce__(self) -> Any:
        raise TypeError("it holds an open file")


def test_what_cannot_be_sent_is_named(client: Any) -> None:
    with pytest.raises(TypeError, match=r"client: the escape .* cannot be sent to workers \(.*o"):
        study(escape=Unsendable(radius=1.0)).run(client=client)


def test_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'saddlesim\[dask\]'"):
        study().run(client=object())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: ss.Octopus(4),
        lambda: ss.MatrixFactorization.random(6, 2, seed=1),
        lambda: ss.MatrixSensing.random(5, 2, seed=1),
        lambda: ss.TwoLayerReLU.random(3, seed=1),
    ],
)
def test_descriptions_can_be_pickled_after_a_run(make: Callable[[], ss.Landscape]) -> None:
    f = make()
    method = ss.GradientDescent(0.1 / f.smoothness)
    times = ss.escape_times(f, method, trials=20, max_steps=50)
    again = pickle.loads(pickle.dumps(times))
    assert again.landscape == f
    repeated = ss.escape_times(again.landscape, again.method, trials=20, max_steps=50)
    np.testing.assert_array_equal(repeated.value, times.value)
