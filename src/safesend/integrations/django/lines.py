"""The drop-in's connections, as the backend uses them."""

from __future__ import annotations

import logging
from typing import Any

from safesend.integrations.django.undelivered import Undelivered
from safesend.smtp.reply import CLOSING
from safesend.smtplib import SMTP, SMTP_SSL
from safesend.smtplib.fates import IN_DOUBT

__all__ = ["Line", "TlsLine"]

_LOG = logging.getLogger("safesend.django")


class Line(SMTP):
    """A connection that tells the log, in numbers, of those whom the server refused."""

    disclose = False
    """Whether the message at hand shows its To and Cc to all of them."""

    def sendmail(self, from_addr: str, to_addrs: Any, *args: Any, **kwargs: Any) -> Any:
        """Send it as the drop-in does.

        Raises `Undelivered` where the line broke after somebody had it: Django does
        not look at what is returned, and would count it as sent.
        """
        kwargs["disclose"] = self.disclose
        refused = super().sendmail(from_addr, to_addrs, *args, **kwargs)
        codes = [code for code, _ in refused.values()]
        number = len({*to_addrs})
        if CLOSING in codes or IN_DOUBT in codes:
            accepted = number - len(refused)
            raise Undelivered.of(accepted, refused, codes.count(IN_DOUBT))
        if refused:
            _LOG.warning("%d of %d recipients were refused", len(refused), number)
        return refused


class TlsLine(Line, SMTP_SSL):
    """The same, by TLS from the first octet on."""
