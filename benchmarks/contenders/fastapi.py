"""fastapi-mail: a list of messages over one connection.

As in https://sabuhish.github.io/fastapi-mail/example/ (a list to `send_message`).
"""

from __future__ import annotations

import asyncio

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES"]


async def _sent(site: Site) -> Measure:
    from fastapi_mail import (
        ConnectionConfig,
        FastMail,
        MessageSchema,
        MessageType,
        MultipartSubtypeEnum,
        NameEmail,
    )

    source = letter.LETTERS[site.size]
    mailer = FastMail(
        ConnectionConfig(
            MAIL_USERNAME="",
            MAIL_PASSWORD="",
            MAIL_FROM="office@example.org",
            MAIL_FROM_NAME="The office",
            MAIL_PORT=site.port,
            MAIL_SERVER="127.0.0.1",
            MAIL_STARTTLS=False,
            MAIL_SSL_TLS=False,
            USE_CREDENTIALS=False,
            LOCAL_HOSTNAME="localhost",
        )
    )
    clock = Clock()
    await mailer.send_message(
        [
            MessageSchema(
                subject=letter.filled(source.subject, values),
                recipients=[NameEmail(name=values["name"], email=values["email"])],
                body=letter.filled(source.text, values),
                alternative_body=letter.filled(source.html, values),
                subtype=MessageType.plain,
                multipart_subtype=MultipartSubtypeEnum.alternative,
            )
            for values in map(letter.fields, range(site.messages))
        ]
    )
    return clock.measure(site.messages)


def _run(site: Site) -> Measure:
    return asyncio.run(_sent(site))


CASES = (Case("fastapi-mail", "fastapi-mail, one list", _run, 20, ("fastapi_mail",)),)
