"""What is heard of messages after they were sent: events of providers, and bounces.

reader = read_ses_events("events.jsonl")
booking = book(ledger, reader)
"""

from safesend.feedback.booking import Booking, book
from safesend.feedback.news import News
from safesend.feedback.reading import NewsReader, read_ses_events

__all__ = ["Booking", "News", "NewsReader", "book", "read_ses_events"]
