"""Reports: what is on the page, that it is valid and asks nobody for anything, and its errors."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import saddlesim as ss
from saddlesim.cli.app import app
from saddlesim.dimension_text import verdict
from saddlesim.report.curves import curve_figure
from saddlesim.report.figures import escape_figure, ratio_figure
from saddlesim.report.page import figure, plotly_library, table
from saddlesim.study import load_study
from studies import METHODS, files, grid

html5lib = pytest.importorskip("html5lib")
plotly = pytest.importorskip("plotly.graph_objects")
pytest.importorskip("pyarrow")

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
CLAIM = {
    "claim": "It <grows>",
    "source": "Somebody (2017), theorem 1",
    "findings": [
        {"case": "d = 2", "expected": 2.5, "measured": 2.4, "low": 2.3, "high": 2.6,
         "confidence": 0.95, "holds": True},
        {"case": "d = 3", "expected": [1.0, None], "measured": 0.5, "low": 0.4, "high": 0.6,
         "confidence": 0.95, "holds": False},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods, three dimensions."""
    folder = tmp_path_factory.mktemp("report") / "small.store"
    grid(dims=range(2, 5), block=100).run(store=folder)
    return folder


@pytest.fixture(scope="module")
def page(store: Path) -> str:
    file = store.with_suffix(".html")
    load_study(store).report(file)
    return file.read_text(encoding="utf-8")


def parsed(page: str) -> Any:
    """Parse strictly, so that any mistake raises, but for the library, which takes seconds."""
    html5lib_parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return html5lib_parser.parse(page.replace(plotly_library(), ""))


def text(element: Any) -> str:
    return " ".join(part for part in element.itertext() if part.strip())


def pictures(page: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="(\w+)">(.*?)</script>', page, re.S)
    return {name: json.loads(data) for name, data in found}


def saddlesim(*words: Any) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "400"})
    return result.exit_code, " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


def test_page_is_valid_html(page: str) -> None:
    document = parsed(page)
    assert text(document.find(".//h1")) == "Escape time on Octopus"
    identifiers = [e.get("id") for e in document.iter() if e.get("id")]
    assert len(identifiers) == len(set(identifiers))


def test_library_is_there_once_and_ends_no_script(page: str) -> None:
    library = plotly_library()
    assert page.count(library) == page.count("plotly.js v") == 1
    assert re.search(r"</script|<!--.*<script", library) is None
    assert not [c for c in set(library) if not c.isprintable() and c not in "\n\t\r"]


def test_page_has_all_parts(page: str) -> None:
    heads = [text(head) for head in parsed(page).iter("h2")]
    assert heads == [
        "Verdicts", "Escape time", "Growth", "Cells", "How many have not escaped", "What was run",
        "Where this is from",
    ]  # fmt: skip


def test_verdicts_are_those_of_the_result(page: str, store: Path) -> None:
    result = load_study(store).result()
    shown = text(next(parsed(page).iter("dl")))
    for label, found in result.growth().items():
        assert " ".join(verdict(found, result.growth_factor(label)).split()) in shown


def test_table_has_a_row_a_cell_with_the_number_it_is_sorted_by(page: str, store: Path) -> None:
    rows = list(next(parsed(page).iter("table")).iter("tr"))[1:]
    result = load_study(store).result()
    assert len(rows) == len(result.cells) == 6
    for row, (label, dim) in zip(rows, [(m, d) for m in METHODS for d in range(2, 5)], strict=True):
        cells = list(row.iter("td"))
        assert [text(cells[0]), text(cells[1])] == [label, str(dim)]
        median = result[label, dim].log10_quantile(0.5).value
        assert float(cells[2].get("data-key")) == pytest.approx(median, rel=1e-12)


def test_provenance_says_what_store_and_how_to_go_on(page: str, store: Path) -> None:
    shown = text(list(parsed(page).iter("section"))[-1])
    stored = load_study(store)
    for said in (stored.hash, str(store.resolve()), f"saddlesim {ss.__version__}", "seed 3 "):
        assert said in shown
    assert f"saddlesim study status {store.resolve()}" in shown


def test_command_to_go_on_runs(page: str, store: Path, tmp_path: Path) -> None:
    import shlex
    import subprocess

    copy = tmp_path / "a copy.store"
    shutil.copytree(store, copy)
    load_study(copy).report(tmp_path / "copy.html")
    files(copy)[0].unlink()
    terms = {text(dt): text(dd) for dt, dd in _terms((tmp_path / "copy.html").read_text("utf-8"))}
    words = shlex.split(terms["go on"])
    assert words[0] == "python"
    subprocess.run([sys.executable, *words[1:]], check=True)
    assert "6 of 6 cells finished" in repr(load_study(copy))


