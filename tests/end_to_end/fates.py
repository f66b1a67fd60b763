"""Mailings to a server that misbehaves, and what became of every row and its copies."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import attrs

from engine.fleet import mail, people, plan
from safesend.errors import TransportError
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.testing import FakeClock, SmtpServer
from safesend.transports import SmtpTransport

__all__ = ["Fate", "Post", "aimed", "every", "nth"]

_PATIENT = 20.0
_HALF_A_DAY = 43_200.0


@attrs.frozen
class Fate:
    """A row after a call: its state, the tries that were counted, the copies made."""

    state: str
    tries: int
    copies: int


@attrs.define
class Post:
    """One campaign over one ledger to one server, under a clock that jumps."""

    server: SmtpServer
    place: str | Path
    lanes: int
    count: int = 24
    timeout: float = _PATIENT
    most: int | None = 1000
    """Messages on one connection, as the client counts them."""
    in_flight: int | None = None
    """Messages on one connection that may be unanswered."""
    login: bool = False
    clock: FakeClock = attrs.field(factory=FakeClock)
    error: str = ""
    """Why the last call ended, by an exception or by its report."""
    _ledger: Ledger = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ledger = open_ledger(str(self.place))

    def call(self, **options):
        """Send what is not sent yet; gives the report, or None after an error."""
        report, self.error = None, ""
        try:
            report = mail(
                plan(people(self.count)),
                self._ledger,
                self._transport(),
                clock=self.clock,
                lanes=self.lanes,
                **options,
            )
            self.error = report.stopped or ""
        except TransportError as error:
            self.error = str(error)
        return report

    def call_again(self, **options):
        """Half a day later, when pauses and waits are over."""
        self.clock.advance(_HALF_A_DAY)
        return self.call(**options)

    def _transport(self) -> SmtpTransport:
        server, tls = self.server, self.server.url.partition(":")[0]
        return SmtpTransport(
            "127.0.0.1",
            server.port,
            tls="starttls" if tls == "smtp" else "insecure-plaintext",
            tls_context=server.client_context() if tls == "smtp" else None,
            username="ada" if self.login else None,
            password="secret" if self.login else None,
            timeout=self.timeout,
            max_messages=self.most,
            in_flight=self.in_flight,
        )

    def fates(self) -> dict[str, Fate]:
        """What became of every row, and of no other; lost is what has no account."""
        [campaign] = self._ledger.campaigns()
        key = CampaignKey(self._ledger.secret, campaign.name)
        copies = self.copies()
        found = {}
        for person in people(self.count):
            address = person.address.wire
            account = self._ledger.account(campaign.id, key.row(Address.parse(address)))
            assert account is not None, f"{address} is lost"
            fate = Fate(account.state.value, account.attempts, copies[address])
            found[address] = fate
        assert set(copies) <= set(found)
        counts = Counter(fate.state for fate in found.values())
        kept = {state.value: n for state, n in self._ledger.counts(campaign.id).items()}
        assert counts == kept
        return found

    def copies(self) -> Counter[str]:
        """How many whole messages the server has for each recipient."""
        copies = Counter()
        for message in list(self.server.messages):
            [recipient] = message.recipients
            local = recipient.partition("@")[0]
            assert f"Hello Name {local[1:]}\r\n".encode() in message.content
            copies[recipient] += 1
        return copies

    def checked(self) -> dict[str, Fate]:
        """The fates, after looking that no promise was broken."""
        fates = self.fates()
        for address, fate in fates.items():
            allowed = {"accepted": {1}, "in_doubt": {0, 1}}.get(fate.state, {0})
            assert fate.copies in allowed, f"{address}: {fate}"
            assert fate.state != "sending", f"{address} is left behind"
        assert list(self.server.violations) == []
        return fates

    def close(self) -> None:
        """Let go of the ledger."""
        self._ledger.close()


def nth(number):
    """The so-manieth time that it comes to this stage, from 1."""
    calls = itertools.count(1)
    return lambda _: next(calls) == number


def every(number):
    """Every so-manieth time that it comes to this stage."""
    calls = itertools.count(1)
    return lambda _: next(calls) % number == 0


def aimed(address):
    """Whenever it is about this recipient."""
    return lambda moment: address in (moment.argument, *moment.recipients)
