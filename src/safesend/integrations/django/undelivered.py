"""What is raised when a message did not reach everybody: Django's errors, and ours.

Code that catches what Django's own SMTP backend raises (`smtplib.SMTPException`, or
`SMTPRecipientsRefused` where the server took nobody) goes on working.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping

from safesend.delivery import Stage
from safesend.errors import TransportError

__all__ = ["AllRefused", "Undelivered"]


class Undelivered(TransportError, smtplib.SMTPException):
    """Some people, or all of them, have not got the message.

    `accepted` is the number of those who have it.
    """

    def __init__(
        self, reason: str, *, accepted: int = 0, cause: TransportError | None = None
    ) -> None:
        self.accepted = accepted
        super().__init__(
            reason,
            stage=Stage.CONTENT if cause is None else cause.stage,
            code=None if cause is None else cause.code,
            enhanced=None if cause is None else cause.enhanced,
            permanent=False if cause is None else cause.permanent,
        )


class AllRefused(Undelivered, smtplib.SMTPRecipientsRefused):
    """The carrier refused every recipient.

    `recipients` is what `smtplib` gives there: {address: (code, text)}. It is not in
    what is printed.
    """

    def __init__(self, recipients: Mapping[str, tuple[int, bytes]]) -> None:
        number = "the one" if len(recipients) == 1 else f"each of {len(recipients)}"
        codes = ", ".join(sorted({str(code) for code, _ in recipients.values()}))
        super().__init__(f"{number} recipient was refused ({codes})")
        self.recipients = dict(recipients)
