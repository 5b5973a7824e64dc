"""The command: what it prints and writes, its exit codes, and the text of its errors."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import saddlesim as ss
from grids import growing
from saddlesim.cli import app as app_module
from saddlesim.cli import choices, families
from saddlesim.dimension import DimensionResult

SADDLESIM = Path(sys.executable).with_name("saddlesim")


def saddlesim(*words: str, columns: int = 80) -> Result:
    return CliRunner().invoke(app_module.app, words, env={"COLUMNS": str(columns)})


def text_of(result: Result) -> str:
    """What was printed, without the frames and line breaks that depend on the terminal."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


def refusal(*words: str) -> str:
    result = saddlesim(*words)
    assert result.exit_code == 2, result.output
    return text_of(result)


# escape


def test_escape_prints_table_and_verdict_and_writes_files(tmp_path: Path) -> None:
    table, picture = tmp_path / "escape.csv", tmp_path / "escape.png"
    words = ["--dims", "2:5", "--methods", "gd,pgd,noisy", "--trials", "200", "--seed", "3"]
    result = saddlesim(
        "escape", "octopus", *words, "--csv", str(table), "--plot", str(picture), columns=100
    )
    assert result.exit_code == 0, result.output
    assert "12 cells of 200 trajectories, seed 3" in result.output
    assert "\nGD: " in result.output
    assert "\nnoisy GD: " in result.output
    assert result.output.endswith(f"table:   {table}\npicture: {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["method"], row["dim"]) for row in rows] == [
        (label, str(dim)) for label in ("GD", "PGD", "noisy GD") for dim in (2, 3, 4, 5)
    ]
    alone = ss.escape_times(ss.Octopus(5), ss.GradientDescent(0.25), trials=200, seed=3)
    assert float(rows[3]["median"]) == alone.median().value


def test_escape_passes_every_option_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    class Fake:
        def __init__(self, family: Any, **arguments: Any) -> None:
            given.update(arguments, landscape=family(3))

        def run(self, **arguments: Any) -> DimensionResult:
            given.update(arguments)
            return growing([2, 3])

    monkeypatch.setattr(app_module, "Study", Fake)
    words = (
        "--dims 3 --methods noisy,gd --trials 7 --seed 5 --threads 2 --max-steps 99 "
        "--step-size 0.05 --set L=2 --set gamma=0.5 --set tau=3 --arithmetic float64 "
        "--dtype float32"
    )
    result = saddlesim("escape", "octopus", *words.split())
    assert result.exit_code == 0, result.output
    assert given["landscape"] == ss.Octopus(3, L=2.0, gamma=0.5, tau=3.0)
    methods = {label: make(given["landscape"]) for label, make in given.pop("methods").items()}
    assert methods == {
        "noisy GD": ss.NoisyGradientDescent(0.05, noise_scale=0.015),
        "GD": ss.GradientDescent(0.05),
    }
    del given["landscape"]
    assert given == {
        "dims": [3],
        "vary": None,
        "trials": 7,
        "seed": 5,
        "threads": 2,
        "max_steps": 99,
        "arithmetic": "float64",
        "dtype": "float32",
        "progress": True,
    }


def test_defaults_are_those_of_the_paper() -> None:
    octopus = ss.Octopus(3, L=2.0, gamma=0.5)
    made = {label: make(octopus) for label, make in choices.methods(["gd", "pgd"], None).items()}
    assert made["GD"] == ss.GradientDescent(1 / 8)
    assert made["PGD"] == ss.PerturbedGradientDescent(
        1 / 8,
        radius=octopus.tau / 100,
        gradient_threshold=0.5 * octopus.tau / 100,
        min_interval=2,
    )


