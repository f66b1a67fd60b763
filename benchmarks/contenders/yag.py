"""yagmail: HTML in, both parts out.

As in https://github.com/kootenpv/yagmail (`yag.send(to, subject, contents)` in a loop
over one client). Its send() logs in again each time; so it comes.
"""

from __future__ import annotations

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES"]


def _sent(site: Site) -> Measure:
    import yagmail

    source = letter.LETTERS[site.size]
    clock = Clock()
    client = yagmail.SMTP(
        {"office@example.org": "The office"},
        host="127.0.0.1",
        port=site.port,
        smtp_starttls=False,
        smtp_ssl=False,
        smtp_skip_login=True,
        local_hostname="localhost",
    )
    with client:
        for number in range(site.messages):
            values = letter.fields(number)
            client.send(
                to=values["email"],
                subject=letter.filled(source.subject, values),
                contents=letter.filled(source.html, values),
            )
    return clock.measure(site.messages)


CASES = (
    Case(
        "yagmail",
        "yagmail, one client",
        _sent,
        50,
        ("yagmail",),
        "its text part is the HTML again; it connects for each message",
    ),
)
