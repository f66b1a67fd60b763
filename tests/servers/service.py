"""A server that a test may end, kill, freeze and start again: same port, same data.

Its port lies where the system takes none from for outgoing connections: whoever tries
again and again to reach a server that is down would in the end be connected to itself,
and the server could not come back.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from servers.process import Daemon, ServerFailed, free_port, started

__all__ = ["Service", "lasting_port", "stepped_down"]

lasting_port = free_port
"""For a server that comes back: see there."""


@attrs.define
class Service:
    """One server, running or not; its processes may change, its place does not.

    `ready` says whether it does its work, `farewell` is the signal by which it ends in
    good order, within `patience` seconds. Only Linux shows which processes are its own.
    """

    command: Sequence[str]
    port: int
    log: Path
    ready: Callable[[], bool] | None = None
    farewell: signal.Signals = signal.SIGTERM
    patience: float = 60.0
    owner: str | None = None
    environment: Mapping[str, str] | None = None
    _daemon: Daemon | None = attrs.field(default=None, init=False)

    @property
    def running(self) -> bool:
        """Whether its first process lives, frozen or not."""
        return self._daemon is not None and self._daemon.process.poll() is None

    def start(self) -> None:
        """Start it over the data that are there; return when it does its work."""
        assert not self.running, "it runs already"
        self._daemon = started(
            self.command,
            port=self.port,
            log=self.log,
            patience=self.patience,
            ready=self.ready,
            owner=self.owner,
            environment=self.environment,
        )

    def stop(self) -> None:
        """End it in good order."""
        if self._daemon is not None and self.running:
            self.thaw()
            self._daemon.stop(self.farewell, self.patience)

    def kill(self) -> None:
        """End it and all that it started at once, as a crash would (`kill -9`)."""
        if self._daemon is not None and self.running:
            family = self._signal(signal.SIGSTOP, signal.SIGKILL)
            self._daemon.kill()
            _wait_for_end(family)

    def restart(self) -> None:
        """End it in good order, and start it again."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let nothing of it run: connections stay, and nobody answers (SIGSTOP)."""
        self._signal(signal.SIGSTOP, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it was (SIGCONT)."""
        self._signal(signal.SIGCONT, signal.SIGCONT)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it runs meanwhile."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def mend(self) -> None:
        """Whatever a test did to it, it does its work again."""
        if self.running:
            self.thaw()
        else:
            self.start()

    def log_tail(self, lines: int = 30) -> str:
        """The end of what it wrote."""
        return "" if self._daemon is None else self._daemon.log_tail(lines)

    def _signal(self, first: signal.Signals, then: signal.Signals) -> list[int]:
        """To the first process, so that it starts no more; then to all there are."""
        if self._daemon is None or not self.running:
            return []
        root = self._daemon.process.pid
        _tell(root, first)
        family = _family(root)
        for process in family:
            _tell(process, then)
        return family


def _tell(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _family(root: int) -> list[int]:
    """A process and all that came of it; servers give their children own groups."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        if (state := _state(file)) is not None:
            parents[int(file.parent.name)] = int(state[1])
    family = [root]
    for one in family:  # grows on the way
        family += [child for child, parent in parents.items() if parent == one]
    return family


def _state(file: Path) -> list[str] | None:
    """What proc(5) tells of a process after its name: state, parent, and so on."""
    try:
        return file.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _wait_for_end(family: Sequence[int]) -> None:
    """A killed process keeps its ports and memory for a moment more."""
    end = time.monotonic() + 60
    for process in family:
        file = Path(f"/proc/{process}/stat")
        while (state := _state(file)) is not None and state[0] not in "ZX":
            if time.monotonic() > end:
                raise ServerFailed(f"process {process} does not end")
            time.sleep(0.005)


def stepped_down() -> str | None:
    """Who runs a server that refuses root: nobody, or who runs the tests anyway."""
    return "nobody" if os.geteuid() == 0 else None
