"""The guard of one test: it watches every mailer that is loaded, from here to there."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Self

import attrs

from safesend.testing.guard.arrivals import Arrivals
from safesend.testing.guard.log import Log, Sent
from safesend.testing.guard.patches import Patches

__all__ = ["MAILERS", "MailWatch"]

MAILERS = {
    "aiosmtplib.protocol": "aio",
    "botocore.client": "ses",
    "django.core.mail.backends.base": "django",
    "flask_mail": "flask_mail",
    "mock.mock": "mocks",
    "smtplib": "smtp",
    "unittest.mock": "mocks",
}
"""The module that makes a mailer, and which of ours watches it."""


@attrs.define(eq=False)
class MailWatch:
    """A context manager: what is sent inside is in `sent`, and nothing is held back."""

    _log: Log = attrs.field(factory=Log)
    _patches: Patches = attrs.field(factory=Patches)

    @property
    def sent(self) -> list[Sent]:
        """Every message so far, as it was handed over, each once."""
        return self._log.sent

    def start(self) -> None:
        """Watch what is loaded, and what will be."""
        arrivals = Arrivals(frozenset(MAILERS), self._found)
        self._patches.later(arrivals.stop)
        arrivals.start()

    def stop(self) -> None:
        """Put everything back."""
        self._patches.undo()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _found(self, name: str, module: ModuleType) -> None:
        ours: Any = importlib.import_module(f"{__package__}.{MAILERS[name]}")
        ours.watch(module, self._patches, self._log)
