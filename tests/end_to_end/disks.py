"""A small disk that fills up, becomes read-only and gets well again; and bad files."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.process import MissingServer

__all__ = ["Disk", "small_disk"]


@attrs.frozen
class Disk:
    """A file system of its own, in memory."""

    folder: Path

    @property
    def ballast(self) -> Path:
        """The file that fills it."""
        return self.folder / "ballast"

    def fill(self, room: int = 0) -> None:
        """Leave so many octets free."""
        with self.ballast.open("ab", buffering=0) as file:
            with contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            file.truncate(max(0, file.tell() - room))

    def empty(self) -> None:
        """Make room again."""
        self.ballast.unlink(missing_ok=True)

    def set_writable(self, *, yes: bool) -> None:
        """Mount it again, read-only or not."""
        way = "rw" if yes else "ro"
        _run("mount", "-o", f"remount,{way}", str(self.folder))


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    """Mount a file system of that size ("16m"). Raises `MissingServer`."""
    folder.mkdir()
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingServer(
            "mounting a small disk needs the rights of root and mount(8)"
        ) from error
    try:
        yield Disk(folder)
    finally:
        _run("umount", "-l", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
