"""Watches Flask-Mail, also while it is told not to send (TESTING)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches

__all__ = ["watch"]


def watch(flask_mail: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""

    def asked(
        send: Callable[..., Any],
        connection: Any,
        message: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        with log.during("Flask-Mail", lambda: [(_people(message), message.as_bytes())]):
            return send(connection, message, *args, **kwargs)

    patches.around(flask_mail.Connection, "send", asked)


def _people(message: Any) -> list[str]:
    """Its own set has no order; a recipient may be a pair of name and address."""
    listed = [*message.recipients, *message.cc, *message.bcc]
    found = [each[1] if isinstance(each, tuple) else each for each in listed]
    return list(dict.fromkeys(found))
