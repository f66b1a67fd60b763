"""Watches Django: whatever backend is asked to send, installed or of the project.

The test runner and pytest-django put the in-memory backend in the place of the one in
the settings. If that one is safesend's, which makes private messages of whatever it
gets, then what the in-memory backend is given instead is not what would be sent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from safesend.testing.guard.intent import Intent
from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches

__all__ = ["watch"]

_OURS = "safesend."
_STAND_IN = "django.core.mail.backends.locmem"


def watch(base: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""

    def asked(
        send: Callable[..., Any], backend: Any, email_messages: Iterable[Any] | None
    ) -> Any:
        if _is_private(type(backend)):
            return send(backend, email_messages)
        messages = email_messages and list(email_messages)
        with log.during(_name(type(backend)), lambda: _intents(messages or ())):
            return send(backend, messages)

    patches.around_family(base.BaseEmailBackend, {"send_messages": asked})


def _intents(messages: Iterable[Any]) -> Iterator[Intent]:
    for message in messages:
        if recipients := message.recipients():
            yield tuple(recipients), message.message().as_bytes(linesep="\r\n")


def _is_private(backend: type) -> bool:
    if any(base.__module__.startswith(_OURS) for base in backend.__mro__):
        return True
    return backend.__module__ == _STAND_IN and _replaced().startswith(_OURS)


def _replaced() -> str:
    """The backend of the settings that Django's test environment has replaced."""
    tests: Any = sys.modules.get("django.test.utils")
    state = getattr(tests, "_TestState", None)
    saved = getattr(state, "saved_data", None)
    return str(getattr(saved, "email_backend", ""))


def _name(backend: type) -> str:
    return f"Django ({backend.__module__}.{backend.__qualname__})"
