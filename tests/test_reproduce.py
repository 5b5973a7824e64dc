"""Reproductions: what agrees and what does not, what is written, and what Du et al. come to."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

import saddlesim as ss
from saddlesim import reproduce as package
from saddlesim.cli.app import app
from saddlesim.errors import MissingExtraError
from saddlesim.reproduce import REPRODUCTIONS, Claim, Effort, Finding, Section, reproduce, share
from saddlesim.reproduce.du2017 import factors, paths, perturbed, plateaus, precision, scaling
from saddlesim.reproduce.du2017.settings import gd, pgd
from saddlesim.reproduce.finding import mean, mean_ratio, within
from saddlesim.statistics import Estimate

FOUR_ERRORS = math.erf(4 / math.sqrt(2))


def found(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, FOUR_ERRORS)


# Findings


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        (2.0, True),
        (1.9, True),
        (2.2, False),
        (1.8, False),
        ((1.8, 2.2), True),
        ((1.9, 2.1), True),
        ((1.95, 2.2), False),
        ((1.8, 2.05), False),
        ((1.5, math.inf), True),
    ],
)
def test_a_number_is_in_the_interval_and_the_interval_in_a_range(
    expected: float | tuple[float, float], holds: bool
) -> None:
    assert Finding("x", expected, found(2.0, 1.9, 2.1)).holds is holds


@pytest.mark.parametrize(
    ("expected", "measured", "tolerance", "holds"),
    [
        (2.0, 2.0 + 1e-9, 0.0, True),  # numbers are right to nine digits
        (2.0, 2.0 + 3e-9, 0.0, False),
        (0.0, 1e-10, 0.0, True),
        (200.0, 205.0, 0.03, True),
        (200.0, 205.0, 0.02, False),
        (-0.5, found(-0.44, -0.46, -0.42), 0.1, True),
        (-0.5, found(-0.42, -0.44, -0.40), 0.1, False),
    ],
)
def test_a_number_may_be_plain_and_what_is_expected_an_approximation(
    expected: float, measured: Estimate | float, tolerance: float, holds: bool
) -> None:
    assert Finding("x", expected, measured, tolerance).holds is holds


def test_share_of_all_agrees_with_one() -> None:
    assert all(Finding("x", 1, share(n, n)).holds for n in range(1, 3000))
    assert not Finding("x", 1, share(900, 1000)).holds


def test_tolerance_that_is_not_allowed() -> None:
    with pytest.raises(ValueError, match=r"tolerance must be a number >= 0 and finite, got -0\.1"):
        Finding("x", 1.0, 1.0, -0.1)
    text = "tolerance must be 0 where a range is expected, got 0.1; widen the range"
    with pytest.raises(ValueError, match=text):
        Finding("x", (1.0, 2.0), 1.5, 0.1)


def test_claim_shows_itself_as_a_table() -> None:
    findings = [
        Finding("a case", 2.0, 2.5, 0.2),
        Finding("another", (3.0, math.inf), found(2.0, 1.9, 2.1)),
    ]
    claim = Claim("It is <two>", "me", findings)
    assert [" ".join(line.split()) for line in repr(claim).splitlines()] == [
        "It is <two> [me]",
        "quantity expected measured",
        "a case 2 ± 20 % 2.5 DIFFERS",
        "another >= 3 2.00 [1.90, 2.10] DIFFERS",
    ]
    html = claim._repr_html_()
    assert "<b>It is &lt;two&gt; [me]</b>" in html
    assert html.count("<tr>") == 3


def test_mean_and_its_interval() -> None:
    # Deviations 1 about 5: standard deviation sqrt(4/3), standard error sqrt(1/3).
    estimate = mean([4, 6, 4, 6])
    assert estimate.value == 5
    assert estimate.high - 5 == pytest.approx(4 / math.sqrt(3))
    assert 5 - estimate.low == pytest.approx(4 / math.sqrt(3))
    assert estimate.confidence == pytest.approx(0.99993666, abs=1e-8)


def test_mean_ratio_covers_the_ratio_as_often_as_two_errors_should() -> None:
    rng = np.random.default_rng(0)
    runs, inside = 2000, 0
    for _ in range(runs):
        below = rng.uniform(1, 3, 200)
        above = 3 * below + rng.uniform(-1, 1, 200)
        estimate = mean_ratio(above, below)
        half = (estimate.high - estimate.value) / 2  # two of the four errors
        inside += abs(estimate.value - 3) <= half
    nominal = math.erf(2 / math.sqrt(2))
    assert abs(inside / runs - nominal) < 4 * math.sqrt(nominal * (1 - nominal) / runs)


def test_mean_ratio_of_proportional_samples_is_certain() -> None:
    estimate = mean_ratio([2, 4, 6], [1, 2, 3])
    assert (estimate.value, estimate.low, estimate.high) == (2, 2, 2)


# The report


def two_sections(effort: Effort) -> Iterator[Section]:
    figure = Figure()
    figure.subplots().plot([1, 2])
    agrees = Finding("a case", 2.0, found(2.0, 1.9, 2.1))
    differs = Finding("another", (3.0, math.inf), found(2.0, 1.9, 2.1))
    rows = [{"d": 2, "T": 1.5}, {"d": 3, "T": math.inf, "more": "x"}]
    yield Section((Claim("It is two", "me, page 1", (agrees,)),), {"times": rows}, {"p": figure})
    yield Section((Claim("It is three", "you", (differs,)),))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(package.REPRODUCTIONS, "mine", ("What I claim", two_sections))


def test_report_says_every_claim_and_finding(known: None, tmp_path: Path) -> None:
    said: list[str] = []
    report = reproduce("mine", tmp_path, quick=True, seed=3, say=said.append)
    assert not report.holds
    assert len(report.findings) == 2
    heading, first, second, end = said
    assert heading.startswith("What I claim\nquick look, seed 3; intervals are four standard")
    assert first.splitlines() == [
        "",
        "It is two.",
        "[me, page 1]",
        "            expected  measured",
        "    a case  2         2.00 [1.90, 2.10]  agrees",
    ]
    assert second.splitlines()[-1] == "    another  >= 3      2.00 [1.90, 2.10]  DIFFERS"
    assert "1 of 2 findings agree; 0." in end
    for name in ("mine.json", "times.csv", "p.png"):
        assert f"written: {tmp_path / name}" in end


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (4.0, "4"),
        ((3.0, 3.5), "3 to 3.5"),
        ((3.0, math.inf), ">= 3"),
        ((-math.inf, 1.0), "<= 1"),
    ],
)
def test_differences_say_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expected: Any, text: str
) -> None:
    def sections(effort: Effort) -> Iterator[Section]:
        finding = Finding("case", expected, found(2.0, 1.9, 2.1))
        yield Section((Claim("It is not", "me", (finding,)),))

    monkeypatch.setitem(package.REPRODUCTIONS, "mine", ("What I claim", sections))
    report = reproduce("mine", tmp_path, say=lambda _: None)
    assert report.differences() == [f"case: expected {text}, measured 2.00 [1.90, 2.10]"]
    assert report.agreement == "0 of 1"


def test_report_writes_tables_pictures_and_numbers(known: None, tmp_path: Path) -> None:
    reproduce("mine", tmp_path / "new" / "folder", seed=5, say=lambda _: None)
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["mine.json", "p.png", "times.csv"]
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((folder / "times.csv").read_text(encoding="utf-8").splitlines()))
    assert rows == [{"d": "2", "T": "1.5", "more": ""}, {"d": "3", "T": "inf", "more": "x"}]
    numbers = json.loads((folder / "mine.json").read_text(encoding="utf-8"))
    assert (numbers["name"], numbers["seed"], numbers["quick"]) == ("mine", 5, False)
    assert numbers["version"] == ss.__version__
    assert numbers["holds"] is False
    assert numbers["claims"][0]["findings"][0] == {
        "case": "a case",
        "expected": 2.0,
        "measured": 2.0,
        "low": 1.9,
        "high": 2.1,
        "confidence": FOUR_ERRORS,
        "holds": True,
    }
    assert numbers["claims"][1]["findings"][0]["expected"] == [3.0, None]
    assert numbers["tables"]["times"][1] == {"d": 3, "T": None, "more": "x"}


def test_bad_arguments(tmp_path: Path) -> None:
    names = ", ".join(repr(name) for name in REPRODUCTIONS)
    with pytest.raises(ValueError, match=f"name must be one of {names}, got 'du2016'; did you"):
        reproduce("du2016", tmp_path)
    with pytest.raises(ValueError, match="seed must be a whole number >= 0, got -1"):
        reproduce("du2017", tmp_path, seed=-1)
    with pytest.raises(ValueError, match="threads must be a whole number >= 1, got 0"):
        reproduce("du2017", tmp_path, threads=0)
    file = tmp_path / "file"
    file.touch()
    text = (
        r"folder must be one that can be written, got '.*/file' \(File exists\); name another one"
    )
    with pytest.raises(ValueError, match=text):
        reproduce("du2017", file)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_matplotlib_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    text = r"^reproducing needs matplotlib, .*saddlesim\[plot\]'$"
    with pytest.raises(MissingExtraError, match=text):
        reproduce("du2017", tmp_path / "none")
    assert not (tmp_path / "none").exists()


# The command


def saddlesim(*words: str) -> Result:
    return CliRunner().invoke(app, ["reproduce", *words], env={"COLUMNS": "100"})


def test_command_lists_what_can_be_reproduced() -> None:
    for words in ([], ["--list"]):
        result = saddlesim(*words)
        assert result.exit_code == 0
        lines = [line.split(maxsplit=1) for line in result.output.splitlines()]
        known = [[name, claim] for name, (claim, _) in REPRODUCTIONS.items()]
        assert lines[:-1] == known
        assert lines[-1][0] == "all"


def test_command_reports_and_fails_if_something_differs(known: None, tmp_path: Path) -> None:
    result = saddlesim("mine", "--quick", "--seed", "7", "--output", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "quick look, seed 7;" in result.output
    assert "1 of 2 findings agree" in result.output
    assert (tmp_path / "out" / "mine.json").exists()


def test_command_passes_if_everything_agrees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    efforts: list[Effort] = []

    def sections(effort: Effort) -> Iterator[Section]:
        efforts.append(effort)
        yield Section((Claim("It is two", "me", (Finding("x", 2.0, found(2.0, 1.0, 3.0)),)),))

    monkeypatch.setitem(package.REPRODUCTIONS, "mine", ("What I claim", sections))
    monkeypatch.chdir(tmp_path)
    assert saddlesim("mine", "--threads", "1").exit_code == 0
    assert efforts == [Effort(quick=False, seed=0, threads=1)]
    assert (tmp_path / "saddlesim-mine" / "mine.json").exists()


def test_command_names_what_it_does_not_know() -> None:
    result = saddlesim("du2016")
    assert result.exit_code == 2
    assert "name must be one of 'census', 'du2017', " in result.output
    assert "got 'du2016'" in result.output


def test_benchmark_script_is_the_same(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "benchmarks" / "du2017.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", script, "--quick", "--output", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "90 of 90 findings agree" in done.stdout
    assert (tmp_path / "figure3.png").exists()


# Du et al. (2017)


@pytest.fixture(scope="module")
def du2017(tmp_path_factory: pytest.TempPathFactory) -> package.Report:
    folder = tmp_path_factory.mktemp("du2017")
    return reproduce("du2017", folder, quick=True, say=lambda _: None)


def test_du2017_agrees_in_everything(du2017: package.Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in du2017.findings if not f.holds] == []
    assert len(du2017.claims) == 13
    assert len(du2017.findings) == 90


def test_du2017_writes_its_pictures_and_tables(du2017: package.Report) -> None:
    assert sorted(path.name for path in du2017.files) == [
        "double_precision.csv",
        "double_precision.png",
        "du2017.json",
        "escape_time.csv",
        "escape_time.png",
        "figure3.png",
        "figure4.png",
        "growth_factors.csv",
        "pgd_steps.csv",
        "plateaus.csv",
    ]
    assert all(path.stat().st_size > 1000 for path in du2017.files)


def test_du2017_reaches_dimension_1000(du2017: package.Report) -> None:
    rows = {(row["method"], row["dim"]): row for row in du2017.tables["escape_time"]}
    gd_1000 = rows["GD, step 1/4", 1000]
    # 900 saddles beyond d = 100, where the mean is 43.838; the spread of one run is 0.1.
    assert gd_1000["log10_median"] == pytest.approx(43.838 + 900 * math.log10(2.709511), abs=0.03)
    assert math.isnan(gd_1000["median"])
    assert rows["gradient flow", 1000]["unit"] == "time"
    assert rows["PGD", 1000]["median"] == pytest.approx(31_940, rel=0.01)


def test_du2017_table_of_factors(du2017: package.Report) -> None:
    rows = du2017.tables["growth_factors"]
    closed = [(row["L"], round(row["closed_form"], 6)) for row in rows]
    assert closed == [
        (1.0, 2.709511),
        (1.5, 3.409421),
        (2.0, 4.106284),
        (3.0, 5.496556),
        (1.0, 2.051304),
        (1.0, 2.005013),
        (1.0, 2.13793),
        (1.0, 2.0),
        (1.5, 2.5),
        (2.0, 3.0),
        (3.0, 4.0),
    ]
    assert rows[6]["step_size"] == pytest.approx(1 / 15.54, rel=1e-3)


def test_du2017_settings_are_those_of_section_5() -> None:
    octopus = ss.Octopus(5, L=2.0)
    assert gd(octopus) == ss.GradientDescent(1 / 8)
    assert pgd(octopus) == ss.PerturbedGradientDescent(1 / 8, math.e / 100, math.e / 100, 2)


@pytest.mark.parametrize("part", [plateaus, factors, perturbed])
def test_du2017_depends_on_the_seed_only(part: Any, du2017: package.Report) -> None:
    again = part.section(Effort(quick=True, seed=0, threads=1))
    other = part.section(Effort(quick=True, seed=1, threads=None))
    (name,) = again.tables
    assert again.tables[name] == du2017.tables[name]
    assert other.tables[name] != du2017.tables[name]


def test_du2017_notices_wrong_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(octopus: ss.Octopus, method: ss.Method) -> float:
        return (octopus.L + octopus.gamma) / octopus.gamma

    monkeypatch.setattr(ss.Octopus, "growth_factor", limit)
    closed, bounds = factors.section(Effort(quick=True, seed=0, threads=None)).claims
    differing = [finding.case for finding in closed.findings if not finding.holds]
    # At step 1/400 the limit is what is measured to five errors of 2.0050.
    assert {"L = 1, step 1/4", "L = 3, step 1/12", "L = 1, step 1/15.54"} <= set(differing)
    assert not any("flow" in case for case in differing)
    assert all(finding.holds for finding in bounds.findings)


def test_du2017_notices_a_smaller_perturbation(monkeypatch: pytest.MonkeyPatch) -> None:
    def smaller(octopus: ss.Octopus) -> ss.PerturbedGradientDescent:
        rule = pgd(octopus)
        return dataclasses.replace(rule, radius=rule.radius / 2)

    monkeypatch.setattr(perturbed, "pgd", smaller)
    (claim,) = perturbed.section(Effort(quick=True, seed=0, threads=None)).claims
    # From half the radius ln 2 / ln a more steps at each saddle: 1.7 at L = 1.
    assert not any(f.holds for f in claim.findings if not f.case.startswith("d = 5,"))


def test_estimate_of_the_steps_at_a_saddle() -> None:
    # 8.64 from 4 e to e/100, growth from e/100/sqrt(d) to e, three through the connection.
    expected = math.log2(400) + math.log(100 * math.sqrt(25)) / math.log(1.5) + 3
    assert scaling.steps_per_saddle(ss.Octopus(25)) == pytest.approx(expected)


def test_thick_path_is_the_one_of_median_escape_time() -> None:
    run = {
        ("GD" if rule is gd else "PGD", L): ss.escape_times(
            octopus, rule(octopus), trials=1001, record=("saddle_exits",)
        )
        for L in (1.0, 1.5, 2.0, 3.0)
        for octopus in [ss.Octopus(3, L=L)]
        for rule in (gd, pgd)
    }
    figure = paths.draw_paths(run, 3, seed=0)
    upper = figure.axes[0]
    assert upper.get_xscale() == "log"
    thick = next(line for line in upper.lines if line.get_label() == "GD")
    steps, value = thick.get_xdata(), thick.get_ydata()
    drop = ss.Octopus(3).drop
    # Past the last saddle f falls below half way to the minimum; the picture's steps are 1 apart.
    left = steps[np.argmax(value < -2.5 * drop)]
    median = run["GD", 1.0].median().value
    assert abs(left - median) <= 4
    thin = [line for line in upper.lines if line.get_linewidth() == 0.5]
    assert len(thin) == 10


def test_share_beside_a_known_one_has_both_sampling_errors() -> None:
    estimate = precision._interval(0.5, 0.5, 1000)
    assert estimate.high - 0.5 == pytest.approx(4 * math.sqrt(0.25 * 2 / 1000))
    certain = precision._interval(1.0, 1.0, 1000)
    assert (certain.low, certain.high) == (1, 1)


def test_every_reproduction_has_a_claim_and_a_name_for_files() -> None:
    for name, (claim, sections) in REPRODUCTIONS.items():
        assert name.isidentifier()
        assert len(claim) > 20
        assert callable(sections)


def test_within_is_four_errors_either_way() -> None:
    assert within(1.0, 0.5) == found(1.0, -1.0, 3.0)