def test_escape_beyond_the_largest_float(tmp_path: Path) -> None:
    table, picture = tmp_path / "far.csv", tmp_path / "far.png"
    words = ["--dims", "2,10,100,1000", "--methods", "gd,flow", "--seed", "1"]
    files = ["--csv", str(table), "--plot", str(picture)]
    result = saddlesim("escape", "octopus", *words, *files, columns=120)
    assert result.exit_code == 0, result.output
    assert re.search(r"GD +1000 +10\^433\.4\d \[10\^433\.", result.output)
    assert "GD: Exponential growth: A r^d with r = 2.7" in result.output
    assert "flow: Exponential growth: A r^d with r = 2.00" in result.output
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["dim"], row["unit"]) for row in rows[3:5]] == [("1000", "steps"), ("2", "time")]
    assert rows[3]["median"] == "nan"
    assert float(rows[3]["log10_median"]) == pytest.approx(433.44, abs=0.03)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_quadratic() -> None:
    result = saddlesim(
        "escape", "quadratic", "--dims", "2,8", "--trials", "50", "--set", "escape-directions=2"
    )
    assert result.exit_code == 0, result.output
    assert "QuadraticSaddle(" in result.output
    family = families.landscape_family("quadratic", ["escape_directions=2"], seed=4)
    assert family(8) == ss.QuadraticSaddle.random(8, escape_directions=2, seed=4)
    assert choices.methods(["gd"], None)["GD"](family(8)) == ss.GradientDescent(0.5)


@pytest.mark.parametrize(
    ("text", "dims"),
    [
        ("2:6", [2, 3, 4, 5, 6]),
        ("2:20:6", [2, 8, 14, 20]),
        ("8,2,4", [2, 4, 8]),
        ("2:4,4,10:12:2", [2, 3, 4, 10, 12]),
        (" 5 ", [5]),
    ],
)
def test_dims(text: str, dims: list[int]) -> None:
    assert choices.dims(text) == dims


@pytest.mark.parametrize("text", ["", "2-6", "a:b", "2:", "2:3:4:5", "2,,3", "2.5"])
def test_dims_that_are_not_dims(text: str) -> None:
    expected = re.escape(
        f"--dims must be such as 2:6 (both ends count), 2:20:2 or 2,4,8, got {text!r}"
    )
    with pytest.raises(ValueError, match=f"^{expected}$"):
        choices.dims(text)


@pytest.mark.parametrize("text", ["6:2", "0:3", "2:6:0", "-1"])
def test_dims_that_do_not_go_up(text: str) -> None:
    with pytest.raises(ValueError, match=f"at least 1, such as 2:6, got {text!r}$"):
        choices.dims(text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("octopuss", "got 'octopuss'; did you mean 'octopus'?"),
        ("octopus --methods gd,pdg", "'ncd', 'neon', 'flow', got 'pdg'; did you mean 'pgd'?"),
        ("octopus --methods ,", "--methods names no method, got ','; choose from gd, pgd, noisy"),
        ("octopus --dims 6:2", "--dims must go up from a dimension of at least 1, such as 2:6"),
        ("octopus --dims 1:99999", "at most 1,000 dimensions, got '1:99999', which names 99,999;"),
        ("octopus --step-size -1", "step_size must be a positive number and finite, got -1.0; a"),
        ("octopus --set L=0", "L must be a positive number and finite, got 0"),
        ("octopus --set L", "--set must be NAME=VALUE such as rank=2, got 'L'"),
        ("octopus --set L=big", "L must be a positive number, got 'big'"),
        ("octopus --set rank=2", "--set rank is not a parameter of octopus, which has L, gamma, t"),
        ("quadratic --set tau=2", "is not a parameter of quadratic, which has escape_directions,"),
        ("quadratic --set escape-directions=9", "escape_directions must be a whole number <= 2, g"),
        (
            "matrix-factorization",
            "matrix-factorization needs its rank; add for example: --set rank=2",
        ),
        ("octopus --plot no/such/a.png", "got 'no/such/a.png'; make the folder first: mkdir -p"),
        ("octopus --csv no/such/a.csv", "--csv must be a file in a folder that exists, got 'no"),
        ("octopus --csv .", "--csv must be a file, got '.', which is a folder; add a name"),
        (
            "octopus --csv /proc/a.csv",
            "--csv must be a file that can be written, got '/proc/a.csv'",
        ),
        ("octopus --plot /proc/a.png", "(No such file or directory); name another one"),
        ("octopus --plot a.bmpp", "got 'a.bmpp'; try 'a.png'"),
        ("octopus --arithmetic exakt", "arithmetic must be one of 'auto', 'float64', 'exact', got"),
        (
            "octopus --methods noisy --arithmetic exact",
            "arithmetic must be 'float64' or 'auto' here, got 'exact':",
        ),
        ("octopus --dtype half", "dtype must be one of 'float64', 'float32', got 'half'"),
        (
            "octopus --dtype float32 --arithmetic exact",
            "arithmetic must be 'auto' with dtype='float32', got 'exact': exact paths are",
        ),
        ("octopus --methods flow --max-steps 9", "max_steps must be None or 'auto' with Gradient"),
        ("octopus --trials 0", "Invalid value for '--trials'"),
        ("octopus --seed -1", "Invalid value for '--seed'"),
        ("octopus --threads 0", "Invalid value for '--threads'"),
    ],
)
def test_usage_errors(words: str, text: str) -> None:
    assert text in refusal("escape", *words.split())


