"""Programs that send in a loop, as they were before."""

from __future__ import annotations

from email.message import EmailMessage

__all__ = ["PEOPLE", "invoices", "letter"]

PEOPLE = [f"person{n}@example.net" for n in range(20)]


def letter(text="Dear all\n", *, to=None, subject="Spring", html=None, **headers):
    """A message; `X_A` is the header X-A."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "News <news@example.org>"
    if to:
        message["To"] = to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def invoices(people=PEOPLE, **more):
    """A message for each person, with a file of their own and one for all."""
    for number, person in enumerate(people):
        account = f"AC-90{number:04}"
        message = letter(
            f"Dear {person},\n\nyou owe us {number} Euro for account {account}.\n",
            to=person,
            subject=f"Invoice R-2026-{number:05}",
            html=f"<p>Dear {person}, account {account}: <b>{number} &amp; more</b>\n",
            **more,
        )
        message.add_attachment(
            f"PDF of {person}".encode(),
            maintype="application",
            subtype="octet-stream",
            filename="invoice.bin",
        )
        message.add_attachment(
            b"terms", maintype="text", subtype="csv", filename="t.csv"
        )
        yield message
