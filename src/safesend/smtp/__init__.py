"""How SMTP is spoken: conversations that see bytes and replies, no socket, no clock."""

from __future__ import annotations

from safesend.smtp.capabilities import Capabilities
from safesend.smtp.chunking import ChunkingSession, Trial
from safesend.smtp.exchange import (
    ConnectionLost,
    Conversation,
    Exchange,
    StartTls,
    Timeouts,
)
from safesend.smtp.letter import Letter
from safesend.smtp.lmtp import LmtpSession
from safesend.smtp.opening import Opening, Security, opening
from safesend.smtp.reply import Reply, ReplyParser
from safesend.smtp.sasl import Credentials
from safesend.smtp.session import SmtpSession

__all__ = [
    "Capabilities",
    "ChunkingSession",
    "ConnectionLost",
    "Conversation",
    "Credentials",
    "Exchange",
    "Letter",
    "LmtpSession",
    "Opening",
    "Reply",
    "ReplyParser",
    "Security",
    "SmtpSession",
    "StartTls",
    "Timeouts",
    "Trial",
    "opening",
]
