"""What is heard of messages after they were sent: events of providers, and bounces.

reader = read_ses_events("events.jsonl")
booking = book(ledger, reader)
"""

from safesend.feedback.booking import Booking, book
from safesend.feedback.bounce_mail import read_bounce
from safesend.feedback.bounces import BounceReader, MailRead, read_bounces
from safesend.feedback.mail_kind import BounceMail, MailKind
from safesend.feedback.news import Key, Mark, News
from safesend.feedback.reading import NewsReader, read_ses_events
from safesend.feedback.wrappings import Unfit

__all__ = [
    "Booking",
    "BounceMail",
    "BounceReader",
    "Key",
    "MailKind",
    "MailRead",
    "Mark",
    "News",
    "NewsReader",
    "Unfit",
    "book",
    "read_bounce",
    "read_bounces",
    "read_ses_events",
]
