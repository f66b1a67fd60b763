"""Watches `aiosmtplib`: what each connection writes is read, as with `smtplib`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from safesend.testing.guard.dialogue import Lines
from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches

__all__ = ["watch"]

_FRAMES = 4
"""How far back Python is to remember who made a coroutine."""


def watch(protocol: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""
    lines = Lines()

    def write(send: Callable[..., None], line: Any, data: bytes) -> None:
        send(line, data)
        for recipients, content in lines.of(line).feed(bytes(data)):
            log.add("aiosmtplib", recipients, content)

    patches.around(protocol.SMTPProtocol, "write", write)
    before = sys.get_coroutine_origin_tracking_depth()
    if before < _FRAMES:
        # A message that asyncio.gather() sends has no caller but the loop.
        sys.set_coroutine_origin_tracking_depth(_FRAMES)
        patches.later(lambda: sys.set_coroutine_origin_tracking_depth(before))
