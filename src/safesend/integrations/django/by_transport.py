"""The way of a message through a transport, without a ledger."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from safesend.checks.allowance import Allow
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Outcome, Refused
from safesend.errors import TransportError
from safesend.integrations.django.carrier import Carrier
from safesend.integrations.django.letters import octets_of, people_of, sender_of
from safesend.integrations.django.undelivered import AllRefused, Undelivered
from safesend.message.address import Address
from safesend.message.envelope import Envelope
from safesend.scanner.private import privatize
from safesend.transports import Transport

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

__all__ = ["ByTransport"]

_LOG = logging.getLogger("safesend.django")
_NO_CODE = 450
"""What stands where a carrier without codes put somebody off."""


class ByTransport:
    """Hands messages to a transport, whose sessions stay open until `quit`."""

    def __init__(
        self,
        transport: Transport,
        public: Sequence[str | Address],
        allow: Sequence[Allow],
    ) -> None:
        self._public, self._allow = public, allow
        self._carrier = Carrier(transport)

    def send(self, message: EmailMessage) -> bool:
        """One private message for each recipient; True: somebody has it.

        Raises `UnsafeMessage` before anything is sent, `AllRefused` where nobody has
        it, and `Undelivered` where of somebody it is not known, or the line broke.
        """
        envelopes = list(
            privatize(
                octets_of(message),
                people_of(message),
                sender=sender_of(message).wire,
                public=self._public,
                allow=self._allow,
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
    accepted = sum(isinstance(one, Accepted) for one in outcomes)
    doubted = sum(isinstance(one, InDoubt) for one in outcomes)
    unsent = [one for one in outcomes if isinstance(one, NotSent)]
    if doubted or unsent:
        reason = _account(len(outcomes), accepted, doubted, unsent)
        raise Undelivered(reason, accepted=accepted)
    refused = {
        envelope.recipient.wire: (one.code or _NO_CODE, one.text.encode())
        for envelope, one in zip(envelopes, outcomes, strict=True)
        if isinstance(one, Refused | Deferred)
    }
    if refused and not accepted:
        raise AllRefused(refused)
    if refused:
        # As smtplib has it: who asks for no answer learns of none but in the log.
        _LOG.warning("%d of %d recipients were refused", len(refused), len(outcomes))


def _account(
    people: int, accepted: int, doubted: int, unsent: Sequence[NotSent]
) -> str:
    parts = [f"{accepted} of {people} recipients have the message"]
    if doubted:
        parts.append(f"of {doubted} it is not known")
    if unsent:
        why = f" ({unsent[0].text})" if unsent[0].text else ""
        parts.append(f"to {len(unsent)} it was not sent{why}")
    if accepted or doubted:
        parts.append("sending it again to all would reach some of them twice")
    return "; ".join(parts)
