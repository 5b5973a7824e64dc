"""The documentation site has every public name, every guide, and a gallery that measures."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import saddlesim as ss
from saddlesim import reproduce, study, wide

matplotlib = pytest.importorskip("matplotlib")

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted((DOCS / "gallery").glob("*.py"))
GUIDES = sorted(path.stem for path in DOCS.glob("*.md") if path.stem not in ("index", "guides"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def listed() -> list[str]:
    """Return what the tables of the reference list, as names below saddlesim."""
    return re.findall(r"^   ([A-Za-z_][\w.]*)$", text(DOCS / "reference.rst"), flags=re.MULTILINE)


def resolved(name: str) -> Any:
    module, _, last = f"saddlesim.{name}".rpartition(".")
    return getattr(importlib.import_module(module), last)


def test_reference_lists_nothing_twice() -> None:
    assert len(set(listed())) == len(listed())


@pytest.mark.parametrize("module", [ss, ss.kernel, wide, study, reproduce])
def test_every_public_name_is_in_the_reference(module: ModuleType) -> None:
    known = [resolved(name) for name in listed()]  # fails if one does not exist
    public = {name: getattr(module, name) for name in module.__all__}
    missing = [
        name
        for name, value in public.items()
        if not isinstance(value, ModuleType) and not any(value is other for other in known)
    ]
    assert missing == []


def test_every_guide_is_in_the_contents() -> None:
    toctree = text(DOCS / "guides.md").split("```{toctree}")[1]
    assert sorted(re.findall(r"^([a-z-]+)$", toctree, flags=re.MULTILINE)) == GUIDES


@pytest.mark.parametrize("guide", [*GUIDES, "index", "guides"])
def test_links_between_guides_lead_somewhere(guide: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text(DOCS / f"{guide}.md"))
    files = [link.split("#")[0] for link in links if not link.startswith(("http", "#"))]
    assert [file for file in files if not (DOCS / file).exists()] == []


def test_pages_are_numbered_in_reading_order() -> None:
    assert [page.name[:3] for page in PAGES] == [f"{i:02}_" for i in range(1, len(PAGES) + 1)]
    assert [page.stem[3:] for page in PAGES] == [
        "strict_saddle",
        "exit_time",
        "noisy_descent",
        "lee2016",
        "du2017",
        "census",
        "linear_networks",
        "bad_minima",
        "overparameterised",
        "kernel",
        "labels",
        "own_landscape",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_a_claim_its_source_and_numbers_beside_it(page: Path) -> None:
    head = ast.get_docstring(ast.parse(text(page)))
    assert head is not None
    assert "**Claim.**" in head
    assert re.search(r"\*\*Source\.\*\*.*\b(COLT|NeurIPS|ICML|ICLR)\b\s+20\d\d", head, re.DOTALL)
    *_, last = cells(page)[1].body
    assert isinstance(last, ast.Expr)
    assert isinstance(last.value, ast.Call)
    assert ast.unparse(last.value.func) == "Claim"


def cells(page: Path) -> list[ast.Module]:
    """Return the code cells of a page, without its docstring."""
    found = [ast.parse(cell) for cell in re.split(r"^# %%.*$", text(page), flags=re.MULTILINE)]
    del found[0].body[0]
    return found


def code_lines(cell: ast.Module, page: Path, number: int) -> list[str]:
    """Return the lines of a cell that are neither blank nor comments nor the docstring."""
    source = re.split(r"^# %%.*$", text(page), flags=re.MULTILINE)[number]
    lines = source.splitlines()[cell.body[0].lineno - 1 :]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_listings_are_short(page: Path) -> None:
    lengths = [len(code_lines(cell, page, i)) for i, cell in enumerate(cells(page))]
    first, numbers, *further = lengths
    assert first <= 14, "the first cell makes the picture in about ten lines"
    assert numbers <= 12, "the second one compares numbers"
    assert len(further) <= 2
    assert max(further, default=0) <= 15
    assert max(len(line) for line in text(page).splitlines()) <= 100


def test_most_first_listings_have_about_ten_lines() -> None:
    first = sorted(len(code_lines(cells(page)[0], page, 0)) for page in PAGES)
    assert first[len(first) // 2] <= 12


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_picture_is_made_by_the_first_listing_with_public_names(page: Path) -> None:
    source = "\n".join(code_lines(cells(page)[0], page, 0))
    assert re.search(r"\bplot\w*\(|plt\.(loglog|plot)\(", source)
    assert not re.search(r"\._\w|import _", source)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_names_commands_that_exist(page: Path) -> None:
    assert set(re.findall(r"saddlesim reproduce (\w+)", text(page))) <= set(reproduce.REPRODUCTIONS)
    scripts = re.findall(r"python (benchmarks/\w+\.py)", text(page))
    assert [script for script in scripts if not (ROOT / script).exists()] == []


def typed(node: ast.expr) -> bool:
    """Whether a value was typed rather than computed."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return any(typed(element) for element in node.elts)
    if isinstance(node, ast.UnaryOp):
        return typed(node.operand)
    return isinstance(node, ast.Constant)


def measured(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what stands for a measured value: the third argument of a finding."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
            yield node.args[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_measured_number_is_typed(page: Path) -> None:
    values = list(measured(ast.parse(text(page))))
    assert values
    assert [ast.unparse(value) for value in values if typed(value)] == []
    comments = re.findall(r"^# .*$", text(page), flags=re.MULTILINE)
    assert [line for line in comments if re.search(r"\d\.\d(?! %)", line)] == []


def test_typed_numbers_are_found() -> None:
    tree = ast.parse("[Finding('power of d', 1, -0.5), Finding('d', 1, x, 0.1)]")
    assert [typed(value) for value in measured(tree)] == [True, False]


@pytest.mark.parametrize("name", ["01_strict_saddle", "04_lee2016", "12_own_landscape"])
def test_quick_pages_run_and_their_claims_hold(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    names: dict[str, Any] = {}
    claims = []
    for cell in cells(DOCS / "gallery" / f"{name}.py"):
        *body, last = cell.body
        exec(compile(ast.Module(body, []), name, "exec"), names)
        if isinstance(last, ast.Expr):
            claims.append(eval(compile(ast.Expression(last.value), name, "eval"), names))
        else:
            exec(compile(ast.Module([last], []), name, "exec"), names)
    plt.close("all")
    found = [each for claim in claims if claim is not None for each in claim.findings]
    assert len(found) >= 3
    assert [each.case for each in found if not each.holds] == []
