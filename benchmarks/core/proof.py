"""What the sink looks for in messages: that everybody did the same work, rightly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

from benchmarks import letter

__all__ = ["faults"]

MOST = 3


def faults(
    messages: Sequence[tuple[list[bytes], bytes]], people: int, parts: int
) -> list[str]:
    """The first few things that are wrong; nothing is said twice."""
    found = dict.fromkeys(_found(messages, people, parts))
    return list(found)[:MOST]


def _found(
    messages: Sequence[tuple[list[bytes], bytes]], people: int, parts: int
) -> Iterator[str]:
    names: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for recipients, octets in messages:
        message = message_from_bytes(octets, policy=policy.default)
        names[str(message["Message-ID"] or "")] += 1
        got.update(one.decode().lower() for one in recipients)
        if len(recipients) != 1:
            yield f"a message has {len(recipients)} recipients on the wire"
            continue
        yield from _of_one(message, recipients[0].decode().lower(), parts)
    if names.pop("", 0):
        yield "a message has no Message-ID"
    if max(names.values(), default=1) > 1:
        yield "a Message-ID is used again"
    wanted = {letter.row(number)[0] for number in range(people)}
    if wanted - set(got):
        yield f"{len(wanted - set(got))} people got nothing"
    if max(got.values(), default=1) > 1:
        yield "somebody got two messages"


def _of_one(message: EmailMessage, person: str, parts: int) -> Iterator[str]:
    shown = getaddresses(str(message[name] or "") for name in ("To", "Cc", "Bcc"))
    if [address.lower() for _, address in shown if address] != [person]:
        yield f"To shows {len(shown)} people, or another one than on the wire"
    leaves = [part for part in message.walk() if not part.is_multipart()]
    kinds = [part.get_content_type() for part in leaves]
    if kinds != ["text/plain", "text/html"][:parts]:
        yield f"its parts are {', '.join(kinds)}"
    number = person.removeprefix("person").partition("@")[0]
    if not number.isdecimal():
        yield "a recipient is not of the list"
        return
    _, name, city, amount, day, code = letter.row(int(number))
    subject = letter.filled(letter.SUBJECT, letter.fields(int(number)))
    if message["Subject"] != subject:
        yield "a subject is not this person's"
    for part in leaves:
        text = str(part.get_content())
        if not all(value in text for value in (name, city, amount, day, code)):
            yield f"values are missing in {part.get_content_type()}"