def test_unknown_command_suggests_the_closest() -> None:
    assert "No such command 'ecsape'. Did you mean 'escape'?" in refusal("ecsape")


def interrupting(partial: DimensionResult) -> Any:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise ss.Interrupted("interrupted with 1 of 4 cells finished; what there is ...", partial)

    return interrupted


def test_interrupt_prints_what_there_is_and_writes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(app_module.Study, "run", interrupting(growing([2])))
    table = tmp_path / "part.csv"
    result = saddlesim("escape", "octopus", "--csv", str(table))
    assert result.exit_code == 130
    assert "1 cell of 1,001 trajectories" in result.stdout
    assert result.stderr == "\ninterrupted with 1 of 4 cells finished\n"
    assert len(table.read_text(encoding="utf-8").splitlines()) == 2


def test_interrupt_before_anything_was_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app_module.Study, "run", interrupting(DimensionResult({})))
    table = tmp_path / "part.csv"
    result = saddlesim("escape", "octopus", "--csv", str(table))
    assert result.exit_code == 130
    assert "nothing was run" in result.stdout
    assert not table.exists()


def test_picture_without_matplotlib_is_refused_before_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    monkeypatch.setattr(app_module.Study, "run", lambda *_, **__: pytest.fail("it ran"))
    result = saddlesim("escape", "octopus", "--plot", "a.png")
    assert result.exit_code == 1
    assert "pip install 'saddlesim[plot]'" in result.output


# --vary


def test_escape_against_another_parameter(tmp_path: Path) -> None:
    table = tmp_path / "widths.csv"
    result = saddlesim(
        "escape", "two-layer-relu", "--dims", "4", "--vary", "width=64,16", "--set", "samples=6",
        "--methods", "gd", "--trials", "8", "--csv", str(table),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Escape time against width: 2 cells of 8 trajectories, seed 0" in result.output
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["width"] for row in rows] == ["16", "64"]


def test_escape_against_dimension_with_other_curves() -> None:
    result = saddlesim(
        "escape", "octopus", "--dims", "2:3", "--vary", "step-size=0.125,0.25", "--methods", "gd",
        "--trials", "9",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "against dimension: 4 cells" in result.output
    assert "GD, step_size=0.125" in result.output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("--vary width", "--vary must be NAME=VALUES such as width=64,256, got 'width'"),
        ("--vary L=1 --vary L=2", "--vary L occurs twice; give all its values in one"),
        ("--vary L=1,2 --set L=3", "--vary L is also set by --set; leave one of them out"),
        ("--vary nothing=1,2", "neither of the landscape nor of the method"),
    ],
)
def test_vary_that_is_refused(words: str, text: str) -> None:
    assert text in refusal("escape", "octopus", *words.split())
