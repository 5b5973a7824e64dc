"""Notebooks: results show themselves as tables, pictures are inline, progress is seen."""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim import progress
from saddlesim.progress import report_to

html5lib = pytest.importorskip("html5lib")

GD = ss.GradientDescent(0.25)
OCTOPUS = ss.Octopus(dim=2)
X, Y = np.eye(4, 3), np.array([1.0, -1.0, 1.0, -1.0])


def stored(folder: Path) -> ss.StoredStudy:
    pytest.importorskip("pyarrow")
    ss.Study(ss.Octopus, dims=[2], methods={"GD": GD}, trials=20).run(store=folder)
    return ss.load_study(folder)


def network() -> Any:
    return ss.TwoLayerReLU(X / np.linalg.norm(X, axis=1, keepdims=True).clip(1), Y, width=8)


RESULTS: dict[str, Callable[[Path], Any]] = {
    "EscapeTimes": lambda _: ss.escape_times(OCTOPUS, GD, trials=20),
    "DimensionResult": lambda _: ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 3], methods=GD, trials=20
    ),
    "GrowthComparison": lambda _: ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 3], methods={"GD": GD}, trials=20
    ).growth("GD"),
    "Comparison": lambda _: ss.compare(
        OCTOPUS, {"GD": GD, "slow": ss.GradientDescent(0.1)}, trials=20
    ),
    "Study": lambda _: ss.Study(ss.Octopus, dims=[2], methods={"GD": GD}, trials=20),
    "StoredStudy": stored,
    "Census": lambda _: ss.find_stationary_points(OCTOPUS, starts=20),
    "Classification": lambda _: ss.classify(OCTOPUS, np.zeros((1, 2))),
    "Eigenpairs": lambda _: ss.min_eigenpair(OCTOPUS, np.zeros((1, 2))),
    "SpectralDensity": lambda _: ss.spectral_density(OCTOPUS, np.zeros(2), probes=2, steps=2),
    "Trajectories": lambda _: ss.trajectories(OCTOPUS, GD, steps=[0, 5]),
    "TailEstimate": lambda _: ss.survival_by_splitting(
        OCTOPUS,
        ss.NoisyGradientDescent(0.25, noise_scale=0.1),
        times=[10],
        particles=20,
        replicates=2,
    ),
    "Training": lambda _: ss.train(network(), ss.GradientDescent(0.1), steps=3),
    "KernelComparison": lambda _: ss.wide.against_kernel(
        network(), ss.GradientDescent(0.1), steps=3
    ),
    "WidthSweep": lambda _: ss.wide.against_width([8, 16], dim=3, samples=4, steps=3, trials=2),
    "LabelComparison": lambda _: ss.wide.against_random_labels(X[:3], Y[:3], width=16, steps=3),
}


@pytest.mark.parametrize("name", RESULTS)
def test_result_is_a_table_in_html(name: str, tmp_path: Path) -> None:
    result = RESULTS[name](tmp_path)
    assert type(result).__name__ == name
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    html = parser.parseFragment(result._repr_html_())
    assert len(list(html.iter("td"))) > 0
    assert "object at 0x" not in repr(result)


def test_fresh_texts_of_results() -> None:
    assert repr(ss.min_eigenpair(OCTOPUS, np.zeros((1, 2)))).startswith(
        "Eigenpairs of shape (1,) in dimension 2\n  eigenvalue  -2\n  residual    at most "
    )
    assert repr(ss.Study(ss.Octopus, dims=[2, 3], methods={"GD": GD}, trials=20, seed=4)) == (
        "Study of 2 cells of 20 trajectories, seed 4\n"
        "  dimension  2, 3\n"
        "  landscape  Octopus(dim=2) ... Octopus(dim=3)\n"
        "  GD         GradientDescent(step_size=0.25)"
    )
    assert repr(ss.trajectories(OCTOPUS, GD, steps=[0, 5], trials=3)).splitlines()[0] == (
        "Trajectories: 3, at 2 steps, exact arithmetic"
    )
    assert repr(ss.spectral_density(OCTOPUS, np.zeros(2), probes=2, steps=2)).splitlines()[:2] == [
        "SpectralDensity in dimension 2: 2 probes of 2 steps",
        "  nodes     -2 to 2",
    ]


class ZMQInteractiveShell:
    """What IPython's shell in a notebook is called."""


@pytest.mark.parametrize("widgets", [False, True])
def test_progress_shows_in_notebooks(monkeypatch: pytest.MonkeyPatch, widgets: bool) -> None:
    pytest.importorskip("tqdm")
    screen = io.StringIO()  # no terminal
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=screen))
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    monkeypatch.setattr(progress, "find_spec", lambda _: "spec" if widgets else None)
    monkeypatch.setattr(progress, "_DELAY", 0)
    monkeypatch.setattr(progress, "_INTERVAL", 0)
    used: list[str] = []

    class Bar:
        n = 0

        def __init__(self, **given: Any) -> None:
            used.append("widget")

        def set_postfix_str(self, *_: Any, **__: Any) -> None: ...
        def update(self, _: int) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setitem(sys.modules, "tqdm.notebook", SimpleNamespace(tqdm=Bar))
    with report_to(True, 10) as report:
        assert report is not None
        report(5, 10)
    assert used == (["widget"] if widgets else [])
    assert ("50 %" in screen.getvalue()) != widgets


def test_notebook_runs_with_tables_and_pictures_inline() -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    pytest.importorskip("matplotlib")
    cells = [
        "%matplotlib inline\n"
        "import saddlesim as ss\n"
        "gd = ss.GradientDescent(0.25)\n"
        "result = ss.escape_time_vs_dimension(ss.Octopus, dims=[2, 3], methods=gd, trials=50)\n"
        "result",
        "result.plot();",
        "from saddlesim import progress\n"
        "progress._DELAY = 0  # a run of less than half a second shows no bar\n"
        "times = ss.escape_times(ss.Octopus(6), gd, trials=2000, progress=True)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    table, picture, run = (cell.outputs for cell in book.cells)
    assert "<table>" in table[-1].data["text/html"]
    assert "image/png" in picture[-1].data
    assert "trajectories" in "".join(str(output) for output in run)
