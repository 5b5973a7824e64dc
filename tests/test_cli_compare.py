"""``saddlesim compare``, and the settings that the command gives the methods it knows by name."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import saddlesim as ss
from grids import around, cell
from saddlesim import comparison
from saddlesim.cli import choices
from saddlesim.cli.app import app
from saddlesim.cli.defaults import METHODS, Scales

ALL = "gd,pgd,noisy,langevin,heavyball,nesterov,pagd,ncd,neon"


def saddlesim(*words: str) -> Result:
    return CliRunner().invoke(app, ["compare", *words], env={"COLUMNS": "120"})


def refusal(words: str) -> str:
    result = saddlesim(*words.split())
    assert result.exit_code == 2, result.output
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


def two() -> ss.Comparison:
    return ss.Comparison({"GD": cell(3, around(200)), "PGD": cell(3, around(100))})


def test_prints_the_tables_and_writes_files(tmp_path: Path) -> None:
    table, picture = tmp_path / "c.csv", tmp_path / "c.png"
    words = ["octopus", "--dim", "4", "--methods", "gd,pgd,ncd,flow", "--trials", "200"]
    files = ["--csv", str(table), "--plot", str(picture)]
    result = saddlesim(*words, "--cost", "gradient-evaluations", *files)
    assert result.exit_code == 0, result.output
    assert "Comparison of 4 methods, 200 trajectories each, seed 0, ranked by" in result.output
    assert result.output.endswith(f"table:   {table}\npicture: {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["method"] for row in rows] == ["NCD", "PGD", "GD", "flow"]
    alone = ss.escape_times(ss.Octopus(4), ss.GradientDescent(0.25), trials=200)
    assert float(rows[2]["median"]) == alone.counted_in("gradient_evaluations").median().value


def test_passes_every_option_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def fake(landscape: Any, methods: Any, **arguments: Any) -> ss.Comparison:
        given.update(arguments, landscape=landscape)
        given["methods"] = {label: make(landscape) for label, make in methods.items()}
        return two()

    monkeypatch.setattr(comparison, "compare", fake)
    words = (
        "octopus --dim 3 --methods gd,pgd --trials 7 --seed 5 --threads 2 --max-steps 99 "
        "--step-size 0.05 --set L=2 --cost evaluations --reference gd"
    )
    result = saddlesim(*words.split())
    assert result.exit_code == 0, result.output
    assert "cost over GD's" in result.output
    assert given.pop("landscape") == ss.Octopus(3, L=2.0)
    assert given.pop("methods")["GD"] == ss.GradientDescent(0.05)
    assert given == {
        "trials": 7,
        "seed": 5,
        "threads": 2,
        "max_steps": 99,
        "cost": "evaluations",
        "progress": True,
    }


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("octopuss", "got 'octopuss'; did you mean 'octopus'?"),
        ("octopus --methods gd,pdg", "got 'pdg'; did you mean 'pgd'?"),
        ("octopus --cost steeps", "--cost must be one of 'steps', 'gradient-evaluations'"),
        (
            "octopus --reference ncd",
            "--reference must be one of gd, pgd, pagd, langevin, got 'ncd'",
        ),
        ("octopus --plot no/such/a.png", "make the folder first: mkdir -p"),
        ("octopus --csv .", "--csv must be a file, got '.', which is a folder; add a name"),
        ("matrix-factorization", "needs its rank; add for example: --set rank=2"),
        ("tensor --methods heavyball", "method must be one that can be retracted onto spheres"),
        ("octopus --dim 0", "Invalid value for '--dim'"),
    ],
)
def test_usage_errors(words: str, text: str) -> None:
    assert text in refusal(words)


def test_ctrl_c_prints_what_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "part.csv"

    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise ss.Interrupted("interrupted with 2 of 4 methods finished; what there ...", two())

    monkeypatch.setattr(comparison, "compare", interrupted)
    result = saddlesim("octopus", "--csv", str(table), "--reference", "langevin")
    assert result.exit_code == 130
    assert "Comparison of 2 methods" in result.stdout
    assert result.stderr == "\ninterrupted with 2 of 4 methods finished\n"
    assert len(table.read_text(encoding="utf-8").splitlines()) == 3


# Settings


def test_settings_follow_the_stated_rules() -> None:
    f = ss.MatrixFactorization.random(8, 2, seed=1)
    scales = Scales.of(f)
    assert scales.step == pytest.approx(1 / f.smoothness)
    saddle = f.reference_saddle()
    assert saddle is not None
    assert 2 * scales.gamma == pytest.approx(-saddle.min_eigenvalue)
    assert scales.rho == f.hessian_lipschitz
    made = {label: make(f) for label, make in choices.methods(list(METHODS), None).items()}
    pagd = made["PAGD"]
    assert isinstance(pagd, ss.PerturbedAcceleratedGradientDescent)
    assert pagd.step_size == pytest.approx(1 / (4 * f.smoothness))
    assert pagd.theta == pytest.approx((16 * f.smoothness / -saddle.min_eigenvalue) ** -0.5)
    assert pagd.min_interval == -(-1 // pagd.theta)
    assert made["NCD"].curvature_tolerance == pytest.approx(scales.gamma)  # type: ignore[attr-defined]
    langevin = made["Langevin"]
    assert isinstance(langevin, ss.Langevin)
    # equipartition: curvature times variance is the temperature
    assert 2 * scales.L * (f.length_scale / 100) ** 2 == pytest.approx(
        1 / langevin.inverse_temperature
    )


def test_a_given_step_is_that_of_every_method() -> None:
    f = ss.Octopus(3)
    made = {label: make(f) for label, make in choices.methods(ALL.split(","), 0.01).items()}
    assert {method.step_size for method in made.values()} == {0.01}  # type: ignore[attr-defined]
    alone = choices.methods(["pagd"], None)["PAGD"](f)
    assert alone.step_size == 1 / 16  # type: ignore[attr-defined]


def test_without_a_hessian_constant_there_is_one_by_the_scales() -> None:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    assert f.hessian_lipschitz == 0
    assert Scales.of(f).rho == 2.0


@pytest.mark.parametrize(
    ("landscape", "lost"),
    [
        (ss.Octopus(5), set()),
        (ss.Octopus(20), {"heavy ball", "Nesterov"}),  # which underflow, as GD would without exact
        (ss.MatrixFactorization.random(12, 2, seed=0), set()),
        (ss.MatrixSensing.random(8, 2, seed=0), set()),
        (ss.MatrixCompletion.random(8, 2, seed=0), set()),
    ],
)
def test_every_method_escapes(landscape: ss.Landscape, lost: set[str]) -> None:
    result = ss.compare(landscape, choices.methods(ALL.split(","), None), trials=100)
    failed = {label for label, times in result.times.items() if not times.escaped.all()}
    assert failed == lost
    assert all(result[label].underflowed.all() for label in lost)
