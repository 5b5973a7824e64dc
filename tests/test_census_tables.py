"""How a census is printed, tabled and drawn."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

import saddlesim as ss
from censuses import CP, FACTORISATION, census_of, kinds
from saddlesim import census as census_module
from test_symmetries import CASES


def test_rows_and_texts() -> None:
    c = census_of(FACTORISATION)
    lines = repr(c).splitlines()
    assert lines[:2] == [
        "Census of MatrixFactorization(M=<array of shape (6, 6)>, rank=2)",
        "  300 of 300 starts led to 22 stationary points",
    ]
    head = "kind value index zero modes smallest eigenvalue points starts known as"
    assert " ".join(lines[2].split()) == head
    assert re.fullmatch(
        r"  global minimum  7\.5    0      0  +1 +1  +\d+ +global minimum", lines[3]
    )
    assert lines[-2:] == [
        "  every saddle found is strict: yes (21 points)",
        "  every minimum found is global: yes (1 point)",
    ]
    html = c._repr_html_()
    assert html.count("<tr>") == len(lines) - 2
    assert "300 of 300 starts led to 22 stationary points" in html


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_too_long(name: str) -> None:
    """But for the first, that of the landscape, which prints small arrays whole."""
    f = CASES[name][0]
    first, *rest = repr(ss.find_stationary_points(f, starts=30)).splitlines()
    assert first == f"Census of {f!r}"
    assert max(map(len, rest)) <= 150
    if "[" not in first:
        assert len(first) <= 150


def test_values_that_are_rounding_are_short() -> None:
    c = ss.find_stationary_points(CASES["sensing"][0], starts=30)
    row = next(line for line in repr(c).splitlines() if "global minimum" in line)
    assert re.search(r"global minimum  (0|-?\d\.\de-\d\d) ", row)
    octopus = ss.find_stationary_points(ss.Octopus(2))
    assert any(line.split()[:3] == ["strict", "saddle", "0"] for line in repr(octopus).splitlines())


def test_plain_rows() -> None:
    rows = census_of(FACTORISATION).to_dicts()
    assert len(rows) == 22
    assert list(rows[0]) == [
        "kind",
        "value",
        "index",
        "zero_modes_low",
        "zero_modes_high",
        "min_eigenvalue_low",
        "min_eigenvalue_high",
        "points",
        "starts",
        "known_as",
    ]
    assert rows[0]["kind"] == "global minimum"
    assert rows[0]["value"] == pytest.approx(7.5)
    assert rows[-1]["known_as"] == "the origin"
    assert (rows[-1]["index"], rows[-1]["min_eigenvalue_low"]) == (12, pytest.approx(-6))


def test_the_picture() -> None:
    c = census_of(CP)
    ax = Figure().subplots()
    artists = c.plot(ax)
    assert ax.get_xlabel() == "index (number of negative eigenvalues)"
    assert ax.get_ylabel() == "value of f"
    legend = ax.get_legend()
    assert artists[-1] is legend
    assert all(artist.axes is ax for artist in artists)
    expected = [
        f"{kind} ({n:,} point{'s' if n > 1 else ''})"
        for kind, n in sorted(kinds(c).items(), key=lambda kn: census_module._ORDER.index(kn[0]))
    ]
    assert [text.get_text() for text in legend.get_texts()] == expected
    drawn = sorted(tuple(at) for markers in ax.collections for at in markers.get_offsets().tolist())
    assert drawn == sorted((float(family.index), family.value) for family in c.families)
    sizes = [s for markers in ax.collections for s in markers.get_sizes()]
    starts = [
        family.starts
        for kind in dict.fromkeys(family.kind for family in c.families)
        for family in c.families
        if family.kind == kind
    ]
    np.testing.assert_allclose(sizes, 25 + 10 * np.sqrt(starts))
    ax.get_figure().canvas.draw()


def test_every_kind_has_a_marker_of_its_own() -> None:
    from saddlesim.plot_spectrum import _STYLES

    assert tuple(_STYLES) == census_module._ORDER
    assert len(set(_STYLES.values())) == len(_STYLES)
