"""`--metrics`: figures for Prometheus while a command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from safesend.cli import show
from safesend.engine.events import Listener
from safesend.integrations.prometheus import serve

__all__ = ["serving"]


@contextmanager
def serving(host: str, port: int) -> Iterator[Listener]:
    """Say where the figures are, and give the listener that collects them."""
    with serve(host, port) as (metrics, where):
        show.say(f"Figures for Prometheus: {where}", err=True)
        yield metrics
