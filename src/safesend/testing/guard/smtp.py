"""Watches `smtplib`, and with it whatever sends through it.

What each connection writes is read, so that `sendmail`, `send_message`, dialogues by
hand and safesend's drop-in are seen alike, as the server sees them. A subclass that
only pretends to send, as tests have them, is taken at its word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safesend.testing.guard.dialogue import Lines
from safesend.testing.guard.intent import Intent, of_message, of_text
from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches

__all__ = ["watch"]

_NAME = "smtplib"
_DISCLOSE = "disclose"


def watch(smtplib: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""
    lines = Lines()

    def write(send: Callable[..., None], client: Any, data: str | bytes) -> None:
        send(client, data)
        octets = data.encode("utf-8", "replace") if isinstance(data, str) else data
        for recipients, content in lines.of(client).feed(bytes(octets)):
            log.add(_NAME, recipients, content)

    patches.around(smtplib.SMTP, "send", write)
    asked = {
        "sendmail": _asked(log, of_text),
        "send_message": _asked(log, of_message),
    }
    patches.around_family(smtplib.SMTP, asked)


def _asked(log: Log, intent: Callable[..., Intent]) -> Callable[..., Any]:
    """A call of an upper method; safesend's own makes private ones of what it gets."""

    def asked(send: Callable[..., Any], client: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_ours(client) and not kwargs.get("disclose"):
            return send(client, *args, **kwargs)
        with log.during(_NAME, lambda: [_read(intent, args, kwargs)]):
            return send(client, *args, **kwargs)

    return asked


_STANDARD = {"from_addr": "sender", "to_addrs": "to", "msg": "message"}


def _read(
    intent: Callable[..., Intent], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Intent:
    named = {_STANDARD[name]: v for name, v in kwargs.items() if name in _STANDARD}
    return intent(*args[:3], **named)


def _is_ours(client: object) -> bool:
    return any(base.__module__.startswith("safesend.") for base in type(client).__mro__)
