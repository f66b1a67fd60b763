"""What a mail in a bounce mailbox is."""

from __future__ import annotations

import enum

import attrs

from safesend.feedback.news import News

__all__ = ["BounceMail", "MailKind"]


class MailKind(enum.StrEnum):
    """The kinds of mail; only the first five are about what became of a message."""

    BOUNCE = "bounce"
    """A message came back."""
    DELAY = "delay"
    """It is still on the way."""
    DELIVERY = "delivery"
    """It arrived, or went on to where no more is told of it."""
    COMPLAINT = "complaint"
    """A person called it spam."""
    FEEDBACK = "feedback"
    """Another report of that kind: it was no spam, or is about authentication."""
    UNKNOWN = "unknown"
    """It looks like a bounce, and what it says is not understood."""
    AUTO_REPLY = "auto-reply"
    """Somebody is away, or a machine says thank you."""
    RECEIPT = "receipt"
    """A message was shown to its reader, or deleted."""
    CHALLENGE = "challenge"
    """A machine asks the sender to prove that there is one."""
    MAIL = "mail"
    """Anything else: a person wrote, or it is spam."""
    UNREADABLE = "unreadable"
    """It could not be fetched, or holds nothing."""

    @property
    def is_report(self) -> bool:
        """Whether mail of that kind is about what became of a message."""
        return self in _REPORTS


_REPORTS = frozenset(
    {
        MailKind.BOUNCE,
        MailKind.DELAY,
        MailKind.DELIVERY,
        MailKind.COMPLAINT,
        MailKind.FEEDBACK,
    }
)


@attrs.frozen
class BounceMail:
    """What a mail is, and what it says of messages of ours.

    `problem` is why less was understood than may stand in it; "" for none.
    """

    kind: MailKind
    news: tuple[News, ...] = ()
    problem: str = ""
