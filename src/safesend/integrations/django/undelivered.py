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


Replies = Mapping[str, tuple[int, bytes]]
"""Address -> code and text, as `smtplib` gives them."""


class Undelivered(TransportError, smtplib.SMTPException):
    """Some people, or all of them, have not got the message, or it is not known.

    `accepted` is the number of those who have it; `recipients` has the others, as
    far as they are known, as `smtplib` has those who were refused: {address: (code,
    text)}. It is not in what is printed.
    """

    def __init__(
        self,
        reason: str,
        *,
        accepted: int = 0,
        recipients: Replies | None = None,
        cause: TransportError | None = None,
    ) -> None:
        super().__init__(
            reason,
            stage=Stage.CONTENT if cause is None else cause.stage,
            code=None if cause is None else cause.code,
            enhanced=None if cause is None else cause.enhanced,
            permanent=False if cause is None else cause.permanent,
        )
        self.accepted = accepted
        self.recipients = dict(recipients or {})

    @classmethod
    def of(cls, accepted: int, recipients: Replies, in_doubt: int) -> Undelivered:
        """A line that broke: `in_doubt` of those in `recipients` may have it."""
        left = len(recipients) - in_doubt
        parts = [f"{accepted} of {accepted + len(recipients)} recipients have it"]
        if in_doubt:
            parts.append(f"of {in_doubt} it is not known")
        if left:
            parts.append(f"{left} have not got it")
        if accepted or in_doubt:
            parts.append("sent again to all it would reach some of them twice")
        return cls("; ".join(parts), accepted=accepted, recipients=recipients)


class AllRefused(Undelivered, smtplib.SMTPRecipientsRefused):
    """The carrier refused every recipient; `recipients` has its answers."""

    def __init__(self, recipients: Replies) -> None:
        number = len(recipients)
        each = "the recipient" if number == 1 else f"each of {number} recipients"
        codes = ", ".join(sorted({str(code) for code, _ in recipients.values()}))
        reason = f"{each} was refused ({codes})"
        super().__init__(reason, recipients=recipients)