def _terms(page: str) -> list[tuple[Any, Any]]:
    document = parsed(page)
    return list(zip(document.iter("dt"), document.iter("dd"), strict=True))


def test_nothing_is_asked_of_others(page: str) -> None:
    document = parsed(page)
    for element in document.iter():
        for name in ("src", "href", "srcset", "action"):
            assert not (element.get(name) or "data:").startswith(("http", "//", "/", "file"))
    policy = next(m for m in document.iter("meta") if m.get("http-equiv"))
    assert policy.get("content", "").startswith("default-src 'none'")


def test_pictures_are_what_plotly_knows(page: str) -> None:
    found = pictures(page)
    assert list(found) == ["escape", "growth", "curves"]
    for picture in found.values():
        plotly.Figure(picture)
        for axis in ("xaxis", "yaxis"):
            assert picture["layout"][axis]["title"]["text"]


def test_picture_of_escape_times_has_the_medians(store: Path) -> None:
    result = load_study(store).result()
    data = {trace.get("name"): trace for trace in escape_figure(result)["data"]}
    assert data["GD"]["y"] == [e.value for e in result.estimates("GD")]
    assert data["GD"]["x"] == list(result.dims("GD"))
    low = np.subtract(data["GD"]["y"], data["GD"]["error_y"]["arrayminus"])
    np.testing.assert_allclose(low, [e.low for e in result.estimates("GD")])
    theory = next(name for name in data if name and name.startswith("GD, theory"))
    assert theory == "GD, theory: × 2.71 a dimension"


def test_curves_are_those_of_the_runs(store: Path) -> None:
    result = load_study(store).result()
    lines = [t for t in curve_figure(result)["data"] if t["line"]["width"] > 0]
    assert len(lines) == 6
    curve = result["GD", 4].survival()
    x, y = (np.array(lines[2][name]) for name in "xy")
    np.testing.assert_allclose(curve(x[1:-1]), y[1:-1])
    middle = np.linspace(x[1], x[-2], 400)
    drawn = y[np.searchsorted(x, middle, side="right") - 1]
    assert np.abs(drawn - curve(middle)).max() <= 1 / 200  # the thinning


def test_growth_is_by_factors_and_of_other_parameters_by_powers(store: Path) -> None:
    result = load_study(store).result()
    picture = ratio_figure(result, result.growth())
    assert picture is not None
    ratios = result.growth("GD").ratios
    assert picture["data"][0]["y"] == pytest.approx([r.value for *_, r in ratios])
    as_width = ss.DimensionResult(dict(result.cells), "width")
    powers = ratio_figure(as_width, as_width.growth())
    assert powers is not None
    expected = [np.log(r.value) / np.log(b / a) for a, b, r in ratios]
    assert powers["data"][0]["y"] == pytest.approx(expected)
    assert powers["layout"]["yaxis"]["title"]["text"] == "growth: power of width"


def test_times_beyond_floats_are_drawn_by_their_exponents() -> None:
    result = ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 400, 800], methods={"GD": ss.GradientDescent(0.25)}, trials=50
    )
    for picture in (escape_figure(result), curve_figure(result)):
        plotly.Figure(picture)
        axis = picture["layout"]["yaxis" if "theory" in str(picture) else "xaxis"]
        assert axis["tickprefix"] == "10<sup>"
    medians = next(t for t in escape_figure(result)["data"] if t.get("name") == "GD")
    assert medians["y"][-1] > 308


def test_medians_that_are_not_reached_are_lower_bounds() -> None:
    result = ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 6], methods={"GD": ss.GradientDescent(0.25)}, trials=50, max_steps=60
    )
    found = {t.get("name"): t for t in escape_figure(result)["data"]}
    assert found["GD, lower bound of the median"]["x"] == [6]
    assert found["GD, lower bound of the median"]["y"] == [60]
    plotly.Figure(curve_figure(result))


