"""Django's mail: its two ways to send many messages over one connection.

As in https://docs.djangoproject.com/en/5.2/topics/email/#sending-multiple-emails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives

__all__ = ["CASES"]


def _set_up(site: Site) -> None:
    import django
    from django.conf import settings

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=site.port)
    django.setup()


def _mass(site: Site) -> Measure:
    _set_up(site)
    from django.core.mail import send_mass_mail

    source = letter.LETTERS[site.size]
    clock = Clock()
    send_mass_mail(
        [
            (
                letter.filled(source.subject, values),
                letter.filled(source.text, values),
                letter.SENDER,
                [values["email"]],
            )
            for values in map(letter.fields, range(site.messages))
        ]
    )
    return clock.measure(site.messages)


def _alternatives(site: Site) -> Measure:
    _set_up(site)
    from django.core import mail

    clock = Clock()
    with mail.get_connection() as connection:
        connection.send_messages(list(_made(site)))
    return clock.measure(site.messages)


def _made(site: Site) -> Iterator[EmailMultiAlternatives]:
    from django.core.mail import EmailMultiAlternatives

    source = letter.LETTERS[site.size]
    for values in map(letter.fields, range(site.messages)):
        made = EmailMultiAlternatives(
            letter.filled(source.subject, values),
            letter.filled(source.text, values),
            letter.SENDER,
            [values["email"]],
        )
        made.attach_alternative(letter.filled(source.html, values), "text/html")
        yield made


CASES = (
    Case(
        "django-mass",
        "Django send_mass_mail",
        _mass,
        15,
        ("django",),
        "text alone: it knows no HTML",
        parts=1,
    ),
    Case(
        "django",
        "Django EmailMultiAlternatives, one connection",
        _alternatives,
        20,
        ("django",),
    ),
)
