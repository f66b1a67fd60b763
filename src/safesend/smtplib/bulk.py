"""A loop over `sendmail`, handed to the engine: nobody twice, whatever happens."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from safesend.errors import ConfigurationError
from safesend.redaction import Secret

if TYPE_CHECKING:
    from safesend.checks.allowance import Allow
    from safesend.engine.events import Listener
    from safesend.engine.report import Report
    from safesend.ledger.base import Ledger
    from safesend.message.address import Address
    from safesend.message.ready_letter import Ready
    from safesend.message.template import Template
    from safesend.message.unsubscribe import Unsubscribe
    from safesend.policies.retry import Retry
    from safesend.policies.throttle import Throttle
    from safesend.smtplib.mailing import Mailing, Person
    from safesend.suppression import SuppressionList
    from safesend.transports.base import Transport
    from safesend.transports.smtp import SmtpTransport

__all__ = ["BulkSending"]

Plaintext = Literal["insecure-plaintext"]
_SECURITY = {
    "plain": "insecure-plaintext",
    "starttls": "starttls",
    "implicit": "implicit",
}
_LMTP = "lhlo"
_TWO_DAYS = 172_800.0


class BulkSending:
    """What a connection of the drop-in can do with more than a message or two."""

    _connected_to: tuple[str, int] | None
    _security: str
    _tls_context: ssl.SSLContext | None
    _login: tuple[str, str] | None

    def send_bulk(
        self,
        messages: Template | Ready | Iterable[Ready],
        recipients: str | Iterable[Person] | None = None,
        *,
        ledger: Ledger | str | Path | None = None,
        name: str | None = None,
        sender: str | Address | None = None,
        transport: Transport | str | None = None,
        tls: Plaintext | None = None,
        throttle: Throttle | str | None = None,
        retry: Retry | str | None = None,
        lanes: int = 8,
        deadline: float | str | None = None,
        give_up_after: float | str = _TWO_DAYS,
        on_doubt: str = "hold",
        unsubscribe: Unsubscribe | str | None = None,
        public: Iterable[str | Address] = (),
        allow: Iterable[Allow | str] | Allow = (),
        allowed_domains: Iterable[str] | None = None,
        max_recipients: int | None = None,
        suppression: SuppressionList | str | Path | None = None,
        confirm_changes: bool = False,
        on_event: Listener | Iterable[Listener] | None = None,
    ) -> Report:
        """Send to many people, one private message each, over a ledger.

        `messages` is one letter for all `recipients`: a `Template`, or a message that
        is ready; without `recipients` it goes to those in its To, Cc and Bcc. Or it is
        an iterable of ready messages, each with exactly one person in its To. They go
        to the same server as this connection, by connections of their own; or by
        `transport`. A server without TLS on another machine needs
        `tls="insecure-plaintext"`.

        Run again, it goes on where it was, and nobody gets anything twice. What counts
        as the same is what has the same `name` in the same ledger. Without a name it
        is the content: for one letter sender, subject, text and names of files; in a
        list of messages each person may get each message (its subject, text and html)
        once. Give a name where a message is worded anew at every run, say with the
        time.

        The other arguments are those of `Campaign` and `Campaign.send`, the report is
        theirs, and so are the errors, all of them `SafesendError`; nothing has left
        when a message would expose somebody (`UnsafeMessage`), or cannot be carried
        over as it is (`TemplateError`).
        """
        from safesend.campaign import Campaign  # noqa: PLC0415  most calls need none
        from safesend.checks.allowance import Allow  # noqa: PLC0415

        carrier = self._carrier(tls) if transport is None else transport
        mailing = _mailing(messages, recipients, sender, named=name is not None)
        given = [allow] if isinstance(allow, str | Allow) else allow
        campaign = Campaign(
            name=mailing.name if name is None else name,
            sender=mailing.sender,
            template=mailing.template,
            audience=mailing.audience,
            unsubscribe=unsubscribe,
            allowed_domains=allowed_domains,
            max_recipients=max_recipients,
            allow=[*given, *mailing.allow],
            public=public,
        )
        return campaign.send(
            carrier,
            ledger=ledger,
            throttle=throttle,
            retry=retry,
            lanes=lanes,
            deadline=deadline,
            give_up_after=give_up_after,
            on_doubt=on_doubt,
            confirm_changes=confirm_changes,
            suppression=suppression,
            on_event=on_event,
        )

    def _carrier(self, tls: Plaintext | None) -> SmtpTransport:
        """The same server, with the same login; what protects it is never less."""
        from safesend.transports.smtp import SmtpTransport  # noqa: PLC0415  see above

        if self._connected_to is None:
            raise ConfigurationError(
                "not connected: send_bulk sends to the server of this connection, so"
                " connect first, or name another by transport="
            )
        if getattr(self, "ehlo_msg", "") == _LMTP:
            raise ConfigurationError(
                "send_bulk speaks SMTP, not LMTP; name a server by transport="
            )
        host, port = self._connected_to
        user, password = self._login or (None, None)
        plain = self._security == "plain"
        if plain and user is not None:
            raise ConfigurationError(
                "this login was made in plain text, and send_bulk does not repeat that:"
                " call starttls() before login(), or use SMTP_SSL"
            )
        if plain and tls is None and not _is_loopback(host):
            raise ConfigurationError(
                "this connection is in plain text: call starttls() first, use SMTP_SSL,"
                " or say so by name, send_bulk(..., tls='insecure-plaintext')"
            )
        source = getattr(self, "source_address", None)
        return SmtpTransport(
            host,
            port,
            username=user,
            password=None if password is None else Secret(password),
            tls=_SECURITY[self._security],
            tls_context=None if plain else self._tls_context,
            source_address=source[0] or None if source else None,
        )


def _mailing(
    messages: Template | Ready | Iterable[Ready],
    recipients: str | Iterable[Person] | None,
    sender: str | Address | None,
    *,
    named: bool,
) -> Mailing:
    from safesend.message.template import Template  # noqa: PLC0415  see above
    from safesend.smtplib.mailing import mailing_of_one  # noqa: PLC0415
    from safesend.smtplib.rows import mailing_of_loop  # noqa: PLC0415

    one = Template | Message | str | bytes | bytearray | memoryview
    if isinstance(messages, one) or not isinstance(messages, Iterable):
        return mailing_of_one(messages, recipients, sender)
    if recipients is not None:
        raise ConfigurationError(
            "several messages, and recipients beside them: which message is for whom is"
            " never told by the order of two lists (L17). Let each message have its one"
            " person in To, or give one message or Template"
        )
    return mailing_of_loop(messages, sender, by_content=not named)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
