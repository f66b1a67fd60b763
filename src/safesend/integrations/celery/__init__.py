"""Celery: workers that send what a ledger holds. Needs the extra `celery`.

    from safesend.integrations.celery import Safesend

    app = Celery("shop", broker="amqp://...")
    Safesend(app, ledger="postgresql://...")

Celery only starts work: a task is a short pump over the ledger, never a recipient.
"""

from __future__ import annotations

from safesend.errors import ConfigurationError

try:
    import celery  # noqa: F401
except ImportError as error:
    raise ConfigurationError(
        "workers of Celery need Celery: pip install 'safesend[celery]'"
    ) from error

from safesend.integrations.celery.extension import Safesend

__all__ = ["Safesend"]
