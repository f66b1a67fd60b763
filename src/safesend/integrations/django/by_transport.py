"""The way of a message through a transport, without a ledger."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome
from safesend.errors import TransportError
from safesend.integrations.django.carrier import Carrier
from safesend.integrations.django.letters import (
    octets_of,
    people_of,
    rules_for,
    sender_of,
)
from safesend.integrations.django.options import Options
from safesend.integrations.django.undelivered import AllRefused, Undelivered
from safesend.message.envelope import Envelope
from safesend.scanner.private import privatize
from safesend.smtp.reply import CLOSING
from safesend.smtplib.fates import IN_DOUBT
from safesend.transports import Transport

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

__all__ = ["ByTransport"]

_LOG = logging.getLogger("safesend.django")
_NO_CODE = 450
"""What stands where a carrier without codes took somebody not."""


class ByTransport:
    """Hands messages to a transport, whose sessions stay open until `quit`."""

    def __init__(self, transport: Transport, options: Options) -> None:
        self._options = options
        self._carrier = Carrier(transport)

    def send(self, message: EmailMessage) -> bool:
        """One private message for each recipient; True: somebody has it.

        Raises `UnsafeMessage` before anything is sent, `AllRefused` where nobody has
        it, and `Undelivered` where of somebody it is not known, or the line broke.
        """
        public, allow = rules_for(message, self._options)
        envelopes = list(
            privatize(
                octets_of(message),
                people_of(message),
                sender=sender_of(message).wire,
                public=public,
                allow=allow,
            )
        )
        try:
            outcomes = self._carrier.deliver(envelopes)
        except TransportError as error:
            raise Undelivered(str(error), cause=error) from error
        _settle(envelopes, outcomes)
        return True

    def quit(self) -> None:
        """Close the sessions."""
        self._carrier.close()

    def close(self) -> None:
        """The same."""
        self._carrier.close()


def _settle(envelopes: Sequence[Envelope], outcomes: Sequence[Outcome]) -> None:
    others = {
        envelope.recipient.wire: (_code(one), one.text.encode())
        for envelope, one in zip(envelopes, outcomes, strict=True)
        if not isinstance(one, Accepted)
    }
    accepted = len(outcomes) - len(others)
    doubted = sum(isinstance(one, InDoubt) for one in outcomes)
    if doubted or any(isinstance(one, NotSent) for one in outcomes):
        raise Undelivered.of(accepted, others, doubted)
    if others and not accepted:
        raise AllRefused(others)
    if others:
        # As smtplib has it: who asks for no answer learns of none but in the log.
        _LOG.warning("%d of %d recipients were refused", len(others), len(outcomes))


def _code(outcome: Outcome) -> int:
    """The server's code, or the one with which the drop-in says the same."""
    match outcome:
        case InDoubt():
            return IN_DOUBT
        case NotSent():
            return CLOSING
    return outcome.code or _NO_CODE
