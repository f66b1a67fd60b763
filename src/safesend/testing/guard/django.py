"""Watches Django: whatever backend is asked to send, installed or of the project.

The test runner and pytest-django put the in-memory backend in the place of the one in
the settings. If that one is safesend's, which makes private messages of whatever it
gets, then what the in-memory backend is given instead is not what would be sent.
"""

from __future__ import annotations

import pkgutil
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

    def asked(send: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_private(backend):
            return send(backend, *args, **kwargs)
        [asked_for] = [*args, *kwargs.values()]  # each backend names it as it likes
        messages = list(asked_for or ())
        given = [messages] if args else []
        named = dict.fromkeys(kwargs, messages)
        with log.during(_name(type(backend)), lambda: _intents(messages)):
            return send(backend, *given, **named)

    patches.around_family(base.BaseEmailBackend, {"send_messages": asked})


def _intents(messages: Iterable[Any]) -> Iterator[Intent]:
    for message in messages:
        if recipients := message.recipients():
            yield tuple(recipients), message.message().as_bytes()


def _is_private(backend: Any) -> bool:
    kind = type(backend)
    return _is_ours(kind) or (kind.__module__ == _STAND_IN and _stands_in(backend))


def _is_ours(kind: Any) -> bool:
    return any(base.__module__.startswith(_OURS) for base in kind.__mro__)


def _stands_in(backend: Any) -> bool:
    """Whether it is there for one of ours, which the test environment has replaced."""
    tests: Any = sys.modules.get("django.test.utils")
    saved = getattr(getattr(tests, "_TestState", None), "saved_data", None)
    mailers = getattr(saved, "mailers", {})  # Django 6.1
    entry = mailers.get(getattr(backend, "alias", None), {})
    name = str(entry.get("BACKEND", getattr(saved, "email_backend", "")))
    if name.startswith(_OURS) or not name:
        return bool(name)
    try:
        return _is_ours(pkgutil.resolve_name(name))
    except (ImportError, AttributeError, ValueError):
        return False


def _name(backend: type) -> str:
    return f"Django ({backend.__module__}.{backend.__qualname__})"
