"""The standard module `smtplib`, private by construction."""

from __future__ import annotations

__all__: list[str] = []
