"""Recipient -> Envelope, or the reason why not. Rehearsal and sending both use it."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence

import attrs

from safesend.checks.allowance import Allow
from safesend.engine.audience import Copy
from safesend.engine.inspection import Inspector
from safesend.errors import (
    AttachmentError,
    Leak,
    LedgerError,
    Problem,
    SafesendError,
    UnsafeMessage,
)
from safesend.message.compile import CompiledMessage
from safesend.message.compose import Composed, compose, sign
from safesend.message.envelope import Envelope, seal
from safesend.message.headers import format_date
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient
from safesend.message.second_reading import reread

__all__ = ["Findings", "Preparer"]

_KEPT = 1000
_SAMPLE_EVERY = 1000
_HEAVY = 100_000
"""Octets of files for everybody from which on hashing them takes its time."""


@attrs.define
class Findings:
    """What a rehearsal found; the first thousand of each kind are kept, all counted."""

    leaks: list[Leak] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    failures: list[Problem] = attrs.field(factory=list)
    """Rows that cannot be made and stop nobody else (a personal file is missing)."""
    warnings: list[Leak] = attrs.field(factory=list)
    """What is worth a look and stops nothing."""
    allowed: dict[Allow, int] = attrs.field(factory=dict)
    """What the sender let pass, and how often it was met."""
    total: int = 0
    largest: int = attrs.field(default=0, eq=False)
    """Octets of the largest message, without signatures."""
    signatures: int = attrs.field(default=0, eq=False)
    """Octets that those add to it."""
    needs_utf8: bool = attrs.field(default=False, eq=False)
    """Whether a message wants SMTPUTF8."""

    def measure(self, envelope: Envelope) -> None:
        """Book the size of a message, and what it asks of a server."""
        self.largest = max(self.largest, envelope.size)
        self.needs_utf8 = self.needs_utf8 or envelope.needs_smtputf8

    def leak(self, leaks: Sequence[Leak]) -> None:
        """Book what all messages have in common and none may have."""
        self.total += len(leaks)
        self.leaks.extend(leaks[: _KEPT - len(self.leaks)])

    def add(self, recipient: Recipient, error: SafesendError) -> None:
        """Book an error of one row under its kind."""
        self.total += 1
        match error:
            case UnsafeMessage():
                leaks = (attrs.evolve(k, row=recipient.source) for k in error.leaks)
                self.leaks.extend(list(leaks)[: _KEPT - len(self.leaks)])
            case AttachmentError():
                self._keep(self.failures, _problem(recipient, error))
            case _:
                self._keep(self.problems, _problem(recipient, error))

    @staticmethod
    def _keep(room: list[Problem], problem: Problem) -> None:
        if len(room) < _KEPT:
            room.append(problem)


def _problem(recipient: Recipient, error: SafesendError) -> Problem:
    source = recipient.source
    reason = str(error).removeprefix(f"{source}: ")
    file, _, line = source.rpartition(":")
    if not line.isdigit():
        return Problem(source or str(recipient.address), 0, "", reason)
    return Problem(file, int(line), "", reason)


@functools.lru_cache(maxsize=64)
def _header_date(second: int) -> bytes:
    return format_date(dt.datetime.fromtimestamp(second, dt.UTC))


@attrs.frozen
class Preparer:
    """Makes the envelopes of one campaign under one key.

    `look` is put to every message that is made to be sent, where rows wait that the
    rehearsal of this list did not see.
    """

    compiled: CompiledMessage
    key: CampaignKey
    look: Callable[[Composed], Sequence[Leak]] | None = None
    _unsigned: CompiledMessage = attrs.field(init=False, repr=False, eq=False)

    @_unsigned.default
    def _without_signatures(self) -> CompiledMessage:
        return self.compiled.unsigned()

    @property
    def signs(self) -> bool:
        """Whether messages are signed before they are sealed."""
        return bool(self.compiled.dkim)

    @property
    def signs_slowly(self) -> bool:
        """Whether signing takes longer than all else: RSA, or files to be hashed."""
        template = self.compiled.template
        files = sum(file.size for file in (*template.inline, *template.attachments))
        rsa = any(one.key.kind == "rsa" for one in self.compiled.dkim)
        return self.signs and (rsa or files > _HEAVY)

    def envelope(self, recipient: Recipient, date: float) -> Envelope:
        """Compose, sign and seal. `date` is seconds since 1970.

        Raises `TemplateError`, `AttachmentError` or `UnsafeMessage`.
        """
        return self.seal(self.compose(recipient, date))

    def unsigned(self, recipient: Recipient, date: float) -> Envelope:
        """The same without signatures: to be looked at, and quick."""
        return self.seal(self._composed(self._unsigned, recipient, date))

    def compose(self, recipient: Recipient, date: float) -> Composed:
        """A message that was looked at; not signed yet, and not sealed.

        Raises `TemplateError`, `AttachmentError` or `UnsafeMessage`.
        """
        composed = self._composed(self.compiled, recipient, date)
        if self.look is not None and (leaks := self.look(composed)):
            raise UnsafeMessage(leaks)
        return composed

    def seal(self, composed: Composed) -> Envelope:
        """Its envelope, signed where that was not done yet. Raises `UnsafeMessage`."""
        return seal(sign(composed), self.key)

    def rehearse(
        self,
        copy: Copy,
        date: float,
        number: int,
        inspector: Inspector,
        findings: Findings,
    ) -> None:
        """Make a message and book what is wrong with it.

        The first and every thousandth message is read again by a second parser, and
        whole by every check; `number` counts them. Only these are signed: a signature
        says nothing that could expose somebody, and takes longer than all the rest.
        """
        recipient = copy.recipient
        try:
            composed = self._composed(self._unsigned, recipient, date)
            envelope = seal(composed, self.key)
            findings.measure(envelope)
            leaks = inspector.row(composed, copy)
            if number % _SAMPLE_EVERY == 0:
                final = (
                    self.envelope(recipient, date) if self.compiled.dkim else envelope
                )
                findings.signatures = final.size - envelope.size
                self.second_reading(final, recipient)
                leaks = leaks or inspector.whole(envelope, copy)
            if leaks:
                raise UnsafeMessage(leaks)
        except LedgerError:  # asked who was in an earlier list: no fault of the row
            raise
        except SafesendError as error:
            findings.add(recipient, error)

    def second_reading(self, envelope: Envelope, recipient: Recipient) -> None:
        """Raise `UnsafeMessage` where a second, independent parser disagrees."""
        leaks = reread(envelope, self.compiled, recipient)
        if leaks:
            raise UnsafeMessage(leaks)

    def _composed(
        self, compiled: CompiledMessage, recipient: Recipient, date: float
    ) -> Composed:
        return compose(compiled, recipient, self.key, _header_date(int(date)))
