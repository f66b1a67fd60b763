"""The standard module `smtplib`, private by construction.

Whatever is not here is the standard module's own, private names of it included: to read
and, as old programs and tests do, to replace.
"""

from __future__ import annotations

import smtplib
import sys
import types
from smtplib import (
    CRLF,
    LMTP_PORT,
    SMTP_PORT,
    SMTP_SSL_PORT,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    bCRLF,
    quoteaddr,
    quotedata,
)

from safesend.smtplib.client import LMTP, SMTP, SMTP_SSL
from safesend.smtplib.exceptions import SMTPInDoubt, SMTPUnsafeMessage

__all__ = [
    "CRLF",
    "LMTP",
    "LMTP_PORT",
    "SMTP",
    "SMTP_PORT",
    "SMTP_SSL",
    "SMTP_SSL_PORT",
    "SMTPAuthenticationError",
    "SMTPConnectError",
    "SMTPDataError",
    "SMTPException",
    "SMTPHeloError",
    "SMTPInDoubt",
    "SMTPNotSupportedError",
    "SMTPRecipientsRefused",
    "SMTPResponseException",
    "SMTPSenderRefused",
    "SMTPServerDisconnected",
    "SMTPUnsafeMessage",
    "bCRLF",
    "quoteaddr",
    "quotedata",
]


class _DropIn(types.ModuleType):
    def __getattr__(self, name: str) -> object:
        if hasattr(smtplib, name):
            return getattr(smtplib, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        if name not in vars(self) and name in vars(smtplib):
            setattr(smtplib, name, value)
        else:
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _DropIn
