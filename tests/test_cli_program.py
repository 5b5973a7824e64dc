"""The command as a program: demo, info, help, what it does without extras, files, Ctrl-C."""

from __future__ import annotations

import errno
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer

import saddlesim as ss
from grids import around, cell, growing
from saddlesim import cli
from saddlesim.cli import choices, demo, info, output, shared
from saddlesim.dimension import DimensionResult
from saddlesim.errors import MissingExtraError
from test_cli import interrupting, refusal, saddlesim, text_of

SADDLESIM = Path(sys.executable).with_name("saddlesim")

# demo


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_TRIALS", 100)
    monkeypatch.setattr(demo, "_DIMS", range(2, 5))


def test_demo(small_demo: None, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    result = saddlesim("demo", "--output", str(folder), "--threads", "1")
    assert result.exit_code == 0, result.output
    assert "6 cells of 100 trajectories" in result.output
    assert re.search(r"\n600 trajectories in \d+\.\d s\n", result.output)
    assert result.output.endswith(
        f"table:   {folder / 'octopus.csv'}\npicture: {folder / 'octopus.png'}\n"
    )
    assert (folder / "octopus.png").read_bytes().startswith(b"\x89PNG")
    assert len((folder / "octopus.csv").read_text(encoding="utf-8").splitlines()) == 7


def test_demo_without_matplotlib_has_its_table(
    small_demo: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    result = saddlesim("demo", "--output", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "picture: none, because --plot needs matplotlib" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["octopus.csv"]


def test_demo_that_is_interrupted_shows_what_there_is(
    small_demo: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "escape_time_vs_dimension", interrupting(growing([2])))
    result = saddlesim("demo", "--output", str(tmp_path))
    assert result.exit_code == 130
    assert "1 cell of 1,001 trajectories" in result.stdout


def test_demo_into_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    text = refusal("demo", "--output", str(file))
    assert "--output must be a folder that can be written, got" in text
    assert "name another one" in text


# info and the rest


def test_info(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SADDLESIM_NUM_THREADS", "3")
    missing = {"pyarrow", "distributed"}
    monkeypatch.setattr(info, "find_spec", lambda name: None if name in missing else object())
    result = saddlesim("info")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"saddlesim {ss.__version__}"
    assert re.fullmatch(r"  instruction set  .+, \d+ trajectories side by side", lines[1])
    assert re.fullmatch(r"  builds           (\w+ \(.+\), )*\w+ \((loaded|.+)\).*", lines[2])
    assert lines[2].count("(loaded)") == 1
    assert re.fullmatch(
        r"  threads +3 of \d+ in this machine \(SADDLESIM_NUM_THREADS=3\)", lines[3]
    )
    assert "  extra plot       installed (matplotlib)" in lines
    assert "  extra study      without pyarrow; install: pip install 'saddlesim[study]'" in lines


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize("words", ["", "compare", "demo", "escape", "reproduce", "info"])
def test_help_fits_the_terminal(words: str, columns: int) -> None:
    result = saddlesim(*words.split(), "--help", columns=columns)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= columns


@pytest.mark.parametrize("command", ["escape", "compare"])
def test_help_explains_the_methods(command: str) -> None:
    text = text_of(saddlesim(command, "-h", columns=100))
    for name in choices.METHODS:
        assert f"{name} (" in text, f"{name} is not explained"


def test_help_explains_names_and_defaults() -> None:
    text = text_of(saddlesim("escape", "-h", columns=100))
    for name in ("octopus", "quadratic"):
        assert f"{name} (" in text, f"{name} is not explained"
    for phrase in ("2:6 (both ends count, and this", "on the octopus 1/(4L)", "Ctrl-C prints"):
        assert phrase in text


def test_without_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "saddlesim.cli.app")
    monkeypatch.delattr(cli, "app")
    text = r"^the saddlesim command needs typer, .* pip install 'saddlesim\[cli\]'$"
    with pytest.raises(SystemExit, match=text):
        cli.main()


def test_ctrl_c_while_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "saddlesim.cli.app":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Stopped(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "saddlesim.cli.app")
    monkeypatch.delattr(cli, "app")
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 130


def test_another_missing_module_is_not_blamed_on_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saddlesim.dimension", None)
    monkeypatch.delitem(sys.modules, "saddlesim.cli.app")
    monkeypatch.delitem(sys.modules, "saddlesim.cli.demo")
    monkeypatch.delattr(cli, "app")
    with pytest.raises(ModuleNotFoundError, match=r"saddlesim\.dimension"):
        cli.main()


def test_picture_has_the_title_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    result = DimensionResult({("GD", d): cell(d, around(20 * d)) for d in (2, 3)})
    output.write_plot(result, path, "Escape time on the octopus")
    assert "<!-- Escape time on the octopus -->" in path.read_text(encoding="utf-8")
    output.check_plot(path)


def test_check_plot_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(MissingExtraError, match=r"^--plot needs matplotlib, .*saddlesim\[plot\]'$"):
        output.check_plot(tmp_path / "a.png")


def test_the_installed_command_shows_progress_and_stops_on_ctrl_c() -> None:
    terminal, its_stderr = pty.openpty()
    termios.tcsetwinsize(its_stderr, (24, 80))
    words = ["escape", "octopus", "--dims", "2,300", "--methods", "noisy", "--trials", "1000000"]
    process = subprocess.Popen(
        [SADDLESIM, *words],
        stdout=subprocess.PIPE,
        stderr=its_stderr,
        text=True,
        # What a shell starts in the background may have SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(its_stderr)
    shown = b""
    while b"trajectories" not in shown:
        shown += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    with suppress(OSError):  # which is how a terminal says that nobody writes to it any more
        while True:
            shown += os.read(terminal, 4096)
    os.close(terminal)
    assert process.returncode == 130
    assert "Escape time against dimension" in printed
    assert re.search(rb"\r\ninterrupted with [01] of 2 cells finished\r\n$", shown)


def test_a_check_of_files_leaves_nothing_behind(tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("a\n", encoding="utf-8")
    output.check_files(tmp_path / "new.png", kept)
    output.check_csv(Path(os.devnull))
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]
    assert kept.read_text(encoding="utf-8") == "a\n"


def test_a_full_disk_is_a_line_of_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.csv")

    monkeypatch.setattr(output, "write_rows", full)
    words = ["--dims", "2", "--trials", "10", "--csv", str(tmp_path / "a.csv")]
    result = saddlesim("escape", "octopus", *words)
    assert result.exit_code == 1
    assert "'a.csv' could not be read or written: No space left on device" in text_of(result)


def test_output_that_cannot_be_written_is_a_line_of_text() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [SADDLESIM, "landscapes"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_ctrl_c_where_nothing_is_in_part() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as exit_code:
        shared.guarded(stopped)
    assert exit_code.value.exit_code == 130


def test_python_runs_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "saddlesim", "info"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"saddlesim {ss.__version__}")


def test_the_installed_command_runs() -> None:
    done = subprocess.run(
        [SADDLESIM, "escape", "octopus", "--dims", "2", "--trials", "10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 cells of 10 trajectories, seed 0" in done.stdout
