"""What is refused although failing is to be silent: the log is told, in any case once.

Django's `AdminEmailHandler` sends mail from within the log, and silently. An exception
would go through the view that only wanted to note something, and an entry in the log
that makes a mail that makes an entry would have no end.
"""

from __future__ import annotations

import logging
import threading

__all__ = ["tell_refusal"]

_LOG = logging.getLogger("safesend.django")
_HERE = threading.local()


def tell_refusal(error: Exception) -> None:
    """Note, as an error, that a message was not sent; addresses are masked in it."""
    if getattr(_HERE, "telling", False):
        return
    _HERE.telling = True
    try:
        _LOG.error("a message was not sent: %s", error)
    finally:
        _HERE.telling = False
