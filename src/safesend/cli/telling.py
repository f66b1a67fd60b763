"""Where else a run tells how it goes: a log, and figures for Prometheus."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

import attrs
import click

from safesend.cli import show
from safesend.engine.events import Listener
from safesend.engine.journal import LOG
from safesend.redaction import mask_text

__all__ = ["Telling", "port_of", "telling_options"]

_Command = TypeVar("_Command", bound=Callable[..., object])

_LOOPBACK = "127.0.0.1"
_PORTS = 65_535


@attrs.frozen(kw_only=True)
class Telling:
    """What the options say: where figures are given out, where the log is written."""

    metrics: tuple[str, int] | None = None
    log: str | None = None
    verbose: bool = False

    @contextmanager
    def listeners(self) -> Iterator[list[Listener]]:
        """Those who are told of the run, for as long as it lasts."""
        with ExitStack() as stack:
            if self.log is not None or self.verbose:
                level = logging.DEBUG if self.verbose else logging.INFO
                stack.enter_context(_logging(self.log or "-", level))
            if self.metrics is None:
                yield []
                return
            from safesend.cli.metrics import serving

            yield [stack.enter_context(serving(*self.metrics))]

    def words(self) -> list[str]:
        """The options again, for a command that goes on."""
        words = []
        if self.metrics is not None:
            host, port = self.metrics
            shown = f"[{host}]" if ":" in host else host
            words += ["--metrics", f"{shown}:{port}"]
        if self.log is not None:
            words += ["--log", self.log]
        return [*words, "-v"] if self.verbose else words


def telling_options(command: _Command) -> _Command:
    """Add `--metrics`, `--log` and `-v`."""
    for option in (
        click.option(
            "-v", "--verbose", is_flag=True, help="Log every outcome and connection."
        ),
        click.option(
            "--log",
            metavar="FILE",
            help="Write a log, with masked addresses; '-' is standard error.",
        ),
        click.option(
            "--metrics",
            metavar="[HOST:]PORT",
            callback=port_of,
            help="Give out figures for Prometheus there (this machine alone, unless a"
            " host is named).",
        ),
    ):
        command = option(command)
    return command


def port_of(
    _: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    """Host and port of an option; this machine alone, unless a host is named."""
    if value is None:
        return None
    host, _colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdecimal() and int(port) <= _PORTS):
        raise click.BadParameter("write a port, or HOST:PORT: 9100", param=parameter)
    return host or _LOOPBACK, int(port)


@contextmanager
def _logging(place: str, level: int) -> Iterator[None]:
    handler = _Screen() if place == "-" else _File(Path(place))
    handler.setFormatter(_Line("%(asctime)s %(levelname)s %(message)s"))
    before = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(level)
    try:
        yield
    finally:
        LOG.setLevel(before)
        LOG.removeHandler(handler)
        handler.close()


class _Line(logging.Formatter):
    """One line a record, whatever a server wrote; nobody's address in it."""

    def format(self, record: logging.LogRecord) -> str:
        line = mask_text(super().format(record))
        return show.printable(" ".join(line.splitlines()))


class _Screen(logging.Handler):
    """Standard error, above the line that is drawn anew."""

    def emit(self, record: logging.LogRecord) -> None:
        show.say(self.format(record), err=True)


class _File(logging.StreamHandler[TextIO]):
    """A file that its owner alone may read; what is there stays."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        super().__init__(os.fdopen(descriptor, "a", encoding="utf-8"))

    def close(self) -> None:
        self.stream.close()
        super().close()
