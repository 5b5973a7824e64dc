"""The set-up script says what is missing and what to type, on made-up machines."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[1] / "tools" / "setup.sh"


def interpreter(version: str, *, complete: bool) -> str:
    """Return a shell script that answers the questions of the set-up script as a Python would."""
    new_enough = tuple(map(int, version.split("."))) >= (3, 11)
    return f"""#!/bin/sh
case "$*" in
  *'sys.version_info <'*) exit {0 if new_enough else 1} ;;
  *'sys.version_info['*) echo {version} ;;
  '-m venv --clear .venv') mkdir .venv ;;
  *) exit {0 if complete else 1} ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A folder with a copy of the script, and a PATH on which nothing else is."""

    folder: Path

    def add(self, path: str, script: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)

    def setup(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / "tools" / "setup.sh"],
            env={"PATH": str(self.folder / "bin"), "Eigen3_DIR": "/eigen", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def refusal(self, **environment: str) -> str:
        done = self.setup(**environment)
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "tools").mkdir()
    shutil.copy(SETUP, tmp_path / "tools")
    machine = Machine(tmp_path)
    machine.add("bin/c++", "#!/bin/sh\n")
    machine.add("bin/id", "#!/bin/sh\necho 1000\n")
    for name in ("dirname", "env", "mkdir"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return machine


def test_complete_machine_gets_an_environment(machine: Machine) -> None:
    machine.add("bin/python3", interpreter("3.12", complete=True))
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "==> making the virtual environment .venv with Python 3.12\n"
    assert (machine.folder / ".venv").is_dir()


def test_newer_python_is_found_beside_an_old_python3(machine: Machine) -> None:
    machine.add("bin/python3", interpreter("3.9", complete=True))
    machine.add("bin/python3.13", interpreter("3.13", complete=True))
    assert "with Python 3.13" in machine.setup().stdout


def test_old_python(machine: Machine) -> None:
    machine.add("bin/python3", interpreter("3.9", complete=True))
    assert machine.refusal() == (
        "\nsaddlesim: Python 3.11 or newer is needed, and python3 is 3.9. "
        "Install one, or name one that is not on the PATH:\n"
        "    make demo PYTHON=/opt/python3.12/bin/python3.12\n"
    )


@pytest.mark.parametrize(("name", "what"), [("python3.9", "3.9"), ("nowhere", "not runnable")])
def test_named_python_that_cannot_be_used(machine: Machine, name: str, what: str) -> None:
    machine.add("bin/python3.9", interpreter("3.9", complete=True))
    assert machine.refusal(PYTHON=name) == (
        f"\nsaddlesim: PYTHON={name} is {what}, and Python 3.11 or newer is needed. "
        "Name another one, for example:\n"
        "    make demo PYTHON=/usr/bin/python3.12\n"
    )


def test_environment_with_an_old_python(machine: Machine) -> None:
    machine.add(".venv/bin/python", interpreter("3.10", complete=True))
    assert machine.refusal() == (
        "\nsaddlesim: .venv has Python 3.10, and 3.11 or newer is needed. "
        "Remove it, then run make again:\n"
        "    rm -rf .venv\n"
    )


def test_environment_of_another_python_than_the_named_one(machine: Machine) -> None:
    machine.add(".venv/bin/python", interpreter("3.11", complete=True))
    machine.add("bin/python3.12", interpreter("3.12", complete=True))
    assert machine.refusal(PYTHON="python3.12").startswith(
        "\nsaddlesim: PYTHON=python3.12 is 3.12, but .venv exists and has Python 3.11.\n"
        "    rm -rf .venv "
    )


def test_command_to_type_where_the_user_may_not_install(machine: Machine) -> None:
    machine.add("bin/python3", interpreter("3.12", complete=False))
    machine.add("bin/apt-get", "#!/bin/sh\nexit 1\n")
    assert machine.refusal() == (
        "\nsaddlesim: these system packages are needed and not installed: "
        "python3.12-dev python3.12-venv. Install them, then run make again:\n"
        "    sudo apt-get install -y python3.12-dev python3.12-venv\n"
    )
    (machine.folder / "bin" / "apt-get").unlink()
    assert machine.refusal() == (
        "\nsaddlesim: these packages (by their Debian names) are needed and not installed: "
        "python3.12-dev python3.12-venv\n"
        "    Install them with this system's package manager, then run make again.\n"
    )


def test_root_installs_and_brings_package_lists_up_to_date(machine: Machine) -> None:
    machine.add("bin/id", "#!/bin/sh\necho 0\n")
    machine.add("bin/python3", interpreter("3.12", complete=False))
    # As on a fresh machine: there is nothing to install before the lists have been fetched.
    log = machine.folder / "apt.log"
    machine.add(
        "bin/apt-get",
        f'#!/bin/sh\necho "$@" >> {log}\n'
        f'case "$*" in *update) : > {log}.updated ;; *) [ -e {log}.updated ] ;; esac\n',
    )
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "==> installing system packages: python3.12-dev python3.12-venv\n"
    )
    calls = log.read_text(encoding="utf-8").splitlines()
    assert len(calls) == 3
    assert calls[1].endswith("update")
    assert calls[0] == calls[2]
    assert calls[0].endswith("--no-install-recommends python3.12-dev python3.12-venv")


def test_apt_that_fails(machine: Machine) -> None:
    machine.add("bin/sudo", '#!/bin/sh\nshift\n"$@"\n')
    machine.add("bin/true", "#!/bin/sh\n")
    machine.add("bin/python3", interpreter("3.12", complete=False))
    machine.add("bin/apt-get", "#!/bin/sh\nexit 100\n")
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == (
        "\nsaddlesim: apt-get could not install python3.12-dev python3.12-venv. See why with:\n"
        "    sudo apt-get install python3.12-dev python3.12-venv\n"
    )
