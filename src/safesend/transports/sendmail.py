"""The sendmail command of this machine: a process for each message, never a shell."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from safesend.delivery import InDoubt, NotSent, Outcome, Refused, Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.transports.base import Limits, Session
from safesend.transports.files import in_thread
from safesend.transports.mailer import Mailer
from safesend.transports.smtp_url import number

__all__ = ["SendmailTransport"]

_USUAL = "/usr/sbin/sendmail"
_DAY = 86400.0
_PATIENCE = 600.0  # RFC 5321 section 4.5.3.2.6, for the same reason
_SHORT = 10.0
_TOO_MANY = 3

# An argument is read as a list of addresses with comments and quotes, by each mailer
# in its own way: msmtp makes "@example.org" of "a, b"@example.org. So only what all
# of them must take for the one mailbox that it is: atoms and dots (RFC 5322 section
# 3.2.3) at a domain name.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
# An option with its value in it. Anything else could be read as one more recipient;
# and -t, alone or among others, takes recipients from the message.
_OPTION = re.compile(
    r"--[a-z][a-z-]*(?:=[^\x00-\x1f\x7f]+)?|-[A-Za-z][^\x00-\x1f\x7f]*"
)
_TAKES_RECIPIENTS = re.compile(r"-[A-Za-su-z]{0,3}t[A-Za-z]{0,3}|--read-.*")
# With these it does something else, and says that it went well: it lists its queue
# (-bp), or takes the text of a message for SMTP commands (-bs).
_DOES_NOT_SEND = re.compile(r"-b(?!m$).*|-[IMPSq].*|--(?:he|pre|ser|ver).*")

_NO_UTF8 = Refused(
    Stage.MAIL,
    enhanced="5.6.7",
    text="the address needs SMTPUTF8, which no sendmail can be asked for",
)
_NOT_PLAIN = Refused(
    Stage.COMPOSE,
    text="nothing was sent: an address with quotes or brackets would be read by each"
    " sendmail in its own way; send it by SMTP",
)


def _options(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ConfigurationError("arguments is a list of options: ['-C/etc/mine']")
    options = tuple(given)
    for one in options:
        if (
            not _OPTION.fullmatch(one)
            or _TAKES_RECIPIENTS.fullmatch(one)
            or _DOES_NOT_SEND.fullmatch(one)
        ):
            raise ConfigurationError(
                "an argument for sendmail is an option with its value in it, such as"
                " -C/etc/mine or --file=/etc/mine, and none that names recipients (-t)"
                " or has it do anything else than send (-bp)"
            )
    return options


@attrs.define
class _Trouble:
    """How often in a row nobody could tell what became of a message."""

    times: int = 0


@attrs.frozen
class SendmailTransport:
    """The command that Postfix, Exim, OpenSMTPD, msmtp and others give to a machine.

    It runs as ``path *arguments -i -f SENDER -- RECIPIENT``, once for each message.
    `arguments`: options of its own, each with its value in it ("-C/etc/mine").
    `timeout`: seconds that it may take before it is ended, and the row is in doubt.

    Accepted means that the mailer has queued it: what becomes of it then is told by
    bounces only. An exit status that does not say that nothing was taken leaves the
    row in doubt.
    """

    path: Path = attrs.field(default=Path(_USUAL), converter=Path)
    arguments: tuple[str, ...] = attrs.field(default=(), converter=_options)
    timeout: float = attrs.field(default=_PATIENCE, kw_only=True)
    _trouble: _Trouble = attrs.field(init=False, factory=_Trouble, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not self.path.is_absolute() or not str(self.path).isprintable():
            raise ConfigurationError(
                f"sendmail: needs the whole path of the command, such as {_USUAL}"
            )
        if not 0 < self.timeout <= _DAY:
            raise ConfigurationError(
                "the timeout is a number of seconds, above 0 and at most a day"
            )

    @classmethod
    def from_url(
        cls, url: str, *, password: str | Secret | None = None
    ) -> SendmailTransport:
        """`sendmail:` for the usual place, or `sendmail:/usr/local/sbin/sendmail`.

        Options: `?timeout=60`, and `&argument=-C/etc/mine` as often as needed.
        Raises `ConfigurationError`.
        """
        from urllib.parse import parse_qsl, unquote  # noqa: PLC0415 - only for URLs

        where, _, query = url.partition(":")[2].partition("?")
        if password is not None:
            raise ConfigurationError("sendmail: takes no password")
        pairs = parse_qsl(query, keep_blank_values=True)
        options = {name: value for name, value in pairs if name != "argument"}
        if options.keys() - {"timeout"}:
            raise ConfigurationError("sendmail: knows ?timeout= and ?argument= only")
        if where.startswith("//") and not where.startswith("///"):
            raise ConfigurationError(f"sendmail: has no host: sendmail:{_USUAL}")
        seconds = number(options, "timeout", float)
        return cls(
            Path(unquote(where.removeprefix("//")) or _USUAL),
            tuple(value for name, value in pairs if name == "argument"),
            timeout=_PATIENCE if seconds is None else seconds,
        )

    @property
    def name(self) -> str:
        """The command, as a URL."""
        return f"sendmail:{self.path}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one command for all
        """One command, one queue."""
        return self.name

    def limits(self) -> Limits | None:
        """None that it would tell."""
        return None

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is one
        """Look whether the command is there; nothing runs yet.

        Raises `TransportError`, always permanent: it is not there, may not be run, or
        left three messages in a row in doubt.
        """
        if reason := self._unfit():
            raise TransportError(
                f"{self.name}: {reason}", stage=Stage.CONNECT, permanent=True
            )
        return _Sendmail(self, self._trouble)

    def _unfit(self) -> str:
        if self._trouble.times >= _TOO_MANY:
            self._trouble.times = 0  # told; who begins anew has looked at it
            return (
                f"what became of the last {_TOO_MANY} messages is not known; run it by"
                " hand, and see what it says and whether it queues them"
            )
        if not self.path.exists():
            return "there is no such command; install a mailer or give another path"
        if not self.path.is_file() or not os.access(self.path, os.X_OK):
            return "this user may not run it, or it is no command"
        return ""


class _Sendmail:
    """A session: one process at a time, in a thread of its own."""

    security = "handed to a mailer on this machine"

    def __init__(self, transport: SendmailTransport, trouble: _Trouble) -> None:
        self._begin = (str(transport.path), *transport.arguments, "-i", "-f")
        self._trouble = trouble
        self._mailer = Mailer(transport.timeout)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="safesend-sendmail")
        self._usable = True
        self._closed = False

    @property
    def usable(self) -> bool:
        """False once a process did not start or left a message in doubt."""
        return self._usable

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome each, in order; nothing is taken ahead."""
        waiting = iter(envelopes)
        while self._usable and (envelope := next(waiting, None)) is not None:
            yield await self._one(envelope)

    async def _one(self, envelope: Envelope) -> Outcome:
        sender, recipient = envelope.sender, envelope.recipient.wire
        if envelope.needs_smtputf8:
            return _NO_UTF8
        if not _PLAIN.fullmatch(recipient) or (sender and not _PLAIN.fullmatch(sender)):
            return _NOT_PLAIN
        command = (*self._begin, sender, "--", recipient)
        text = envelope.content.replace(b"\r\n", b"\n")
        hand_over = self._mailer.hand_over
        outcome = await in_thread(self._pool, hand_over, command, text)
        doubt = isinstance(outcome, InDoubt)
        self._trouble.times = self._trouble.times + 1 if doubt else 0
        self._usable &= not (doubt or isinstance(outcome, NotSent))
        return outcome

    async def close(self) -> None:
        """Wait a moment for a process that has a message, then let go of it."""
        self._usable = False
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        patience = loop.call_later(_SHORT, self._mailer.hurry)
        try:
            await in_thread(self._pool, self._mailer.close)
        except BaseException:
            self._mailer.hurry()
            raise
        finally:
            patience.cancel()
            self._pool.shutdown(wait=False)
