"""Who works on which block, so that several processes can share one store.

A claim saves work and decides nothing: should two processes run one block, both write the same
bits under the same name.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
import uuid
from pathlib import Path
from typing import Any

from saddlesim.errors import StoreError
from saddlesim.study.files import make_folder

__all__ = ["HEARTBEAT", "Claims"]

HEARTBEAT = 15.0  # seconds between two signs of life of a claim
_SILENCE = 120.0  # seconds without one after which a claim of another host counts for nothing


class Claims:
    """The claims of this process in a store.

    Parameters
    ----------
    folder
        Where claims are, one file each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: set[Path] = set()
        self._handle: int | None = None  # of the folder, wherever it is moved
        pid = os.getpid()
        self._owner = {"host": _host(), "pid": pid, "started": _started(pid)}

    def take(self, name: str) -> bool:
        """Claim a block, unless another process that is alive has; return whether that went.

        Raises
        ------
        StoreError
            If the claim cannot be written.
        """
        path = self._folder / f"{name}.json"
        if path in self._held:
            return True
        make_folder(self._folder)
        for _ in range(2):
            try:
                if self._handle is None:
                    self._handle = os.open(self._folder, os.O_RDONLY)
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            except FileExistsError:
                if not self._remove_stale(path):
                    return False
                continue
            except OSError as error:
                raise StoreError(
                    f"store: {path} could not be written: {error.strerror or error}; all that was "
                    "finished before is kept; put that right and run the same call again"
                ) from error
            self._held.add(path)
            with os.fdopen(handle, "w", encoding="utf-8") as file, contextlib.suppress(OSError):
                json.dump({**self._owner, "since": time.time()}, file)
            return True
        return False

    def release(self, name: str) -> None:
        """Give a block back."""
        path = self._folder / f"{name}.json"
        self._held.discard(path)
        with contextlib.suppress(OSError):
            try:
                path.unlink()
            except FileNotFoundError:
                os.unlink(path.name, dir_fd=self._handle)

    def release_all(self) -> None:
        """Give all blocks back."""
        for path in list(self._held):
            self.release(path.stem)
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def tidy(self) -> None:
        """Remove the claims of processes that are gone."""
        for path in self._folder.glob("*.json"):
            self._remove_stale(path)

    def beat(self) -> None:
        """Show that this process is alive."""
        for path in list(self._held):
            with contextlib.suppress(OSError):
                os.utime(path)

    def alive(self) -> dict[str, dict[str, Any]]:
        """Return the claims of processes that are alive, as far as one can tell, by their names."""
        found = {}
        for path in sorted(self._folder.glob("[!.]*.json")):
            with contextlib.suppress(OSError, ValueError):
                modified, text = path.stat().st_mtime, path.read_text(encoding="utf-8")
                if text and not self._is_stale(text, modified):
                    found[path.stem] = json.loads(text)
        return found

    def _remove_stale(self, path: Path) -> bool:
        """Remove a claim whose process is gone; return whether there is none now."""
        try:
            modified = path.stat().st_mtime
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return True
        if not self._is_stale(text, modified):
            return False
        # Moved first: of two processes that both find it stale only one gets it.
        mine = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
        with contextlib.suppress(OSError):
            path.rename(mine)
            mine.unlink()
        return True

    def _is_stale(self, text: str, modified: float) -> bool:
        try:
            owner: dict[str, Any] = json.loads(text)
            here = owner["host"] == _host()
            pid, started = int(owner["pid"]), str(owner["started"])
        except (ValueError, KeyError, TypeError):
            return self._silent(modified)  # not yet written, or its writer died before
        return _started(pid) != started if here else self._silent(modified)

    def _silent(self, modified: float) -> bool:
        return self._now() - modified > _SILENCE

    def _now(self) -> float:
        """Return the time of the file system, which may be that of another host."""
        probe = self._folder / f".{uuid.uuid4().hex[:12]}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()


def _host() -> str:
    """Return what tells apart machines, their boots, and containers with pids of their own."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return "/".join(parts)


def _started(pid: int) -> str | None:
    """Return when a process of this host began; None if there is none, or only its remains."""
    try:
        # The name in parentheses may contain anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self").exists() else _alive(pid)
    return None if fields[0] in "ZX" else fields[19]


def _alive(pid: int) -> str | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return "running"
