"""``saddlesim study``: long studies, described in a file and kept in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.cli import families
from saddlesim.cli.shared import LandscapeName, Threads, guarded, optional
from saddlesim.cli.study_data import EXPORT, MERGE, export, merge
from saddlesim.cli.study_look import PLOT, SHOW, STATUS, plot, show, status
from saddlesim.cli.study_run import run_study
from saddlesim.cli.study_template import template

__all__ = ["study"]

study = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Long studies, described in a file, kept in a folder, resumed at any time.\n\n"
    "`new` writes a file that describes a study; edit it. `run` runs it, block by block, and keeps "
    "every finished block in a folder, the store. When it was stopped, by Ctrl-C, a crash or a "
    "power cut, the same command goes on, and gives the very same numbers as if nothing had "
    "happened. Several `run` on one folder share the work. `status` says how far things are, "
    "`show` and `plot` what there is so far.\n\n"
    "Exit codes: 0 all went well; 1 the store cannot be used, or something is not installed; 2 a "
    "mistake in the options or in the study file; 130 stopped by Ctrl-C.",
    epilog="Start with: saddlesim study new octopus.toml; saddlesim study run octopus.toml",
)

StudyPath = Annotated[
    Path, typer.Argument(metavar="FILE.toml", help="The study file.", show_default=False)
]


@study.command(
    help="Write a study file to begin with: it says in comments what may be in it.\n\n"
    "Files that are there are never overwritten.",
    epilog="For example: saddlesim study new completion.toml matrix-completion",
)
def new(file: StudyPath, landscape: LandscapeName = "octopus") -> None:
    """Write the template."""

    def run() -> None:
        text = template(landscape)
        if file.suffix != ".toml":
            raise ValueError(
                f"FILE.toml must end in .toml, got '{file}'; try '{file.with_suffix('.toml')}'"
            )
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except FileExistsError:
            raise ValueError(
                f"FILE.toml must be a new file, but '{file}' is there; give another name, or "
                "remove it first"
            ) from None
        except OSError as error:
            raise ValueError(
                f"FILE.toml: '{file}' could not be written: {error.strerror or error}; give a file "
                "in a folder that exists and where you may write"
            ) from None
        typer.echo(f"wrote {file}, for the {families.title(landscape)}; edit it, then:")
        typer.echo(f"saddlesim study run {file}")

    guarded(run)


@study.command(
    "run",
    help="Run a study, or what is missing of it, and print its table and verdicts.\n\n"
    "Every finished block of trajectories is kept at once. Ctrl-C stops within a fraction of a "
    "second; the same command goes on later. More trials in the file only add trajectories; "
    "anything else that decides about numbers makes another study, which needs another folder.\n\n"
    "Exit codes: 0 finished (a shard: its share); 1 the store cannot be used; 2 a mistake in the "
    "options or the file; 130 stopped by Ctrl-C.",
    epilog="On a cluster: saddlesim study run study.toml --shard 3/64 --store shard-3",
)
def run_command(
    file: StudyPath,
    store: Annotated[
        Optional[Path],  # noqa: UP045
        optional(
            "Folder that keeps the results; FILE.store beside the file unless given.", metavar="DIR"
        ),
    ] = None,
    shard: Annotated[
        Optional[str],  # noqa: UP045
        optional(
            "Run the K-th of N shares of the blocks, K from 1 on; `saddlesim study merge` joins "
            "their stores.",
            metavar="K/N",
        ),
    ] = None,
    threads: Threads = None,
    until: Annotated[
        Optional[float],  # noqa: UP045
        optional(
            "Stop each cell once half the 95 % interval of its median is at most this share of "
            "the median, such as 0.05; in place of what the file says.",
            metavar="SHARE",
        ),
    ] = None,
) -> None:
    """Run or resume what the file describes."""
    guarded(lambda: run_study(file, store, shard, threads, until))


_COMMANDS: tuple[tuple[dict[str, Any], Any], ...] = (
    (STATUS, status),
    (SHOW, show),
    (PLOT, plot),
    (MERGE, merge),
    (EXPORT, export),
)
for _how, _command in _COMMANDS:
    study.command(**_how)(_command)
