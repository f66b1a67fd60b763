"""redmail: Jinja texts, one connection.

As in https://red-mail.readthedocs.io/en/stable/tutorials/client.html ("to prevent
connecting for each message": `with email:`) and .../tutorials/jinja.html.
"""

from __future__ import annotations

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES"]


def _sent(site: Site) -> Measure:
    from redmail import EmailSender

    source = letter.LETTERS[site.size]
    clock = Clock()
    sender = EmailSender(
        host="127.0.0.1",
        port=site.port,
        use_starttls=False,
        domain="example.org",
        local_hostname="localhost",
    )
    with sender:
        for number in range(site.messages):
            values = letter.fields(number)
            sender.send(
                subject=letter.filled(source.subject, values),
                sender=letter.SENDER,
                receivers=[values["email"]],
                text=source.text,
                html=source.html,
                body_params=values,
            )
    return clock.measure(site.messages)


CASES = (Case("redmail", "redmail, Jinja, one connection", _sent, 50, ("redmail",)),)
