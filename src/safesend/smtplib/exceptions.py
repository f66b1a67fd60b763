"""What the drop-in raises beside the standard exceptions; each of them is one, too."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence

from safesend.errors import Leak, UnsafeMessage

__all__ = ["SMTPInDoubt", "SMTPUnsafeMessage"]

_WHAT_TO_DO = (
    "nothing was sent. Take it out (a message object that is used again holds what was"
    " put in for others before: make a new one); or, when these people may see each"
    " other, pass disclose=True to this call"
)


class SMTPUnsafeMessage(smtplib.SMTPException, UnsafeMessage):
    """The message would show one recipient to another; has `leaks`. Nothing was sent.

    It is both `smtplib.SMTPException` and `safesend.errors.UnsafeMessage`.
    """

    def __init__(self, leaks: Sequence[Leak], what_to_do: str = _WHAT_TO_DO) -> None:
        UnsafeMessage.__init__(self, leaks)
        self.args = (f"{self.args[0]}\n{what_to_do}",)


class SMTPInDoubt(smtplib.SMTPServerDisconnected):
    """The line broke after the whole message was sent and before it was answered.

    It may have been delivered (RFC 1047): sending it again may make a second copy.
    `recipients` is the dictionary that `sendmail` would return; who is in doubt stands
    in it with the code -1. It is empty when it comes from `data()`.
    """

    def __init__(
        self, reason: str, recipients: Mapping[str, tuple[int, bytes]] | None = None
    ) -> None:
        super().__init__(reason)
        self.recipients = dict(recipients or {})
