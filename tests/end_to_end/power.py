"""A machine whose power can be cut: what its disk holds afterwards.

`power.c`, preloaded into a process, writes down what is done to the files of a folder.
`Disk.replay` reads that and keeps apart what was synced, which survives, and what was
not, of which anything may be left: `Disk.left` gives one of the possibilities.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from servers.process import program

__all__ = ["built"]

_SOURCE = Path(__file__).with_name("power.c")


def built(folder: Path) -> Path:
    """The library to preload, compiled into the folder. Raises `MissingServer`."""
    compiler = program("gcc", "gcc libc6-dev")
    library = folder / "power.so"
    options = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    command = [compiler, *options, "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library
