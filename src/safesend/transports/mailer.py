"""One message handed to one process: the blocking side of the sendmail pipe.

The message is in a file without a name, whole, before the process begins. So what is
cut off, on either side, never looks like the end of a shorter message; a mailer that
does not read cannot block us; and a run that is killed takes nothing back.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence

from safesend.clock import SYSTEM
from safesend.delivery import InDoubt, NotSent, Outcome, Stage
from safesend.smtp import Reply
from safesend.transports.files import write_all
from safesend.transports.sysexits import outcome_of

__all__ = ["Mailer"]

_KEPT = 4096
"""Octets of its standard error that are kept; the rest is read and dropped."""
_SHOWN = 300
_READ = 65536
_SLICE = 0.05
_GRACE = 5.0
_LINGERING = 16
# What a mailer needs to find its settings. Everything else of ours is none of its
# business: a password may be among it.
_KNOWN = ("HOME", "LOGNAME", "PATH", "TZ", "USER", "XDG_CONFIG_HOME")


class Mailer:
    """Runs one process after the other, each in a session of its own.

    That is why Ctrl-C at our terminal does not reach one that holds a message.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._hurry = False
        # Standard error of mailers that left somebody behind who may still write to
        # it: closed at once, that one would be killed by a SIGPIPE.
        self._lingering: deque[int] = deque()

    def hand_over(self, command: Sequence[str], message: bytes) -> Outcome:
        """What became of the message. Raises no OSError."""
        try:
            with _held(message) as file:
                reading, writing = os.pipe()
                try:
                    process = _started(command, file, writing)
                except BaseException:
                    os.close(reading)
                    raise
                finally:
                    os.close(writing)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return NotSent(Stage.CONNECT, text=f"the mailer did not start: {reason}")
        ears = _Ears(reading)
        ended = self._wait(process, ears)
        self._let_go(ears)
        if ended:
            return outcome_of(process.returncode, ears.said())
        why = "was not waited for" if self._hurry else "did not end in time"
        return InDoubt(text=f"the mailer has the message and {why}")

    def hurry(self) -> None:
        """Wait no longer for the one that is running; it is left alone."""
        self._hurry = True

    def close(self) -> None:
        """Let go of what is left."""
        while self._lingering:
            os.close(self._lingering.popleft())

    def _wait(self, process: subprocess.Popen[bytes], ears: _Ears) -> bool:
        """Whether it ended; in time, and by itself."""
        end = SYSTEM.monotonic() + self._timeout
        while process.poll() is None:
            if self._hurry:
                # Somebody has to take note of its end.
                threading.Thread(target=process.wait, daemon=True).start()
                return False
            if SYSTEM.monotonic() > end:
                _ended_by_force(process)
                return False
            if ears.listen(_SLICE):
                continue
            # It closed its standard error, mostly because it ends.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_SLICE)
        ears.listen(0)
        return True

    def _let_go(self, ears: _Ears) -> None:
        if ears.closed:
            return
        self._lingering.append(ears.file)
        if len(self._lingering) > _LINGERING:
            os.close(self._lingering.popleft())


class _Ears:
    """The reading end of a standard error."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.closed = False
        self._heard = b""
        os.set_blocking(file, False)

    def listen(self, seconds: float) -> bool:
        """Read what comes in that time, once; False when nobody will say any more."""
        if self.closed:
            return False
        poll = select.poll()
        poll.register(self.file, select.POLLIN)
        if poll.poll(seconds * 1000):
            octets = os.read(self.file, _READ)
            self._heard += octets[: _KEPT - len(self._heard)]
            if not octets:
                self.closed = True
                os.close(self.file)
        return not self.closed

    def said(self) -> str:
        """The beginning of it on one line, addresses masked: fit to be printed."""
        text = self._heard.decode("utf-8", "replace")
        words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if len(words) > _SHOWN:
            words = words[:_SHOWN].rpartition(" ")[0]
        return Reply(250, None, (words,)).text


@contextlib.contextmanager
def _held(message: bytes) -> Iterator[int]:
    """The message in a file without a name, to be read from its beginning."""
    with contextlib.ExitStack() as stack:
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("message")
            stack.callback(os.close, file)
        else:
            file = stack.enter_context(tempfile.TemporaryFile(buffering=0)).fileno()
        write_all(file, message)
        os.lseek(file, 0, os.SEEK_SET)
        yield file


def _started(
    command: Sequence[str], message: int, errors: int
) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KNOWN if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - the user's own mailer; never a shell
        command,
        stdin=message,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env={"PATH": os.defpath, **environment, "LC_ALL": "C"},
        cwd="/",
        start_new_session=True,
    )


def _ended_by_force(process: subprocess.Popen[bytes]) -> None:
    for number in signal.SIGTERM, signal.SIGKILL:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            return
