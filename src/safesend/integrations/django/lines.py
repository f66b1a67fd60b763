"""The drop-in's connections, as the backend uses them."""

from __future__ import annotations

import logging
from smtplib import SMTP, SMTP_SSL
from typing import Any

__all__ = ["Line", "TlsLine"]

_LOG = logging.getLogger("safesend.django")


class Line(SMTP):
    """A connection that tells the log, in numbers, of those whom the server refused."""

    disclose = False
    """Whether the message at hand shows its To and Cc to all of them."""

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        """Send it as the drop-in does."""
        refused = super().sendmail(*args, **kwargs)
        if refused:
            # Django asks for no answer where somebody was accepted.
            _LOG.warning("%d recipients of a message were refused", len(refused))
        return refused


class TlsLine(Line, SMTP_SSL):
    """The same, by TLS from the first octet on."""
