"""Apps of Celery that nobody runs: to look at their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celery import Celery

from safesend.integrations.celery import Safesend

__all__ = ["LEDGER", "app_of"]

LEDGER = "postgresql://mail@db.example/mail"


def app_of(
    settings: Mapping[str, Any] | None = None,
    *,
    broker: str = "amqp://mq.example",
    **options: Any,
) -> Celery:
    """An app with these settings, which pumps into a ledger that nobody opens."""
    app = Celery("shop", broker=broker, set_as_current=False)
    app.conf.update(settings or {})
    Safesend(app, **{"ledger": LEDGER, **options})
    return app
