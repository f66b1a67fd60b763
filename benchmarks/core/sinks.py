"""Those who take the messages: two of Postfix's, and one of our own.

Each is started anew for each run, on the first core, and says afterwards how many
messages it took.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from benchmarks import ROOT
from benchmarks.core.discarding import run_discarding
from servers.process import Daemon, free_port, program, started

__all__ = ["SINKS", "Sink", "compiled_sink", "pinned", "run_proxy", "run_sink"]

FIRST, LAST = 0, -1
_FAREWELL = 60.0

_HERE = ROOT / "benchmarks" / "core"


@attrs.frozen
class Sink:
    """One that runs, or has run. What it tells is complete once it has stopped."""

    port: int
    told: Callable[[], dict[str, Any]]
    """`messages`, and from our own `recipients` (a sum of hashes) and `faults`."""


def pinned(core: int) -> list[str]:
    """The words that keep a command on one core, where there are two and taskset."""
    if not hasattr(os, "sched_getaffinity") or shutil.which("taskset") is None:
        return []
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core])] if len(cores) > 1 else []


@contextlib.contextmanager
def run_sink(kind: str, place: Path, *options: str) -> Iterator[Sink]:
    """Run a sink of that kind; its files go into that folder."""
    with SINKS[kind](place, options) as sink:
        yield sink


@contextlib.contextmanager
def _smtp_sink(place: Path, options: tuple[str, ...]) -> Iterator[Sink]:
    port, log = free_port(), place / "smtp-sink.log"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program("smtp-sink", "postfix"), *user, "-c", *options]
    command += [f"inet:127.0.0.1:{port}", "100"]
    with _running([*pinned(FIRST), *command], port, log):
        yield Sink(port, lambda: {"messages": _last_count(log)})


def _last_count(log: Path) -> int:
    hits = re.findall(rb"mesg=(\d+)", log.read_bytes())
    return int(hits[-1]) if hits else 0


@contextlib.contextmanager
def _fast(place: Path, options: tuple[str, ...]) -> Iterator[Sink]:
    """In C where there is a compiler; that one has no options."""
    compiled = None if options else compiled_sink()
    command = [sys.executable, str(_HERE / "sink.py")]
    with _own([str(compiled)] if compiled else command, place, options) as sink:
        yield sink


@contextlib.contextmanager
def _python(place: Path, options: tuple[str, ...]) -> Iterator[Sink]:
    command = [sys.executable, str(_HERE / "sink.py")]
    with _own(command, place, options) as sink:
        yield sink


@contextlib.contextmanager
def _own(command: list[str], place: Path, options: tuple[str, ...]) -> Iterator[Sink]:
    port, log = free_port(), place / "sink.log"
    with _running([*pinned(FIRST), *command, str(port), *options], port, log):
        yield Sink(port, lambda: _last_line(log))


def compiled_sink() -> Path | None:
    """Our sink in C, compiled when its source has changed; None without a compiler."""
    source = _HERE / "sink.c"
    folder = ROOT / ".tools"
    program = folder / f"sink-{zlib.crc32(source.read_bytes()):08x}"
    if program.exists():
        return program
    if shutil.which("gcc") is None:
        return None
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        made = Path(name, "sink")
        command = ["gcc", "-O2", "-o", str(made), str(source)]
        if subprocess.run(command, check=False).returncode:
            return None
        # Whoever compiles it at the same time makes the same.
        return made.replace(program)


def _last_line(log: Path) -> dict[str, Any]:
    lines = log.read_text("utf-8", "replace").splitlines()
    told: dict[str, Any] = json.loads(lines[-1]) if lines else {"messages": 0}
    return told


@contextlib.contextmanager
def _checking(place: Path, options: tuple[str, ...]) -> Iterator[Sink]:
    with _python(place, ("--check", *options)) as sink:
        yield sink


@contextlib.contextmanager
def _postfix(place: Path, _options: tuple[str, ...]) -> Iterator[Sink]:
    with run_discarding(place / "postfix", pinned(FIRST)) as (port, log):
        # cleanup(8) notes each message as it is put into the queue.
        noted = rb"postfix/cleanup\[\d+\]: [0-9A-Za-z]+: message-id="
        yield Sink(port, lambda: {"messages": len(re.findall(noted, log.read_bytes()))})


@contextlib.contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[Daemon]:
    daemon = started(command, port=port, log=log)
    try:
        yield daemon
    finally:
        # On a busy machine it takes its time to tell what it took.
        daemon.stop(patience=_FAREWELL)


@contextlib.contextmanager
def run_proxy(port: int, round_trip: float, place: Path) -> Iterator[int]:
    """A port from which it takes so many seconds to the other one and back."""
    if not round_trip:
        yield port
        return
    way = free_port()
    command = [sys.executable, str(_HERE / "proxy.py")]
    command += [str(way), str(port), str(round_trip / 2)]
    with _running([*pinned(FIRST), *command], way, place / "proxy.log"):
        yield way


SINKS: dict[
    str,
    Callable[[Path, tuple[str, ...]], contextlib.AbstractContextManager[Sink]],
] = {
    "smtp-sink": _smtp_sink,
    "postfix": _postfix,
    "fast": _fast,
    "python": _python,
    "checking": _checking,
}
