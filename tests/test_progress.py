"""Progress: calm, on stderr, silent where nobody looks."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from saddlesim import progress
from saddlesim.progress import report_to


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    # Not sys.stderr itself: pytest's capture puts its own there when the test begins.
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=screen))
    monkeypatch.setenv("COLUMNS", "80")
    return screen


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def no_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)


def test_callable_gets_done_and_total() -> None:
    calls: list[tuple[int, int]] = []
    with report_to(lambda done, total: calls.append((done, total)), 10) as report:
        assert report is not None
        report.note = "d = 3"
        report(4, 10)
    assert calls == [(4, 10)]


def test_off() -> None:
    with report_to(False, 10) as report:
        assert report is None


def test_silent_where_stderr_is_not_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with report_to(True, 10) as report:
        assert report is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_wrong_type(wrong: object) -> None:
    text = rf"^progress must be True, False or a callable\(done, total\), got {wrong!r}$"
    with pytest.raises(TypeError, match=text), report_to(wrong, 10):  # type: ignore[arg-type]
        pass


def test_plain_line(terminal: Terminal, clock: list[float], no_tqdm: None) -> None:
    with report_to(True, 4000) as report:
        assert report is not None
        clock[0] += 3
        report(1000, 4000)
        report.note = "GD, d = 6"
        clock[0] += 1
        report(3000, 4000)
    assert terminal.getvalue().split("\r") == [
        "",
        " 25%  1,000/4,000 trajectories, 3 s",
        " 75%  3,000/4,000 trajectories, 4 s, GD, d = 6",
        " " * 46,
        "",
    ]


def test_plain_line_is_written_ten_times_a_second_at_most(
    terminal: Terminal, clock: list[float], no_tqdm: None
) -> None:
    with report_to(True, 1000) as report:
        assert report is not None
        for done in range(1000):  # for ten seconds, after half a second of silence
            report(done, 1000)
            clock[0] += 0.01
    written = terminal.getvalue().count("trajectories")
    assert 80 <= written <= 96


def test_quick_run_leaves_no_trace(terminal: Terminal, clock: list[float], no_tqdm: None) -> None:
    with report_to(True, 10) as report:
        assert report is not None
        clock[0] += 0.4
        report(10, 10)
    assert terminal.getvalue() == ""


def test_plain_line_is_cut_to_the_terminal(
    terminal: Terminal, clock: list[float], no_tqdm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    with report_to(True, 4000) as report:
        assert report is not None
        clock[0] += 1
        report(1000, 4000)
    assert max(map(len, terminal.getvalue().split("\r"))) == 19


def test_line_goes_away_when_the_run_fails(
    terminal: Terminal, clock: list[float], no_tqdm: None
) -> None:
    def interrupted() -> None:
        with report_to(True, 10) as report:
            assert report is not None
            clock[0] += 1
            report(5, 10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert re.search(r"\r +\r$", terminal.getvalue())


def test_tqdm_draws_where_it_is_installed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm")
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    with report_to(True, 4000) as report:
        assert report is not None
        report.note = "GD, d = 6"
        report(1000, 4000)
        report(3000, 4000)
    shown = terminal.getvalue()
    assert "1000/4000 trajectories" in shown
    assert "3000/4000 trajectories" in shown
    assert ", GD, d = 6" in shown
    assert re.search(r"\r *\r$", shown), "the bar stays on the screen"
