"""Watches Amazon SES, versions 1 and 2 of its API, by what botocore is asked.

A stub of botocore and moto answer later than this, so both are seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches
from safesend.testing.guard.ses_request import SENDING, messages

__all__ = ["watch"]

_SERVICES = ("ses", "sesv2")


def watch(client: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""

    def asked(call: Callable[..., Any], own: Any, operation: str, params: Any) -> Any:
        service = own.meta.service_model.service_name
        if operation not in SENDING or service not in _SERVICES:
            return call(own, operation, params)
        name = f"Amazon SES ({service}, {operation})"
        with log.during(name, lambda: messages(operation, params)):
            return call(own, operation, params)

    patches.around(client.BaseClient, "_make_api_call", asked)