def test_other_values_than_numbers_have_no_verdicts(tmp_path: Path) -> None:
    study = ss.Study(
        ss.QuadraticSaddle([1.0, -1.0]),
        vary={"noise": ["sphere", "gaussian"]},
        methods={"noisy": ss.NoisyGradientDescent(0.1, noise_scale=0.1)},
        trials=50,
    )
    study.run(store=tmp_path / "study")
    load_study(tmp_path / "study").report(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    parsed(page)
    assert "There are no laws of growth in noise; see table and pictures." in page
    assert pictures(page)["escape"]["layout"]["xaxis"]["type"] == "category"


def test_unfinished_study_says_what_is_missing(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    files(copy)[-1].unlink()
    load_study(copy).report(tmp_path / "page.html")
    section = next(
        s
        for s in parsed((tmp_path / "page.html").read_text("utf-8")).iter("section")
        if text(s).startswith("Not finished yet")
    )
    assert "method dimension done wanted escaped time noisy 4 400 500 100.0 %" in text(section)


def test_text_cannot_end_what_it_is_in() -> None:
    picture = {"data": [{"name": "</script><b>"}], "layout": {"height": 100}}
    found = figure("a", 'a "quoted" <caption>', picture)
    assert found.count("</script>") == 1
    assert "<b>" not in found.replace("<\\/script><b>", "")
    assert "<i>" not in table("<i>", [["<i>"], ["<i>"]])


def test_command_writes_beside_the_folder(store: Path) -> None:
    code, said = saddlesim("report", store)
    assert code == 0
    assert said.startswith(f"report: {store.parent / 'small.html'} (")
    assert (store.parent / "small.html").stat().st_size > 1e6


def test_report_of_a_reproduction(tmp_path: Path) -> None:
    import matplotlib.image

    content = {
        "name": "du2017", "claim": "A claim", "quick": True, "seed": 0, "version": "0.1.0",
        "seconds": 1.5, "holds": False, "claims": [CLAIM], "tables": {},
    }  # fmt: skip
    folder = tmp_path / "found"
    folder.mkdir()
    (folder / "du2017.json").write_text(json.dumps(content))
    matplotlib.image.imsave(folder / "a_picture.png", np.zeros((4, 4)))
    assert saddlesim("report", folder, "-o", tmp_path / "page.html")[0] == 0
    document = parsed((tmp_path / "page.html").read_text("utf-8"))
    assert "1 of 2 findings agree (quick look, seed 0)" in text(document.find(".//header"))
    rows = [[text(cell) for cell in row.iter("td")] for row in document.iter("tr")][1:]
    assert rows == [
        ["d = 2", "2.5", "2.40 [2.30, 2.60]", "agrees"],
        ["d = 3", ">= 1", "0.50 [0.40, 0.60]", "differs"],
    ]
    assert document.find(".//img").get("src").startswith("data:image/png;base64,")
    assert "saddlesim reproduce du2017 --quick" in text(document)


def test_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "broken.json").write_text("{")
    assert saddlesim("report", tmp_path) == (
        1,
        f"report: {tmp_path} has neither a study (study.json) nor a reproduction (its JSON file); "
        "give the folder of `saddlesim study run` or of `saddlesim reproduce`",
    )
    for name in ("two", "one"):
        (tmp_path / name).mkdir()
        numbers = json.dumps({"claims": [], "holds": True, "quick": True})
        (tmp_path / name / "du2017.json").write_text(numbers)
    _, message = saddlesim("report", tmp_path)
    assert message.endswith(f"; there is one in each of {tmp_path}/one, {tmp_path}/two")


def test_files_that_cannot_be_written_are_refused(store: Path, tmp_path: Path) -> None:
    stored = load_study(store)
    with pytest.raises(ValueError, match=r"^file must end in .html, got '(.*)/a.pdf'; try '\1/a"):
        stored.report(tmp_path / "a.pdf")
    with pytest.raises(ValueError, match=r"^file must be in a folder that exists, got .*mkdir -p"):
        stored.report(tmp_path / "none" / "a.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(ValueError, match=r"^file must be a file, got .* a folder; add a name$"):
        stored.report(tmp_path / "folder.html")


def test_study_without_a_block_is_refused(tmp_path: Path) -> None:
    grid().run(store=tmp_path / "study", until=None, shard=(1, 500))
    for file in files(tmp_path / "study"):
        file.unlink()
    with pytest.raises(ValueError, match=r"has no finished block yet, so there is nothing to re"):
        load_study(tmp_path / "study").report(tmp_path / "a.html")


def test_missing_plotly_is_named(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(ss.MissingExtraError, match=r"plotly.*pip install 'saddlesim\[report\]'$"):
        load_study(store).report(tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_page_in_a_browser(page: str, store: Path, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1100, "height": 900})
        said: list[str] = []
        asked: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(store.with_suffix(".html").resolve().as_uri())
        assert tab.locator("[data-figure] svg.main-svg").count() >= 3
        tab.get_by_role("button", name="median steps").click()
        first = tab.locator("tbody tr td:nth-child(3)")
        medians = [float(t.split()[0].replace(",", "")) for t in first.all_inner_texts()]
        tab.screenshot(path=tmp_path / "page.png", full_page=True)
        browser.close()
    assert medians == sorted(medians)
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert (tmp_path / "page.png").stat().st_size > 50_000
