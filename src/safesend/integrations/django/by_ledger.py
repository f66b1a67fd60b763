"""The way of a message through the ledger: each one is a campaign of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from safesend.campaign import Campaign
from safesend.checks.allowance import Allow
from safesend.clock import SYSTEM
from safesend.engine.report import Report
from safesend.errors import TransportError, UnsafeMessage
from safesend.integrations.django.letters import (
    octets_of,
    people_of,
    rules_for,
)
from safesend.integrations.django.options import Options
from safesend.integrations.django.undelivered import AllRefused, Undelivered
from safesend.ledger.base import State
from safesend.message.address import Address
from safesend.message.ready import ReadyMessage
from safesend.message.recipient import Recipient
from safesend.scanner.private import Company
from safesend.smtplib.mailing import mailing_of_one
from safesend.transports import Transport

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

__all__ = ["ByLedger"]

_LOG = logging.getLogger("safesend.django")
_SHORT = 12
_REFUSED = 550
"""What stands where a carrier without codes refused somebody."""


class ByLedger:
    """Sends a message as a campaign; the ledger knows who has it.

    The campaign is called what the message's attribute `safesend_campaign` says: sent
    again under that name, it goes to those who have not got it. Without it each message
    is a campaign of its own, called by its date.
    """

    def __init__(self, carrier: Callable[[], Transport], options: Options) -> None:
        self._carrier, self._options = carrier, options

    def send(self, message: EmailMessage) -> bool:
        """Whether anybody has it now, or had it before.

        Raises `UnsafeMessage`, and what else `Campaign.send` raises before anything is
        sent; `AllRefused` where nobody has it, and `Undelivered` where somebody waits,
        is in doubt, or the carrier cannot be reached.
        """
        octets, options = octets_of(message), self._options
        people = [Recipient(one.wire) for one in people_of(message)]
        mailing = mailing_of_one(octets, people, None)
        public, allow = rules_for(message, options)
        _ask(octets, people, public, allow)
        campaign = Campaign(
            name=_name(message, octets),
            sender=mailing.sender,
            template=mailing.template,
            audience=mailing.audience,
            public=public,
            allow=[*allow, *mailing.allow],
        )
        try:
            report = campaign.send(
                self._carrier(),
                ledger=options.ledger,
                throttle=options.throttle,
                retry=options.retry,
                lanes=options.lanes,
                deadline=options.deadline,
                suppression=options.suppression,
            )
        except TransportError as error:
            raise Undelivered(_go_on(str(error), campaign.name), cause=error) from error
        return _settled(report, people)

    def quit(self) -> None:
        """Nothing is open between two messages: the ledger is all that stays."""

    def close(self) -> None:
        """The same."""


def _ask(
    octets: bytes,
    people: list[Recipient],
    public: list[str | Address],
    allow: list[Allow],
) -> None:
    """Who is named in the headers and gets nothing is known to nobody else."""
    ready = ReadyMessage.read(octets)
    readers = [one.address for one in people]
    company = Company([*readers, *ready.named], public=public, allow=allow)
    if leaks := company.exposed(ready, readers):
        raise UnsafeMessage(leaks)


def _name(message: EmailMessage, octets: bytes) -> str:
    given: str | None = getattr(message, "safesend_campaign", None)
    if given is not None:
        return given
    # Its Message-ID is in it, so that no two are the same.
    digest = hashlib.sha256(octets).hexdigest()[:_SHORT]
    moment = dt.datetime.fromtimestamp(SYSTEM.now(), dt.UTC)
    return f"django {moment:%Y-%m-%d %H.%M.%S} {digest}"


def _settled(report: Report, people: list[Recipient]) -> bool:
    if report.waiting or report.in_doubt or report.failed:
        raise Undelivered(_account(report), accepted=report.accepted)
    refused = report.refused + report.expired
    if refused and not report.accepted:
        raise AllRefused(
            {
                recipient.address.wire: _reply(text)
                for recipient, state, text in report.outcomes(people)
                if state in (State.REFUSED, State.EXPIRED)
            }
        )
    if refused:
        _LOG.warning(
            "campaign %r: %d of %d recipients were refused",
            report.campaign,
            refused,
            report.recipients,
        )
    return report.accepted > 0


def _account(report: Report) -> str:
    parts = [f"{report.accepted} of {report.recipients} recipients have the message"]
    if report.failed:
        parts.append(f"for {report.failed} it could not be made")
    if report.in_doubt:
        parts.append(
            f"of {report.in_doubt} it is not known ('manage.py safesend resolve')"
        )
    if report.waiting:
        parts.append(f"{report.waiting} wait")
    return _go_on("; ".join(parts), report.campaign)


def _reply(text: str) -> tuple[int, bytes]:
    code, _, words = text.partition(" ")
    if code.isdecimal():
        return int(code), words.encode()
    return _REFUSED, text.encode()


def _go_on(reason: str, name: str) -> str:
    return (
        f"{reason}; nobody gets it twice when a message with safesend_campaign ="
        f" {name!r} is sent again"
    )
