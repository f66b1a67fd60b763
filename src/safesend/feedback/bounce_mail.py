"""From the octets of a mail in a bounce mailbox to news."""

from __future__ import annotations

import attrs

from safesend.feedback.mail_kind import MailKind
from safesend.feedback.news import News

__all__ = ["BounceMail", "read_bounce"]


@attrs.frozen
class BounceMail:
    """What a mail is, and what it says of messages of ours.

    `problem` is why less was understood than may stand in it; "" for none.
    """

    kind: MailKind
    news: tuple[News, ...] = ()
    problem: str = ""


def read_bounce(octets: bytes) -> BounceMail:
    """What a mail in a bounce mailbox says. Never raises."""
    return BounceMail(MailKind.MAIL if octets else MailKind.UNREADABLE)
